"""A sweep as it is kept: what it tries, which run tries it, and what became of it. Plain data."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from dlcore.schema import parse_leniently
from dlcore.sweep.plan import Plan, Values
from dlcore.sweep.stopping import comparable
from dlcore.training.config import TrainConfig

Status = Literal["running", "stopped", "finished"]


@dataclass(frozen=True)
class Entry:
    """One run of a sweep. `run_id` is "" until it has begun, `why` says why it was stopped early."""

    config: TrainConfig
    run_id: str = ""
    why: str = ""

    def alike(self, other: Entry) -> bool:
        """May their losses be compared?"""
        return comparable(self.config.model_dump(), other.config.model_dump())


@dataclass(frozen=True)
class Sweep:
    """`entries` in the order in which they run. `at`: seconds since 1970."""

    id: str
    owner: str
    name: str
    turned: Values
    entries: tuple[Entry, ...]
    status: Status = "running"
    stops: bool = True
    address: str = ""  # from where it was begun
    at: float = 0.0
    drawn: bool = False  # its points at random: no grid

    @property
    def begun(self) -> int:
        return sum(bool(entry.run_id) for entry in self.entries)

    @property
    def steps(self) -> int:
        """Of all its runs together, if none is stopped."""
        return sum(entry.config.total_steps for entry in self.entries)

    def place_of(self, config: Mapping[str, Any]) -> int | None:
        """The first of its runs that is to have these settings and has not begun."""
        for place, entry in enumerate(self.entries):
            wanted = entry.config.model_dump()
            if not entry.run_id and all(config.get(name) == value for name, value in wanted.items()):
                return place
        return None

    def changed(self, place: int, **changes: Any) -> Sweep:
        """With one of its entries changed."""
        entries = list(self.entries)
        entries[place] = replace(entries[place], **changes)
        return replace(self, entries=tuple(entries))

    def as_plain(self) -> dict[str, Any]:
        """For JSON. Of each configuration only what differs from the first."""
        base = self.entries[0].config.model_dump() if self.entries else {}
        told = [
            {
                "set": {k: v for k, v in entry.config.model_dump().items() if base[k] != v},
                "run": entry.run_id,
                "why": entry.why,
            }
            for entry in self.entries
        ]
        return {
            "name": self.name,
            "turned": {name: list(values) for name, values in self.turned.items()},
            "stops": self.stops,
            "drawn": self.drawn,
            "address": self.address,
            "base": base,
            "entries": told,
        }


def new_sweep(owner: str, name: str, plan: Plan, *, stops: bool, address: str = "") -> Sweep:
    """One that begins now."""
    entries = tuple(Entry(config) for config in plan.configs)
    return Sweep(
        secrets.token_urlsafe(9),
        owner,
        name,
        plan.turned,
        entries,
        stops=stops,
        address=address,
        at=time.time(),
        drawn=plan.drawn,
    )


def sweep_of(
    plain: Mapping[str, Any], sweep_id: str = "", owner: str = "", status: str = "finished", at: float = 0.0
) -> Sweep:
    """What `as_plain` gave. A setting that this version does not know stands where it stands by itself.

    Raises KeyError, TypeError, AttributeError or ValueError if it is damaged.
    """
    base = dict(plain["base"])
    entries = tuple(
        Entry(
            parse_leniently(TrainConfig(), base | dict(told["set"]))[0],
            str(told["run"]),
            str(told["why"]),
        )
        for told in plain["entries"]
    )
    if status not in get_args(Status):
        raise ValueError("The status of a sweep must be known.")
    return Sweep(
        sweep_id,
        owner,
        str(plain["name"]),
        {str(name): tuple(values) for name, values in dict(plain["turned"]).items()},
        entries,
        status=status,  # type: ignore[arg-type]
        stops=bool(plain["stops"]),
        address=str(plain["address"]),
        at=at,
        drawn=bool(plain.get("drawn", False)),  # older ones do not say
    )
