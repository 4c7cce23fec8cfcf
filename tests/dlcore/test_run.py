"""The record of a run, as a reader meets it."""

from __future__ import annotations

from pathlib import Path

from dlcore.run import Checkpoint, Run, ends_of_epochs, moment, stop_names


def test_a_run_and_its_checkpoints_say_in_a_line_what_they_are() -> None:
    kept = Checkpoint(Path("runs/a1/model_001718.safetensors"), "0" * 64, epoch=2, step=1718)
    assert repr(kept) == "Checkpoint(epoch 2, step 1,718, model_001718.safetensors)"
    config = {"epochs": 2, "lr": 0.005}
    run = Run("a1", "me", "mnist", "Fast", config, "running", step=859, total_steps=1718, checkpoints=(kept,))
    assert repr(run) == "Run(mnist 'Fast', running at step 859 of 1,718)"


def test_stops_within_an_epoch_are_named_after_their_step() -> None:
    stops = [
        Checkpoint(Path("a"), "", e, step) for e, step in [(0, 0), (0, 16), (0, 31), (1, 188), (1, 1200)]
    ]
    assert stop_names(stops) == ["0", "0, step 16", "0, step 31", "1", "1, step 1,200"]
    assert ends_of_epochs(stops) == [stops[0], stops[3]]
    assert moment(stops, stops[3]) == "epoch 1"
    assert moment(stops, stops[4]) == "step 1,200, within epoch 2"
