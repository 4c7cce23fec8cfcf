"""Every worksheet, as full as it can be, prints on one A4 page, and nothing of it is cut off."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dlcore.classroom.notebook import Attempt
from dlcore.classroom.worksheets import FOUND_LETTERS, answer_sheet, worksheet
from tests.waiting import DEADLINE_SECONDS
from ui.card_sets import MODULES, cards_of
from ui.path import BY_FILE

PAGE = re.compile(rb"/Type\s*/Page\b")
A4 = re.compile(rb"/MediaBox\s*\[\s*0\s+0\s+59[45](\.\d+)?\s+84[12](\.\d+)?\s*\]")
# Boxes whose content is larger than they are, and the sheet itself if anything of it stands outside.
CUT = """() => [...document.querySelectorAll("main, .card, .card > div, .saw, footer, header")]
    .filter(box => box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1)
    .map(box => `${box.className || box.tagName}: ${box.innerText.slice(0, 60)}`)"""
WORDS = ("its mean over 10,000 test images 97.82 %, with the band ±0.29; " * 9)[: FOUND_LETTERS + 40]


@pytest.fixture(scope="module")
def paper(chromium: Any) -> Any:
    """A page as wide and as high as what an A4 page holds within its margins: 186 × 273 mm."""
    page = chromium.new_page(viewport={"width": 703, "height": 1031})
    page.set_default_timeout(1000 * DEADLINE_SECONDS)
    page.emulate_media(media="print")
    yield page
    page.close()


def sheets(file: str) -> dict[str, str]:
    cards, title = cards_of(file), BY_FILE[file].label
    full = {
        name: Attempt(
            card.title, card.question, max(card.answers, key=len), WORDS, max(card.answers, key=len)
        )
        for name, card in cards.items()
    }
    name, note = "Maximiliane of Sax 20", "wide " * 100
    return {
        "empty": worksheet(title, cards, {}),
        "full": worksheet(title, cards, full, name=name, note=note),
        "answers": answer_sheet(title, cards, {}),
        "answers, full": answer_sheet(title, cards, full),
    }


@pytest.mark.parametrize("file", MODULES)
def test_a_worksheet_is_one_page(paper: Any, file: str) -> None:
    for which, document in sheets(file).items():
        paper.set_content(document)
        assert (which, paper.evaluate(CUT)) == (which, [])
        printed = paper.pdf(prefer_css_page_size=True)
        assert (which, len(PAGE.findall(printed))) == (which, 1)
        assert A4.search(printed)


def test_it_is_opened_from_the_cards_of_a_page(visitor: Any) -> None:
    page = visitor.open("optimizers_race")
    link = page.get_by_role("link", name="These cards as a worksheet, to print")
    with page.expect_popup() as opened:
        link.click()
    sheet = opened.value
    assert sheet.get_by_role("heading", level=1).inner_text() == "2.4 Optimizer race"
    assert "Nothing is answered yet" in sheet.inner_text("main")
    sheet.get_by_role("link", name="2.4 Optimizer race").click()
    sheet.wait_for_url(re.compile("/optimizers_race$"))
