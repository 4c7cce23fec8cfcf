"""The runs that come with the lab: networks trained beforehand, their history and some of their epochs.

They are ordinary runs, exported by `export_run`, so every page can show them like one's own.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from dlcore.errors import CheckpointError
from dlcore.run import Metric, Run
from dlcore.runs.storage.checkpoints import read_checkpoint
from dlcore.runs.storage.disk import write_whole

DLCORE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Shipped:
    id: str
    name: str
    folder: Path


SHIPPED: Mapping[str, Shipped] = {  # by the kind of run
    "mnist": Shipped("shipped", "The shipped model", DLCORE / "mnist" / "assets" / "shipped"),
    "black_patch": Shipped(
        "shipped-patch", "The shipped patch finder", DLCORE / "blackpatch" / "assets" / "shipped"
    ),
}
KIND_OF: Mapping[str, str] = {shipped.id: kind for kind, shipped in SHIPPED.items()}
OWNER = "shipped"


@lru_cache(maxsize=len(SHIPPED))
def shipped_run(kind: str = "mnist") -> Run:
    """The shipped run of that kind. Raises CheckpointError if its files are missing or unreadable."""
    return read_shipped(SHIPPED[kind].folder)


def read_shipped(folder: Path) -> Run:
    """An exported run with its series and checkpoints, oldest first.

    Raises CheckpointError if its files are missing or unreadable.
    """
    try:
        about = json.loads((folder / "run.json").read_text())
        series = {
            name: tuple(Metric(name, *point) for point in points)
            for name, points in about.pop("series").items()
        }
        watched = tuple(map(tuple, about.pop("watched")))
        return Run(
            **about,
            series=series,
            watched=watched,
            checkpoints=tuple(read_checkpoint(path) for path in sorted(folder.glob("*.safetensors"))),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"The shipped model cannot be read ({error}): put back {folder} from the project's repository."
        ) from error


def export_run(run: Run, epochs: Collection[int], folder: Path) -> None:
    """Write a finished run and its checkpoints of these epochs as the shipped one."""
    folder.mkdir(parents=True, exist_ok=True)
    for checkpoint in run.checkpoints:
        if checkpoint.epoch in epochs:
            for path in (checkpoint.path, checkpoint.path.with_suffix(".json")):
                shutil.copyfile(path, folder / path.name)
    about = asdict(run) | {
        "id": SHIPPED[run.kind].id,
        "owner": OWNER,
        "name": SHIPPED[run.kind].name,
        "series": {
            name: [[m.step, m.epoch, round(m.seconds, 2), float(f"{m.value:.6g}")] for m in points]
            for name, points in run.series.items()
        },
    }
    del about["checkpoints"]
    write_whole(folder / "run.json", json.dumps(about).encode())
