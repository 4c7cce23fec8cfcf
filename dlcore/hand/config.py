"""What a fine-tuning is made from: a hand, how long, how boldly, and how many old digits are mixed in."""

from __future__ import annotations

import math

from pydantic import Field, field_validator

from dlcore.errors import DataError
from dlcore.hand.drawings import MOST_LETTERS, Hand, unpack
from dlcore.hand.made_up import ODD, made_up_hand
from dlcore.presets import Preset
from dlcore.run_config import RunConfig
from dlcore.schema import knob, parse
from dlcore.training.fine_tune_config import FineTuneConfig

OWN = 240  # images of an epoch that are the hand's: each drawing again and again, moved a little
BATCH = 64


class HandConfig(RunConfig):
    """A training that goes on from the shipped network. Without `drawings` it learns a made-up hand."""

    epochs: int = knob(
        3,
        ge=1,
        le=50,
        title="Epochs",
        help=f"How many times it sees {OWN} variations of your drawings.",
    )
    rehearsal: int = knob(
        2_160,
        ge=0,
        le=20_000,
        unit="images",
        title="Old digits mixed in",
        help="Training digits that it sees again in each epoch, so that it does not forget them.",
    )
    lr: float = knob(
        0.001,
        ge=1e-6,
        le=1.0,
        scale="log",
        title="Learning rate",
        help="How large each update is. Too small learns nothing, too large forgets.",
    )
    seed: int = knob(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        help="Fixes every random choice: the same seed and drawings on the same machine repeat the run.",
    )
    made_up: int = Field(ODD[0], ge=0, le=2**31 - 1, title="Made-up hand")
    drawings: str = Field("", max_length=MOST_LETTERS, title="Drawings", repr=False)

    @field_validator("drawings")
    @classmethod
    def _can_be_read(cls, text: str) -> str:
        try:
            unpack(text)
        except DataError as error:
            raise ValueError(str(error)) from error
        return text

    @property
    def hand(self) -> Hand:
        """The drawings it learns from, with those set aside."""
        return unpack(self.drawings) if self.drawings else made_up_hand(self.made_up)

    @property
    def whose(self) -> str:
        """How its runs are called."""
        return "hand" if self.drawings else "made-up"

    @property
    def images(self) -> int:
        """Of one epoch."""
        return OWN + self.rehearsal

    @property
    def steps_per_epoch(self) -> int:
        return math.ceil(self.images / BATCH)

    def training(self) -> FineTuneConfig:
        """The same, as the training loop and every page of the digits read it."""
        return FineTuneConfig(
            train_size=self.images,
            val_size=0,
            epochs=self.epochs,
            batch_size=BATCH,
            lr=self.lr,
            schedule="cosine",
            augment=True,
            seed=self.seed,
            device="cpu",
            went_on_from="The shipped model",
        )


PRESETS = {
    "made-up": Preset(
        "A made-up hand",
        "Its drawings and old digits together, so that it learns the ones and keeps the others.",
        parse(HandConfig, {}),
        threads=1,
    ),
}
