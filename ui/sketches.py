"""The last drawing of each visitor: it is on every canvas they come to, after a reload too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ui.limits import SKETCH_LETTERS, SKETCHES
from ui.shelf import Shelf


@dataclass(frozen=True)
class Sketch:
    """What the canvas sent: its picture as a data URI, and the strokes by which it draws it again."""

    image: str
    strokes: Mapping[str, Any]


_shelf: Shelf[Sketch] = Shelf(SKETCHES)


def keep(owner: str, sketch: Sketch, address: str = "") -> None:
    """A drawing that is too large is not kept, and no older one in its place."""
    if max(len(sketch.image), len(json.dumps(sketch.strokes))) > SKETCH_LETTERS:
        _shelf.forget(owner)
    else:
        _shelf.keep(owner, sketch, address)


def forget(owner: str) -> None:
    _shelf.forget(owner)


def kept(owner: str) -> Sketch | None:
    return _shelf.kept(owner)
