"""Small real runs in a store, written down as the lab does it, without training."""

from __future__ import annotations

from dataclasses import replace

import torch

from dlcore.run import Metric, Run, new_run
from dlcore.runs.storage.checkpoints import save_checkpoint
from dlcore.runs.storage.store import Store
from dlcore.runs.storage.writer import News, write_down
from dlcore.training.config import TrainConfig

CONFIG = TrainConfig(train_size=200, val_size=0, epochs=3, batch_size=20, device="cpu")


def begin(store: Store, name: str = "a run", owner: str = "anna") -> Run:
    run = new_run(owner, "mnist", CONFIG, name=name, status="running", threads=1)
    store.create(run)
    return run


def epoch_of(store: Store, run: Run, epoch: int) -> Run:
    """An epoch is over: its weights are on the disk, its numbers in the store."""
    step = epoch * CONFIG.steps_per_epoch
    weights = {"weight": torch.full((20, 20), float(epoch))}
    saved = save_checkpoint(store.run_folder(run.id), weights, CONFIG, epoch=epoch, step=step, state=weights)
    run = replace(run, step=step, epoch=epoch, seconds=float(epoch), checkpoints=(*run.checkpoints, saved))
    if epoch == CONFIG.epochs:
        run = replace(run, status="finished")
    metrics = [Metric("train_loss", step - n, epoch, epoch - n / 20, 1 / (step + 1)) for n in range(20)]
    write_down(store, News(run, metrics, [saved]))
    return run


def finished(store: Store, name: str = "a run", owner: str = "anna") -> Run:
    """As the store has it in the end."""
    run = begin(store, name, owner)
    for epoch in range(1, CONFIG.epochs + 1):
        run = epoch_of(store, run, epoch)
    return stored(store, run.id)


def stored(store: Store, run_id: str) -> Run:
    run = store.get(run_id)
    assert run is not None
    return run
