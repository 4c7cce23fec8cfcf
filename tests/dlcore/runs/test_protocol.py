"""Which numbers of an event are kept, and under which name."""

from __future__ import annotations

import pytest

from dlcore import events
from dlcore.run import Metric, Run, metrics_of


@pytest.mark.parametrize(
    ("event", "kept"),
    [
        (
            events.Progress(10, 1, 0.5, 0.9, 0.001),
            {"train_loss": (10, 1, 0.5), "train_accuracy": (10, 1, 0.9), "lr": (10, 1, 0.001)},
        ),
        (events.Progress(10, 1, 0.5), {"train_loss": (10, 1, 0.5)}),
        (events.EpochEnd(20, 1, 0.4, 0.91), {"epoch_loss": (20, 1, 0.4), "epoch_accuracy": (20, 1, 0.91)}),
        (events.EpochEnd(20, 1, 0.4), {"epoch_loss": (20, 1, 0.4)}),
        (events.Measured(20, 1, "critic_loss", 0.6), {"critic_loss": (20, 1, 0.6)}),
        (
            events.Evaluated(20, 1, "val", 0.3, 3, 4),
            {
                "val_loss": (20, 1, 0.3),
                "val_accuracy": (20, 1, 0.75),
                "val_correct": (20, 1, 3),
                "val_total": (20, 1, 4),
            },
        ),
        (events.ControlApplied(21, "lr", 0.1), {"set_lr": (21, -1, 0.1)}),
        (events.Tick(), {}),
        (events.Watched(10, ((1.0,),)), {}),
        (events.CheckpointReady(20, 1), {}),
        (events.Finished(40, 2, "finished"), {}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_numbers_of_an_event(event: events.Event, kept: dict[str, tuple[int, int, float]]) -> None:
    metrics = list(metrics_of(event, 1.5))
    assert {m.name: (m.step, m.epoch, m.value) for m in metrics} == kept
    assert all(m.seconds == 1.5 for m in metrics)


def test_a_run_knows_its_latest_numbers() -> None:
    points = (Metric("lr", 1, 1, 0.1, 0.5), Metric("lr", 2, 1, 0.2, 0.4))
    run = Run("id", "owner", "mnist", "name", {}, "running", series={"lr": points})
    assert run.last("lr") == points[-1]
    assert run.last("val_loss") is None


@pytest.mark.parametrize(
    ("status", "active"), [("queued", True), ("running", True), ("paused", True), ("finished", False)]
)
def test_a_run_is_active_until_it_ends(status: str, active: bool) -> None:
    assert Run("id", "owner", "mnist", "name", {}, status).active == active  # type: ignore[arg-type]
