"""The test digits with single units of a network switched off."""

from __future__ import annotations

from dlcore.inspection.activations.switching import Switching
from dlcore.run import Checkpoint
from ui.work import Asked, ask, named


def switching(checkpoint: Checkpoint, layer: str, units: tuple[int, ...]) -> Asked[Switching]:
    """The test digits without each of these units, and the units that never speak."""
    payload = {"checkpoint": checkpoint, "layer": layer, "units": units}
    return ask(Switching, "switch_off", f"{named(checkpoint)} {layer} {units}", lambda: payload)
