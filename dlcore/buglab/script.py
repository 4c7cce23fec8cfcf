"""The script that is right, and each slip in it: the text that is shown is the text that is run."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

from dlcore.buglab.bugs import RIGHT, SLIPS
from dlcore.errors import ConfigError

FILE = Path(__file__).parent / "assets" / "training.py.txt"
MENDED = "mended:"  # before a slip's name: its script without it


@cache
def script_text(name: str) -> str:
    """The whole script of a slip, of its mended form, or the right one.

    Raises ConfigError if there is none of this name.
    """
    text = FILE.read_text(encoding="utf-8")
    if name == RIGHT:
        return text
    slip = SLIPS.get(name.removeprefix(MENDED))
    if slip is None:
        raise ConfigError(f"A script must be one of {', '.join((RIGHT, *SLIPS))}. Got {name!r} instead.")
    changes = slip.given if name.startswith(MENDED) else (*slip.given, (slip.right, slip.wrong))
    for right, wrong in changes:
        text = text.replace(right, wrong, 1)
    return text


def mended(name: str) -> str:
    """The script without this slip, by the name under which it runs: most mend into the very same one."""
    return MENDED + name if SLIPS[name].given else RIGHT


@dataclass(frozen=True)
class Mend:
    """Lines of the script with the slip, from 1: `culprits` are those that are wrong, or, where one is
    missing, its neighbours. `taken` and `put` are the lines that go and those that come.
    """

    culprits: frozenset[int]
    taken: tuple[str, ...]
    put: tuple[str, ...]
    put_at: frozenset[int]  # their numbers in the mended script


@cache
def mend_of(name: str) -> Mend:
    """What turns the script of a slip into the mended one: one stretch of lines."""
    wrong, right = script_text(name).splitlines(), script_text(mended(name)).splitlines()
    ((_, first, last, begin, end),) = (
        change for change in SequenceMatcher(None, wrong, right, False).get_opcodes() if change[0] != "equal"
    )
    culprits = range(first + 1, last + 1) if last > first else (first, first + 1)
    near = {at for at, line in enumerate(wrong, 1) for part in SLIPS[name].near if part in line}
    return Mend(
        frozenset(culprits) | near,
        tuple(wrong[first:last]),
        tuple(right[begin:end]),
        frozenset(range(begin + 1, end + 1)),
    )
