"""Activations: every layer of a digit, one number at four depths, weights, saliency, switching off."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlcore.inspection.activations.arithmetic import work_out
from dlcore.inspection.activations.cards import CARDS
from dlcore.inspection.activations.flow import trace
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import build_model
from dlcore.run import Run
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model, save_checkpoint
from dlcore.training.config import TrainConfig
from tests.app.at_work import active
from tests.app.test_draw import ONE, png, put
from ui import services, state

OpenPage = Callable[..., Any]
PATH, PAGE = "mnist/activations.py", "mnist_activations"


@pytest.fixture
def lens(open_page: OpenPage) -> Any:
    return open_page(PATH)


def choose(page: Any, name: str, value: Any) -> Any:
    page.at.segmented_control(key=page.shown(f"{PAGE}__{name}")).set_value(value).run()
    return page


def formulas(page: Any) -> str:
    return " ".join(str(latex.value) for latex in page.at.main.get("latex"))


def flow_of(index: int, epoch: int = -1) -> Any:
    model, config = load_model(shipped_run("mnist").checkpoints[epoch])
    return trace(model, load_test().images[index, 0].numpy(), NORMALIZE[config.normalize])


def test_every_depth_is_of_the_number_that_torch_made(lens: Any) -> None:
    cell = work_out(flow_of(0).named("conv1"), 0, 5, 9)
    assert f"conv1, map 1, row 6, column 10: {cell.torch:+.4g}" in lens.words
    choose(lens, "depth", "operation")
    assert "5×5 kernel" in lens.words
    choose(lens, "depth", "arithmetic")
    assert f"{cell.value:.4f}" in formulas(lens)
    assert f"torch {cell.torch:+.6f}" in lens.words
    choose(lens, "depth", "source")
    (code,) = lens.at.code
    (line,) = [line for line in code.value.splitlines() if line.startswith("▶")]
    assert "self.conv1(x)" in line


@pytest.mark.parametrize("name", ["pool1", "relu1", "conv2", "fc1", "relu3", "softmax"])
def test_every_operation_has_its_arithmetic(lens: Any, name: str) -> None:
    lens.set(PAGE, operation=name, unit=3, row=2, column=3, depth="arithmetic")
    operation = flow_of(0).named(name)
    one = operation.after.shape[1:] == (1, 1)
    cell = work_out(operation, 2, *((0, 0) if one else (1, 2)))
    assert f"torch {cell.torch:+.6f}" in lens.words
    assert formulas(lens)
    choose(lens, "depth", "operation")
    assert not lens.sentences


def test_a_new_example_keeps_depth_unit_and_pixel(lens: Any) -> None:
    lens.set(PAGE, operation="pool1", unit=5, row=6, column=7, depth="arithmetic")
    lens.click(f"{PAGE}__test")
    assert lens.metric() == "2 "
    cell = work_out(flow_of(1).named("pool1"), 4, 5, 6)
    assert f"pool1, map 5, row 6, column 7: {cell.torch:+.4g}" in lens.words
    assert f"torch {cell.torch:+.6f}" in lens.words


def window(page: Any) -> dict[str, Any]:
    """What the browser knows of the window and its map."""
    found = [json.loads(part.proto.json or "{}") for part in page.at.get("bidi_component")]
    return next(data for data in found if "onward" in data)


def test_another_place_moves_the_kernel(lens: Any) -> None:
    before = lens.words
    lens.set(PAGE, row=20)
    cell = work_out(flow_of(0).named("conv1"), 0, 19, 9)
    assert f"row 20, column 10: {cell.torch:+.4g}" in lens.words
    assert lens.words != before
    assert window(lens)["at"] == 19 * 24 + 9


def test_the_window_walks_over_the_networks_own_numbers(lens: Any) -> None:
    shown = window(lens)
    assert shown["by_itself"]
    conv, relu = flow_of(0).named("conv1"), flow_of(0).named("relu1")
    gives = np.frombuffer(base64.b64decode(shown["numbers"]["gives"]), "<f4").reshape(24, 24)
    assert np.array_equal(gives, conv.after[0])
    left = np.frombuffer(base64.b64decode(shown["onward"][-1]["gives"]), "<f4").reshape(12, 12)
    assert np.array_equal(left, relu.after[0])
    first = shown["version"]
    choose(lens, "depth", "arithmetic")
    assert not window(lens)["by_itself"], "the arithmetic is of the place that was chosen"
    assert window(lens)["version"] == first
    lens.click(f"{PAGE}__test")
    assert window(lens)["version"] != first, "another digit is another map"


def test_a_dot_is_said_and_the_maps_of_the_digit_before_stay(lens: Any) -> None:
    before = window(lens)["version"]
    put(lens, png([(140, 140), (146, 140)]), page=PAGE)
    assert "That is a dot. Draw a digit, larger. The maps are of the digit before." in lens.words
    assert window(lens)["version"] == before
    put(lens, png(ONE), page=PAGE)
    assert "That is a dot" not in lens.words
    assert window(lens)["version"] != before


def test_the_epoch_changes_every_number(lens: Any) -> None:
    (slider,) = lens.at.select_slider
    slider.set_value("0").run()
    cell = work_out(flow_of(0, epoch=0).named("conv1"), 0, 5, 9)
    assert f"{cell.torch:+.4g}" in lens.words


def test_a_map_all_0_leads_to_what_relu_cut(lens: Any) -> None:
    silent = int(np.flatnonzero(~flow_of(0).named("relu2").after.any(axis=(1, 2)))[0])
    lens.set(PAGE, operation="relu2", unit=silent + 1)
    assert "ReLU cut the negatives" in lens.words
    lens.click(f"{PAGE}__before")
    assert f"pool2, map {silent + 1}" in lens.words


def test_no_digit_is_a_sentence(lens: Any) -> None:
    lens.click(f"{PAGE}__clear")
    assert "not a zero" in lens.words
    assert not lens.at.metric
    lens.click(f"{PAGE}__test")
    assert lens.at.metric


def test_the_digit_drawn_elsewhere_is_the_one_here(lens: Any) -> None:
    digit = state.CurrentDigit(load_test().images[4, 0].numpy(), "Your drawing.")
    lens.at.session_state["current_digit"] = digit
    lens.run()
    assert lens.metric() == "4 "
    assert "Your drawing." in lens.words
    choose(lens, "view", "filters")
    assert "a drawing has no label" in lens.words


def test_the_weights_follow_the_label(lens: Any) -> None:
    choose(lens, "view", "filters")
    assert "all 24 kernels" in lens.words
    assert "its label counts as right" in lens.words
    lens.set(PAGE, operation="relu3", unit=9)
    assert "fc1, the weights of unit 9" in lens.words


@pytest.mark.parametrize("method", ["gradient", "integrated", "occlusion"])
def test_what_mattered(lens: Any, method: str) -> None:
    choose(lens, "view", "saliency")
    choose(lens, "method", method)
    assert not lens.sentences
    if method == "integrated":
        (off,) = re.findall(r"([\d.]+) ?% off", lens.words)
        assert float(off) < 1


def test_a_unit_off_changes_the_vote_and_says_its_cost(lens: Any) -> None:
    lens.set(PAGE, operation="conv1", unit=18, view="off")
    lens.wait(lambda: "No dead unit" in lens.words, "the silent units are counted")
    lens.click(f"{PAGE}__switch")
    assert "Switched off: conv1 18." in lens.words
    lens.click(f"{PAGE}__one")
    lens.wait(lambda: "Without map 18 of conv1" in lens.words, "the test digits are read")
    assert "of 10,000 test images instead of 99.49 %" in lens.words
    lens.click(f"{PAGE}__all_on")
    assert "Switched off" not in lens.words
    lens.set(PAGE, operation="softmax", unit=1)
    assert lens.at.button(key=f"{PAGE}__switch").disabled


def test_units_that_are_off_stay_with_their_kind_of_network(lens: Any) -> None:
    """SimpleCNN has no conv2 and fewer units in fc1, but more maps in conv1: either would break the other."""
    config = TrainConfig(net="SimpleCNN")
    services.store().create(Run("simple", "somebody", "mnist", "simple", config.model_dump(), "stopped"))
    weights = build_model("SimpleCNN", seed=0).state_dict()
    start = save_checkpoint(services.store().run_folder("simple"), weights, config, epoch=0, step=0)
    services.store().share("simple", True)
    services.store().record("simple", [], [start])

    def turn_off(operation: str, unit: int) -> None:
        lens.set(PAGE, operation=operation, unit=unit, view="off")
        lens.click(f"{PAGE}__switch")
        assert not lens.sentences

    def choose_run(run: str) -> None:
        lens.at.query_params["run"] = run
        lens.run()
        assert not lens.sentences

    turn_off("conv2", 5)
    turn_off("fc1", 200)
    choose_run("simple")
    assert "Switched off" not in lens.words
    turn_off("conv1", 30)
    assert "Switched off: conv1 30." in lens.words
    choose_run("shipped")
    assert "Switched off: conv2 5, fc1 200." in lens.words


def test_a_measurement_ends_when_it_is_no_longer_shown(lens: Any, wait_until: Callable[..., None]) -> None:
    lens.set(PAGE, operation="conv1", unit=1, view="off")
    lens.click(f"{PAGE}__each")
    assert active("switch_off")
    choose(lens, "view", "map")
    wait_until(lambda: not active("switch_off"), "it has stopped")


def test_the_result_is_called_by_its_own_layers_noun(lens: Any) -> None:
    lens.set(PAGE, operation="conv1", unit=18, view="off")
    lens.click(f"{PAGE}__one")
    lens.wait(lambda: "Without map 18 of conv1" in lens.words, "the test digits are read")
    lens.set(PAGE, operation="fc1", unit=3)
    assert "Without map 18 of conv1" in lens.words


def test_the_dead_card_counts_the_units_of_fc1(lens: Any) -> None:
    lens.click(f"{PAGE}__setup_dead")
    lens.wait(lambda: "give 0 on all 10,000 test images" in lens.words, "the silent units are counted")
    lens.at.pills(key=f"{PAGE}__guess_dead").set_value("Skip").run()
    assert CARDS["dead"].why in lens.words


def test_the_blank_card_looks_at_a_corner(lens: Any) -> None:
    lens.click(f"{PAGE}__setup_blank")
    lens.at.pills(key=f"{PAGE}__guess_blank").set_value("Its bias").run()
    assert "over blank paper this kernel gives" in lens.words


def test_a_link_opens_the_same_number_and_refuses_what_cannot_be(lens: Any, open_page: OpenPage) -> None:
    lens.set(PAGE, operation="pool1", unit=5, depth="source")
    link = lens.at.query_params
    assert link[f"{PAGE}__operation"] == "pool1"
    other = open_page(
        PATH, owner="other", **{f"{PAGE}__operation": "pool1", f"{PAGE}__unit": "5", f"{PAGE}__row": "4"}
    )
    assert "pool1, map 5, row 4" in other.words
    wrong = open_page(
        PATH,
        owner="third",
        **{f"{PAGE}__operation": "conv9", f"{PAGE}__unit": "many", f"{PAGE}__depth": "<b>"},
    )
    assert wrong.sentences == [
        "Map must be a whole number from 1 to 4,096. Got 'many' instead: using 1.",
        "Depth must be one of picture, operation, arithmetic, source. Got '<b>' instead: using Picture.",
        "FastCNN has no operation 'conv9': conv1 is shown.",
    ]
    assert "conv1, map 1" in wrong.words


def test_a_network_has_the_cards_of_its_own_layers(open_page: OpenPage) -> None:
    config, store = TrainConfig(net="BookMLP"), services.store()
    store.create(Run("book", "reader", "mnist", "book", config.model_dump(), "stopped"))
    weights = build_model("BookMLP", seed=0).state_dict()
    store.record("book", [], [save_checkpoint(store.run_folder("book"), weights, config, epoch=1, step=1)])
    page = open_page(PATH, owner="reader", run="book")
    page.click(f"{PAGE}__setup_dead")
    assert not page.sentences
    shown = {str(button.key) for button in page.at.button}
    assert {name for name in CARDS if f"{PAGE}__setup_{name}" in shown} == {"dead"}
