"""Named starting points: each preset is a whole configuration and the sentence that recommends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from dlcore.schema import ConfigType

FREE = frozenset({"seed", "device", "internals"})  # turning them makes no other set-up


@dataclass(frozen=True)
class Preset(Generic[ConfigType]):
    title: str
    about: str
    config: ConfigType
    threads: int = 0  # that its runs take whatever else runs; 0: as many cores as are free
