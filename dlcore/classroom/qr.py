"""An address as a QR code, so that a phone need not type it."""

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
