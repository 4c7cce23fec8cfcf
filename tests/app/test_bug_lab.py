"""The bug lab's page: name the bug, click its line, mend and run it, the next one; its address."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dlcore.buglab.bugs import BUGS, SLIPS
from dlcore.buglab.config import BugLabConfig, case_of
from dlcore.buglab.script import mend_of, script_text
from dlcore.runs.tasks import Task
from tests.app.at_work import holds

OpenPage = Callable[..., Any]
PATH, PAGE = "bug_lab.py", "bug_lab"
FIRST = case_of(BugLabConfig())
OTHER = next(name for name in BUGS if name != FIRST.name)


def lines(page: Any) -> list[dict[str, Any]]:
    """The script on the page, line by line."""
    found = [json.loads(part.proto.json or "{}") for part in page.at.get("bidi_component")]
    return next(data["lines"] for data in found if "lines" in data)


def text(page: Any) -> str:
    return "\n".join("".join(piece for piece, _ in line["parts"]) for line in lines(page)) + "\n"


def marked(page: Any, mark: str) -> set[int]:
    return {line["number"] for line in lines(page) if line["mark"] == mark}


def roles(page: Any) -> set[str]:
    """The curves in the picture of the loss."""
    return set(page.charts()[0]["role"])


def guess(page: Any, name: str) -> None:
    page.at.pills(key=f"{PAGE}__guess").set_value(name).run()


def test_it_opens_on_a_mystery_that_says_no_name(open_page: OpenPage) -> None:
    page = open_page(PATH)
    assert page.sentences == []
    assert text(page) == script_text(FIRST.name)
    assert roles(page) == {"broken"}
    assert SLIPS[FIRST.name].why not in page.words
    assert not page.at.query_params
    assert not any(button.key == f"{PAGE}__mend" for button in page.at.button)


def test_a_test_score_above_the_training_score_is_a_fault_of_a_finished_network_alone(
    open_page: OpenPage,
) -> None:
    (check,) = (said.value for said in open_page(PATH).at.markdown if "on what they never saw" in said.value)
    assert check.startswith("If both were measured on the finished network: no.")
    assert "Measured while it learned, with" in check
    assert check.endswith("training may be lower without a fault.")


def test_a_wrong_guess_is_shown_beside_and_a_wrong_line_is_said(open_page: OpenPage) -> None:
    page = open_page(PATH)
    guess(page, OTHER)
    assert f"something else: {BUGS[OTHER].title.lower()} looks otherwise." in page.words
    assert roles(page) == {"broken", "guess"}
    page.set(PAGE, line=1)
    assert "Line 1 is as it should be." in page.words
    assert marked(page, "wrong") == {1}
    page.click(f"{PAGE}__hint")
    assert SLIPS[FIRST.name].hint in page.words
    assert page.at.button(key=f"{PAGE}__hint").disabled, "one hint"


def test_found_and_mended_it_is_trained_here_beside_the_broken_one(open_page: OpenPage) -> None:
    page = open_page(PATH)
    guess(page, FIRST.name)
    assert SLIPS[FIRST.name].why in page.words
    line = min(mend_of(FIRST.name).culprits)
    page.set(PAGE, line=line)
    assert marked(page, "found") == set(mend_of(FIRST.name).culprits)
    page.click(f"{PAGE}__mend")
    assert text(page) == script_text("right")
    page.wait(lambda: "with the slip" in page.words, "both are compared")
    assert roles(page) == {"broken", "mended"}
    assert page.sentences == []
    page.click(f"{PAGE}__on")
    assert page.state(f"{PAGE}__number") == 2
    assert roles(page) == {"broken"}
    assert page.state(f"{PAGE}__guess") is None


def test_a_guess_stays_while_one_looks_at_another_page(open_page: OpenPage) -> None:
    page = open_page(PATH)
    guess(page, OTHER)
    page.switch("words.py").switch(PATH)
    assert page.at.pills(key=f"{PAGE}__guess").value == OTHER


@pytest.mark.parametrize(
    ("hidden", "dead"),
    [({"hide": "number"}, True), ({"hide": "script", f"{PAGE}__script": "mixed_up"}, True), ({}, False)],
)
def test_where_a_link_keeps_the_script_no_other_mystery_is_offered(
    open_page: OpenPage, hidden: dict[str, str], dead: bool
) -> None:
    page = open_page(PATH, **hidden)
    assert page.at.button(key=f"{PAGE}__next").disabled is dead


def test_training_can_be_cancelled(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(PATH, **{f"{PAGE}__script": "mixed_up"})
    dropped = holds(monkeypatch, Task("held", "buglab", "running"))
    page.click(f"{PAGE}__tell").click(f"{PAGE}__mend")
    assert text(page) == script_text("right")
    assert not dropped
    page.click(f"{PAGE}__cancel")
    assert dropped == {"held"}
    assert not page.state(f"{PAGE}__mended")
    assert text(page) == script_text("mixed_up")


@pytest.mark.parametrize("name", SLIPS)
def test_each_can_be_opened_by_its_name_and_told(open_page: OpenPage, name: str) -> None:
    page = open_page(PATH, **{f"{PAGE}__script": name})
    assert page.sentences == []
    assert text(page) == script_text(name)
    assert SLIPS[name].title in page.words
    page.click(f"{PAGE}__tell")
    (diff,) = (block.value for block in page.at.code if block.language == "diff")
    assert all(f"+ {line.strip()}" in diff for line in mend_of(name).put)
    assert all(f"- {line.strip()}" in diff for line in mend_of(name).taken)


def test_half_an_address_is_said_and_the_rest_applied(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__script": "nobody", f"{PAGE}__number": "5"})
    (said,) = page.sentences
    assert said.startswith("Script must be one of mystery, no_zero_grad")
    assert text(page) == script_text(case_of(BugLabConfig(number=5)).name)


def test_a_card_opens_a_slip_and_speaks_once_it_is_mended(open_page: OpenPage) -> None:
    page = open_page(PATH)
    page.click(f"{PAGE}__setup_eval")
    page.at.pills(key=f"{PAGE}__guess_eval").set_value("Some are wrong").run()
    assert "Set it up and let it run." in page.words
    page.click(f"{PAGE}__tell").click(f"{PAGE}__mend")
    page.wait(lambda: "it was **Nothing**" in page.words, "the card has its answer")
