"""The page of data and batches: its parts, the wall, Normalize by hand, near-copies, the measurement."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dlcore.batches.config import PARTS
from dlcore.runs.tasks import Task
from tests.app.at_work import holds

OpenPage = Callable[..., Any]
PATH, PAGE = "mnist/data.py", "mnist_data"


def conveyor(page: Any) -> list[int]:
    """The numbers that were drawn."""
    found = [json.loads(part.proto.json or "{}") for part in page.at.get("bidi_component")]
    return [item["index"] for data in found for item in data.get("items", ())]


def wall(page: Any) -> dict[str, Any]:
    found = [json.loads(part.proto.json or "{}") for part in page.at.get("bidi_component")]
    return next(row[0] for data in found for row in data.get("rows", ()))


def test_it_opens_on_a_batch_on_its_way(open_page: OpenPage) -> None:
    page = open_page(PATH)
    assert page.sentences == []
    before = conveyor(page)
    assert len(before) == 32
    assert "a tensor of **(32, 1, 28, 28)**" in page.words
    page.click(f"{PAGE}__next")
    assert conveyor(page) != before
    page.at.toggle(key=page.shown(f"{PAGE}__shuffle")).set_value(False).run()
    assert conveyor(page) == list(range(32))
    assert page.at.query_params[f"{PAGE}__shuffle"] == "false"
    assert any("def __getitem__" in block.value for block in page.at.code)


@pytest.mark.parametrize("part", PARTS)
def test_each_part_opens_by_its_link(open_page: OpenPage, part: str) -> None:
    page = open_page(PATH, **{f"{PAGE}__part": part})
    page.wait(lambda: not page.at.get("progress"), "nothing is measured any more")
    assert page.sentences == []
    assert bool(conveyor(page)) == (part == "batch")


def test_the_wall_is_searched_and_a_digit_has_neighbours(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__part": "digits"})
    assert wall(page)["count"] == 60
    assert "its label is **5**, the shipped network says **6**" in page.words
    page.at.segmented_control(key=page.shown(f"{PAGE}__order")).set_value("doubtful").run()
    assert wall(page)["count"] == 51, "as many as the shipped network gets wrong"
    page.at.selectbox(key=page.shown(f"{PAGE}__digit")).set_value("7").run()
    assert "its label is **7**" in page.words
    assert page.sentences == []


def test_normalize_by_hand(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__part": "digits"})
    assert "Rarest is the **5**: 5,421" in page.words
    page.click(f"{PAGE}__setup_half")
    assert "Normalize(0.5, 0.5): numbers go from **-1.00** to **1.00**, their mean is **-0.74**" in page.words
    page.at.pills(key=f"{PAGE}__guess_half").set_value("0").run()
    assert "it was **About -0.7**" in page.words


def test_copies_across_the_split(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__part": "splits", f"{PAGE}__copies": "0"})
    assert page.metric(0) == page.metric(1)
    page.click(f"{PAGE}__setup_copies")
    assert float(page.metric(3).rstrip(" %")) > 50
    assert "**500** of 500 test digits have a near-copy" in page.words


def test_loading_is_measured_and_can_be_cancelled(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        dropped = holds(patch, Task("held", "loading", "running"))
        page = open_page(PATH, **{f"{PAGE}__part": "time"})
        assert page.at.get("progress")
        page.click(f"{PAGE}__cancel")
    assert dropped == {"held"}
    assert "it was cancelled" in page.words
    page.click(f"{PAGE}__measure")
    page.wait(lambda: len(page.at.get("vega_lite_chart")) == 2, "both charts are there")
    assert "times as long" in page.words
    assert "2 workers: " in page.words
    assert page.sentences == []


def test_half_an_address_is_said_and_the_rest_applied(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__part": "splits", f"{PAGE}__copies": "900"})
    (said,) = page.sentences
    assert "Near-copies must be a whole number from 0 to 100. Got '900' instead: using" in said
    assert "**250** of 500" in page.words
