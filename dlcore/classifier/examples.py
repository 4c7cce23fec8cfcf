"""The pictures that come with the lab: 28 fishes, 27 monuments, 38 tools, each in the public domain.

Their features come along too, as EfficientNet-Lite0 finds them in the squares with a white margin: a page
opens on a trained classifier. A test computes them anew.
"""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from dlcore.classifier.features import Features
from dlcore.classifier.pictures import digest_of
from dlcore.classifier.project import Picture
from dlcore.npz import read_npz

ASSETS = Path(__file__).parent / "assets"
FEATURES = ASSETS / "features.npz"


@cache
def examples() -> tuple[Picture, ...]:
    """In the order of LICENCES.csv, which says who made each and where it is from."""
    with (ASSETS / "LICENCES.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_example(row["file"]) for row in csv.DictReader(file))


@cache
def example_features() -> Features:
    """Of the squares with a white margin."""
    values = read_npz(FEATURES)["features"].astype(np.float32)
    return Features(tuple(picture.digest for picture in examples()), values)


def _example(file: str) -> Picture:
    content = (ASSETS / file).read_bytes()
    with Image.open(io.BytesIO(content)) as image:
        opened = image.convert("RGB")
    return Picture(Path(file).name, Path(file).parent.name, digest_of(opened), content, opened.size)
