"""The address as a QR code."""

from __future__ import annotations

import pytest

from dlcore.classroom.qr import installed, qr_lines, qr_svg


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


def test_a_terminal_shows_the_same_squares_two_rows_a_line() -> None:
    segno = pytest.importorskip("segno", reason="it stands in requirements.txt")
    address = "http://192.0.2.7:8501"
    matrix = [list(row) for row in segno.make(address, error="m", micro=False).matrix_iter(border=2)]
    halves = {" ": (1, 1), "▀": (0, 1), "▄": (1, 0), "█": (0, 0)}  # 1 is dark
    rows = [[halves[sign][half] for sign in line] for line in qr_lines(address) for half in (0, 1)]
    assert rows[: len(matrix)] == matrix
