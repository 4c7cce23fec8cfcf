"""The command line's runs: in this process, and in the store like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from dlcore.data import Splits
from dlcore.errors import ConfigError, DataError
from dlcore.events import CheckpointReady, EpochEnd, Event, Finished, Progress
from dlcore.run import Checkpoint, Run
from dlcore.runs import local as module
from dlcore.runs.local import OWNER, iter_local_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig
from dlcore.training.loop import start, train

TINY = TrainConfig(train_size=200, val_size=100, epochs=2, batch_size=40, dropout=0.3, device="cpu")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    store.close()


def begin(store: Store, config: TrainConfig = TINY) -> Iterator[tuple[str, Event]]:
    return iter_local_run(store, "mnist", config, name="tiny", threads=1)


def only_run(store: Store) -> Run:
    (summary,) = store.runs_of(OWNER)
    run = store.get(summary.id)
    assert run is not None
    return run


def test_a_run_is_drained_here_and_recorded_like_any_other(
    store: Store, small_splits: Callable[..., Splits]
) -> None:
    said = list(begin(store))
    run = only_run(store)
    assert {run_id for run_id, _ in said} == {run.id}
    assert said[-1][1] == Finished(10, 2, "finished")
    assert (run.owner, run.status, run.name, run.device) == (OWNER, "finished", "tiny", "cpu")
    assert (run.step, run.total_steps, run.epoch, run.threads) == (10, 10, 2, 1)
    assert run.config == TINY.model_dump()
    assert run.seconds > 0
    assert [len(row) for row in run.watched] == [10] * 12

    state = start(TINY)
    here = [e.loss for e in train(state, small_splits(200, 100, 10)) if isinstance(e, Progress)]
    assert [point.value for point in run.series["train_loss"]] == here
    assert [(c.epoch, c.step) for c in run.checkpoints] == [(0, 0), (1, 5), (2, 10)]
    model, _ = load_model(run.checkpoints[-1])
    weights = state.model.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())


def test_closed_early_it_was_stopped(store: Store) -> None:
    events = begin(store)
    while next(events)[1] != CheckpointReady(5, 1):
        pass
    while not isinstance(next(events)[1], Progress):
        pass
    events.close()  # type: ignore[attr-defined]
    run = only_run(store)
    assert (run.status, run.reason) == ("stopped", "")
    assert (run.step, run.epoch) == (6, 1)  # as everywhere, an epoch counts when it is complete
    assert len(run.series["train_loss"]) == 6
    assert [c.epoch for c in run.checkpoints] == [0, 1]


def test_interrupted_from_the_keyboard_it_was_stopped(store: Store) -> None:
    events = begin(store)
    while not isinstance(next(events)[1], Progress):
        pass
    with pytest.raises(KeyboardInterrupt):
        events.throw(KeyboardInterrupt())  # type: ignore[attr-defined]
    assert only_run(store).status == "stopped"


def test_what_is_known_so_far_is_in_the_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WRITE_SECONDS", -1.0)
    events = begin(store)
    while not isinstance(next(events)[1], EpochEnd):
        pass
    run = only_run(store)
    assert (run.status, run.step) == ("running", 5)
    assert len(run.series["train_loss"]) == 5
    assert [c.step for c in run.checkpoints] == [0]
    events.close()  # type: ignore[attr-defined]


def test_a_run_that_cannot_begin_is_not_recorded(store: Store) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has cuda")
    with pytest.raises(ConfigError, match=r"^Device must be one of"):
        next(begin(store, TINY.replace(device="cuda")))
    assert store.runs_of(OWNER) == []


@dataclass
class BreakingJob:
    device: str = "toy"
    step: int = 0
    epoch: int = 0

    def events(self) -> Iterator[Event]:
        yield Progress(1, 1, 0.5, 0.5, 0.1)
        raise DataError("The digits are gone.")

    def control(self, control: Any) -> None: ...

    def save(self, event: CheckpointReady) -> Checkpoint: ...


def test_a_run_that_breaks_off_has_failed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "make_job", lambda submission: BreakingJob())
    with pytest.raises(DataError, match="gone"):
        list(begin(store))
    run = only_run(store)
    assert (run.status, run.reason) == ("failed", "The command broke off.")
    assert len(run.series["train_loss"]) == 1
