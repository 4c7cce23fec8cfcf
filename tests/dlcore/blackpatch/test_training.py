"""The training loop in plain Python: what it says and when, how it obeys, how it repeats and ends."""

from __future__ import annotations

import math
import re
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from dlcore import events as ev
from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.network import Network, cross_entropy
from dlcore.blackpatch.training import (
    TICK_WORK,
    Data,
    TrainState,
    found,
    look,
    make_data,
    start,
    train,
    train_step,
)
from dlcore.controls import Controls
from tests.dlcore.told import only, told

Act = Callable[[Controls, ev.Event], None]

TINY = PatchConfig(hidden="6", epochs=2, lr=0.1, init=0.1, train_size=60, test_size=20, seed=3)
RARE = TINY.replace(train_size=1000, hidden="2")  # a Progress every 50 steps


def begin(config: PatchConfig) -> TrainState:
    return start(config.widths, init=config.init, lr=config.lr, seed=config.seed)


def data_of(config: PatchConfig) -> Data:
    return make_data(config.maker, train_size=config.train_size, test_size=config.test_size, seed=config.seed)


def run(config: PatchConfig, controls: Controls | None = None) -> tuple[list[ev.Event], TrainState]:
    state = begin(config)
    return told(train(state, data_of(config), config.recipe, controls=controls)), state


def run_and(config: PatchConfig, act: Act) -> tuple[list[ev.Event], TrainState]:
    """Drain it, and let `act` look at every event before the next one is asked for."""
    controls, state, events = Controls(), begin(config), []
    for event in train(state, data_of(config), config.recipe, controls=controls):
        events.append(event)
        act(controls, event)
    return told(iter(events)), state


def numbers(network: Network) -> list[float]:
    return [w for layer in network.layers for row in [*layer.weights, layer.biases] for w in row]


# --- What is said, and when -----------------------------------------------------------------------


def test_events_come_in_their_order() -> None:
    events, _ = run(TINY)
    kinds = [type(event).__name__ for event in events]
    epoch = [*["Watched", "Progress"] * 20, "EpochEnd", *["Evaluated"] * 2, *["Measured"] * 3]
    epoch.append("CheckpointReady")
    assert kinds == ["CheckpointReady", "Watched", *epoch, *epoch, "Finished"]


def test_events_tell_steps_and_epochs() -> None:
    events, state = run(TINY)
    assert [(e.step, e.epoch) for e in only(ev.CheckpointReady, events)] == [(0, 0), (60, 1), (120, 2)]
    assert [(e.step, e.epoch) for e in only(ev.EpochEnd, events)] == [(60, 1), (120, 2)]
    assert [(e.step, e.epoch) for e in only(ev.Progress, events)] == [
        (step, 1 + (step > 60)) for step in range(3, 121, 3)
    ]
    assert [(e.split, e.step, e.total) for e in only(ev.Evaluated, events)] == [
        ("test", 60, 20),
        ("fair", 60, 20),
        ("test", 120, 20),
        ("fair", 120, 20),
    ]
    assert [(e.name, e.step) for e in only(ev.Measured, events)] == [
        ("alive", 60),
        ("false_alarms", 60),
        ("positions", 60),
        ("alive", 120),
        ("false_alarms", 120),
        ("positions", 120),
    ]
    assert events[-1] == ev.Finished(120, 2, "finished")
    assert (state.step, state.epoch) == (120, 2)


def test_between_two_reports_it_gives_way() -> None:
    config = RARE.replace(epochs=1)
    events = list(train(begin(config), data_of(config), config.recipe))
    ticks = Counter(type(event) for event in events)[ev.Tick]
    weights = 3 * 1000 + 26 * (len(only(ev.Progress, events)) + 2) + 2 * 20
    assert ticks == pytest.approx(weights * 167 / TICK_WORK, abs=1)


@pytest.mark.parametrize("hidden", ["2", "128-128-128-128"])
def test_between_two_events_there_is_little_work(hidden: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in weights passed, whatever the net, the batch and the number of probes."""
    passed = [0]
    forward = Network.forward

    def counting(network: Network, image: list[float]) -> list[list[float]]:
        passed[-1] += network.num_params
        return forward(network, image)

    monkeypatch.setattr(Network, "forward", counting)
    config = TINY.replace(hidden=hidden, epochs=1, batch_size=30)
    for _ in train(begin(config), data_of(config), config.recipe):
        passed.append(0)
    assert max(passed) <= TICK_WORK + 3 * sum(
        (a + 1) * b for a, b in zip(config.widths, config.widths[1:], strict=False)
    )


def test_progress_is_the_mean_over_the_images_since_the_last() -> None:
    """60 images in batches of 8: the last step counts four images, not eight."""
    events, _ = run(TINY.replace(batch_size=8, epochs=1))
    steps, (end,) = only(ev.Progress, events), only(ev.EpochEnd, events)
    sizes = [8] * 7 + [4]
    assert end.loss == pytest.approx(sum(e.loss * n for e, n in zip(steps, sizes, strict=True)) / 60)
    assert end.accuracy == pytest.approx(sum(e.accuracy * n for e, n in zip(steps, sizes, strict=True)) / 60)


def test_a_loss_is_measured_before_its_update() -> None:
    state, (image, label) = begin(TINY), next(data_of(TINY).train.pairs())
    before = cross_entropy(state.network.logit(image), label)
    assert ev.drained(train_step(state, [(image, label)]))[0][0] == before
    assert cross_entropy(state.network.logit(image), label) < before


def test_watched_is_one_probability_for_each_probe() -> None:
    data, (events, state) = data_of(TINY), run(TINY)
    looks = only(ev.Watched, events)
    assert {len(look.probabilities) for look in looks} == {26}
    assert looks[-1].probabilities == tuple((state.network.predict(image),) for image in data.probes.images)
    (first, last) = looks[0], looks[-1]
    assert (first.step, last.step) == (0, 120)
    assert first.probabilities != last.probabilities


def test_evaluated_and_measured_are_what_the_network_does() -> None:
    data, (events, state) = data_of(TINY), run(TINY)
    test, fair = only(ev.Evaluated, events)[-2:]
    for event, examples in ((test, data.test), (fair, data.fair)):
        logits = [state.network.logit(image) for image in examples.images]
        losses = [cross_entropy(z, y) for z, y in zip(logits, examples.labels, strict=True)]
        assert event.loss == pytest.approx(sum(losses) / 20)
        assert event.correct == sum((z > 0) == y for z, y in zip(logits, examples.labels, strict=True))
    alive, false_alarms, positions = only(ev.Measured, events)[-3:]
    seen = [state.network.forward(image)[1] for image in [*data.test.images, *data.fair.images]]
    on = sum(any(flow[unit] > 0 for flow in seen) for unit in range(6))
    assert alive.value <= on / 6 + 1e-9
    assert positions.value == found(ev.drained(look(state, data.probes)))
    *patches, blank = (p > 0.5 for (p,) in only(ev.Watched, events)[-1].probabilities)
    assert positions.value == (0 if blank else sum(patches))
    without = [image for image, label in data.fair.pairs() if not label]
    assert false_alarms.value == sum(state.network.logit(image) > 0 for image in without) / len(without)


# --- Repeating ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"batch_size": 7},
        {"shuffle": True},
        {"hidden": "5-4", "batch_size": 16, "shuffle": True, "where": "anywhere"},
    ],
)
def test_the_same_settings_give_the_same_run(changes: dict[str, Any]) -> None:
    config = TINY.replace(**changes)
    (events, state), (again, other) = run(config), run(config)
    assert events == again
    assert numbers(state.network) == numbers(other.network)


@pytest.mark.parametrize(
    "changes", [{"seed": 4}, {"lr": 0.05}, {"batch_size": 2}, {"shuffle": True}, {"init": 0.2}]
)
def test_every_setting_matters(changes: dict[str, Any]) -> None:
    assert numbers(run(TINY)[1].network) != numbers(run(TINY.replace(**changes))[1].network)


def test_two_runs_do_not_disturb_each_other() -> None:
    config = TINY.replace(shuffle=True)
    alone, _ = run(config)
    first = train(begin(config), data_of(config), config.recipe)
    second = train(begin(config), data_of(config), config.recipe)
    mixed = list(zip(first, second, strict=True))
    assert told(iter([event for event, _ in mixed])) == alone
    assert told(iter([event for _, event in mixed])) == alone


def test_who_looks_more_often_trains_the_same_network() -> None:
    _, state = run(TINY)
    often = begin(TINY)
    recipe = TINY.replace(train_size=20).recipe  # reports after every step
    assert recipe.report_every == 1
    told(train(often, data_of(TINY), recipe))
    assert numbers(often.network) == numbers(state.network)


def order_of(config: PatchConfig, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The number of every image, in the order in which it is trained on, batch by batch."""
    data, batches = data_of(config), list[list[int]]()

    def note(state: TrainState, batch: list[tuple[list[float], int]]) -> Iterator[ev.Tick]:
        batches.append([data.train.images.index(image) for image, _ in batch])
        state.step += 1
        yield ev.Tick()
        return [(1.0, True)] * len(batch)

    monkeypatch.setattr("dlcore.blackpatch.training.train_step", note)
    told(train(begin(config), data, config.recipe))
    return batches


def test_unshuffled_every_epoch_has_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert order_of(TINY, monkeypatch) == [[n] for n in range(60)] * 2


def test_shuffled_every_epoch_has_an_order_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    batches = order_of(TINY.replace(shuffle=True, batch_size=8), monkeypatch)
    assert [len(batch) for batch in batches] == ([8] * 7 + [4]) * 2
    whole = [n for batch in batches for n in batch]
    first, second = whole[:60], whole[60:]
    assert sorted(first) == sorted(second) == list(range(60))
    assert first != second
    assert list(range(60)) not in (first, second)


# --- Controls -------------------------------------------------------------------------------------


def test_a_new_learning_rate_takes_effect_before_the_next_step() -> None:
    def act(controls: Controls, event: ev.Event) -> None:
        if isinstance(event, ev.Progress) and event.step == 6:
            controls.set("lr", 0.01)

    events, state = run_and(TINY, act)
    assert only(ev.ControlApplied, events) == [ev.ControlApplied(6, "lr", 0.01)]
    assert [e.lr for e in only(ev.Progress, events)] == [0.1] * 2 + [0.01] * 38
    assert state.lr == 0.01


def test_a_planned_control_does_what_was_once_asked() -> None:
    def act(controls: Controls, event: ev.Event) -> None:
        if isinstance(event, ev.Progress) and event.step in (6, 63):
            controls.set("lr", 0.2 / event.step)

    asked, state = run_and(TINY, act)
    planned = deque((event.step, event.name, event.value) for event in only(ev.ControlApplied, asked))
    assert [step for step, _, _ in planned] == [6, 63]
    repeated, other = run(TINY, Controls(planned=planned))
    assert repeated == asked
    assert numbers(other.network) == numbers(state.network)


def test_somebody_who_steps_hears_of_every_step() -> None:
    config = RARE.replace(epochs=1)

    def act(controls: Controls, event: ev.Event) -> None:
        if isinstance(event, ev.CheckpointReady | ev.Progress) and event.step < 8:
            controls.report_next = True

    events, state = run_and(config, act)
    assert [event.step for event in only(ev.Progress, events)][:10] == [*range(1, 9), 50, 100]
    assert numbers(state.network) == numbers(run(config)[1].network)


@pytest.mark.parametrize("kind", [ev.Progress, ev.Tick])
def test_a_stop_in_the_middle_of_an_epoch_is_heard_before_the_next_step(kind: type[ev.Event]) -> None:
    """A Tick may come in the middle of a step, which is then completed."""
    controls, state = Controls(), begin(RARE)
    events = train(state, data_of(RARE), RARE.recipe, controls=controls)
    while not isinstance(next(events), kind):
        pass
    step = state.step
    assert 0 < step < 1000
    controls.stop()
    rest = told(events)
    assert rest == [ev.CheckpointReady(state.step, 0), ev.Finished(state.step, 0, "stopped")]
    assert state.step - step == (0 if kind is ev.Progress else 1)


def test_a_stop_before_the_first_step_trains_nothing() -> None:
    state = begin(TINY)
    before = numbers(state.network)
    events = told(train(state, data_of(TINY), TINY.recipe, controls=Controls(stopping=True)))
    assert events[-1] == ev.Finished(0, 0, "stopped")
    assert only(ev.Progress, events) == []
    assert numbers(state.network) == before


def test_closed_early_it_leaves_a_state_that_can_go_on() -> None:
    config = TINY.replace(shuffle=True)
    whole, expected = run(config)
    state, data = begin(config), data_of(config)
    events = train(state, data, config.recipe)
    assert isinstance(events, Generator)
    before: list[ev.Event] = []
    while not (before and before[-1] == ev.CheckpointReady(60, 1)):
        before.append(next(events))
    events.close()
    assert list(events) == []
    rest = told(train(state, data, config.recipe))
    assert told(iter(before)) + rest == whole
    assert numbers(state.network) == numbers(expected.network)


# --- Learning and failing -------------------------------------------------------------------------


def test_it_learns_a_few_images_by_heart() -> None:
    ends = only(ev.EpochEnd, run(TINY.replace(hidden="20", epochs=30, where="anywhere"))[0])
    assert ends[0].loss == pytest.approx(math.log(2), abs=0.1)  # it begins by guessing
    assert ends[-1].loss < 0.05
    assert ends[-1].accuracy == 1.0


def test_a_network_that_has_learned_nothing_finds_nothing() -> None:
    state = begin(TINY.replace(init=0.0))
    assert found(ev.drained(look(state, data_of(TINY).probes))) == 0


def test_a_loss_that_is_no_longer_finite_ends_the_run() -> None:
    """Four layers multiply each other's overshooting, until a number is too large to be written."""
    wild = TINY.replace(lr=100, hidden="16-16-16-16", init=1.0, where="anywhere", epochs=1, train_size=40)
    ended = (run(wild.replace(seed=seed)) for seed in range(18, 60))
    events, state = next(pair for pair in ended if pair[0][-1] != ev.Finished(40, 1, "finished"))
    last = events[-1]
    assert isinstance(last, ev.Finished)
    assert (last.step, last.status) == (state.step, "diverged")
    assert re.fullmatch(
        rf"Loss became (infinite|not a number) at step {last.step}: learning rate 100 overshoots\.",
        last.reason,
    )
    assert all(math.isfinite(event.loss) for event in only(ev.Progress, events))


@pytest.mark.parametrize("poison", [math.nan, math.inf])
def test_the_sentence_names_the_step_where_it_broke(poison: float) -> None:
    """Broken by hand after the third step, so the fourth is the first bad one."""
    config = TINY.replace(lr=0.1)
    state, events = begin(config), list[ev.Event]()
    for event in train(state, data_of(config), config.recipe):
        events.append(event)
        if isinstance(event, ev.Progress):
            state.network.layers[-1].biases = [poison]
            state.network.layers[-1].weights = [[poison] * 6]
    assert [event.step for event in only(ev.Progress, events)] == [3]
    last = events[-1]
    sentence = "Loss became not a number at step 4: learning rate 0.1 overshoots."
    assert last == ev.Finished(4, 0, "diverged", sentence)
    assert only(ev.EpochEnd, events) == []
    assert only(ev.Evaluated, events) == []


@pytest.mark.parametrize("poison", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("layer", [0, 1])
def test_broken_weights_are_not_kept_even_if_no_loss_shows_them(layer: int, poison: float) -> None:
    """A hidden unit with such a bias may just be off, and the last update of an epoch is in no loss yet."""
    config = TINY.replace(batch_size=60, epochs=1)
    state, events = begin(config), list[ev.Event]()
    for event in train(state, data_of(config), config.recipe):
        events.append(event)
        if isinstance(event, ev.Progress):  # after the epoch's only update
            state.network.layers[layer].biases[0] = poison
    assert only(ev.CheckpointReady, events) == [ev.CheckpointReady(0, 0)]
    assert only(ev.Evaluated, events) == []
    sentence = "The weights became infinite at step 1: learning rate 0.1 overshoots."
    assert events[-1] == ev.Finished(1, 1, "diverged", sentence)
