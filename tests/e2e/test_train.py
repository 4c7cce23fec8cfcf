"""Training as a visitor lives it: started, left, found again, steered; and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.pages import choose, field

STATUS = ".st-key-mnist_train__status"
STEP = re.compile(r"\bstep ([\d,]+) of ")


def link(**setup: object) -> str:
    fields = {"preset": "class", "train_size": 2000, "val_size": 200, "device": "cpu"} | setup
    return "mnist_train?" + "&".join(f"mnist_train__{name}={value}" for name, value in fields.items())


SHORT = link()
LONG = link(train_size=20_000, epochs=200)


def button(tab: Page, name: str) -> Locator:
    return tab.locator(f".st-key-mnist_train__{name} button")


def start(tab: Page) -> None:
    button(tab, "start").click()
    expect(tab).to_have_url(re.compile(r"[?&]run="))
    expect(button(tab, "start")).to_be_disabled()


def run_id(tab: Page) -> str:
    return str(tab.evaluate("new URL(location).searchParams.get('run')"))


def step(tab: Page) -> int:
    """The step that the page tells now."""
    status = tab.locator(STATUS)
    expect(status).to_contain_text(STEP)
    found = STEP.search(status.inner_text())
    assert found is not None
    return int(found[1].replace(",", ""))


@pytest.fixture
def tab(visitor: Any) -> Iterator[Page]:
    """The page set up for a long run; what runs at the end is stopped."""
    tab = visitor.open(LONG)
    expect(tab.locator(STATUS)).to_be_visible()
    yield tab
    stop = button(tab, "stop")
    if stop.count() and stop.is_enabled():
        stop.click()
        expect(button(tab, "start")).to_be_enabled()


def test_a_short_run_ends_with_its_mistakes(visitor: Any) -> None:
    tab = visitor.open(SHORT)
    button(tab, "start").click()
    expect(tab).to_have_url(re.compile(r"[?&]run="))
    expect(tab.locator(STATUS)).to_contain_text("Finished")
    expect(button(tab, "start")).to_be_enabled()
    expect(tab.locator(".st-key-mnist_train__confusion")).to_be_visible()
    expect(tab.locator(STATUS)).to_contain_text(re.compile(r"\d\d\.\d\d %"))


def test_a_run_is_found_again_after_another_page_and_after_a_reload(tab: Page) -> None:
    start(tab)
    mine = run_id(tab)
    expect(tab.locator(f"{STATUS} strong")).not_to_have_text("No run of yours yet")
    name = tab.locator(f"{STATUS} strong").inner_text()
    before = step(tab)
    choose(tab, "mnist/draw.py")
    expect(tab.locator(".st-key-mnist_draw__canvas")).to_be_visible()
    choose(tab, "mnist/train.py")
    expect(tab.locator(f"{STATUS} strong")).to_have_text(name)
    expect(tab.locator(STATUS)).not_to_contain_text(f"step {before:,} of")
    tab.reload()
    expect(tab.locator(f"{STATUS} strong")).to_have_text(name)
    expect(tab).to_have_url(re.compile(f"run={mine}"))
    expect(tab.locator(field("mnist_train__train_size")).locator("input")).to_have_value("20000")
    button(tab, "stop").click()
    expect(button(tab, "start")).to_be_enabled()
    expect(tab.locator(f"{STATUS} strong")).to_have_text(name)


def test_pause_step_and_resume(tab: Page) -> None:
    start(tab)
    step(tab)
    button(tab, "pause").click()
    expect(tab.locator(STATUS)).to_contain_text("Paused")
    before = step(tab)
    for more in (1, 2):
        button(tab, "step").click()
        expect(tab.locator(STATUS)).to_contain_text(f"step {before + more:,} of")
    button(tab, "pause").click()
    expect(tab.locator(STATUS)).not_to_contain_text("Paused")
    expect(tab.locator(STATUS)).not_to_contain_text(f"step {before + 2:,} of")


def test_a_run_is_its_browsers_own(tab: Page, visitor: Any, new_visitor: Callable[..., Any]) -> None:
    start(tab)
    mine = run_id(tab)
    other = new_visitor()
    theirs = other.open(f"mnist_train?run={mine}")
    expect(theirs.get_by_test_id("stAlertContentWarning")).to_have_count(1)
    expect(button(theirs, "start")).to_be_enabled()
    expect(button(theirs, "stop")).to_be_disabled()
    expect(theirs).not_to_have_url(re.compile("run="))
    owners = [
        next(cookie for cookie in someone.context.cookies() if cookie["name"] == "dllab_owner")
        for someone in (visitor, other)
    ]
    assert owners[0]["value"] != owners[1]["value"]
    assert all(cookie["httpOnly"] for cookie in owners)
    assert "dllab_owner" not in tab.evaluate("document.cookie")


# --- What is where on the screen ----------------------------------------------------------------

BLOCKS = {
    "digits": "[data-testid=stHtml]",
    "bar": "[data-testid=stProgress]",
    "numbers": "[data-testid=stMetric]",
    "curves": "[data-testid=stVegaLiteChart]",
}
# Whenever a frame is drawn: what the status says, and how high each block stands.
SAMPLER = """blocks => {
    window.samples = [];
    const sample = () => {
        const status = document.querySelector('.st-key-mnist_train__status')?.innerText ?? '';
        const heights = Object.entries(blocks).map(([name, css]) =>
            [name, Math.round(document.querySelector(css)?.getBoundingClientRect().height ?? 0)]);
        window.samples.push([status, Object.fromEntries(heights)]);
        requestAnimationFrame(sample);
    };
    sample();
}"""


def box(place: Locator) -> dict[str, float]:
    found = place.bounding_box()
    assert found is not None
    return {**found, "bottom": found["y"] + found["height"]}


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_first_screen_has_the_sentence_the_digits_and_the_button(
    new_visitor: Callable[..., Any], width: int, height: int
) -> None:
    tab = new_visitor(width=width, height=height).open("mnist_train")
    sentence = tab.get_by_text("Predict, measure, blame, nudge.")
    digits = tab.locator(BLOCKS["digits"]).first
    expect(digits.locator("img")).to_have_count(12)
    expect(tab.locator(BLOCKS["curves"]).first.locator("canvas, svg").first).to_be_visible()
    for place in (sentence, digits, button(tab, "start")):
        assert box(place)["bottom"] <= height
    assert box(digits.locator("img").first)["width"] >= 44, "large enough to be read"


def test_a_run_that_fails_moves_nothing_and_is_cured_under_its_status(visitor: Any) -> None:
    tab = visitor.open(link(lr=10, schedule="constant", train_size=20_000))
    expect(tab.locator(BLOCKS["curves"]).first.locator("canvas, svg").first).to_be_visible()
    tab.evaluate(SAMPLER, BLOCKS)
    start(tab)
    expect(button(tab, "start")).to_be_enabled()
    expect(tab.locator(STATUS)).to_contain_text("it only guesses")
    expect(tab.locator(".st-key-mnist_train__confusion")).to_be_visible()
    samples = tab.evaluate("window.samples")
    begun = [number for number, (status, _) in enumerate(samples) if "Training" in status]
    assert begun, "it was seen under way"
    samples = samples[begun[0] :]
    _, first = samples[0]
    for name in BLOCKS:
        assert {(status, now[name]) for status, now in samples if now[name] != first[name]} == set(), name

    advice, cure = tab.get_by_test_id("stAlert").first, button(tab, "cure")
    places = [
        box(place) for place in (tab.locator(STATUS), advice, cure, tab.locator(BLOCKS["digits"]).first)
    ]
    assert all(above["bottom"] <= below["y"] for above, below in pairwise(places))
    failed, bar = run_id(tab), tab.locator(BLOCKS["bar"]).element_handle()
    rate = cure.inner_text().split()[-1]
    cure.click()
    expect(tab).not_to_have_url(re.compile(f"run={failed}"))
    # Of an old redraw a second field may stand there for a moment.
    expect(tab.locator(field("mnist_train__lr_exact")).locator(f'input[value="{rate}"]')).to_have_count(1)
    expect(button(tab, "start")).to_be_enabled()
    assert run_id(tab) != failed
    assert bar is not None
    assert not bar.evaluate("bar => bar.isConnected"), "a new run has a new bar: none slides back"
