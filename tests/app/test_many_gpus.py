"""The page of many GPUs: a step at once, what real ranks say of it, and its other parts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dlcore.distributed.cards import CARDS
from ui import services

OpenPage = Callable[..., Any]
PATH, PAGE = "many_gpus.py", "many_gpus"


def ring(page: Any) -> dict[str, Any]:
    found = [json.loads(part.proto.json or "{}") for part in page.at.get("bidi_component")]
    return next((data for data in found if "frames" in data), {})


def test_it_opens_on_two_shares_and_then_says_what_the_ranks_found(open_page: OpenPage) -> None:
    page = open_page(PATH)
    assert page.sentences == []
    shown = ring(page)
    assert len(shown["ranks"]) == 2
    assert [len(values) for values in shown["frames"][0]["values"]] == [10, 10]
    assert shown["frames"][-1]["values"][0] == shown["frames"][-1]["values"][1]
    page.wait(lambda: "are equal on all 2 ranks, bit by bit" in page.words, "the ranks have trained")
    assert len(page.at.table[0].value) == 8
    page.at.segmented_control(key=page.shown(f"{PAGE}__ranks")).set_value("3").run()
    assert len(ring(page)["ranks"]) == 3
    assert page.at.query_params[f"{PAGE}__ranks"] == "3"
    page.click(f"{PAGE}__cancel_step")
    assert "it was cancelled" in page.words
    assert len(ring(page)["ranks"]) == 3, "what was computed at once stays"
    page.at.segmented_control(key=page.shown(f"{PAGE}__ranks")).set_value("4").run()
    assert "it was cancelled" not in page.words, "another set-up was not"
    page.at.segmented_control(key=page.shown(f"{PAGE}__ranks")).set_value("3").run()
    assert "it was cancelled" in page.words


def test_who_leaves_the_page_finds_its_work_going_on(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__ranks": "3", f"{PAGE}__batch": "8"})
    begun = {task.id for task in services.tasks().all() if task.kind == "ranks"}
    page.switch("words.py")
    page.switch(PATH)
    page.wait(lambda: "are equal on all 3 ranks" in page.words, "the ranks have trained")
    assert {task.id for task in services.tasks().all() if task.kind == "ranks"} == begun


def test_a_killed_rank_is_told_in_the_words_of_torch(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__part": "traps", f"{PAGE}__trap": "killed"})
    assert not ring(page)
    page.wait(lambda: "The way out" in page.words, "the group has broken")
    assert "ended from outside by SIGKILL" in page.words
    assert any("onnection" in block.value for block in page.at.code)
    assert page.sentences == []


def test_the_model_begins_with_this_machine_and_takes_other_numbers(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__part": "many"})
    page.wait(lambda: page.at.get("vega_lite_chart"), "the curve is drawn")
    assert "Measured here" in page.words
    assert "Drawn" not in page.words
    assert page.words.count("At 0 it is what was measured here") == 3
    page.click(f"{PAGE}__setup_bandwidth")
    assert "100 µs an image, nothing a step besides, 1.00 GB/s, 50 µs a message" in page.words
    page.at.pills(key=f"{PAGE}__guess_bandwidth").set_value("2").run()
    assert "it was **16**" in page.words
    assert set(CARDS["bandwidth"].setup) <= {"part", "total", "compute", "bandwidth", "latency"}
    assert page.sentences == []


def test_half_an_address_is_said(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__ranks": "64"})
    (said,) = page.sentences
    assert "Ranks must be one of 2, 3, 4. Got '64' instead: using" in said
    assert len(ring(page)["ranks"]) == 2
