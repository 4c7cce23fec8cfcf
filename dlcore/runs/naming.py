"""A repeated run is called after what is different about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dlcore.presets import FREE
from dlcore.words import number

BETWEEN = " · "
LONGEST = 40  # letters of a name


def root_name(name: str) -> str:
    """ "class-1 · lr 0.01" -> "class-1": the run that others were made from."""
    return name.partition(BETWEEN)[0]


def variation_name(
    root: str, known: Mapping[str, Any], config: Mapping[str, Any], taken: Collection[str]
) -> str:
    """ "class-1 · lr 0.01 · seed 3": the root's name and what its settings `known` are not in `config`.

    A name that is taken gets a number.
    """
    turned = sorted((name for name in config if config[name] != known.get(name)), key=lambda n: n in FREE)
    words = [f"{name.replace('_', ' ')} {_words(config[name])}" for name in turned] or ["same"]
    tail = "".join(BETWEEN + word for word in words)
    for count in range(1, len(taken) + 2):
        end = tail if count == 1 else f"{tail} ({count})"
        name = root[: max(1, LONGEST - len(end))] + end
        if name[:LONGEST] not in taken:
            break
    return name[:LONGEST]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return number(value) if isinstance(value, int | float) else str(value)
