"""What the tests of export share: the shipped network after an epoch, and a net TorchScript refuses."""

from __future__ import annotations

from torch import Tensor, nn

from dlcore.runs.jobs.export import load_trained
from dlcore.runs.shipped import shipped_run
from dlcore.serving.trained import Trained
from dlcore.training.config import TrainConfig


def shipped(epoch: int = 5) -> Trained:
    return load_trained(next(c for c in shipped_run("mnist").checkpoints if c.epoch == epoch))


class Unscriptable(nn.Module):
    """Runs, can be traced and exported, but TorchScript has no set comprehensions."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x: Tensor) -> Tensor:
        times = len({size + 1 for size in (1, 2)})
        logits: Tensor = self.fc(x.flatten(1)) * times
        return logits


def unscriptable() -> Trained:
    return Trained(Unscriptable(), TrainConfig(), 0)
