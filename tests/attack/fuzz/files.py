"""Files that somebody brings: pictures, drawings, sets of images, archives."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from dlcore.classifier.gather import Gathered, Given, iter_gathered
from dlcore.datasets.contents import Contents, contents_of
from dlcore.datasets.idx import idx_files
from dlcore.datasets.reading import LEAST, LEAST_ASKED, read_dataset
from dlcore.mnist.canvas import decode_canvas, to_digit
from dlcore.mnist.image_sets import read_set
from dlcore.mnist.photo import decode_photo
from dlcore.serving.other_images import AT_ONCE_BYTES
from dlcore.vision.pictures import LEAST as SMALLEST
from dlcore.vision.pictures import MOST, read_picture
from tests.attack.fuzz.making import PICTURES, SIDE, Fuzz


def photo(fuzz: Fuzz, folder: Path) -> None:
    odd = fuzz.chance.random() < 0.3
    to_digit(decode_photo(fuzz.odd_png(PICTURES[0]) if odd else fuzz.damaged(fuzz.chance.choice(PICTURES))))


def canvas(fuzz: Fuzz, folder: Path) -> None:
    png = PICTURES[fuzz.chance.randrange(2)]
    to_digit(decode_canvas(fuzz.odd_png(png) if fuzz.chance.random() < 0.5 else fuzz.damaged(png), side=SIDE))


def camera(fuzz: Fuzz, folder: Path) -> None:
    """A photograph to be named, of any kind that cameras write, some with a turn in their EXIF."""
    chance = fuzz.chance
    content = chance.choice((*PICTURES, *camera_pictures()))
    picture = read_picture(fuzz.odd_png(content) if content is PICTURES[0] else fuzz.damaged(content))
    assert picture.mode == "RGB"
    assert SMALLEST // 2 < min(picture.size) <= max(picture.size) <= MOST


@cache
def camera_pictures() -> tuple[bytes, ...]:
    """Deeper than 8 bits, in floats, turned, with colours for print; with frames, and in odd shapes."""
    found = []
    grey = np.indices((90, 120)).sum(axis=0)
    for image, format, more in (
        (Image.fromarray((grey * 300).astype(np.uint16)), "PNG", {}),
        (Image.fromarray(grey.astype(np.float32)), "TIFF", {}),
        (Image.fromarray(grey.astype(np.int32)), "TIFF", {}),
        (Image.fromarray(grey.astype(np.uint8)).convert("CMYK"), "JPEG", {}),
        (Image.fromarray(grey.astype(np.uint8)).convert("LA"), "PNG", {}),
        (Image.fromarray(grey.astype(np.uint8)).convert("1"), "TIFF", {"compression": "group4"}),
        (Image.fromarray(grey.astype(np.uint8)), "WEBP", {}),
        (turned := Image.fromarray(grey.astype(np.uint8)), "JPEG", {"exif": orientation(turned)}),
    ):
        out = io.BytesIO()
        image.save(out, format, **more)
        found.append(out.getvalue())
    return tuple(found)


def orientation(image: Image.Image) -> Image.Exif:
    exif = image.getexif()
    exif[0x0112] = 6
    return exif


def gathered(fuzz: Fuzz, folder: Path) -> None:
    """Pictures and zips of somebody's own, some of them damaged, under odd names."""
    chance = fuzz.chance
    given = []
    for _ in range(chance.randrange(1, 4)):
        content = chance.choice(PICTURES)
        if chance.random() < 0.4:
            content = zipped({f"{fuzz.word()}/{fuzz.word()}.png": content, f"cat/{fuzz.word()}.jpg": content})
        name = fuzz.word() + chance.choice((".png", ".zip", ".JPG", ""))
        given.append(Given(name, fuzz.damaged(content) if chance.random() < 0.6 else content, fuzz.word()))
    (*_, found) = iter_gathered(given)
    assert isinstance(found, Gathered)
    assert len(found.pictures) > 0


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in files.items():
            file.writestr(name.replace("\0", "") or "x", content)
    return out.getvalue()


@cache
def image_files() -> Mapping[str, bytes]:
    """Of the smallest set that can be learnt, packed and not."""
    chance = np.random.default_rng(0)

    def part(count: int) -> tuple[Any, Any]:
        images = chance.integers(0, 256, (count, SIDE, SIDE), dtype=np.uint8)
        return images, np.arange(count, dtype=np.uint8) % 3

    packed = idx_files(part(LEAST), part(LEAST_ASKED))
    return {name.removesuffix(".gz"): gzip.decompress(content) for name, content in packed.items()}


def dropped(fuzz: Fuzz, folder: Path) -> None:
    """Two files in MNIST's format as somebody drops them on a page."""
    files = damaged_files(fuzz)
    part = fuzz.chance.choice(("train", "t10k"))
    kept = {name: content for name, content in files.items() if part in name or fuzz.chance.random() < 0.1}
    assert len(read_set(kept, AT_ONCE_BYTES).samples) > 0


def images(fuzz: Fuzz, folder: Path) -> None:
    held = {PurePosixPath(name): content for name, content in damaged_files(fuzz).items()}
    sizes = {path: len(content) for path, content in held.items()}
    read_dataset(Contents("set", sizes, held.__getitem__), "set")


def damaged_files(fuzz: Fuzz) -> dict[str, bytes]:
    """Files in MNIST's format, one of them damaged where it says what it holds, or anywhere."""
    files = dict(image_files())
    name = fuzz.chance.choice(list(files))
    head = fuzz.chance.choice((16, len(files[name])))
    files[name] = fuzz.damaged(files[name][:head]) + files[name][head:]
    if fuzz.chance.random() < 0.3:
        files[f"{name}.gz"] = fuzz.damaged(gzip.compress(files.pop(name), 1))
    return files


@cache
def pictured() -> bytes:
    """A zip of the smallest set of pictures that can be learnt."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for part, count in (("train", LEAST), ("test", LEAST_ASKED)):
            for place in range(count):
                file.writestr(f"{part}/{place % 2}/{place}.png", PICTURES[0])
    return out.getvalue()


def archive(fuzz: Fuzz, folder: Path) -> None:
    """A zip of pictures with odd names, or one that is damaged."""
    chance, path = fuzz.chance, folder / "set.zip"
    content = pictured() if chance.random() < 0.5 else fuzz.damaged(pictured())
    path.write_bytes(content)
    if content is pictured():
        with zipfile.ZipFile(path, "a") as file:
            file.writestr(fuzz.word().partition("\0")[0] or "x", chance.choice(PICTURES))
    with contents_of(path) as found:
        read_dataset(found, "set")
