"""Learning rates, searched for and tried here and now. Whoever asks for the same shares the work."""

from __future__ import annotations

from dlcore.lr_finder.result import RangeTest, Tries, asked_of, rates_to_try
from dlcore.training.config import TrainConfig
from ui.work import Asked, ask


def searched(config: TrainConfig, turn: str) -> Asked[RangeTest]:
    """Of `turn`: another one searches anew."""
    fields = asked_of(config).model_dump()
    return ask(RangeTest, "lr_finder", f"{turn} {fields}", lambda: {"config": fields})


def tried(config: TrainConfig, suggestion: float) -> Asked[Tries]:
    fields, rates = asked_of(config).model_dump(), rates_to_try(suggestion)
    return ask(Tries, "lr_tries", f"{rates} {fields}", lambda: {"config": fields, "rates": rates})
