"""Whatever Pillow raises while it reads somebody's file is a sentence."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from dlcore.errors import UploadError
from dlcore.mnist.canvas import decode_canvas
from dlcore.mnist.photo import decode_photo

SENTENCE = r"^This file is not a readable image; use a PNG or JPEG\.$"


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, content) for name, content in chunks)


PALETTE_OF_ONE = (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 3, 0, 0, 0))
PIXEL = (b"IDAT", zlib.compress(b"\0\0"))


def test_a_picture_that_names_colours_it_does_not_bring_is_refused() -> None:
    data = png(PALETTE_OF_ONE, PIXEL, (b"IEND", b""))
    with pytest.raises(UploadError, match=SENTENCE):
        decode_photo(data)


@pytest.mark.parametrize(
    "error", [AssertionError(), KeyError("x"), RecursionError(), MemoryError(), ZeroDivisionError()]
)
def test_whatever_a_decoder_raises_is_a_refusal(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def load(self: Image.Image) -> None:
        raise error

    out = io.BytesIO()
    Image.new("L", (28, 28)).save(out, "PNG")
    monkeypatch.setattr(PngImageFile, "load", load)
    with pytest.raises(UploadError, match=SENTENCE):
        decode_photo(out.getvalue())
    with pytest.raises(UploadError, match=r"^The drawing is not a readable PNG; reload the page"):
        decode_canvas(out.getvalue(), side=28)
