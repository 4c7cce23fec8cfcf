"""A training on the digits that began with a trained network."""

from __future__ import annotations

from pydantic import Field

from dlcore.training.config import TrainConfig


class FineTuneConfig(TrainConfig):
    """Of a training that went on from a trained network, and learned from more than the training digits."""

    went_on_from: str = Field("", title="Went on from", max_length=100)
