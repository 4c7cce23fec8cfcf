"""The training loop: it learns, repeats exactly, obeys at once and leaves everything as it found it."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlcore import events as ev
from dlcore.controls import Controls
from dlcore.data import Splits
from dlcore.errors import ConfigError
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.shapes import CHUNK
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import evaluate
from dlcore.training.loop import TrainState, start, train, train_step
from tests.dlcore.told import only, told

MakeSplits = Callable[..., Splits]
TINY = TrainConfig(
    train_size=200, val_size=100, epochs=2, batch_size=40, schedule="constant", lr=0.002, device="cpu"
)
RANDOM = TINY.replace(dropout=0.3, augment=True)  # everything that draws random numbers


@pytest.fixture(scope="module")
def splits(small_splits: MakeSplits) -> Splits:
    return small_splits(200, 100, 150)


def run(config: TrainConfig, splits: Splits, **more: Any) -> list[ev.Event]:
    return told(train(start(config), splits, **more))


def weights(model: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


# --- Learning -------------------------------------------------------------------------------------


@pytest.mark.parametrize("net", ["FastCNN", "SimpleCNN"])
def test_it_learns_a_few_digits_by_heart(small_splits: MakeSplits, net: str) -> None:
    config = TINY.replace(net=net, train_size=100, val_size=0, epochs=12, batch_size=20)
    ends = only(ev.EpochEnd, run(config, small_splits(100, 0)))
    assert ends[0].loss == pytest.approx(math.log(10), abs=0.5)  # it begins by guessing
    assert ends[-1].loss < 0.2
    assert ends[-1].accuracy > 0.95


def test_what_it_learns_holds_for_digits_it_has_not_seen(small_splits: MakeSplits) -> None:
    config = TrainConfig(train_size=2000, val_size=0, epochs=2, batch_size=50, device="cpu")
    (tested,) = only(ev.Evaluated, run(config, small_splits(2000, 0, 1000)))
    assert tested.accuracy > 0.85


# --- What is said, and when -----------------------------------------------------------------------


def test_events_come_in_their_order(splits: Splits) -> None:
    watch = splits.test.images[:3]
    kinds = [type(event).__name__ for event in run(TINY, splits, watch=watch)]
    step = ["Watched", "Progress"]  # a pause after Progress has shown this step's look
    epoch = [*step * 5, "EpochEnd", "Evaluated", "CheckpointReady"]
    assert kinds == ["CheckpointReady", "Watched", *epoch, *epoch, "Evaluated", "Finished"]


def test_events_tell_steps_and_epochs(splits: Splits) -> None:
    events = run(TINY, splits)
    assert [(e.step, e.epoch) for e in only(ev.CheckpointReady, events)] == [(0, 0), (5, 1), (10, 2)]
    assert [(e.step, e.epoch) for e in only(ev.EpochEnd, events)] == [(5, 1), (10, 2)]
    assert [(e.step, e.epoch) for e in only(ev.Progress, events)] == [(n, 1 + (n > 5)) for n in range(1, 11)]
    assert [(e.split, e.step, e.total) for e in only(ev.Evaluated, events)] == [
        ("val", 5, 100),
        ("val", 10, 100),
        ("test", 10, 150),
    ]
    assert events[-1] == ev.Finished(10, 2, "finished")


def test_without_validation_digits_none_are_measured(small_splits: MakeSplits) -> None:
    events = run(TINY.replace(val_size=0), small_splits(200, 0))
    assert [event.split for event in only(ev.Evaluated, events)] == ["test"]


@pytest.mark.parametrize(
    ("size", "batch", "expected"),
    [
        (200, 40, [1, 2, 3, 4, 5]),
        (210, 40, [1, 2, 3, 4, 5, 6]),  # a last batch of ten
        (330, 3, [*range(2, 111, 2)]),  # 110 steps: every second one
        (303, 3, [*range(2, 101, 2), 101]),  # the epoch's end is always told
    ],
)
def test_the_rhythm_depends_on_steps_only(
    small_splits: MakeSplits, size: int, batch: int, expected: list[int]
) -> None:
    config = TINY.replace(train_size=size, val_size=0, batch_size=batch, epochs=1)
    for other in (config, config.replace(lr=0.0001, optimizer="sgd", normalize="half", seed=5)):
        assert [event.step for event in only(ev.Progress, run(other, small_splits(size, 0)))] == expected


def test_progress_is_the_mean_over_the_images_since_the_last(small_splits: MakeSplits) -> None:
    """210 images in batches of 40: the last step counts ten images, not forty."""
    config = TINY.replace(train_size=210, val_size=0, epochs=1)
    events = run(config, small_splits(210, 0))
    sizes = [40] * 5 + [10]
    (end,) = only(ev.EpochEnd, events)
    steps = only(ev.Progress, events)
    assert end.loss == pytest.approx(sum(e.loss * n for e, n in zip(steps, sizes, strict=True)) / 210)
    assert end.accuracy == pytest.approx(sum(e.accuracy * n for e, n in zip(steps, sizes, strict=True)) / 210)


def test_speaking_less_often_says_the_same(small_splits: MakeSplits) -> None:
    """330 steps of one image each, told every sixth step, against their own losses one by one."""
    config = TINY.replace(train_size=330, val_size=0, batch_size=1, epochs=1, lr=0.0005)
    splits = small_splits(330, 0)
    (first, second, *_) = only(ev.Progress, run(config, splits))
    assert (first.step, second.step) == (6, 12)

    state = start(config)
    order = torch.randperm(330, generator=state.order)
    each = [ev.drained(train_step(state, splits.train, order[[n]], config.lr)) for n in range(12)]
    losses, right = [float(loss) for loss, _ in each], [float(correct) for _, correct in each]
    assert first.loss == pytest.approx(sum(losses[:6]) / 6)
    assert second.loss == pytest.approx(sum(losses[6:]) / 6)
    assert second.accuracy == pytest.approx(sum(right[6:]) / 6)


def test_somebody_may_ask_for_the_next_step(small_splits: MakeSplits) -> None:
    config = TINY.replace(train_size=330, val_size=0, batch_size=1, epochs=1)
    controls = Controls(report_next=True)
    plain, asked = (
        only(ev.Progress, run(config, small_splits(330, 0), controls=c)) for c in (Controls(), controls)
    )
    assert [event.step for event in asked[:3]] == [1, 6, 12]
    assert asked[-1] == plain[-1]


def test_watched_digits_are_judged_by_the_model_of_the_moment(splits: Splits) -> None:
    watch = splits.test.images[:3]
    state = start(TINY.replace(dropout=0.5))
    judged = []
    for event in train(state, splits, watch=watch):
        if isinstance(event, ev.Watched):
            judged.append(event.step)
            model = copy.deepcopy(state.model).eval()
            with torch.no_grad():
                now = model(NORMALIZE["mnist"](watch)).softmax(1)
            torch.testing.assert_close(torch.tensor(event.probabilities), now)
            assert event.step == state.step
    assert judged == [*range(11)]


def test_watching_does_not_alter_the_run(splits: Splits) -> None:
    watched = run(RANDOM, splits, watch=splits.test.images[:3])
    assert [event for event in watched if not isinstance(event, ev.Watched)] == run(RANDOM, splits)


def test_an_evaluation_is_that_of_the_checkpoint(splits: Splits) -> None:
    state = start(TINY)
    events = told(train(state, splits))
    (tested,) = [event for event in only(ev.Evaluated, events) if event.split == "test"]
    result = evaluate(state.model, splits.test, NORMALIZE["mnist"])
    assert (tested.correct, tested.loss) == (result.correct, result.loss)


# --- Repeating exactly ----------------------------------------------------------------------------


@pytest.mark.parametrize("config", [TINY, RANDOM], ids=["plain", "random"])
def test_the_same_seed_gives_the_same_numbers(config: TrainConfig, splits: Splits) -> None:
    one, other = run(config, splits), run(config, splits)
    assert one == other  # bit by bit


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU that speaks CUDA")
@pytest.mark.parametrize(
    "config", [TINY, RANDOM, TINY.replace(net="SimpleCNN")], ids=["plain", "random", "lesson"]
)
def test_a_gpu_repeats_a_run_as_well(config: TrainConfig, splits: Splits) -> None:
    on_gpu = config.replace(device="cuda", batch_size=128)
    one, other = (told(train(start(on_gpu), splits)) for _ in range(2))
    assert one == other  # bit by bit


@pytest.mark.parametrize("config", [TINY, RANDOM], ids=["plain", "random"])
def test_another_seed_gives_other_numbers(config: TrainConfig, splits: Splits) -> None:
    one, other = (only(ev.Progress, run(c, splits)) for c in (config, config.replace(seed=1)))
    assert all(a.loss != b.loss for a, b in zip(one, other, strict=True))


def test_every_random_stream_is_its_own_and_depends_on_the_seed() -> None:
    def streams(state: TrainState) -> list[Tensor]:
        assert state.dropout is not None
        return [state.order.get_state(), state.augmenter.get_state(), state.dropout.state[0]]

    zero, again, one = (streams(start(RANDOM.replace(seed=seed))) for seed in (0, 0, 1))
    assert all(torch.equal(a, b) for a, b in zip(zero, again, strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(zero, one, strict=True))
    assert not any(torch.equal(a, b) for a, b in pairwise(zero))


def test_the_order_of_images_is_new_in_every_epoch(splits: Splits) -> None:
    """With a learning rate of almost nothing only the order tells the epochs apart."""
    config = TINY.replace(lr=1e-6, optimizer="sgd", momentum=0)
    losses = [event.loss for event in only(ev.Progress, run(config, splits))]
    assert all(abs(a - b) > 1e-4 for a, b in zip(losses[:5], losses[5:], strict=True))


def test_two_runs_in_turns_are_as_each_alone(splits: Splits) -> None:
    configs = (RANDOM, RANDOM.replace(seed=1, net="SimpleCNN", optimizer="sgd", lr=0.01))
    alone = [run(config, splits) for config in configs]
    together: list[list[ev.Event]] = [[], []]
    streams = [train(start(config), splits) for config in configs]
    live = [0, 1]
    while live:
        for n in tuple(live):
            event = next(streams[n], None)
            torch.rand(3)  # somebody else in this process draws, too
            if event is None:
                live.remove(n)
            elif not isinstance(event, ev.Tick):
                together[n].append(event)
    assert together == alone


def test_a_state_goes_on_where_it_was_left(splits: Splits) -> None:
    whole = run(RANDOM, splits)
    state = start(RANDOM)
    events = train(state, splits)
    first: list[ev.Event] = []
    while not (first and first[-1] == ev.CheckpointReady(5, 1)):
        first += told(iter([next(events)]))
    events.close()  # type: ignore[attr-defined]
    assert first + told(train(state, splits)) == whole


# --- Leaving everything as found ------------------------------------------------------------------


def test_nothing_of_torch_changes_at_any_yield(splits: Splits) -> None:
    before = torch.get_rng_state()
    for _ in train(start(RANDOM), splits, watch=splits.test.images[:3]):
        assert torch.equal(torch.get_rng_state(), before)
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("until", [ev.CheckpointReady, ev.Progress, ev.EpochEnd, ev.Evaluated])
def test_closing_early_restores_every_submodules_mode(splits: Splits, until: type[ev.Event]) -> None:
    state = start(RANDOM)
    state.model.eval()
    state.model.get_submodule("conv1").train()
    before = [module.training for module in state.model.modules()]
    events = train(state, splits)
    while not isinstance(next(events), until):
        pass
    events.close()  # type: ignore[attr-defined]
    assert [module.training for module in state.model.modules()] == before
    assert torch.is_grad_enabled()


def test_closing_in_the_middle_of_an_evaluation_restores_the_modes(splits: Splits) -> None:
    state = start(TINY)
    state.model.eval()
    events = train(state, splits)
    while not isinstance(next(events), ev.EpochEnd):
        pass
    assert isinstance(next(events), ev.Tick)
    events.close()  # type: ignore[attr-defined]
    assert not any(module.training for module in state.model.modules())


def test_the_digits_are_not_touched(splits: Splits) -> None:
    before = splits.train.images.clone()
    run(RANDOM, splits)
    assert torch.equal(splits.train.images, before)


# --- One step -------------------------------------------------------------------------------------


def one_step(state: TrainState, batch: Tensor) -> tuple[float, int]:
    loss, correct = ev.drained(train_step(state, load_test(), batch, 0.1))
    return float(loss), int(correct)


@pytest.mark.parametrize("size", [CHUNK, 512, 300])
def test_a_batch_in_chunks_is_the_whole_batch(size: int) -> None:
    config = TrainConfig(optimizer="sgd", lr=0.1, momentum=0.0, batch_size=512, device="cpu")
    state, batch, digits = start(config), torch.arange(size), load_test()
    model = copy.deepcopy(state.model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    logits = model(NORMALIZE["mnist"](digits.images[batch]))
    loss = F.cross_entropy(logits, digits.labels[batch])
    loss.backward()
    optimizer.step()

    measured, correct = one_step(state, batch)
    assert measured == pytest.approx(loss.item(), abs=1e-6)
    assert correct == int((logits.argmax(1) == digits.labels[batch]).sum())
    torch.testing.assert_close(weights(state.model), weights(model), atol=1e-6, rtol=0)


@pytest.mark.parametrize(("size", "ticks"), [(1, 1), (CHUNK, 1), (CHUNK + 1, 2), (512, 4)])
def test_a_step_gives_way_after_every_chunk(size: int, ticks: int) -> None:
    state = start(TrainConfig(device="cpu"))
    assert list(train_step(state, load_test(), torch.arange(size), 0.001)) == [ev.Tick()] * ticks
    assert state.step == 1


def test_gradients_do_not_add_up_over_steps() -> None:
    """Two steps with a learning rate of 0: the second gradient is the first one again."""
    state, batch = start(TrainConfig(optimizer="sgd", momentum=0, device="cpu")), torch.arange(32)
    gradients = []
    for _ in range(2):
        ev.drained(train_step(state, load_test(), batch, 0.0))
        gradients.append([p.grad.clone() for p in state.model.parameters() if p.grad is not None])
    assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))


# --- Controls -------------------------------------------------------------------------------------


def run_and(
    config: TrainConfig, splits: Splits, act: Callable[[Controls, ev.Event], None]
) -> tuple[list[ev.Event], TrainState]:
    """Drain a run and let `act` answer each event; Ticks are left out of the result."""
    controls, state = Controls(), start(config)
    events = []
    for event in train(state, splits, controls=controls):
        events.append(event)
        act(controls, event)
    return told(iter(events)), state


def test_a_new_learning_rate_is_announced_and_matters(splits: Splits) -> None:
    def act(controls: Controls, event: ev.Event) -> None:
        if isinstance(event, ev.Progress) and event.step == 3:
            controls.set("lr", 0.02)

    plain = only(ev.Progress, run(TINY, splits))
    events, _ = run_and(TINY, splits, act)
    steered = only(ev.Progress, events)
    assert only(ev.ControlApplied, events) == [ev.ControlApplied(3, "lr", 0.02)]
    assert [event.lr for event in steered] == [0.002] * 3 + [0.02] * 7
    assert steered[:3] == plain[:3]
    assert steered[3].loss == plain[3].loss  # measured before its own update
    assert all(a.loss != b.loss for a, b in zip(steered[4:], plain[4:], strict=True))


def test_a_schedule_shapes_the_new_learning_rate_too(splits: Splits) -> None:
    def act(controls: Controls, event: ev.Event) -> None:
        if event == ev.CheckpointReady(0, 0):
            controls.set("lr", 0.004)

    config = TINY.replace(schedule="cosine")
    doubled = [event.lr for event in only(ev.Progress, run_and(config, splits, act)[0])]
    plain = [event.lr for event in only(ev.Progress, run(config, splits))]
    assert doubled == pytest.approx([2 * lr for lr in plain])
    assert plain[-1] == pytest.approx(0, abs=1e-9)


def test_several_changes_are_applied_in_turn(splits: Splits) -> None:
    def act(controls: Controls, event: ev.Event) -> None:
        if isinstance(event, ev.Progress) and event.step == 2:
            controls.set("lr", 0.5)
            controls.set("lr", 0.001)

    events, _ = run_and(TINY, splits, act)
    assert only(ev.ControlApplied, events) == [
        ev.ControlApplied(2, "lr", 0.5),
        ev.ControlApplied(2, "lr", 0.001),
    ]
    assert only(ev.Progress, events)[2].lr == 0.001


# --- The path of a short run ----------------------------------------------------------------------

SHORT = TINY.replace(train_size=240, val_size=0, epochs=1, batch_size=2)  # 120 steps


def test_a_run_of_one_epoch_keeps_a_dozen_stops_and_learns_the_same(
    small_splits: MakeSplits, monkeypatch: pytest.MonkeyPatch
) -> None:
    splits = small_splits(240, 0)
    with_stops = run(SHORT, splits)
    kept = only(ev.CheckpointReady, with_stops)
    assert [(e.step, e.epoch, e.within) for e in kept] == [
        (0, 0, False),
        *((step, 0, True) for step in range(10, 120, 10)),
        (120, 1, False),
    ]
    monkeypatch.setattr(TrainConfig, "stops_of_path", 1)
    without = run(SHORT, splits)
    assert [e.step for e in only(ev.CheckpointReady, without)] == [0, 120]
    assert only(ev.Progress, with_stops) == only(ev.Progress, without)


def test_what_breaks_within_an_epoch_is_not_kept(small_splits: MakeSplits) -> None:
    """The update of step 20 breaks the weights: the losses up to there are finite."""
    state, events = start(SHORT), []
    for event in train(state, small_splits(240, 0)):
        events.append(event)
        if isinstance(event, ev.Progress) and event.step == 20:
            next(state.model.parameters()).detach().fill_(math.inf)
    assert [event.step for event in only(ev.CheckpointReady, events)] == [0, 10]
    (end,) = only(ev.Finished, events)
    assert end.status == "diverged"
    assert "at step 21" in end.reason


def test_a_stop_at_a_halt_keeps_it_once(small_splits: MakeSplits) -> None:
    controls, splits = Controls(), small_splits(240, 0)
    steps = []
    for event in train(start(SHORT), splits, controls=controls):
        if isinstance(event, ev.CheckpointReady):
            steps.append(event.step)
            if event.step == 20:
                controls.stop()
    assert steps == [0, 10, 20]


def test_a_stop_in_the_middle_of_an_epoch_ends_it_there(splits: Splits) -> None:
    def act(controls: Controls, event: ev.Event) -> None:
        if isinstance(event, ev.Progress) and event.step == 7:
            controls.stop()

    events, state = run_and(TINY, splits, act)
    place = [type(event) for event in events].index(ev.Evaluated)  # the only one: after epoch 1
    after = [event for event in events[place:] if not isinstance(event, ev.Progress)]
    assert after[1:] == [ev.CheckpointReady(5, 1), ev.CheckpointReady(7, 1), ev.Finished(7, 1, "stopped")]
    assert only(ev.Progress, events)[-1].step == 7
    assert state.step == 7


def test_a_stop_is_heard_within_a_step(splits: Splits) -> None:
    """No Tick, so no work, between a stop that follows a step and the end."""
    controls = Controls()
    events = train(start(TINY), splits, controls=controls)
    while not isinstance(next(events), ev.Progress):
        pass
    controls.stop()
    assert list(events) == [ev.CheckpointReady(1, 0), ev.Finished(1, 0, "stopped")]


@pytest.mark.parametrize("split", ["val", "test"])
def test_a_stop_during_an_evaluation_drops_it(small_splits: MakeSplits, split: str) -> None:
    splits = small_splits(200, 300, 300)
    controls, config = Controls(), TINY.replace(val_size=300, epochs=1)
    events = train(start(config), splits, controls=controls)
    before = ev.EpochEnd if split == "val" else ev.Evaluated
    while not isinstance(next(events), before):
        pass
    if split == "test":
        assert isinstance(next(events), ev.CheckpointReady)
    assert isinstance(next(events), ev.Tick)
    controls.stop()
    rest = list(events)
    assert only(ev.Evaluated, rest) == []
    assert rest[-1] == ev.Finished(5, 1, "stopped")
    assert len(rest) == (2 if split == "val" else 1)


def test_a_stop_before_the_first_step_trains_nothing(splits: Splits) -> None:
    controls = Controls(stopping=True)
    state = start(TINY)
    before = weights(state.model).clone()
    assert list(train(state, splits, controls=controls)) == [
        ev.CheckpointReady(0, 0),
        ev.Finished(0, 0, "stopped"),
    ]
    assert torch.equal(weights(state.model), before)


# --- Divergence -----------------------------------------------------------------------------------

BREAKING = TrainConfig(
    train_size=2000,
    val_size=0,
    epochs=3,
    batch_size=20,
    optimizer="sgd",
    lr=10,
    momentum=0,
    weight_decay=1,  # each step makes every weight nine times larger, whatever its gradient
    schedule="constant",
)
SENTENCE = r"Loss became (not a number|infinite) at step \d+: learning rate 10 overshoots\."


def test_a_broken_run_ends_as_diverged_within_its_first_epoch(small_splits: MakeSplits) -> None:
    events = run(BREAKING, small_splits(2000, 0))
    last = events[-1]
    assert isinstance(last, ev.Finished)
    assert (last.status, last.epoch) == ("diverged", 0)
    assert re.fullmatch(SENTENCE, last.reason)
    assert all(math.isfinite(event.loss) for event in only(ev.Progress, events))
    assert only(ev.EpochEnd, events) == []
    assert only(ev.Evaluated, events) == []


@pytest.mark.parametrize("poison", [math.nan, math.inf])
def test_the_sentence_names_the_step_where_it_broke(small_splits: MakeSplits, poison: float) -> None:
    """Told every sixth step; broken by hand after the sixth, so the seventh is the first bad one."""
    state = start(TINY.replace(train_size=330, val_size=0, batch_size=1))
    events = []
    for event in train(state, small_splits(330, 0)):
        events.append(event)
        if isinstance(event, ev.Progress):
            with torch.no_grad():
                state.model.get_parameter("fc2.bias")[0] = poison
    assert [event.step for event in only(ev.Progress, events)] == [6]
    last = events[-1]
    assert isinstance(last, ev.Finished)
    assert last.status == "diverged"
    assert math.isfinite(only(ev.Progress, events)[-1].loss)
    assert last.reason == "Loss became not a number at step 7: learning rate 0.002 overshoots."


# --- What is refused at the call ------------------------------------------------------------------


def test_data_that_do_not_match_are_refused_at_the_call(splits: Splits) -> None:
    state = start(TINY.replace(train_size=300))
    with pytest.raises(ConfigError, match=r"^Training images must be 300 as configured\. Got 200 instead\.$"):
        train(state, splits)


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused(device: str) -> None:
    there = torch.cuda.is_available() if device == "cuda" else torch.backends.mps.is_available()
    if there:
        pytest.skip(f"this machine has {device}")
    with pytest.raises(ConfigError, match=rf"^Device must be one of auto, .*cpu.* Got '{device}' instead\.$"):
        start(TINY.replace(device=device))


def test_weights_that_the_last_update_broke_are_not_kept(small_splits: MakeSplits) -> None:
    """No loss has seen them yet, so the weights themselves are looked at."""
    state = start(TINY.replace(train_size=330, val_size=0, batch_size=330, epochs=1))
    kept = []
    events = []
    for event in train(state, small_splits(330, 0)):
        events.append(event)
        if isinstance(event, ev.Progress):  # after the epoch's only update
            with torch.no_grad():
                state.model.get_parameter("fc2.bias")[0] = math.inf
        if isinstance(event, ev.CheckpointReady):
            kept.append(all(p.isfinite().all() for p in state.model.parameters()))
    last = events[-1]
    assert isinstance(last, ev.Finished)
    assert last.status == "diverged"
    assert last.reason == "The weights became infinite at step 1: learning rate 0.002 overshoots."
    assert kept == [True]
