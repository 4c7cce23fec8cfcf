"""A surface that was measured beforehand and comes with the lab, so that a page opens on it at once."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dlcore.errors import DataError
from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.picture import Picture, Prepared, Stop
from dlcore.landscape.planes import Placed, Window
from dlcore.landscape.surfaces import Row, Surface
from dlcore.npz import read_npz
from dlcore.schema import parse

SHIPPED = Path(__file__).parent / "assets" / "shipped.npz"


@dataclass(frozen=True)
class Known:
    """What measuring would say of the first `points` along each side of a picture; of none, if 0."""

    points: int = 0
    events: tuple[Prepared | Row | Stop, ...] = ()


@dataclass(frozen=True)
class Kept:
    """A whole picture. `digests` are those of the run's checkpoints, in their order."""

    digests: tuple[str, ...]
    picture: Picture

    def part_of(self, digests: Sequence[str], config: SurfaceConfig) -> Known:
        """What of this is known of the picture that is wanted.

        A coarser picture is a part of it. Of a finer one, all but the finest points are known.
        """
        prepared, surface = self.picture.prepared, self.picture.surface
        if tuple(digests) != self.digests or surface is None:
            return Known()
        if config.replace(resolution=prepared.config.resolution) != prepared.config:
            return Known()
        points = min(config.points, surface.resolution)
        stride = (surface.resolution - 1) // (points - 1)
        loss, accuracy = surface.loss[::stride, ::stride], surface.accuracy[::stride, ::stride]
        rows = (
            Row(row, tuple(range(points)), tuple(loss[row].tolist()), tuple(accuracy[row].tolist()))
            for row in range(points)
        )
        begun = replace(prepared, config=prepared.config.replace(resolution=str(points)))
        return Known(points, (begun, *rows, *self.picture.path))


@lru_cache(maxsize=1)
def shipped_surface() -> Kept:
    """The shipped network's, as the page first asks for it. Raises DataError if it cannot be read."""
    return read_kept(SHIPPED)


def write_kept(kept: Kept, path: Path = SHIPPED) -> None:
    """One .npz file. Raises OSError if the disk refuses."""
    picture = kept.picture
    assert picture.surface is not None
    about = {
        "digests": kept.digests,
        "prepared": asdict(picture.prepared) | {"config": picture.prepared.config.model_dump()},
        "path": [asdict(stop) for stop in picture.path],
    }
    content = io.BytesIO()
    np.savez_compressed(
        content, about=json.dumps(about), loss=picture.surface.loss, accuracy=picture.surface.accuracy
    )
    path.write_bytes(content.getvalue())


def read_kept(path: Path) -> Kept:
    """What `write_kept` wrote. Raises DataError if it cannot be read."""
    try:
        found = read_npz(path)
        about, loss, accuracy = json.loads(str(found["about"])), found["loss"], found["accuracy"]
        prepared = _prepared(about["prepared"])
        axes = prepared.window.axes(prepared.config.points)
        stops = tuple(Stop(**stop | {"placed": Placed(**stop["placed"])}) for stop in about["path"])
        picture = Picture(prepared, Surface(*axes, loss, accuracy), stops, loss.size)
        return Kept(tuple(about["digests"]), picture)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The kept surface cannot be read ({error}): put back {path} from the project's repository."
        ) from error


def _prepared(about: dict[str, Any]) -> Prepared:
    return Prepared(
        config=parse(SurfaceConfig, about["config"]),
        window=Window(**{name: tuple(ends) for name, ends in about["window"].items()}),
        num_params=about["num_params"],
        epochs=tuple(about["epochs"]),
        moved=tuple(about["moved"]),
        placed=tuple(Placed(**one) for one in about["placed"]),
        held=about["held"],
        by_chance=about["by_chance"],
        samples=about["samples"],
        dropout=about["dropout"],
    )
