"""A profile of the digits' network: what it finds adds up, and the cards read it. No time stands here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch

from dlcore.errors import ConfigError
from dlcore.events import Stage
from dlcore.figures.phases import step_chart
from dlcore.inspection.phases import step_finding
from dlcore.inspection.structure.structure import inspect_model
from dlcore.inspection.torch_profile.cards import CARDS
from dlcore.inspection.torch_profile.measure import batch_sizes, iter_torch_profile
from dlcore.inspection.torch_profile.result import (
    Operator,
    Point,
    Taken,
    ThreadTime,
    TorchProfile,
    TorchProfileConfig,
    cores,
    profile_of,
    thread_choices,
)
from dlcore.inspection.torch_profile.trace import PYTHON
from dlcore.inspection.torch_profile.words import headline, provenance
from dlcore.nets.registry import build_model
from dlcore.training.config import TrainConfig

CONFIG = TorchProfileConfig(largest=2)


@pytest.fixture(scope="module")
def events() -> list[Any]:
    return list(iter_torch_profile(CONFIG))


@pytest.fixture(scope="module")
def profile(events: list[Any]) -> TorchProfile:
    found: TorchProfile = events[-1]
    return found


def test_it_tells_batch_sizes_as_they_come_and_the_profile_last(events: list[Any]) -> None:
    points = [event for event in events if isinstance(event, Point)]
    assert [point.batch_size for point in points] == [1, 2, 64]
    assert events[-1].sweep == tuple(points)
    shares = [event.share for event in events if isinstance(event, Stage)]
    assert shares == sorted(shares)
    assert isinstance(events[-1], TorchProfile)


def test_the_process_has_its_threads_and_its_random_numbers_back(profile: TorchProfile) -> None:
    assert torch.get_num_threads() == 1
    before, state = torch.get_num_threads(), torch.get_rng_state()
    events = iter_torch_profile(replace_threads(cores()))
    next(event for event in events if isinstance(event, Point))
    events.close()  # type: ignore[attr-defined]
    assert torch.get_num_threads() == before
    assert torch.equal(torch.get_rng_state(), state)


def replace_threads(threads: int) -> TorchProfileConfig:
    return CONFIG.replace(threads=threads)


@pytest.mark.parametrize("work", ["training", "inference"])
def test_own_times_add_up_to_the_step(profile: TorchProfile, work: Any) -> None:
    taken = profile.taken(work)
    assert sum(operator.own for operator in taken.operators) == pytest.approx(taken.milliseconds, rel=0.02)
    assert sum(taken.operator_shares().values()) == pytest.approx(1)
    whole = sum(layer.both for layer in taken.layers) + taken.optimizer + taken.rest
    assert whole == pytest.approx(taken.milliseconds, rel=0.01)


def test_a_step_is_load_forward_backward_update_from_its_beginning_to_its_end(profile: TorchProfile) -> None:
    taken = profile.training
    assert [phase.part for phase in taken.phases] == ["load", "forward", "backward", "update"]
    assert taken.phases[0].begin == 0
    assert all(one.end == other.begin for one, other in pairwise(taken.phases))
    assert taken.milliseconds / 2 < taken.phases[-1].end <= 1.01 * taken.milliseconds
    update = taken.phases[-1]
    assert update.end - update.begin >= taken.optimizer * 0.99
    assert [phase.part for phase in profile.inference.phases] == ["load", "forward"]
    chart = step_chart(taken.phases, "dark")
    assert chart.columns["part"] == ["Load", "Forward", "Backward", "Update"]
    assert chart.alt.startswith("One training step over time: load ")
    assert step_finding(taken.phases).split("**")[1] in ("Forward", "Backward")


def test_its_layers_are_those_of_the_structure(profile: TorchProfile) -> None:
    names = [layer.name for layer in inspect_model(build_model("FastCNN")).layers]
    assert [layer.name for layer in profile.training.layers] == names
    assert [layer.name for layer in profile.inference.layers] == names
    assert all(layer.forward > 0 for layer in profile.training.layers)


def test_the_way_back_is_found_for_every_layer_that_has_one(profile: TorchProfile) -> None:
    back = {layer.name for layer in profile.training.layers if layer.backward}
    assert back == {layer.name for layer in profile.training.layers} - {"dropout1"}, "it drops nothing here"
    assert not any(layer.backward for layer in profile.inference.layers)
    assert (profile.training.optimizer > 0, profile.inference.optimizer) == (True, 0)


def test_calls_are_counted_per_step(profile: TorchProfile) -> None:
    calls = {operator.name: operator.calls for operator in profile.training.operators}
    assert calls["convolution_backward"] == calls["convolution"] == 2
    assert calls["addmm"] == 2
    assert profile.inference.share("convolution_backward") == 0


def test_memory_rises_forward_and_falls_backward(profile: TorchProfile) -> None:
    memory = profile.memory
    assert 0 < memory.backward < memory.optimizer < memory.milliseconds[-1]
    outputs = inspect_model(build_model("FastCNN")).memory(CONFIG.batch_size) / 1e6
    assert memory.peak > outputs > 0
    assert memory.megabytes[-1] < memory.peak / 2
    assert len(memory.megabytes) == len(memory.milliseconds) <= 402


def test_the_trace_is_one_step_and_says_nothing_of_the_machine(profile: TorchProfile) -> None:
    trace = json.loads(profile.trace)
    names = {event.get("name") for event in trace["traceEvents"]}
    assert {"layer:conv1", "layer:relu3", "aten::convolution_backward"} <= names
    assert (
        sum(event.get("name") == "whole step" and event.get("ph") == "X" for event in trace["traceEvents"])
        == 1
    )
    assert "host_name" not in trace
    assert len(profile.packed) < 200_000


def test_a_batch_in_pieces_is_one_step() -> None:
    """Above 128 images a step passes forward and back several times."""
    config = TorchProfileConfig(net="SimpleCNN", batch_size=130, largest=1, dropout=0.5, optimizer="sgd")
    *_, found = iter_torch_profile(config)
    assert isinstance(found, TorchProfile)
    calls = {operator.name: operator.calls for operator in found.training.operators}
    assert calls["convolution_backward"] == 2
    parts = [phase.part for phase in found.training.phases]
    assert parts == [*["load", "forward", "backward"] * 2, "update"]
    labels = step_chart(found.training.phases, "light").columns["label"]
    assert [bool(label) for label in labels] == [False] * 3 + [True] * 4, "one for each row"
    assert len(found.training.layers) == 8
    assert found.training.layers[6].name == "dropout1"
    assert found.training.layers[6].backward > 0


# --- What is asked for ----------------------------------------------------------------------------


def test_more_threads_than_cores_are_refused_at_the_call() -> None:
    sentence = (
        rf"^Threads must be at most {cores()}, the cores of this machine\. Got {cores() + 1} instead\.$"
    )
    with pytest.raises(ConfigError, match=sentence):
        iter_torch_profile(replace_threads(cores() + 1))


def test_batch_sizes_and_threads_are_powers_of_two_and_what_is_asked() -> None:
    assert batch_sizes(TorchProfileConfig(batch_size=100)) == (
        1,
        2,
        4,
        8,
        16,
        32,
        64,
        100,
        128,
        256,
        512,
        1024,
    )
    assert thread_choices()[0] == 1
    assert thread_choices()[-1] == cores()


def test_two_runs_of_one_net_ask_for_the_same_profile() -> None:
    one, other = TrainConfig(seed=1, epochs=3), TrainConfig(seed=2, lr=0.1)
    assert profile_of(one) == profile_of(other) == TorchProfileConfig()
    assert profile_of(TrainConfig(net="SimpleCNN")) != profile_of(one)


# --- Words and cards ------------------------------------------------------------------------------


def test_every_number_says_what_it_was_measured_on(profile: TorchProfile) -> None:
    words = provenance(profile, profile.training)
    for part in (
        "FastCNN",
        "64 images",
        f"1 thread of {cores()} cores",
        "CPU",
        torch.__version__,
        "quickest of 16",
    ):
        assert part in words


def test_convolutions_take_most_of_a_step(profile: TorchProfile) -> None:
    """Forward and backward they do most of the multiply-adds: many times what is asked here."""
    taken = profile.training
    convolutions = sum(layer.both for layer in taken.layers if layer.name.startswith("conv"))
    assert convolutions > 0.1 * taken.milliseconds
    assert "of a training step is `" in headline(taken)


def test_alone_a_digit_costs_more(profile: TorchProfile) -> None:
    finding = CARDS["batch"].see(profile)
    assert finding is not None
    assert finding.shown, finding.text


def test_pools_take_time_without_a_multiply_add(profile: TorchProfile) -> None:
    finding = CARDS["pool"].see(profile)
    assert finding is not None
    assert finding.shown, finding.text


def test_of_a_network_without_pools_nothing_is_found_about_them(profile: TorchProfile) -> None:
    layers = tuple(layer for layer in profile.training.layers if not layer.name.startswith("pool"))
    without = replace(profile, training=replace(profile.training, layers=layers))
    assert layers
    assert CARDS["pool"].see(without) is None


def with_operators(profile: TorchProfile, *names: str) -> TorchProfile:
    operators = tuple(Operator(name, 1, 1.0 / i, 0) for i, name in enumerate(names, 1))
    return replace(profile, training=replace(profile.training, operators=operators))


def test_the_operator_card_admits_when_another_takes_most(profile: TorchProfile) -> None:
    see = CARDS["operator"].see
    shown = see(with_operators(profile, PYTHON, "convolution_backward", "mm"))
    assert shown is not None
    assert shown.shown
    assert shown.text.startswith("convolution_backward takes 27 %")
    other = see(with_operators(profile, "mm", "convolution_backward"))
    assert other is not None
    assert not other.shown
    assert see(replace(profile, config=profile.config.replace(batch_size=1))) is None


@pytest.mark.parametrize(("second", "shown"), [(9.0, True), (6.0, True), (4.9, False)])
def test_the_threads_card_reads_the_learners_own_times(
    profile: TorchProfile, second: float, shown: bool
) -> None:
    finding = CARDS["threads"].see(replace(profile, by_threads=(ThreadTime(1, 10.0), ThreadTime(2, second))))
    assert finding is not None
    assert finding.shown is shown
    assert f"{10 * second:.0f} % of the time" in finding.text


def test_without_two_threads_the_card_says_nothing(profile: TorchProfile) -> None:
    assert CARDS["threads"].see(replace(profile, by_threads=(ThreadTime(1, 10.0),))) is None
    assert CARDS["batch"].see(replace(profile, sweep=())) is None


def test_points_know_their_middle_and_their_tail() -> None:
    point = Point(4, tuple(float(n) for n in range(1, 101)))
    assert (point.p50, point.per_digit, point.quickest) == (50.5, 50.5 / 4, 0.25)
    assert point.p95 == pytest.approx(95.05)
    assert point.per_second == pytest.approx(4000 / 50.5)
    assert Point(1, (3.0,)).p95 == 3.0


def test_a_share_of_what_did_not_run_is_nothing(profile: TorchProfile) -> None:
    taken: Taken = profile.inference
    see: Callable[[str], float] = taken.share
    assert see("no such operator") == 0
