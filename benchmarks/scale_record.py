"""What has been measured once of the lab's costs: docs/scale.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from benchmarks.server import ROOT

RECORD = ROOT / "docs" / "scale.json"


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Act(Part):
    """One thing that a page asks of the server, in the mean."""

    cpu: float  # seconds of the server's own process
    seconds: float  # until it was answered, nobody else being there: the median
    bytes: float  # sent to the page
    writes: float  # transactions of the database
    every: float = 0.0  # seconds between two, if the page asks by itself; 0: it does not
    n: int

    @property
    def latency(self) -> float:
        """Seconds of an answer in which the server's process works on something else, or on nothing."""
        return max(0.0, self.seconds - self.cpu)


class Session(Part):
    """One open page on which nothing happens."""

    cpu: float  # seconds of the server's process, each second
    bytes: float  # sent to it, each second
    mb: float  # of the server's memory
    n: int


class Training(Part):
    """A run of the preset Class from its start to its end, nobody watching."""

    cpu: float  # seconds of its worker
    seconds: float
    server_share: float  # of a core, of the server's process, while it trains
    writes_a_second: float  # transactions of the database, while it trains
    mb: float  # that it leaves in the data folder
    checkpoints: int
    n: int


class Surface(Part):
    """A loss surface that nobody has measured before."""

    cpu: float  # seconds of the processes that compute it
    n: int


class Database(Part):
    """SQLite in the data folder, asked as fast as it answers by one thread."""

    writes_a_second: float  # transactions, each a few points of a run and how it stands
    look: float  # CPU seconds of a server's look once a second at all runs under way, for each of them


class Memory(Part):
    server_mb: float  # nobody there
    worker_mb: float  # one process


class Room(Part):
    """A short lesson of so many."""

    clients: int
    seconds: float
    strokes: int
    p50: float  # seconds to the answer to a stroke
    p95: float
    core_share: float  # of the server's process
    students_share: float  # of a core: they measure on the same machine


class Together(Part):
    """So many runs of the preset Class, started at one moment."""

    runs: int
    seconds: float  # until the last has ended


class Record(Part):
    machine: dict[str, Any]
    cores: int
    acts: dict[str, Act]
    session: Session
    run: Training
    surface: Surface
    database: Database
    memory: Memory
    rooms: list[Room]
    together: list[Together]


def read_record(path: Path = RECORD) -> Record:
    return Record.model_validate_json(path.read_text())


def write_record(record: Record, path: Path = RECORD) -> None:
    """With six digits: more were never measured."""
    path.write_text(Record.model_validate(_short(record.model_dump())).model_dump_json(indent=1) + "\n")


def _short(value: Any) -> Any:
    match value:
        case dict():
            return {key: _short(one) for key, one in value.items()}
        case list() | tuple():
            return [_short(one) for one in value]
        case float():
            return float(f"{value:.6g}")
    return value
