"""The address as a QR code."""

from __future__ import annotations

import pytest

from dlcore.classroom.qr import installed, qr_svg


def test_it_is_drawn_black_on_white_with_its_quiet_zone() -> None:
    segno = pytest.importorskip("segno", reason="it stands in requirements.txt")
    assert installed()
    address = "http://192.0.2.7:8501"
    drawn = qr_svg(address)
    modules = segno.make(address, error="m", micro=False).symbol_size(border=0)[0]
    assert drawn.startswith("<svg")
    assert f'width="{8 * (modules + 8)}"' in drawn
    assert "#000" in drawn
    assert "#fff" in drawn
    assert qr_svg(address + "/class") != drawn
