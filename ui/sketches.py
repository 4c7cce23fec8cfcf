"""The last drawing of each visitor: it is on every canvas they come to, after a reload too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

MOST = 256  # visitors; who drew longest ago is forgotten first
MAX_LETTERS = 64_000  # of a drawing's strokes, and of its picture


@dataclass(frozen=True)
class Sketch:
    """What the canvas sent: its picture as a data URI, and the strokes by which it draws it again."""

    image: str
    strokes: Mapping[str, Any]


_kept: dict[str, Sketch] = {}
_lock = Lock()


def keep(owner: str, sketch: Sketch) -> None:
    """A drawing that is too large is not kept, and no older one in its place."""
    forget(owner)
    if max(len(sketch.image), len(json.dumps(sketch.strokes))) > MAX_LETTERS:
        return
    with _lock:
        _kept[owner] = sketch
        while len(_kept) > MOST:
            del _kept[next(iter(_kept))]


def forget(owner: str) -> None:
    with _lock:
        _kept.pop(owner, None)


def kept(owner: str) -> Sketch | None:
    return _kept.get(owner)
