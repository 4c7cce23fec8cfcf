"""Assignments are links: knobs as text, chosen cards, shut answers; and they hold against whoever tries."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import streamlit as st

from dlcore.cards import Card
from dlcore.classroom.room import Sent
from dlcore.training.cards import CARDS
from dlcore.training.recipes import PRESETS
from tests.app import at_work
from tests.app.conftest import Page
from ui import services, state
from ui.path import BY_FILE

TEACHER = "the teacher"
TRAIN, PAGE = "mnist/train.py", "mnist_train"
STUDENT = "a student"  # each test has one of its own


@pytest.fixture(autouse=True)
def room(
    lab: services.Services, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[None]:
    """An open room of its own, with its own student; whoever is named the teacher sits at the machine."""
    monkeypatch.setattr(sys.modules[__name__], "STUDENT", request.node.name)
    monkeypatch.setattr(state, "at_the_machine", lambda: st.session_state["owner"] == TEACHER)
    services.room().__init__()  # type: ignore[misc]
    services.room().open()
    yield
    services.room().__init__()  # type: ignore[misc]


def drawn(page: Page) -> set[str]:
    """The knobs that can be turned."""
    widgets = [*page.at.selectbox, *page.at.number_input, *page.at.slider, *page.at.toggle]
    keys = [str(one.key) for one in widgets if str(one.key).startswith(f"{PAGE}__")]
    return {re.sub(r"(_exact|_ladder)?_[0-9]+$", "", key.removeprefix(f"{PAGE}__")) for key in keys}


def begun(page: Page) -> dict[str, Any]:
    """The settings of the run that this page now begins."""
    page.click(f"{PAGE}__start")
    assert not page.sentences
    return dict(at_work.begun_by(page.state("owner")).config)


def test_a_hidden_knob_is_text_and_the_rest_turns(open_page: Callable[..., Any]) -> None:
    page = open_page(TRAIN, owner=STUDENT, hide="optimizer,lr", mnist_train__lr="0.01")
    assert not page.sentences
    assert "Learning rate: **0.01** :gray[· set by this address]" in page.words
    assert {"optimizer", "lr"} & drawn(page) == set()
    assert {"seed", "epochs", "batch_size"} <= drawn(page)
    page.at.number_input(key=page.shown(f"{PAGE}__seed")).set_value(7).run()
    config = begun(page)
    assert (config["lr"], config["optimizer"], config["seed"]) == (0.01, "adam", 7)


def test_no_preset_no_card_and_no_crafted_message_turns_it(open_page: Callable[..., Any]) -> None:
    page = open_page(TRAIN, owner=STUDENT, hide="lr,optimizer", mnist_train__lr="0.01")
    page.set(PAGE, preset="lesson", lr=0.5, optimizer="sgd")
    assert page.state(f"{PAGE}__lr") == 0.01
    page.click(f"{PAGE}__setup_lesson")
    page.at.session_state[f"{PAGE}__lr"] = 0.5  # beside the click itself
    config = begun(page)
    assert (config["lr"], config["optimizer"]) == (0.01, "adam")
    assert config["net"] == "SimpleCNN", "what is not hidden follows the card"


def test_a_card_says_what_stands_in_its_way(open_page: Callable[..., Any]) -> None:
    page = open_page(TRAIN, owner=STUDENT, hide="lr,seed", mnist_train__lr="0.01", mnist_train__seed="3")
    said = "This address has set the learning rate otherwise than this card needs"
    assert page.words.count(said) == sum(preset_rate(card) != 0.01 for card in CARDS.values()) > 0
    assert "than this card needs" not in open_page(TRAIN, owner="t" * 22).words


def preset_rate(card: Card) -> float:
    return float(card.setup.get("lr", PRESETS[card.setup["preset"]].config.lr))


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"mnist_train__lr": "0.5"},
        {"hide": "", "mnist_train__lr": "0.5"},
        {"hide": "lr", "mnist_train__lr": "0.5"},
        {"hide": "lr", "mnist_train__lr": "0.5", "signed": "0" * 16},
        {"hide": "seed", "cards": "", "answers": "1", "mnist_train__lr": "0.5"},
    ],
)
def test_no_other_address_turns_it_within_the_visit(
    open_page: Callable[..., Any], query: dict[str, str]
) -> None:
    open_page(TRAIN, owner=STUDENT, hide="lr", answers="0", mnist_train__lr="0.01")
    again = open_page(TRAIN, owner=STUDENT, **query)
    assert "lr" not in drawn(again)
    assert begun(again)["lr"] == 0.01
    assert "This address keeps the answers shut" in again.words


def test_an_unknown_knob_or_card_is_a_sentence_each_and_the_rest_is_applied(
    open_page: Callable[..., Any],
) -> None:
    page = open_page(TRAIN, owner=STUDENT, hide="lr,warmth,<b>", cards="lesson,gone", answers="maybe")
    said = "\n".join(page.sentences)
    for name in ("'warmth'", "'<b>'", "'gone'", "Answers must be 0 or 1"):
        assert name in said
    assert len(page.sentences) == 4
    assert "lr" not in drawn(page)
    assert {b.key for b in page.at.button if "__setup_" in str(b.key)} == {f"{PAGE}__setup_lesson"}
    page.run()
    assert not page.sentences, "said once"


def test_answers_stay_shut_whatever_has_been_guessed(open_page: Callable[..., Any]) -> None:
    page = open_page("tensors.py", owner=STUDENT, answers="0")
    keys = [b.key for b in page.at.get("button_group") if "__guess_" in str(b.key)]
    page.set("tensors", **{str(key).removeprefix("tensors__"): "Skip" for key in keys})
    assert "**Why:**" not in page.words
    assert "This address keeps the answers shut" in page.words
    shown = open_page("tensors.py", owner="t" * 22)
    shown.set("tensors", **{str(key).removeprefix("tensors__"): "Skip" for key in keys})
    assert "**Why:**" in shown.words


def test_the_teacher_opens_the_answers_of_a_link_later(open_page: Callable[..., Any]) -> None:
    page = open_page("tensors.py", owner=STUDENT, answers="0")
    keys = [b.key for b in page.at.get("button_group") if "__guess_" in str(b.key)]
    page.set("tensors", **{str(key).removeprefix("tensors__"): "Skip" for key in keys})
    assert "**Why:**" not in page.words
    teacher = open_page("class.py", owner=TEACHER)
    assert not teacher.at.button(key="class__answers").disabled
    teacher.click("class__answers")
    assert "**Why:**" in page.run().words
    teacher.click("class__answers")
    assert "**Why:**" not in page.run().words


def handed_out(page: Page) -> dict[str, str]:
    """The query of the link that the teacher's page shows."""
    (code,) = [c for c in page.at.sidebar.get("code") if "signed=" in c.value]
    return dict(parse_qsl(urlsplit(code.value).query))


def test_the_teachers_next_link_takes_the_place_of_the_last(open_page: Callable[..., Any]) -> None:
    teacher = open_page(TRAIN, owner=TEACHER, mnist_train__lr="0.02")
    teacher.at.multiselect(key="lab__hand_out_mnist_train_hide").set_value(["lr", "seed"]).run()
    query = handed_out(teacher)
    assert (query["hide"], query["mnist_train__lr"], query["mnist_train__seed"]) == ("lr,seed", "0.02", "0")
    open_page(TRAIN, owner=STUDENT, hide="lr,optimizer", mnist_train__lr="0.01")
    page = open_page(TRAIN, owner=STUDENT, **query)
    assert not page.sentences
    assert {"lr", "seed"} & drawn(page) == set()
    assert "optimizer" in drawn(page)
    assert "Learning rate: **0.02** :gray[· set by your teacher]" in page.words
    forged = open_page(TRAIN, owner=STUDENT, **query | {"mnist_train__lr": "0.5"})
    assert begun(forged)["lr"] == 0.02


def test_the_teacher_is_bound_by_no_link_they_opened_before(open_page: Callable[..., Any]) -> None:
    assert "lr" not in drawn(open_page(TRAIN, owner=TEACHER, hide="lr"))
    assert "lr" in drawn(open_page(TRAIN, owner=TEACHER))


def test_a_student_is_offered_no_link_to_make(open_page: Callable[..., Any]) -> None:
    page = open_page(TRAIN, owner=STUDENT)
    assert not page.at.sidebar.get("code")


def test_without_a_class_a_link_holds_while_its_page_is_open(open_page: Callable[..., Any]) -> None:
    services.room().clear()
    page = open_page(TRAIN, owner=STUDENT, hide="lr", mnist_train__lr="0.01")
    page.set(PAGE, lr=0.5)
    assert "lr" not in drawn(page)
    assert page.state(f"{PAGE}__lr") == 0.01
    assert "lr" in drawn(open_page(TRAIN, owner=STUDENT))


def test_what_cannot_stand_beside_it_gives_way_or_is_refused(open_page: Callable[..., Any]) -> None:
    sizes = {"mnist_train__train_size": "60000", "mnist_train__val_size": "0"}
    page = open_page(TRAIN, owner=STUDENT, hide="train_size", **sizes)
    assert not page.sentences
    page.set(PAGE, val_size=5_000)
    page.click(f"{PAGE}__start")
    assert any("60,000" in sentence for sentence in page.sentences)
    assert not services.runner().active_runs()


def sent_to(page: Page) -> list[tuple[str, dict[str, str]]]:
    """The links from the teacher that stand on a page."""
    links = [link.proto for link in page.at.main.get("page_link") if "set up for you" in link.proto.label]
    return [(link.page, dict(parse_qsl(link.query_string))) for link in links]


def test_a_set_up_is_sent_to_all_who_have_joined_and_taken_back(open_page: Callable[..., Any]) -> None:
    student = open_page("home.py", owner=STUDENT)
    assert not sent_to(student)
    teacher = open_page(TRAIN, owner=TEACHER)
    teacher.at.multiselect(key="lab__hand_out_mnist_train_hide").set_value(["optimizer"]).run()
    teacher.click("lab__hand_out_mnist_train_send")
    assert teacher.at.button(key="lab__hand_out_mnist_train_send").disabled
    ((page, query),) = sent_to(student.run())
    assert (page, query) == (PAGE, handed_out(teacher))
    for opened, what in (("home.py", BY_FILE[TRAIN].label), (TRAIN, "this page")):
        links = open_page(opened, owner=STUDENT).at.main.get("page_link")
        assert f"Open {what}, set up for you" in [link.proto.label for link in links]
    assert "optimizer" not in drawn(open_page(TRAIN, owner=STUDENT, **query))
    assert not sent_to(teacher)
    teacher.click("lab__hand_out_mnist_train_take_back")
    assert not sent_to(student.run())


def test_there_are_no_answers_to_open_before_a_link_has_shut_some(open_page: Callable[..., Any]) -> None:
    open_page("home.py", owner=STUDENT)
    assert open_page("class.py", owner=TEACHER).at.button(key="class__answers").disabled


def test_nothing_is_sent_to_a_room_that_is_shut() -> None:
    services.room().send(Sent(TRAIN, {}))
    services.room().clear()
    assert services.room().sent is None
    services.room().send(Sent(TRAIN, {}))
    assert services.room().sent is None


def follow(page: Page, query: dict[str, str]) -> Page:
    """A link within the visit, as those of the lab's own pages are."""
    page.at.query_params.clear()
    page.at.query_params.update(query)
    return page.run()


def test_a_sent_set_up_arrives_where_somebody_has_been_before(open_page: Callable[..., Any]) -> None:
    student = open_page(TRAIN, owner=STUDENT).set(PAGE, lr=0.001, batch_size=32)
    teacher = open_page(TRAIN, owner=TEACHER, mnist_train__lr="0.02")
    follow(student, handed_out(teacher))
    assert (student.state(f"{PAGE}__lr"), student.state(f"{PAGE}__batch_size")) == (0.02, 128)
    student.set(PAGE, lr=0.003)
    assert student.state(f"{PAGE}__lr") == 0.003, "it is followed once"
    teacher.at.multiselect(key="lab__hand_out_mnist_train_hide").set_value(["lr"]).run()
    assert "lr" not in drawn(follow(student, handed_out(teacher)))
    teacher.at.multiselect(key="lab__hand_out_mnist_train_hide").set_value([]).run()
    assert "lr" in drawn(follow(student, handed_out(teacher)))


def test_a_sent_board_takes_the_place_of_the_one_that_stands_open(open_page: Callable[..., Any]) -> None:
    board = "playground"
    student = open_page("playground.py", owner=STUDENT)
    student.at.session_state[f"{board}__epoch"] = 7
    student.run()
    teacher = open_page("playground.py", owner=TEACHER, playground__data="spiral", playground__epoch="30")
    follow(student, handed_out(teacher))
    assert not student.sentences
    assert student.state(f"{board}__data") == "spiral"
    assert student.state(f"{board}__epoch") == 30
    assert student.state(f"{board}__turn") == 1
    follow(student, {})
    assert student.state(f"{board}__turn") == 1
