"""My work: what cards said is written down by itself, notes are kept, and all of it is its owner's alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

from dlcore.classroom.notebook import NOTE_LETTERS
from dlcore.errors import StoreError
from dlcore.runs.storage.store import Store
from ui import services
from ui.notebook import NEWER

OpenPage = Callable[..., Any]
NOTE = "my_work__box_note_"
RACE, CARD = "optimizers_race", "saddle"


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each card was written down."""
    counted: Counter[str] = Counter()
    keep = Store.keep_card

    def keep_card(self: Store, owner: str, page: str, name: str, *args: Any) -> None:
        counted[name] += 1
        keep(self, owner, page, name, *args)

    monkeypatch.setattr(Store, "keep_card", keep_card)
    return counted


def guess(page: Any, which: int = 0, name: str = CARD) -> str:
    pills = page.at.button_group(key=f"{RACE}__guess_{name}")
    answer = pills.options[which]
    pills.set_value(answer).run()
    return str(answer)


def write(page: Any, text: str, key: str = NOTE) -> Any:
    page.at.text_area(key=key).set_value(text).run()
    return page


def test_a_guess_and_a_finding_are_written_down_once_each(open_page: OpenPage, writes: Counter[str]) -> None:
    race = open_page("optimizers/race.py")
    assert not writes, "nobody has guessed"
    said = guess(race)
    assert writes == {CARD: 1}
    race.click(f"{RACE}__setup_{CARD}").run().run()
    assert writes == {CARD: 2}, "its finding came with the set-up, and is no news again"
    owner = race.state("owner")
    for page in (race.switch("my_work.py"), open_page("my_work.py", owner=owner)):
        assert f"You said {said}" in page.words.replace("**", "")
        assert "Your run showed:" in page.words
        assert "1 card on 1 page; 1 with what your own run showed." in page.words
    other = open_page("my_work.py", owner="somebody else")
    assert "No guess yet" in other.words
    assert other.at.button(key="my_work__make").disabled


def test_a_card_that_says_nothing_writes_nothing_of_the_run(open_page: OpenPage) -> None:
    race = open_page("optimizers/race.py", answers="0")
    guess(race)
    race.click(f"{RACE}__setup_{CARD}")
    page = race.switch("my_work.py")
    assert "Not run yet." in page.words
    assert "Your run showed" not in page.words


def test_a_record_that_cannot_be_written_costs_nobody_the_page(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(Store, "keep_card", full)
    race = open_page("optimizers/race.py")
    guess(race)
    assert not race.sentences


def test_a_note_is_kept_as_it_was_typed_and_shown_as_text(open_page: OpenPage) -> None:
    text = "<script>alert(1)</script> **bold** $x$ [a](javascript:1)"
    page = write(open_page("my_work.py"), text)
    owner = page.state("owner")
    again = open_page("my_work.py", owner=owner)
    assert again.at.text_area(key=NOTE).value == text
    again.click("my_work__make")
    assert len(again.at.get("download_button")) == 1
    write(again, "more")
    assert again.at.get("download_button") == [], "the file would lack what was written since"
    write(again, text)
    assert services.store().notebook_of(owner).notes == {"": text}


def test_a_text_that_is_too_long_is_cut_and_said_in_a_sentence(open_page: OpenPage) -> None:
    page = write(open_page("my_work.py"), "x" * 100_000)
    (sentence,) = page.sentences
    assert sentence == "A note holds 4,000 letters: the first of your 100,000 are kept, no others."
    assert len(page.at.text_area(key=NOTE).value) == NOTE_LETTERS
    assert not page.run().sentences


def test_what_another_tab_has_written_is_shown_and_not_overwritten(open_page: OpenPage) -> None:
    here, there = open_page("my_work.py"), open_page("my_work.py")
    write(there, "one")
    assert here.run().at.text_area(key=NOTE).value == "one"
    write(there, "two")
    assert write(here, "three").sentences == [NEWER]
    notes = services.store().notebook_of(here.state("owner")).notes
    assert notes == {"": here.at.text_area(key=NOTE).value} == {"": "two\n\nthree"}
    assert not write(here, "two and three").sentences
    assert there.run().at.text_area(key=NOTE).value == "two and three"


def test_what_has_no_room_beside_a_newer_text_stays_in_its_box(open_page: OpenPage) -> None:
    here, there = open_page("my_work.py"), open_page("my_work.py")
    write(there, "x" * 3_000)
    (sentence,) = write(here, "y" * 3_000).sentences
    assert sentence.endswith("both are over 4,000 letters: nothing is kept of yours until it is shorter.")
    assert here.run().at.text_area(key=NOTE).value == "y" * 3_000
    assert services.store().notebook_of(here.state("owner")).notes == {"": "x" * 3_000}
    write(here, "y")
    assert services.store().notebook_of(here.state("owner")).notes == {"": "x" * 3_000 + "\n\ny"}


def test_what_could_not_be_kept_stays_in_its_box(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    page = write(open_page("my_work.py"), "a note")
    with monkeypatch.context() as disk:
        disk.setattr(Store, "keep_note", full)
        assert write(page, "a longer note").sentences == ["The disk is full."]
    assert page.run().at.text_area(key=NOTE).value == "a longer note"
    assert page.click("my_work__delete").at.text_area(key=NOTE).value == ""
    with monkeypatch.context() as disk:
        disk.setattr(Store, "keep_note", full)
        write(page, "after that")
    assert page.run().at.text_area(key=NOTE).value == "after that"


def test_one_click_deletes_all_of_it_and_one_brings_it_back(open_page: OpenPage) -> None:
    race = open_page("optimizers/race.py")
    guess(race)
    page = write(race.switch("my_work.py"), "a note")
    page.click("my_work__delete")
    assert not services.store().notebook_of(page.state("owner"))
    assert page.at.text_area(key=NOTE).value == ""
    page.switch("optimizers/race.py").switch("my_work.py")
    assert "No guess yet" in page.words, "what was deleted is not written down again"
    page.click("my_work__back")
    assert "1 card on 1 page" in page.words
    assert page.at.text_area(key=NOTE).value == "a note"


@pytest.mark.parametrize("how", ["guessed", "set up"])
def test_what_was_deleted_is_written_down_when_it_is_done_once_more(open_page: OpenPage, how: str) -> None:
    race = open_page("optimizers/race.py")
    said = guess(race)
    race.click(f"{RACE}__setup_{CARD}")
    race.switch("my_work.py").click("my_work__delete").switch("optimizers/race.py")
    assert not services.store().notebook_of(race.state("owner"))
    if how == "guessed":
        race.at.button_group(key=f"{RACE}__guess_{CARD}").set_value(None).run()
        assert not services.store().notebook_of(race.state("owner"))
        guess(race)
    else:
        race.click(f"{RACE}__setup_{CARD}")
    assert services.store().notebook_of(race.state("owner")).attempts[RACE][CARD].guess == said


def test_a_second_click_takes_nothing_of_the_first_away(open_page: OpenPage, twice: None) -> None:
    page = write(open_page("my_work.py"), "a note").click("my_work__delete")
    assert not services.store().notebook_of(page.state("owner"))
    page.click("my_work__back")
    assert services.store().notebook_of(page.state("owner")).notes == {"": "a note"}
    assert "my_work__back" not in {button.key for button in page.at.button}


def test_a_second_click_while_the_first_deletes_breaks_off_no_way_back(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does so where the first next touches what is kept of the visit."""
    page = write(open_page("my_work.py"), "a note")
    forget = Store.forget_notebook

    def clicked_again(self: Store, owner: str) -> None:
        forget(self, owner)
        context = get_script_run_ctx()
        assert context is not None
        assert context.script_requests is not None
        context.script_requests.request_rerun(RerunData())

    monkeypatch.setattr(Store, "forget_notebook", clicked_again)
    page.click("my_work__delete").run().click("my_work__back")
    assert services.store().notebook_of(page.state("owner")).notes == {"": "a note"}


def test_what_the_store_does_not_take_back_can_come_back_later(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    page = write(open_page("my_work.py"), "a note").click("my_work__delete")
    with monkeypatch.context() as disk:
        disk.setattr(Store, "keep_notebook", full)
        assert page.click("my_work__back").sentences == ["The disk is full."]
    page.click("my_work__back")
    assert services.store().notebook_of(page.state("owner")).notes == {"": "a note"}


def test_a_note_on_a_page_of_the_lab_stands_with_its_cards(open_page: OpenPage) -> None:
    race = open_page("optimizers/race.py")
    guess(race)
    page = write(race.switch("my_work.py"), "nobody leaves the ridge", f"{NOTE}{RACE}")
    assert services.store().notebook_of(page.state("owner")).notes == {RACE: "nobody leaves the ridge"}


def test_what_belongs_to_no_page_any_more_is_still_shown(open_page: OpenPage) -> None:
    services.store().keep_note("an old owner", "<b>a page</b>", "a note")
    page = open_page("my_work.py", owner="an old owner")
    assert "This page is no longer in the lab." in page.words
    assert "<b>a page</b>" in page.words
