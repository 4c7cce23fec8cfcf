"""Teach it your hand: a made-up one is learned; one's own is drawn, taken back, and stays private."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dlcore.hand.config import HandConfig
from dlcore.hand.drawings import MOST, Hand, pack, parted
from dlcore.hand.made_up import made_up_hand
from dlcore.run import Checkpoint, new_run
from tests.app.reading import reading, vote
from tests.app.test_draw import ONE, SEVEN, png, put
from ui import hands, services, state

OpenPage = Callable[..., Any]
PATH = "mnist/hand.py"
DOT = [(140, 140), (141, 141)]


def draw(page: Any, strokes: list[tuple[int, int]]) -> Any:
    return put(page, png(strokes), page="mnist_hand", sheet=page.state("mnist_hand__sheet"))


def labels(hand: Hand) -> list[int]:
    return [drawing.label for drawing in hand]


def test_it_opens_on_a_made_up_hand_and_learns_it(open_page: OpenPage) -> None:
    page = open_page(PATH)
    assert "Nobody wrote these" in page.words
    page.click("mnist_hand__teach")
    page.wait(lambda: "Drawings set aside" in page.words, "it has learned the hand")
    assert "| Drawings it learned from |" in page.words
    assert "| Test digits | 9,949 of 10,000 |" in page.words
    assert "A 1, to learn from. Before, it read 2 with " in page.words, "the drawing that was looked at"
    (run,) = services.store().runs_of(page.state("owner"), kind="hand", limit=5)
    assert (run.name, run.status, run.threads) == ("made-up-1", "finished", 1)
    page.set("mnist_hand", guess_aside="Skip")
    assert "of the drawings it learned from, " in page.words
    page.click("mnist_hand__another")
    assert "Drawings set aside" not in page.words, "that is another hand"
    page.switch("mnist/draw.py")
    assert page.at.selectbox(key=page.shown("mnist_draw__run")).value == run.id
    assert reading(page) == 7
    page.switch("mnist/structure.py")
    assert not page.sentences
    assert "made-up-1" in open_page("runs.py", owner=page.state("owner")).words
    again = open_page(PATH, owner=page.state("owner"), run=run.id)
    assert "Drawings set aside" in again.words


def test_old_digits_stay_left_out_while_one_looks_at_another_page(open_page: OpenPage) -> None:
    page = open_page(PATH)
    page.at.toggle(key="mnist_hand__rehearse").set_value(False).run()
    page.switch("words.py").switch(PATH)
    assert not page.at.toggle(key="mnist_hand__rehearse").value


def test_drawings_are_kept_one_by_one_and_taken_back(open_page: OpenPage) -> None:
    page = open_page(PATH).set("mnist_hand", whose="mine")
    owner = page.state("owner")
    assert "**Write a 0 · 1 of 50**" in page.words
    assert "Draw some digits first" in page.words
    page.click("mnist_hand__keep")
    assert page.sentences == ["Draw a 0 first: an empty canvas is not a digit."]
    draw(page, DOT).click("mnist_hand__keep")
    assert page.sentences == ["That is a dot. Draw a digit, larger."]
    draw(page, SEVEN)
    assert "You meant a 0? It looks like a 7. If you did, keep it: it will learn." in page.words
    page.click("mnist_hand__keep")
    assert "**Write a 1 · 2 of 50**" in page.words
    assert "All your drawings are a 0" in page.words, "said before it starts"
    assert page.at.button(key="mnist_hand__teach").disabled
    draw(page, ONE)
    assert "It reads 1 with" in page.words
    page.click("mnist_hand__keep")
    assert not page.at.button(key="mnist_hand__teach").disabled
    assert labels(hands.kept(owner)) == [0, 1]
    page.set("mnist_hand", picked=0)
    assert vote(page)["note"].startswith("A 0, to learn from. It reads 7")
    page.click("mnist_hand__back")
    assert labels(hands.kept(owner)) == [1]
    page.click("mnist_hand__undo")
    assert labels(hands.kept(owner)) == []
    assert page.at.button(key="mnist_hand__undo").disabled


def test_two_tabs_draw_one_hand_and_what_is_too_much_is_said(open_page: OpenPage) -> None:
    hands.keep("test_tabs", made_up_hand(4, 2))
    one, two = (open_page(PATH, owner="test_tabs") for _ in range(2))
    draw(one, SEVEN).click("mnist_hand__keep")
    draw(two, ONE).click("mnist_hand__keep")
    assert len(hands.kept("test_tabs")) == 4
    last = hands.kept("test_tabs")[-1]
    one.click("mnist_hand__undo")
    assert any(one_of is last for one_of in hands.kept("test_tabs")), (
        "what this tab shows as its last is taken back, not the other's"
    )
    hands.keep("test_tabs", made_up_hand(4, MOST - 1))
    draw(one.run(), SEVEN)
    hands.keep("test_tabs", made_up_hand(4, MOST))  # by the other tab, while this one stands as it is
    one.click("mnist_hand__keep")
    assert len(hands.kept("test_tabs")) == MOST
    full = f"A hand is {MOST} drawings at most: take some back before you draw others."
    assert one.sentences == [f"Not kept: {full}"]
    assert one.state("mnist_hand__seen") is not None, "the drawing stays on the canvas"
    assert one.at.button(key="mnist_hand__keep").disabled


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a page begins goes on until somebody stops it."""
    submit = services.runner().submit

    def longer(owner: str, kind: str, config: HandConfig, **how: Any) -> str:
        return submit(owner, kind, config.replace(epochs=50), **how)

    monkeypatch.setattr(services.runner(), "submit", longer)


@pytest.mark.usefixtures("long")
def test_ones_own_hand_is_there_after_a_reload_and_nobody_else_sees_it(open_page: OpenPage) -> None:
    hands.keep("test_anna", made_up_hand(4, 20))
    page = open_page(PATH, owner="test_anna")
    assert "**Write a 0 · 21 of 50**" in page.words
    assert "Write a" not in open_page(PATH, owner="test_ben").words
    page.click("mnist_hand__teach")
    (run,) = services.store().runs_of("test_anna", kind="hand", limit=5)
    services.runner().share(run.id, True)
    other = open_page(PATH, owner="test_ben", run=run.id)
    assert "The drawings of this run are its owner's alone." in other.words
    assert hands.kept("test_ben") == ()
    hands.keep("test_anna", made_up_hand(5, 30))
    page = open_page(PATH, owner="test_anna", run=run.id)
    assert "The run you chose learned from other drawings than these." in page.words
    page.click("mnist_hand__show_other")
    assert labels(hands.kept("test_anna")) == labels(made_up_hand(4, 20))
    assert not parted(hands.kept("test_anna"))[1]
    page.click("mnist_hand__stop")
    page.wait(lambda: "Stopped after step" in " ".join(page.sentences), "it has stopped")
    assert state.RUN_PARAM in page.at.query_params


def test_what_was_learned_may_be_damaged_and_the_drawings_are_there(open_page: OpenPage) -> None:
    hand, store = made_up_hand(4, 20), services.store()
    run = new_run("test_eve", "hand", HandConfig(drawings=pack(hand)), name="hand-1", status="finished")
    gone = Checkpoint(store.run_folder(run.id) / "epoch-003-step-000114.safetensors", "no digest", 3, 114)
    store.create(replace(run, step=114, epoch=3))
    store.record(run.id, [], [gone])
    page = open_page(PATH, owner="test_eve", run=run.id)
    assert page.sentences == [
        "What it learned from these drawings cannot be read any more. Teach it once more."
    ]
    assert not page.at.button(key="mnist_hand__teach").disabled
    assert vote(page)["note"], "its drawings can be looked at"
    draw(page, SEVEN)
    assert "It looks like a 7" in page.words, "the canvas answers with the network as it was before"
