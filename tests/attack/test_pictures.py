"""A picture that its decoder stumbles over, at every door through which pictures come: a sentence."""

from __future__ import annotations

import base64
import io
import json
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from streamlit.proto.Common_pb2 import UploadedFileInfo
from streamlit.proto.WidgetStates_pb2 import WidgetState
from typer.testing import CliRunner

from benchmarks.server import Server
from benchmarks.uploading import upload
from dlcore.cli.main import app
from dlcore.errors import UploadError
from dlcore.serving.bundle import bundle
from tests.attack.test_widget_values import STROKES
from tests.attack.wire import tab
from tests.dlcore.mnist.test_decoding import PALETTE_OF_ONE, PIXEL, png
from tests.dlcore.serving.exports import shipped
from tests.waiting import DEADLINE_SECONDS

SIDE = 280  # of a canvas, in pixels
END = (b"IEND", b"")
ODD = png(PALETTE_OF_ONE, PIXEL, END)  # 67 bytes: it names a colour of a palette that it does not bring
UNREADABLE = "This file is not a readable image; use a PNG or JPEG."


def canvas(*chunks: tuple[bytes, bytes]) -> str:
    """What a canvas sends: a picture of its size, here of a palette that does not come with it."""
    header = (b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 3, 0, 0, 0))
    pixels = (b"IDAT", zlib.compress((b"\0" + bytes(SIDE)) * SIDE))
    return "data:image/png;base64," + base64.b64encode(png(header, *chunks, pixels, END)).decode()


def test_on_draw_it_is_a_sentence(server: Server) -> None:
    with tab(server, "mnist_draw") as page:
        assert upload(server.port, page.session, "f", "digit.png", ODD) == 204
        (field,) = [id for id in page.widgets() if "mnist_draw__upload" in id]
        state = WidgetState(id=field)
        state.file_uploader_state_value.uploaded_file_info.append(
            UploadedFileInfo(file_id="f", name="digit.png", size=len(ODD))
        )
        page.say(state)
        assert not page.broke
        assert UNREADABLE in page.said()


@pytest.mark.parametrize("name", ["", "mnist_draw", "mnist_activations"])
def test_on_a_canvas_it_breaks_no_page(server: Server, name: str) -> None:
    with tab(server, name) as page:
        sheet, fragment = next(
            (id, fragment) for id, (_, fragment) in page.widgets().items() if "canvas-" in id
        )
        sent = {"drawing": {"raw": STROKES, "data": canvas()}}
        page.say(WidgetState(id=sheet, json_value=json.dumps(sent)), fragment=fragment)
        assert not page.broke
        assert ("The drawing is not a" in page.said()) == bool(name), "Home has no place for it"


def test_on_the_command_line_it_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "digit.png"
    path.write_bytes(ODD)
    result = CliRunner().invoke(app, ["mnist", "infer", "--image", str(path)])
    assert isinstance(result.exception, UploadError), "which the command says, and nothing else"
    assert str(result.exception) == UNREADABLE


def test_in_a_network_that_was_taken_away_it_is_a_sentence(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle(shipped()))) as packed:
        for name in packed.namelist():
            packed.extract(name, tmp_path)
    path = tmp_path / "digit.png"
    path.write_bytes(ODD)
    done = subprocess.run(
        [sys.executable, "-I", "predict.py", str(path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"This picture cannot be read: {UNREADABLE}\n"
