"""An address in letters five lines high, so that the last row of a room can read it off a terminal."""

from __future__ import annotations

# Three by five, a row a number: its bits from the left.
SIGNS = {
    "0": (7, 5, 5, 5, 7),
    "1": (2, 6, 2, 2, 7),
    "2": (7, 1, 7, 4, 7),
    "3": (7, 1, 7, 1, 7),
    "4": (5, 5, 7, 1, 1),
    "5": (7, 4, 7, 1, 7),
    "6": (7, 4, 7, 5, 7),
    "7": (7, 1, 1, 2, 2),
    "8": (7, 5, 7, 5, 7),
    "9": (7, 5, 7, 1, 7),
    ".": (0, 0, 0, 0, 2),
    ":": (0, 2, 0, 2, 0),
}
ROWS = 5


def large(text: str) -> list[str]:
    """Five lines; none where it holds a sign that is not drawn, as a name does."""
    if not set(text) <= SIGNS.keys():
        return []
    return ["  ".join(_row(SIGNS[sign][row]) for sign in text).rstrip() for row in range(ROWS)]


def _row(bits: int) -> str:
    return "".join("█" if bits >> place & 1 else " " for place in (2, 1, 0))
