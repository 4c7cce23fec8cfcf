"""What runs are called where several stand beside each other."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dlcore.run import Run
from dlcore.runs.naming import root_name


def next_name(base: str, taken: Iterable[str]) -> str:
    """ "class-4", if "class-3" is the highest of those that were begun, "class-3 · lr 0.01" too."""
    numbered = (re.fullmatch(rf"{re.escape(base)}-(\d+)", root_name(name)) for name in taken)
    return f"{base}-{max((int(found[1]) for found in numbered if found), default=0) + 1}"


def labels_of(runs: Iterable[Run]) -> dict[str, str]:
    """By its id the name of each run, for a selector; of several with one name the later ones get a number.

    A browser sends the words that were chosen: if two were called alike, the click would be the other's too.
    """
    runs = list(runs)
    found: dict[str, str] = {}
    for run in sorted(runs, key=lambda run: run.created):
        counted = (f"{run.name} ({count})" if count > 1 else run.name for count in range(1, len(runs) + 1))
        found[run.id] = next(label for label in counted if label not in found.values())
    return {run.id: found[run.id] for run in runs}
