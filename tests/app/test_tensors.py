"""The page of tensors: expressions, leaves, its address, what cannot be read, the measurement."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import torch

from dlcore.runs.tasks import Task
from dlcore.tensors.config import TOPICS
from tests.app.at_work import holds
from tests.app.conftest import Page
from tests.app.reading import traced

OpenPage = Callable[..., Any]
PATH, PAGE = "tensors.py", "tensors"


def cells(page: Page, grid: str) -> list[str]:
    """What stands in a grid of cells; those lit in brackets."""
    found = [json.loads(part.proto.json or "{}") for part in page.at.get("bidi_component")]
    grids = [each for data in found for each in data.get("grids", ()) if each["id"] == grid]
    return [f"[{c['text']}]" if c["mark"] else c["text"] for row in grids[0]["rows"] for c in row]


def test_it_opens_on_x_squared_at_3_with_slope_6(open_page: OpenPage) -> None:
    page = open_page(PATH)
    board = traced(page)
    assert (board["expression"], board["values"]) == ("x ** 2", {"x": 3.0})
    assert board["graph"]["grads"] == {"x": "6"}
    assert not page.at.query_params
    assert "**24**: each pass adds 6" in page.words


def test_an_example_or_ones_own_expression_is_taken_and_stands_in_the_address(open_page: OpenPage) -> None:
    page = open_page(PATH)
    page.at.pills(key=page.shown(f"{PAGE}__example")).set_value("relu").run()
    assert traced(page)["expression"] == "relu(a * b + c)"
    assert page.state(f"{PAGE}__typed") == "relu(a * b + c)"
    page.at.text_input(key=page.shown(f"{PAGE}__typed")).set_value("a * sin(q)").run()
    assert traced(page)["values"] == {"a": 2.0, "q": 2.0}, "a leaf that stays keeps its value"
    assert page.at.query_params[f"{PAGE}__expression"] == "a * sin(q)"
    again = open_page(PATH, **{f"{PAGE}__expression": "a * sin(q)", f"{PAGE}__leaves": "a=2 q=-1.5"})
    assert traced(again)["values"] == {"a": 2.0, "q": -1.5}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x + " * 30, "at most 80 signs"),
        ("x % 2", "An expression knows numbers"),
        ("nobody(x)", "An expression knows numbers"),
        ("UNKNOWN + x", "A name is at most 8 small letters"),
        ("", "There is nothing here"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_the_rest_stays(
    open_page: OpenPage, text: str, sentence: str
) -> None:
    page = open_page(PATH)
    page.at.text_input(key=page.shown(f"{PAGE}__typed")).set_value(text).run()
    (said,) = page.sentences
    assert sentence in said
    assert traced(page)["expression"] == "x ** 2"
    assert page.run().sentences == []


def test_an_expression_without_a_number_just_there_stays_with_its_leaves(open_page: OpenPage) -> None:
    page = open_page(PATH)
    page.at.text_input(key=page.shown(f"{PAGE}__typed")).set_value("1 / (x - 3)").run()
    board = traced(page)
    assert (board["expression"], board["values"]) == ("1 / (x - 3)", {"x": 3.0})
    assert "nothing can be divided by 0" in board["graph"]["trouble"]
    assert page.sentences == []
    assert page.state(f"{PAGE}__typed") == "1 / (x - 3)"


def test_half_an_address_is_said_and_the_rest_applied(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__expression": "x %% 2", f"{PAGE}__leaves": "x=2"})
    (said,) = page.sentences
    assert "This is no expression" in said
    assert traced(page)["values"] == {"x": 2.0}
    page = open_page(PATH, **{f"{PAGE}__expression": "1 / x", f"{PAGE}__leaves": "x=0"})
    assert traced(page)["expression"] == "1 / x"
    assert "nothing can be divided by 0" in traced(page)["graph"]["trouble"]
    page = open_page(
        PATH, **{f"{PAGE}__part": "tensors", f"{PAGE}__a": "[[1], 2]", f"{PAGE}__topic": "storage"}
    )
    (said,) = page.sentences
    assert "equally long" in said
    assert cells(page, "storage") == ["1", "2", "3", "4", "5", "6"]


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_opens_and_only_it_is_drawn(open_page: OpenPage, topic: str) -> None:
    page = open_page(
        PATH, **{f"{PAGE}__part": "tensors", f"{PAGE}__topic": topic, f"{PAGE}__a": "[[1, 2], [3, 4]]"}
    )
    assert page.sentences == []
    assert not traced(page)
    if topic == "says":
        assert "torch.Size([3, 3])" in "\n".join(block.value for block in page.at.code)
    elif topic != "product":
        assert cells(page, "a")
    else:
        assert "(2x2 and 3x2)" in "\n".join(block.value for block in page.at.code)


def test_torch_says_its_message_beside_plain_words(open_page: OpenPage) -> None:
    page = open_page(PATH)
    page.at.pills(key=f"{PAGE}__lesson").set_value("twice").run()
    assert any("backward through the graph a second time" in block.value for block in page.at.code)
    assert "torch frees the graph" in page.words
    assert "Compute y again" in page.words


def test_a_card_sets_the_page_up_and_says_what_it_showed(open_page: OpenPage) -> None:
    page = open_page(PATH)
    page.click(f"{PAGE}__setup_detached")
    assert traced(page)["graph"]["grads"] == {"x": "9"}
    page.at.pills(key=f"{PAGE}__guess_detached").set_value("27").run()
    assert "You said **27**: it was **9**." in page.words
    page.click(f"{PAGE}__setup_stretched")
    assert "its mean square would be 1.333" in page.words


def test_the_machine_is_measured_in_a_task_that_can_be_cancelled(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        dropped = holds(patch, Task("held", "devices", "running"))
        page = open_page(PATH, **{f"{PAGE}__part": "devices"})
        assert page.at.get("progress")
        page.click(f"{PAGE}__cancel")
    assert dropped == {"held"}
    assert "it was cancelled" in page.words
    page.click(f"{PAGE}__measure")
    page.wait(lambda: len(page.at.get("vega_lite_chart")) == 2, "both charts are there")
    assert page.sentences == []
    sizes, roof = page.charts()
    assert set(sizes["device"]) >= {"one thread", "all threads"}
    assert "a + b" in roof["label"]
    assert ("There is no GPU here." in page.words) == (not torch.cuda.is_available())
