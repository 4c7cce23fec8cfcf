"""The last pages that broke, by the id that a visitor was told: what it was and where, no more."""

from __future__ import annotations

import secrets
import time
import traceback
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from dlcore.journal import event

KEPT = 20


@dataclass(frozen=True)
class Fault:
    """`reference`: as it stands on the visitor's page and in the log. `place`: "train.py:120"."""

    reference: str
    kind: str
    place: str
    at: float  # seconds since 1970


_faults: deque[Fault] = deque(maxlen=KEPT)


def note(error: BaseException) -> str:
    """The id under which it is kept. What the error says may hold what somebody typed: only its kind and its
    place are.
    """
    reference = secrets.token_hex(3)
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    _faults.append(Fault(reference, type(error).__name__, place, time.time()))
    event("page error", id=reference, kind=type(error).__name__, place=place)
    return reference


def sentence(reference: str) -> str:
    """What a visitor is told of it."""
    return f"Something on this page broke; the fault is ours. Reload it. The log knows it as {reference}."


def last() -> list[Fault]:
    """The latest first."""
    return list(_faults)[::-1]
