"""A run outlives its server; it is compared, shared with another browser, and opened again by a code."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import LOOK, choose, is_there

TRAIN = "mnist_train"
STATUS = f".st-key-{TRAIN}__status"
LONG = "&".join(
    f"{TRAIN}__{name}={value}"
    for name, value in {"preset": "class", "train_size": 20_000, "val_size": 200, "epochs": 200}.items()
)


def press(tab: Page, key: str) -> None:
    tab.locator(f".st-key-{key} button").first.click()


@pytest.fixture
def own_server(start_server: Any) -> Any:
    return start_server()


def test_a_run_outlives_its_server_and_is_shared(own_server: Any, new_visitor: Any) -> None:
    anna = new_visitor(own_server)
    tab = anna.open()
    is_there(tab, "home.py")  # the first page of a fresh server
    tab.goto(f"{own_server.url}/{TRAIN}?{LONG}")
    press(tab, f"{TRAIN}__start")
    expect(tab).to_have_url(re.compile(r"[?&]run="))
    expect(tab.locator(STATUS)).to_contain_text(re.compile("Training: step [1-9]"))
    tab.wait_for_function("document.body.innerText.match(/Epoch, of 200\\s+[1-9]/)", polling=LOOK)
    link = tab.url
    tab.close()

    workers = [child for child in own_server.children() if "dlcore.runs.worker" in child.cmdline()]
    assert workers
    assert own_server.end(kill=True) == [], "workers outlived their server"
    own_server.start()
    tab = anna.open("black_patch_inside")
    is_there(tab, "black_patch/inside.py")
    tab.close()
    tab = anna.open(urlsplit(link).path.strip("/") + "?" + urlsplit(link).query)
    expect(tab.locator(STATUS)).to_contain_text("Interrupted at step")
    press(tab, f"{TRAIN}__pause")
    expect(tab.locator(STATUS)).to_contain_text(re.compile("Training: step [1-9]"))
    press(tab, f"{TRAIN}__stop")
    expect(tab.locator(STATUS)).to_contain_text("Stopped after step")

    choose(tab, "runs.py")
    expect(tab.get_by_role("heading", name="My runs")).to_be_visible()
    expect(tab.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    expect(tab).to_have_url(re.compile("runs__pinned="))
    tab.get_by_role("button", name="Share").click()
    tab.get_by_text("Whoever has the link may look").click()
    shared = tab.locator("code", has_text="/mnist_train?run=").inner_text()

    ben = new_visitor(own_server).open(urlsplit(shared).path.strip("/") + "?" + urlsplit(shared).query)
    expect(ben.locator(STATUS)).to_contain_text("Stopped after step")
    for name in ("pause", "step", "stop"):
        expect(ben.locator(f".st-key-{TRAIN}__{name} button").first).to_be_disabled()


def test_a_code_opens_the_runs_elsewhere_until_one_is_forgotten(server: Any, new_visitor: Any) -> None:
    anna = new_visitor().open("runs")
    code = anna.locator(".st-key-runs__code code").inner_text()
    assert re.fullmatch("[A-Z2-9]{4}-[A-Z2-9]{4}", code)
    other = new_visitor()
    tab = other.open("runs")
    expect(tab.locator(".st-key-runs__code code")).not_to_have_text(code)
    field = tab.get_by_label("Code", exact=True)
    field.fill("WRNG-CODE")
    tab.locator(".st-key-runs__reopen button").click()
    expect(tab.get_by_text("Nobody has this code")).to_be_visible()
    field.fill(code.lower())
    tab.locator(".st-key-runs__reopen button").click()
    expect(tab.locator(".st-key-runs__code code")).to_have_text(code)
    tab.get_by_role("button", name="Forget me here").click()
    expect(tab.get_by_role("heading", name="A machine that learned to read digits")).to_be_visible()
    expect(other.open("runs").locator(".st-key-runs__code code")).not_to_have_text(code)
