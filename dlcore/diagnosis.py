"""What a run suffered from, and its cure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Diagnosis:
    """A sentence with the run's own numbers, and the change that cures it, in words and as settings."""

    text: str
    cure_words: str
    cure: Mapping[str, object] = field(default_factory=dict)  # changes to the run's config
    more_epochs: int = 0  # the cure is to go on
    broken: bool = True  # else it learns, but too slowly
