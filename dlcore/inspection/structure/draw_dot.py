"""Graphviz's own program turns DOT into a picture, where it is installed."""

from __future__ import annotations

import shutil
import subprocess

from dlcore.errors import UploadError

SECONDS = 20.0
HOW = (
    "An SVG needs Graphviz's program dot, which is not on this machine: install it "
    "(Debian, Ubuntu: apt install graphviz; macOS: brew install graphviz), or take the DOT file."
)


def can_draw() -> bool:
    return shutil.which("dot") is not None


def to_svg(dot: str) -> bytes:
    """The drawing of a DOT text of our own making. Raises UploadError if `dot` is missing or fails."""
    program = shutil.which("dot")
    if program is None:
        raise UploadError(HOW)
    try:
        drawn = subprocess.run(
            [program, "-Tsvg"], input=dot.encode(), capture_output=True, timeout=SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UploadError("Graphviz could not draw this graph: take the DOT file instead.") from error
    return drawn.stdout
