"""The playground in a browser: it plays, goes back in time, and is changed by hand."""

from __future__ import annotations

import math
import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.pages import is_there
from tests.waiting import wait_until

PATH = "playground.py"


def number(page: Page, name: str) -> float:
    return float(page.locator(f".playground .{name} b").inner_text().removesuffix(" %"))


def test_it_plays_and_every_moment_can_be_seen_again(new_visitor: Any) -> None:
    page = new_visitor(reduced_motion="no-preference").open("playground")
    is_there(page, PATH)
    epoch = page.locator(".playground .number")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()  # by itself
    expect(epoch).to_have_text(re.compile(r"^\d{2,}$"))
    page.get_by_role("button", name="Pause").click()
    late = number(page, "score.test")
    page.locator(".playground .scrub").fill("0")
    expect(epoch).to_have_text("0")
    early = number(page, "score.test")
    assert late < early
    page.get_by_role("button", name="One epoch").click()
    expect(epoch).to_have_text("1")
    assert number(page, "score.test") != early


def test_what_is_changed_by_hand_is_trained_anew_and_stands_in_the_address(visitor: Any) -> None:
    page = visitor.open("playground?playground__preset=circle")
    is_there(page, PATH)
    epoch = page.locator(".playground .number")
    expect(epoch).to_have_text("8")  # half trained, and it waits: less motion was asked for
    more = page.get_by_role("button", name="One unit more in layer 2")
    more.click()
    expect(page.locator(".playground .unit")).to_have_count(2 + 4 + 3)
    expect(more).to_be_focused()
    expect(page).to_have_url(re.compile(r"playground__layers=4\+3"))
    page.locator(".playground [data-knob=lr]").select_option("5")
    page.get_by_role("button", name="Play", exact=True).click()
    cure = page.get_by_role("button", name=re.compile("Smaller first weights|Again with"))
    cure.click()
    expect(page.locator(".playground .words")).to_be_empty()
    expect(page).not_to_have_url(re.compile(r"playground__lr=5"))


def test_a_link_shows_its_gradient_three_ways(visitor: Any) -> None:
    page = visitor.open("playground?playground__preset=circle")
    is_there(page, PATH)
    expect(page.locator(".playground .number")).to_have_text("8")
    page.locator(".playground path.wide").nth(3).dispatch_event("click")
    ways = page.locator(".playground .ways b")
    expect(ways).to_have_count(3)
    chain, autograd, measured = (float(text) for text in ways.all_inner_texts())
    assert chain == autograd != 0
    assert abs(measured - chain) <= 1e-4 * abs(chain)
    page.get_by_role("button", name="The unit's bias").click()
    expect(page.locator(".playground .link > b")).to_contain_text("From the bias to unit")
    expect(ways).to_have_count(3)
    chain, autograd, _ = (float(text) for text in ways.all_inner_texts())
    assert chain == autograd
    page.get_by_role("button", name="Largest gradient").click()
    expect(page.locator(".playground path.chosen")).to_have_count(1)
    field = page.locator(".playground .link input")
    before = number(page, "score.train")
    field.fill("5")
    field.press("Enter")
    expect(page.locator(".playground .score.train b")).not_to_have_text(f"{before:.3f}")
    expect(page).to_have_url(re.compile("playground__weights="))
    edited = number(page, "score.train")
    page.get_by_role("button", name="Show it below").click()
    expect(page.get_by_text("The loss over two weights, at epoch 8")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Training loss over two weights"))).to_be_visible()
    page.reload()
    is_there(page, PATH)
    expect(page.locator(".playground .number")).to_have_text("8")
    expect(page.locator(".playground .score.train b")).to_have_text(f"{edited:.3f}")


def test_an_epoch_is_seen_batch_by_batch(visitor: Any) -> None:
    page = visitor.open("playground?playground__preset=circle&playground__batch_size=100")
    is_there(page, PATH)
    when = page.locator(".playground .when")
    expect(when).to_have_text("8 epochs")
    scores = []
    for at in (1, 2, 3):
        page.get_by_role("button", name="One batch").click()
        expect(when).to_have_text(f"8 epochs and batch {at} of 3")
        scores.append(number(page, "score.train"))
    expect(page.locator(".playground .legend")).to_contain_text("the 50 bright points of 250")
    page.get_by_role("button", name="One epoch").click()
    expect(when).to_have_text("9 epochs")
    assert scores[-1] == number(page, "score.train"), "an epoch is its batches, one after the other"
    assert len(set(scores)) > 1


def test_a_layer_has_an_activation_of_its_own(visitor: Any) -> None:
    page = visitor.open("playground?playground__preset=circle")
    is_there(page, PATH)
    expect(page.locator(".playground .number")).to_have_text("8")
    page.get_by_label("Activation of layer 2").select_option("relu")
    expect(page).to_have_url(re.compile(r"playground__activations=-\+relu"))
    expect(page.get_by_label("Activation of layer 1")).to_have_value("tanh")
    page.get_by_label("Activation of layer 2").select_option("tanh")
    expect(page).not_to_have_url(re.compile("playground__activations"))


def test_a_place_in_the_plane_is_followed_unit_by_unit(visitor: Any) -> None:
    page = visitor.open("playground?playground__preset=circle&playground__epoch=150")
    is_there(page, PATH)
    expect(page.locator(".playground .number")).to_have_text("150")  # the moment that the link shows
    page.locator(".playground .plane").click(position={"x": 60, "y": 80})
    expect(page.locator(".playground .held")).to_be_visible()
    page.mouse.move(0, 0)
    notes = page.locator(".playground .gives")
    expect(notes).to_have_count(2 + 4 + 2)
    page.locator(".playground .unit").nth(2).hover()
    legend = page.locator(".playground .legend")
    expect(legend).to_contain_text("Unit 1 of layer 1 at (")
    said = legend.inner_text().replace("(", "").replace(")", "")
    terms, z = re.search(r"z = (.*) = (-?[\d.]+)\. tanh", said).groups()  # type: ignore[union-attr]
    *products, bias = terms.replace("bias ", "").split(" + ")
    factors = [[float(number) for number in product.split(" × ")] for product in products]
    assert abs(sum(weight * read for weight, read in factors) + float(bias) - float(z)) < 0.02
    gives, slope = (float(number) for number in re.search(r"tanh: (\S+), slope (\S+)\.", said).groups())  # type: ignore[union-attr]
    assert abs(gives - math.tanh(float(z))) < 0.002
    assert abs(slope - (1 - gives**2)) < 0.003
    before = legend.inner_text()
    page.locator(".playground .plane").press("ArrowRight")
    expect(legend).not_to_have_text(before)
    page.locator(".playground .plane").press("Escape")
    expect(notes).to_have_count(0)
    page.get_by_role("button", name="One epoch").click()
    expect(page).to_have_url(re.compile("playground__epoch=151"))


def test_a_link_leaves_controls_out(visitor: Any) -> None:
    page = visitor.open("playground?playground__hidden=transport+lr")
    is_there(page, PATH)
    board = page.locator(".playground")
    expect(board.locator(".number")).to_have_text("8")
    expect(board.get_by_role("button", name="Play")).to_have_count(0)
    expect(board.locator("[data-knob=lr]")).to_be_hidden()
    expect(board.locator("[data-knob=activation]")).to_be_visible()
    page.get_by_text("A link to this board").click()
    remove = page.get_by_role("button", name=re.compile("Remove Play and its"))

    def removed() -> bool:
        if remove.count():  # a redraw may take the field from under a click
            remove.first.click()
        return not remove.count()

    wait_until(removed, "Play and its neighbours are left in", every=1.0)
    expect(board.get_by_role("button", name="Play")).to_be_visible()
    expect(page).to_have_url(re.compile("playground__hidden=lr"))


def test_ones_own_points_are_learned(visitor: Any) -> None:
    page = visitor.open("playground")
    is_there(page, PATH)
    page.locator(".playground [data-knob=data]").select_option("own")
    page.get_by_text("Paste three columns, or a file").click()
    paste = page.get_by_role("textbox", name="Points: x1, x2, class")
    paste.fill("a,b,c\n1,2,0\n2,x,1")
    paste.blur()
    expect(page.get_by_text("Line 3 must be two numbers and a class")).to_be_visible()
    paste.fill("a,b,c\n1,2,0\n2,1,0\n-1,-2,1\n-12,0,1")
    paste.blur()
    expect(page.get_by_text("4 points, scaled to fit the plane.")).to_be_visible()
    expect(page.locator(".playground .score.test b")).to_have_text(re.compile(r"0\.\d"))
    rows = "x,y,class\n" + "\n".join(f"{x},{y},{x > 0:d}" for x in (-3, -2, 2, 3) for y in range(5))
    page.locator(".playground .file").set_input_files(
        {"name": "points.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    expect(page.get_by_text("20 points.")).to_be_visible()
    page.locator(".playground .plane").click(position={"x": 20, "y": 20})
    undo = page.get_by_role("button", name="Undo")
    for left in reversed(range(21)):  # twenty of the file and the one put down, one after the other
        expect(undo).to_be_enabled()
        undo.click()
        assert undo.is_disabled() == (left == 0), f"{left} are left"


def test_another_beside_it_is_played_in_step(visitor: Any) -> None:
    page = visitor.open("playground?playground__preset=circle")
    is_there(page, PATH)
    expect(page.locator(".playground .number")).to_have_text("8")
    page.get_by_text("Another beside it").click()
    page.get_by_label("What differs").select_option("layers")
    page.get_by_label("Its other value").select_option("")
    score = page.locator(".playground .beside-score")
    expect(score).to_contain_text("Epoch 8: test loss 0.5")  # a line around a ring
    page.locator(".playground .scrub").fill("60")
    expect(score).to_contain_text("Epoch 60: test loss 0.5")
    assert number(page, "score.test") < 0.3


def test_one_point_goes_through_in_slow_motion(visitor: Any) -> None:
    page = visitor.open("playground?playground__preset=circle")
    is_there(page, PATH)
    expect(page.locator(".playground .number")).to_have_text("8")
    page.get_by_role("button", name="One point").click()
    story = page.locator(".playground .story")
    expect(story).to_contain_text("1 Forward.")
    expect(page.locator(".playground .told")).to_have_count(2 + 4 + 2)
    for words in ("2 Loss.", "3 Backward.", "4 Nudge."):
        story.get_by_role("button", name="Next").click()
        expect(story).to_contain_text(words)
    before, after = re.findall(r"0\.\d+", story.inner_text())[-2:]
    assert float(after) < float(before)


def test_reset_forgets_what_was_trained_otherwise(visitor: Any) -> None:
    page = visitor.open("playground?playground__preset=circle&playground__epoch=50")
    is_there(page, PATH)
    epoch = page.locator(".playground .number")
    expect(epoch).to_have_text("50")
    slow = number(page, "score.train")
    page.locator(".playground [data-knob=lr]").select_option("0.2")
    expect(page).to_have_url(re.compile("playground__weights="))  # the config alone leads elsewhere
    page.get_by_role("button", name="One batch").click()
    expect(page.locator(".playground .when")).to_have_text("50 epochs and batch 1 of 25")
    page.locator(".playground .scrub").fill("40")
    page.get_by_role("button", name="One batch").click()
    expect(page.locator(".playground .words")).to_contain_text("What was set at epoch 50 was not so before")
    page.get_by_role("button", name="Reset").click()
    expect(epoch).to_have_text("0")
    expect(page.locator(".playground .scrub")).to_have_attribute("max", "110")  # all is known anew
    page.locator(".playground .scrub").fill("50")
    expect(epoch).to_have_text("50")
    expect(page).not_to_have_url(re.compile("playground__weights="))
    assert number(page, "score.train") != slow
