"""An address as a QR code, so that a phone need not type it: for a page and for a terminal."""

from __future__ import annotations

import io
from importlib.util import find_spec

MODULE = "segno"


def installed() -> bool:
    return find_spec(MODULE) is not None


def qr_svg(text: str) -> str:
    """Black on white with its quiet zone, whatever the page's colours: phones want it so. ISO/IEC 18004."""
    import segno  # it stands in the requirements; without it there is only the address

    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", scale=8, border=4, light="white", xmldecl=False
    )
    return drawn.getvalue().decode()


def qr_lines(text: str) -> list[str]:
    """The same for a terminal, two rows of it a line: what is light is a block, so letters must be light and
    their background dark.
    """
    import segno

    drawn = io.StringIO()
    segno.make(text, error="m", micro=False).terminal(drawn, border=2, compact=True)
    return drawn.getvalue().splitlines()
