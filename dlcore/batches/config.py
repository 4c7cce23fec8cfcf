"""What the page of data and batches has to choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from dlcore.batches.wall import ORDERS
from dlcore.schema import Config, knob

PartName = Literal["batch", "digits", "splits", "time"]
PARTS: Mapping[str, str] = {
    "batch": "Into a batch",
    "digits": "The digits",
    "splits": "Three splits",
    "time": "Loading times",
}
ALL = "all"


class BatchesConfig(Config):
    """One part of the page, and its settings."""

    part: PartName = knob("batch", title="Part", help="What of the data you look at.", options=PARTS)
    shuffle: bool = knob(True, title="Shuffle", help="Draw the images in an order that chance makes.")
    epoch: int = knob(0, ge=0, le=99, title="Epoch", help="Each epoch draws another order.")
    order: Literal["first", "hardest", "doubtful"] = knob(
        "hardest", title="Order", help="How the shipped network reads them decides.", options=ORDERS
    )
    digit: Literal["all", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] = knob(
        ALL, title="Label", help="Only digits that bear this label.", options={ALL: "all"}
    )
    mean: float = knob(0.0, ge=0.0, le=1.0, title="Take away", help="The mean of Normalize(mean, std).")
    std: float = knob(1.0, ge=0.05, le=1.0, title="Divide by", help="The std of Normalize(mean, std).")
    copies: int = knob(50, ge=0, le=100, title="Near-copies", unit="%", help="Of the test digits.")
    seed: int = knob(0, ge=0, le=99, title="Seed", help="Draws digits, copies and labels.")


PRESETS: Mapping[str, BatchesConfig] = {"start": BatchesConfig()}
