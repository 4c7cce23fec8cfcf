"""How hard a network is to fool, measured on many digits."""

from __future__ import annotations

from dlcore.fooling.hardness import Hardness
from dlcore.run import Checkpoint
from ui.work import Asked, ask, named


def hardness(checkpoint: Checkpoint) -> Asked[Hardness]:
    payload = {"checkpoint": checkpoint}
    return ask(Hardness, "hardness", named(checkpoint), lambda: payload)
