"""Many runs at once in a browser: dots come as runs end, and a click on one leads to its run."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

SHORT = "sweep?sweep__first=train_size&sweep__first_values=100%2C+200&sweep__seeds=1"
DOTS = ".st-key-sweep__dots svg .mark-symbol path"


def test_a_dot_leads_to_its_run(visitor: Any) -> None:
    tab = visitor.open(SHORT)
    expect(tab.locator(DOTS)).to_have_count(18)  # of the sweep that comes along
    tab.locator(".st-key-sweep__start button").click()
    expect(tab.locator(".st-key-sweep__status")).to_contain_text("2 of 2 runs finished")
    expect(tab.locator(DOTS)).to_have_count(2)
    chosen = tab.locator(".st-key-sweep__run input")
    expect(chosen).to_have_value("train size 100 · seed 0")
    tab.locator(DOTS).last.click(force=True)
    expect(chosen).to_have_value("train size 200 · seed 0")
    tab.get_by_role("link", name="Open it").click()
    expect(tab.locator("h1")).to_contain_text("2.2 Train on digits")
    expect(tab.locator(".st-key-mnist_train__status")).to_contain_text("train size 200 · seed 0")
