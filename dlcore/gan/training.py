"""The forger's game as a generator of events: what is said of its steps, and when.

Nothing is printed and no clock is read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator

import torch
from torch import Tensor

from dlcore.controls import Controls
from dlcore.data import Samples
from dlcore.events import (
    CheckpointReady,
    ControlApplied,
    EpochEnd,
    Event,
    Finished,
    Measured,
    Pictured,
    Progress,
    Tick,
)
from dlcore.gan.config import GanConfig
from dlcore.gan.judging import Reader, asked_labels, draw, iter_judged
from dlcore.gan.steps import GanState, Recent, train_step

WALL = 25  # noises that are drawn again and again
MakeReader = Callable[[], Generator[Tick, None, Reader]]
FEW, MANY = 500, 2_000  # drawings that are judged on the way, and at the end


def train(
    state: GanState, digits: Samples, reader: MakeReader | None = None, controls: Controls | None = None
) -> Iterator[Event]:
    """Play until the config's last epoch, a stop, or a loss that is no longer finite.

    On CheckpointReady `state.shown` and `state.detective` hold the weights to keep. `reader` makes who judges
    the drawings, when they are first judged; without it nobody does.
    """
    controls = controls or Controls()
    if state.step == 0:
        yield _keep(state)
        yield pictured(state)
    while state.epoch < state.config.epochs and not controls.stopping:
        diverged = yield from _train_epoch(state, digits, controls)
        if diverged:
            yield Finished(state.step, state.epoch, "diverged", diverged)
            return
        if controls.stopping:
            break
        yield from _judge(state, reader, FEW)
        yield _keep(state)
    if state.step != state.kept:
        yield _keep(state)
    if not controls.stopping:
        yield from _judge(state, reader, MANY)
    yield Finished(state.step, state.epoch, "stopped" if controls.stopping else "finished")


def _train_epoch(state: GanState, digits: Samples, controls: Controls) -> Generator[Event, None, str]:
    """STEPS steps. The generator's value says why a loss diverged, else ""."""
    config, recent, epoch = state.config, Recent(), [0.0, 0]
    for position in range(1, config.steps_per_epoch + 1):
        side = yield from _listen(state, controls)
        if controls.stopping:
            return _why_weights(state)
        yield from train_step(state, digits, recent, side)
        last = position == config.steps_per_epoch
        due = state.step % config.report_every == 0 or controls.report_next or side
        if last or (due and not _asked_for_a_side(controls)):
            controls.report_next = False
            if why := _why_diverged(state, recent):
                return why
            yield from _report(state, recent)
            epoch = [epoch[0] + sum(recent.detective), epoch[1] + len(recent.detective)]
            recent = Recent()
    state.epoch += 1
    yield EpochEnd(state.step, state.epoch, epoch[0] / epoch[1])
    return ""


def _asked_for_a_side(controls: Controls) -> bool:
    """Is the next step to be of one side alone? A report before it would be taken for its end."""
    return any(name == "side" for name, _ in controls.changes)


def _listen(state: GanState, controls: Controls) -> Generator[Event, None, float]:
    """What now takes effect. The generator's value: who alone learns in this step; 0: both."""
    side = 0.0
    for name, value in controls.due(state.step):
        if name == "side":
            side = value
        elif name == "lr_g":
            state.lr_g = value
        elif name == "lr_d":
            state.lr_d = value
        yield ControlApplied(state.step, name, value)
    return side


# --- What is said -----------------------------------------------------------------------------


def _keep(state: GanState) -> CheckpointReady:
    state.kept = state.step
    return CheckpointReady(state.step, state.epoch)


def wall_noise(config: GanConfig) -> tuple[Tensor, Tensor]:
    """The noises (WALL, noise) that are drawn again and again, and their labels: five in a row."""
    noise = torch.randn(WALL, config.noise, generator=torch.Generator().manual_seed(config.seed + 1))
    return noise, asked_labels(WALL, config.digit)


def pictured(state: GanState) -> Pictured:
    pixels = draw(state.shown, *wall_noise(state.config))
    return Pictured(state.step, pixels.numpy().tobytes())


def _report(state: GanState, recent: Recent) -> Iterator[Event]:
    """What a page shows of the steps since the last report."""
    step, epoch = state.step, state.epoch + 1
    yield pictured(state)
    yield recent.verdicts.watched(step)
    said = {
        "generator_loss": recent.forger,
        "generator_gradient": recent.gradient,
        "real_score": [recent.verdicts.mean_real],
        "fake_score": [recent.verdicts.mean_fake],
    }
    for name, values in said.items():
        yield Measured(step, epoch, name, sum(values) / len(values))
    yield Progress(step, epoch, sum(recent.detective) / len(recent.detective))


def _why_diverged(state: GanState, recent: Recent) -> str:
    """Why the game cannot go on, with the step; "" if it can."""
    steps = zip(recent.detective, recent.forger, recent.gradient, strict=True)
    for before_end, values in zip(range(len(recent.forger))[::-1], steps, strict=True):
        if not all(map(math.isfinite, values)):
            return f"The losses became infinite at step {state.step - before_end}: {too_fast(state)}"
    return _why_weights(state)


def _why_weights(state: GanState) -> str:
    parameters = [*state.forger.parameters(), *state.detective.parameters()]
    if all(bool(parameter.isfinite().all()) for parameter in parameters):
        return ""
    return f"The weights became infinite at step {state.step}: {too_fast(state)}"


def too_fast(state: GanState) -> str:
    """What may have overshot."""
    return f"a learning rate overshoots, the forger's of {state.lr_g:g} or the detective's of {state.lr_d:g}."


def _judge(state: GanState, reader: MakeReader | None, count: int) -> Iterator[Event]:
    """What the lab's reader makes of so many drawings. The names at the end are others than on the way."""
    if reader is None:
        return
    found = yield from iter_judged(
        state.shown, (yield from reader()), state.config.digit, count=count, seed=state.config.seed + 2
    )
    prefix = "final_" if count == MANY else ""
    for digit, times in enumerate(found.read_as):
        yield Measured(state.step, state.epoch, f"{prefix}read_as_{digit}", times)
    for name in ("asked_read", "sure", "smallest_class", "frechet"):
        yield Measured(state.step, state.epoch, prefix + name, getattr(found, name))
