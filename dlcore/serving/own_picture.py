"""How a picture of one's own is prepared as the images of a training were."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlcore.datasets.catalogue import ABOUT, entry
from dlcore.datasets.dataset import key_of
from dlcore.datasets.plain import grey_square
from dlcore.errors import DataError


def are_strokes(dataset: str) -> bool:
    """Do its images lie as MNIST's, strokes in the middle of their paper? Others are taken as they are."""
    return key_of(dataset)[0] in ABOUT


def inverted(dataset: str) -> bool:
    """Of a set that is not here any more, nobody knows: its pictures stay as they are."""
    try:
        return entry(dataset).inverted
    except DataError:
        return False


def taken_whole(content: bytes, dataset: str) -> NDArray[np.uint8]:
    """(28, 28) of a picture's file for a set that is no strokes. Raises UploadError if it cannot be read."""
    grey = grey_square(content)
    return ~grey if inverted(dataset) else grey


def prepared_words(dataset: str) -> str:
    """In short, what comes before a picture is normalised."""
    if are_strokes(dataset):
        return "paper removed, ink scaled, centred"
    return f"grey, padded to a square, 28×28{', light made dark' if inverted(dataset) else ''}"
