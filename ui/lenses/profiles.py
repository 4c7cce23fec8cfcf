"""Profiles, measured in a fresh process each. All visitors share what was measured."""

from __future__ import annotations

from dlcore.inspection.python_profile.result import Profile, ProfileConfig
from dlcore.inspection.torch_profile.result import TorchProfile, TorchProfileConfig
from ui.work import Asked, ask


def profile(config: ProfileConfig, again: str) -> Asked[Profile]:
    """Where a training of plain Python spends its time. `again` tells two of the same config apart."""
    return ask(Profile, "profile", _key(config, again), lambda: {"config": config.model_dump()})


def torch_profile(config: TorchProfileConfig, again: str = "") -> Asked[TorchProfile]:
    """Where the time of a network of the digits goes."""
    return ask(TorchProfile, "torch_profile", _key(config, again), lambda: {"config": config.model_dump()})


def _key(config: ProfileConfig | TorchProfileConfig, again: str) -> str:
    return f"{config.model_dump_json()} {again}"
