"""Named starting points: each preset is a whole configuration and the sentence that recommends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic

from dlcore.schema import ConfigType


@dataclass(frozen=True)
class Preset(Generic[ConfigType]):
    title: str
    about: str
    config: ConfigType


def preset_named(
    presets: Mapping[str, Preset[ConfigType]], config: ConfigType, **ignored: object
) -> str | None:
    """The preset this configuration is, but for the `ignored` fields; None if somebody turned a knob."""
    for name, preset in presets.items():
        if config.replace(**ignored) == preset.config.replace(**ignored):
            return name
    return None
