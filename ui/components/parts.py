"""The scripts and styles of the components, as text."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def part(name: str) -> str:
    """What stands in a file below this folder, as in "sheets/sheets.js"."""
    return (HERE / name).read_text(encoding="utf-8")
