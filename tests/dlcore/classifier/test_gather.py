"""Files from anybody: pictures become small and nameless, zips are opened with care, what is odd is told."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from dlcore.classifier import gather
from dlcore.classifier.examples import examples
from dlcore.classifier.gather import Gathered, Given, iter_gathered, label_of, together
from dlcore.classifier.pictures import LONGEST, opened, picture_of
from dlcore.classifier.verify import balance_words, oddities
from dlcore.errors import UploadError


def picture(seed: int = 0, size: tuple[int, int] = (90, 70), format: str = "PNG", **more: object) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format, **more)
    return file.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out.getvalue()


def gathered(*files: tuple[str, bytes], label: str = "bears") -> Gathered:
    last = list(iter_gathered([Given(name, content, label) for name, content in files]))[-1]
    assert isinstance(last, Gathered)
    return last


def test_what_is_kept_is_small_upright_and_says_nothing_of_its_camera() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # held to the right
    exif[0x010F] = "somebody's camera"
    found = picture_of(picture(size=(800, 400), format="JPEG", exif=exif), "me.jpg", "bears")
    assert found.turned
    assert found.size == (400, 800)
    small = opened(found)
    assert small.size == (LONGEST // 2, LONGEST)
    with Image.open(io.BytesIO(found.webp)) as image:
        assert not image.getexif()
    assert b"camera" not in found.webp


def test_the_same_pixels_are_the_same_picture_whatever_lies_beside_them() -> None:
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    plain, told = (picture_of(picture(format="PNG", **more), "a", "b") for more in ({}, {"exif": exif}))
    assert plain.digest == told.digest
    assert picture_of(picture(1), "a", "b").digest != plain.digest


def test_the_folders_of_a_zip_are_its_classes() -> None:
    found = gathered(
        (
            "set.zip",
            zipped(
                {
                    "set/black bear/a.png": picture(0),
                    "set/teddy/b.png": picture(1),
                    "set/teddy/words.txt": b"not meant",
                    "set/teddy/.DS_Store": b"hidden",
                    "__MACOSX/set/teddy/._b.png": b"hidden",
                    "set/teddy/broken.png": b"none",
                }
            ),
        ),
        ("loose.png", picture(2)),
    )
    assert [(one.name, one.label) for one in found.pictures] == [
        ("a.png", "black bear"),
        ("b.png", "teddy"),
        ("loose.png", "bears"),
    ]
    (refused,) = found.refused
    assert refused.name == "broken.png"
    assert "not a readable picture" in refused.reason


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (zipped({"a.png": picture()}), "put the pictures into folders"),
        (zipped({"../a.png": picture()}), "put the pictures into folders"),
        (zipped({"set/words.txt": b"words"}), "no picture in it"),
        (zipped({"set/inner.zip": zipped({"a/b.png": picture()})}), "no picture in it"),
        (zipped({}), "no picture in it"),
        (zipped({"a/b.png": picture()})[:-40] + b"\0" * 40, "damaged or no zip"),
    ],
    ids=["no folder", "climbing", "no picture", "nested", "empty", "cut"],
)
def test_a_zip_that_cannot_be_used_is_a_sentence(content: bytes, why: str) -> None:
    with pytest.raises(UploadError, match=why):
        gathered(("set.zip", content))


def test_a_climbing_path_a_link_and_a_locked_file_lead_nowhere() -> None:
    found = gathered(("set.zip", zipped({"../../etc/bears/a.png": picture()})))
    assert [(one.name, one.label) for one in found.pictures] == [("a.png", "bears")]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        link = zipfile.ZipInfo("bears/passwd.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    with pytest.raises(UploadError, match="no picture in it"):
        gathered(("set.zip", out.getvalue()))
    content = bytearray(zipped({"bears/a.png": picture()}))
    for place in (6, content.rindex(b"PK\x01\x02") + 8):  # the flag that says it is locked
        content[place] |= 1
    with pytest.raises(UploadError, match="damaged or locked"):
        gathered(("set.zip", bytes(content)))


def test_a_packed_zip_damaged_anywhere_is_a_sentence() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("bears/a.bmp", picture(format="BMP"))
    whole = out.getvalue()
    refused = 0
    for place in range(40, len(whole) - 100, 97):
        content = bytearray(whole)
        content[place] ^= 0xFF
        try:
            gathered(("set.zip", bytes(content)))
        except UploadError:
            refused += 1
    assert refused > 50


def test_a_png_is_measured_before_it_is_decoded() -> None:
    header = picture(size=(90, 70))
    large = bytearray(header)
    large[16:24] = (30_000).to_bytes(4, "big") * 2  # in its header alone
    large[29:33] = zlib.crc32(bytes(large[12:29])).to_bytes(4, "big")
    with pytest.raises(UploadError, match="too large"):
        picture_of(bytes(large), "a", "b")


def test_a_zip_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gather, "UNPACKED_MEGABYTES", 0.01)
    with pytest.raises(UploadError, match="unpacks to over"):
        gathered(("set.zip", zipped({"a/b.png": picture()})))
    monkeypatch.undo()
    monkeypatch.setattr(gather, "MOST_ENTRIES", 2)
    with pytest.raises(UploadError, match="at most"):
        gathered(("set.zip", zipped({f"a/{number}.txt": b"" for number in range(3)})))


def test_too_many_pictures_or_classes_take_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "MOST", 2)
    with pytest.raises(UploadError, match="at most"):
        gathered(*((f"{number}.png", picture(number)) for number in range(3)))
    two = gathered(("a.png", picture(0)), ("b.png", picture(1))).pictures
    with pytest.raises(UploadError, match="at most"):
        together(two, two)
    many = [replace(two[0], label=f"class {number}") for number in range(31)]
    monkeypatch.undo()
    with pytest.raises(UploadError, match="31 classes"):
        together((), many)


@pytest.mark.parametrize(
    ("given", "shown"),
    [("  grizzly   bear ", "grizzly bear"), ("<b>bear</b>", "b bear b"), ("熊", "熊"), ("x" * 99, "x" * 30)],
)
def test_a_class_is_called_as_it_can_be_shown(given: str, shown: str) -> None:
    assert label_of(given) == shown


@pytest.mark.parametrize("given", ["", "   ", "***", "\0"])
def test_a_class_needs_a_name(given: str) -> None:
    with pytest.raises(UploadError, match="Name the class"):
        label_of(given)


def test_what_is_odd_is_told_and_nothing_is_changed() -> None:
    first, second, third = examples()[:3]
    small = replace(third, digest="small", size=(40, 300), turned=True)
    pictures = (first, replace(first, label="tools"), second, second, small)
    found = {
        odd.title: odd.digests for odd in oddities(pictures, {first.digest: 0, second.digest: 0, "small": 2})
    }
    assert found == {
        "In two classes": (first.digest,),
        "Twice": (second.digest,),
        "Near-copies": (first.digest, second.digest),
        "Tiny": ("small",),
        "Turned": ("small",),
    }
    assert oddities(examples()) == ()


def test_one_class_much_larger_than_another_is_said() -> None:
    assert balance_words((10, 12, 15)) == ""
    assert "always the largest is 80 %" in balance_words((40, 10))
