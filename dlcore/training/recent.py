"""What a run's last reports say together: each alone is over too few images to mean anything."""

from __future__ import annotations

from dataclasses import dataclass

from dlcore.run import Run
from dlcore.training.config import TrainConfig

ENOUGH = 1000  # images: a share of 50 % is known to ±3 points then


@dataclass(frozen=True)
class Recent:
    """Means over the last `images` training images."""

    images: int
    loss: float
    accuracy: float


def recent(run: Run, config: TrainConfig) -> Recent | None:
    """Over the last ENOUGH images at least, or over all so far; None before the first report."""
    images, loss, right = 0, 0.0, 0.0
    losses, shares = run.series.get("train_loss", ()), run.series.get("train_accuracy", ())
    for index in range(len(losses) - 1, -1, -1):
        count = _images(losses[index].step, losses[index - 1].step if index else 0, config)
        images += count
        loss += count * losses[index].value
        right += count * shares[index].value
        if images >= ENOUGH:
            break
    return Recent(images, loss / images, right / images) if images else None


def _images(step: int, before: int, config: TrainConfig) -> int:
    """Of the report at this step. A long run keeps only every second report: no report is counted twice."""
    per_epoch = config.steps_per_epoch
    begun = (step - 1) // per_epoch * per_epoch  # where its epoch began
    in_epoch = step - begun
    count = min(step - before, config.report_every, in_epoch)
    missing = per_epoch * config.batch_size - config.train_size if in_epoch == per_epoch else 0
    return max(1, count * config.batch_size - missing)  # an epoch's last batch is smaller
