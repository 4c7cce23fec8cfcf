"""Every page there is: where it is found, and how one sees that it is there."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

from tests.measures_first import MEASURES_FIRST
from ui.path import BY_FILE, CLASS, MACHINE, MY_WORK, WORDS

PAGES = Path(__file__).resolve().parents[2] / "pages"
FOUND = sorted(path.relative_to(PAGES).as_posix() for path in PAGES.glob("**/*.py"))
DRAWS_NOTHING = {
    WORDS.file: ".st-key-words__all h3",
    CLASS.file: "[data-testid=stMetric]",
    MACHINE.file: "[data-testid=stMetric]",
    MY_WORK.file: "[data-testid=stTextArea]",
}
HOME = "A machine that learned to read digits"
LOOK = 200  # milliseconds: to look at every frame is to draw them, which takes the processor from the work
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(15, 19, 24)"
OVERFLOW = """() => {
    const main = document.querySelector('[data-testid=stMain]');
    return [document.documentElement, document.body, main].map(e => e.scrollWidth - e.clientWidth);
}"""

# No box folds or unfolds just now: what is in it would move, and a click fall beside it.
AT_REST = """() => [...document.querySelectorAll('details')].every(
    box => !box.getAnimations().length && (!box.open || !box.querySelector('[inert]'))
)"""


def link(path: str) -> str:
    """Where a page is found: mnist/train.py at /mnist_train, home at the root."""
    return BY_FILE[path].address


def short_link(path: str) -> str:
    """The same, where a page that measures first measures little."""
    return f"{link(path)}?{urlencode(MEASURES_FIRST.get(path, {}))}"


def heading(path: str) -> str:
    """What it is called on itself."""
    return HOME if path == "home.py" else BY_FILE[path].heading.replace(":gray[", "").rstrip("]")


def is_there(page: Page, path: str) -> None:
    """Its title, its content and nothing broken."""
    expect(page.get_by_test_id("stMain").get_by_role("heading", level=1)).to_have_text(heading(path))
    kinds = (
        "stVegaLiteChart",
        "stPlotlyChart",
        "stDataFrame",
        "stBidiComponentRegular",
        "stBidiComponentIsolated",
    )
    drawn = [f"[data-testid={kind}] :is(canvas, svg)" for kind in kinds]
    shown = page.locator(", ".join([*drawn, "[data-testid=stTable] table"]))
    shown = shown.filter(visible=True)  # a table's tools are not, on a phone
    expect((page.locator(DRAWS_NOTHING[path]) if path in DRAWS_NOTHING else shown).first).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-connection-state", "CONNECTED")
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


def sidebar(page: Page) -> Locator:
    """The path in it."""
    return page.locator(".st-key-path__sidebar")


def field(key: str) -> str:
    """The selector of a widget that its page moves too, whichever key it has by now."""
    return f"[class*=st-key-{key}_]:not([data-retained])"


def choose(page: Page, path: str) -> None:
    """Go there by the sidebar; its section is unfolded first."""
    there = page.locator(f"a[href='{link(path)}']")
    expect(sidebar(page).locator(there)).to_have_count(1)
    page.wait_for_function(AT_REST)
    folded = sidebar(page).locator("details:not([open])").filter(has=there)
    if folded.count():
        folded.locator("summary").click()
        page.wait_for_function(AT_REST)
    sidebar(page).locator(there).click()


def fits(page: Page, background: str) -> None:
    """Its theme is on and it does not scroll sideways."""
    expect(page.locator("body")).to_have_css("background-color", background)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", background)
    page.wait_for_function(f"({OVERFLOW})().every(more => more === 0)")
