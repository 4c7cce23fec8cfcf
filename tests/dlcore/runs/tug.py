"""A kind of run of its own: two numbers pull at each other. No accuracy, no batches, no torch.

The workers of tests/forks.py know this kind too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlcore.events import CheckpointReady, ControlApplied, EpochEnd, Event, Finished, Measured, Progress
from dlcore.presets import Preset
from dlcore.run_config import RunConfig
from dlcore.runs.jobs.base import RunJob
from dlcore.runs.kinds import RUN_KINDS, RunKind
from dlcore.runs.protocol import Submission
from dlcore.runs.storage.checkpoints import load_state, load_weights
from dlcore.schema import knob

if TYPE_CHECKING:
    import pytest


class TugConfig(RunConfig):
    lr: float = knob(0.1, ge=0.001, le=1.0, title="Learning rate", help="How hard both pull.")
    epochs: int = knob(3, ge=1, le=1000, title="Epochs", help="How often.")
    seed: int = knob(0, ge=0, le=1000, title="Seed", help="Where they begin.")

    @property
    def steps_per_epoch(self) -> int:
        return 5


PRESETS = {"even": Preset("Even", "Both pull alike.", TugConfig())}


@dataclass
class TugState:
    left: float
    right: float
    lr: float
    step: int = 0
    epoch: int = 0


class TugJob(RunJob[TugConfig, TugState]):
    config_type = TugConfig
    device = "plain Python"

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        left, right = np.random.default_rng(self._config.seed).normal(size=2)
        self._state = TugState(left, right, self._config.lr)
        if submission.resume:
            weights, state = load_weights(submission.resume), load_state(submission.resume)
            step, epoch = state["position"].tolist()
            left, right = weights["both"].tolist()
            self._state = TugState(left, right, state["lr"].item(), step, epoch)

    def work(self) -> Iterator[Event]:
        state, size = self._state, self._config.steps_per_epoch
        if state.step == 0:
            yield CheckpointReady(0, 0)
        while state.epoch < self._config.epochs and not self._controls.stopping:
            yield from self._step()
            if state.step == (state.epoch + 1) * size:
                state.epoch += 1
                yield EpochEnd(state.step, state.epoch, state.left**2)
                yield CheckpointReady(state.step, state.epoch)
        if self._controls.stopping:
            yield CheckpointReady(state.step, state.epoch)
        yield Finished(state.step, state.epoch, "stopped" if self._controls.stopping else "finished")

    def _step(self) -> Iterator[Event]:
        state = self._state
        for name, value in self._controls.due(state.step):
            state.lr = value
            yield ControlApplied(state.step, name, value)
        state.left, state.right = state.left - state.lr * state.right, state.right + state.lr * state.left
        state.step += 1
        yield Measured(state.step, state.epoch + 1, "critic_loss", state.right**2)
        yield Progress(state.step, state.epoch + 1, state.left**2)

    def weights(self) -> dict[str, Any]:
        return {"both": np.array([self._state.left, self._state.right])}

    def state(self) -> dict[str, Any]:
        return {
            "position": np.array([self._state.step, self._state.epoch]),
            "lr": np.array(self._state.lr),
        }


TUG = RunKind(
    "Tug of war",
    job="tests.dlcore.runs.tug:TugJob",
    config="tests.dlcore.runs.tug:TugConfig",
    presets="tests.dlcore.runs.tug:PRESETS",
    page="runs.py",
)


def register(monkeypatch: pytest.MonkeyPatch) -> None:
    """One entry in the registry, as it stands in every worker."""
    monkeypatch.setitem(RUN_KINDS, "tug", TUG)  # type: ignore[arg-type]
