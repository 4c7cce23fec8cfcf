"""The runs that come with the lab: each script, three seeds. `python -m dlcore buglab record` makes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from dlcore.buglab.bugs import RIGHT, SLIPS
from dlcore.buglab.config import SEEDS, Case
from dlcore.buglab.running import iter_run
from dlcore.buglab.script import mended
from dlcore.buglab.symptoms import Judged, Symptoms, Window
from dlcore.errors import DataError

FILE = Path(__file__).parent / "assets" / "recorded.json"
DIGITS_KEPT = 3  # of a measured number


def cases() -> tuple[Case, ...]:
    """Every script that is kept, mended ones too."""
    names = dict.fromkeys([*SLIPS, *map(mended, SLIPS), RIGHT])
    return tuple(Case(name, seed) for name in names for seed in SEEDS)


def run(case: Case) -> Symptoms:
    """What this script shows, here and now."""
    *_, last = iter_run(case.name, case.seed)
    assert isinstance(last, Symptoms)
    return last


def iter_record(file: Path = FILE) -> Iterator[Case]:
    """Run all cases, and write them; each is given out when it is done."""
    found: dict[str, Any] = {}
    for case in cases():
        found[_key(case)] = _rounded(asdict(run(case)))
        yield case
    lines = [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in found.items()]
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def recorded(case: Case) -> Symptoms:
    """Raises DataError if the file is missing or damaged, or holds no such case."""
    try:
        return _symptoms(_read()[_key(case)])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            "The recorded trainings of the bug lab cannot be read: "
            "put back dlcore/buglab/assets/ from the project's repository."
        ) from error


@cache
def _read() -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def _key(case: Case) -> str:
    return f"{case.name} {case.seed}"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS_KEPT}g}")
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, (list, tuple)) else value


def _symptoms(kept: Mapping[str, Any]) -> Symptoms:
    return Symptoms(
        losses=tuple(kept["losses"]),
        judged=tuple(Judged(**{**one, "moved": tuple(one["moved"])}) for one in kept["judged"]),
        windows=tuple(Window(tuple(one["gradients"]), one["alike"]) for one in kept["windows"]),
        confusion=tuple(map(tuple, kept["confusion"])),
        given_training=tuple(kept["given_training"]),
        given_test=tuple(kept["given_test"]),
        asked_twice=kept["asked_twice"],
    )
