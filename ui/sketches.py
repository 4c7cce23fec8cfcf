"""The last drawing of each visitor: it is on every canvas they come to, after a reload too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ui.kept import Kept

MOST = 256  # visitors
MAX_LETTERS = 64_000  # of a drawing's strokes, and of its picture


@dataclass(frozen=True)
class Sketch:
    """What the canvas sent: its picture as a data URI, and the strokes by which it draws it again."""

    image: str
    strokes: Mapping[str, Any]


_kept: Kept[Sketch] = Kept(MOST)


def keep(owner: str, sketch: Sketch, address: str = "") -> None:
    """A drawing that is too large is not kept, and no older one in its place. `address`: from where this
    visitor comes.
    """
    forget(owner)
    if max(len(sketch.image), len(json.dumps(sketch.strokes))) <= MAX_LETTERS:
        _kept.keep(owner, sketch, address)


def forget(owner: str) -> None:
    _kept.forget(owner)


def kept(owner: str) -> Sketch | None:
    return _kept.get(owner)
