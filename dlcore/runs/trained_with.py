"""What a network was trained with, whatever kind of run trained it."""

from __future__ import annotations

from dlcore.hand.config import HandConfig
from dlcore.run import Run
from dlcore.runs.kinds import config_type
from dlcore.schema import parse
from dlcore.training.config import TrainConfig


def trained_with(run: Run) -> TrainConfig:
    """Of a run that the pages of the digits show. Raises ConfigError if this version cannot read it."""
    config = parse(config_type(run.kind), run.config)
    return config.training() if isinstance(config, HandConfig) else parse(TrainConfig, run.config)
