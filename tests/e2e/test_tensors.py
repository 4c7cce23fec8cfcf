"""Tensors and autograd in a browser: leaves are moved, .grad adds up, gradients go back node by node."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.e2e.pages import is_there

PATH = "tensors.py"


def test_grad_adds_up_begins_anew_with_a_moved_leaf_and_the_story_plays(new_visitor: Any) -> None:
    page = new_visitor(reduced_motion="no-preference").open("tensors")
    is_there(page, PATH)
    board = page.locator(".autograd")
    grad, again = board.locator(".grad"), board.locator(".again")
    expect(grad).to_have_text(".grad = 6")
    again.click()
    expect(grad).to_have_text(".grad = 6 + 6 = 12")
    again.click()
    expect(grad).to_have_text(".grad = 6 + 6 + 6 = 18")
    expect(board.locator(".why")).to_have_text("backward() adds to .grad and never clears it.")
    board.locator(".zero").click()
    expect(grad).to_have_text(".grad = None")
    board.locator("input").fill("2")
    expect(grad).to_have_text(".grad = 4")
    expect(page).to_have_url(re.compile("tensors__leaves=x%3D2"))
    expect(board.locator("svg .gradient").first).to_have_text("gradient 4")
    for where in ("2 of 3", "1 of 3"):
        board.locator(".back").click()
        expect(board.locator(".where")).to_have_text(where)
    board.locator(".play").click()
    expect(board.locator(".where")).to_have_text("3 of 3")
    expect(board.locator(".play")).to_have_text("Play")


def test_the_way_back_is_stepped_by_keys_and_a_refusal_leaves_the_picture(visitor: Any) -> None:
    page = visitor.open("tensors?tensors__expression=1/x&tensors__leaves=x=1")
    is_there(page, PATH)
    board = page.locator(".autograd")
    expect(board.locator(".caption")).to_contain_text("AccumulateGrad adds it to .grad.")
    board.focus()
    page.keyboard.press("ArrowLeft")
    expect(board.locator(".caption")).to_contain_text("Backward starts at the end")
    expect(board.locator("svg .gradient")).to_have_count(1)
    page.keyboard.press("ArrowLeft")
    expect(board.locator(".caption")).to_have_text("Forward: 1 / x = 1. Torch notes DivBackward0.")
    expect(board.locator("svg .gradient")).to_have_count(0)
    expect(board.locator(".play")).to_be_hidden()  # less motion was asked for: the stepper is there
    board.locator("input").fill("0")
    expect(board.locator(".trouble")).to_contain_text("nothing can be divided by 0")
    expect(board.locator("svg .symbol").first).to_have_text("x")
    expect(page).to_have_url(re.compile("tensors__leaves=x%3D0"))
    expect(board.locator(".leaf-row b")).to_have_text("x = 0")
    board.locator("input").fill("2")
    expect(board.locator(".trouble")).to_be_hidden()
    for _ in range(2):
        board.locator(".next").click()
    expect(board.locator(".grad")).to_have_text(".grad = −0.25")


def test_the_keys_work_before_anything_was_clicked_and_grad_waits_for_its_leaf(visitor: Any) -> None:
    page = visitor.open("tensors")
    is_there(page, PATH)
    board = page.locator(".autograd")
    expect(board.locator(".where")).to_have_text("3 of 3")
    page.keyboard.press("ArrowLeft")
    expect(board.locator(".where")).to_have_text("2 of 3")
    expect(board.locator(".grad")).to_have_text(".grad: not yet")
    for _ in range(4):
        board.locator(".again").click()
    expect(board.locator(".grad")).to_have_text(".grad = 5 × 6 = 30")


def test_a_cell_is_changed_and_a_view_follows(visitor: Any) -> None:
    page = visitor.open("tensors?tensors__part=tensors&tensors__topic=view")
    page.locator(".grids button.cell").nth(1).click()
    expect(page.get_by_text("b changed too: it is a view.")).to_be_visible()
    expect(page.locator(".grids .cell", has_text="99")).to_have_count(3)  # in a, in storage, in b
