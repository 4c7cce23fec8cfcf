"""A repeated run is called after what is different about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dlcore.presets import FREE
from dlcore.words import number

BETWEEN = " · "
LONGEST = 40  # letters of a name
ROOT = 12  # of them for the root, if it has so many


def root_name(name: str) -> str:
    """ "class-1 · lr 0.01" -> "class-1": the run that others were made from."""
    return name.partition(BETWEEN)[0]


def variation_name(
    root: str, known: Mapping[str, Any], config: Mapping[str, Any], taken: Collection[str]
) -> str:
    """ "class-1 · lr 0.01 · seed 3": the root's name and what its settings `known` are not in `config`.

    A long root gives way to the difference, down to ROOT letters; then the last settings do, for "…". A name
    that is taken gets a number.
    """
    turned = [name for name in config if config[name] != known.get(name)]
    words = {name: f"{name.replace('_', ' ')} {_words(config[name])}" for name in turned}
    settings, free = (
        [words[name] for name in turned if (name in FREE) == wanted] for wanted in (False, True)
    )
    tail = "".join(BETWEEN + word for word in (settings + free or ["same"]))
    while settings and len(tail) > LONGEST - min(ROOT, len(root)):
        settings.pop()
        tail = "".join(BETWEEN + word for word in (*settings, "…", *free))
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
