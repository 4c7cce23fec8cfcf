"""How fast this machine's devices multiply, measured once in a visit or again when asked."""

from __future__ import annotations

from dlcore.tensors.devices import Devices, DevicesConfig
from ui import visits
from ui.work import Asked, ask


def devices(config: DevicesConfig, turn: int) -> Asked[Devices]:
    """Of `turn`: another one measures anew."""
    fields = config.model_dump()
    return ask(Devices, "devices", f"{visits.session()} {turn} {fields}", lambda: {"config": fields})
