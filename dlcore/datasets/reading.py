"""A folder or a zip becomes a set: files in MNIST's format, or folders of pictures named as classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np
import torch
from numpy.typing import NDArray

from dlcore.data import Samples
from dlcore.datasets.contents import Contents
from dlcore.datasets.dataset import CLASSES, NO_CLASS, Dataset
from dlcore.datasets.plain import SIDE, borders, grey_square
from dlcore.errors import DataError, UploadError
from dlcore.mnist.image_sets import ImageSet, is_test, one_of_each, read_set
from dlcore.vision.pictures import ENDINGS
from dlcore.zips import shown_name

LEAST, LEAST_ASKED = 120, 20  # images to learn and to choose from, and to test with
MOST_PICTURES = 20_000
ASIDE = 6  # every so many-th image is for the test, where a set has none for it
NAMES = "classes.txt"
PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test", "val": "test"}
PARTS |= {"valid": "test", "validation": "test"}
UNKNOWN = "Unknown images"


def read_dataset(contents: Contents, name: str) -> Dataset:
    """Raises DataError, one sentence, if it is no set that a network here can learn."""
    paths = list(contents.sizes)
    if any("-ubyte" in path.name for path in paths):
        found = _from_pairs(contents, name)
    elif any(path.suffix.lower() in ENDINGS for path in paths):
        found = _from_pictures(contents, name)
    else:
        raise DataError(
            f"{contents.name} holds neither files in MNIST's format (…-ubyte, packed or not) nor folders of "
            "pictures: put one of them there, or take it away."
        )
    if len(found.train) < LEAST:
        raise DataError(
            f"{contents.name} holds {len(found.train)} images to learn from; {LEAST} are needed: add some."
        )
    if (count := len(found.test)) < LEAST_ASKED:
        raise DataError(
            f"{contents.name} holds {count} images to test with; {LEAST_ASKED} are needed: add some."
        )
    return found


# --- MNIST's format ------------------------------------------------------------------------------


def _from_pairs(contents: Contents, name: str) -> Dataset:
    paths = [path for path in contents.sizes if "-ubyte" in path.name]
    if len({path.parent for path in paths}) > 1:
        raise DataError(f"{contents.name} holds such files in several folders: make each a set of its own.")
    by_name = {path.name: path for path in paths}
    names = one_of_each(by_name)
    train = _pair(contents, by_name, [name for name in names if not is_test(name)])
    test_names = [name for name in names if is_test(name)]
    asked = _pair(contents, by_name, test_names) if test_names else None
    test = asked.samples if asked is not None else None
    if asked is not None:
        _check_alike(contents.name, train, asked)
    classes = _names(contents, train)
    _check_labels(contents.name, train.family.name, classes, train.samples, test)
    learn, ask = (train.samples, test) if test is not None else _set_aside(train.samples)
    title = train.family.name if train.family.name != UNKNOWN else _title(contents.name)
    turned = " Its files hold them transposed; here they stand upright." if train.turned else ""
    about = turned.strip() or ("" if test is not None else _ASIDE)
    return Dataset(name, title, about, classes, learn, ask)


_ASIDE = "Every sixth image was set aside to test with."


def _pair(contents: Contents, by_name: Mapping[str, PurePosixPath], names: Sequence[str]) -> ImageSet:
    try:
        return read_set({name: contents.read(by_name[name]) for name in names}, by_count=False)
    except DataError as error:
        raise DataError(f"{contents.name}: {error}") from error


def _check_alike(place: str, train: ImageSet, test: ImageSet) -> None:
    """Raises DataError if they are known to be of two families, or one of them alone is stored transposed."""
    families = {part.family.name for part in (train, test)}
    if train.turned != test.turned or len(families - {UNKNOWN}) > 1:
        raise DataError(
            f"{place} holds {train.family.name} to learn from and {test.family.name} to test with: give all "
            "four files of one family, under the names they were published with."
        )


def _names(contents: Contents, images: ImageSet) -> tuple[str, ...]:
    """As a file beside them says, one in a line; else as the family is known to call them."""
    listed = next((path for path in contents.sizes if path.name == NAMES), None)
    if listed is None:
        if images.family.name != UNKNOWN:
            return images.family.classes
        return tuple(map(str, range(int(images.samples.labels.max()) + 1)))
    text = contents.read(listed).decode("utf-8", "replace")
    return _checked_names(contents.name, [line for line in text.splitlines() if line.strip()])


def _checked_names(place: str, names: Iterable[str]) -> tuple[str, ...]:
    shown = [shown_name(name) for name in names]
    if not all(shown) or len(set(shown)) < len(shown):
        raise DataError(
            f"{place} has two classes of one name, or one without: name them by letters and digits."
        )
    if any(name.casefold().startswith(NO_CLASS) for name in shown):
        raise DataError(f'{place} has a class whose name begins with "{NO_CLASS}": name it another way.')
    return tuple(shown)


def _check_labels(
    place: str, family: str, classes: Sequence[str], train: Samples, test: Samples | None
) -> None:
    """Raises DataError if these are not the labels of two to ten classes, counted from 0."""
    labels = torch.cat([train.labels, *([test.labels] if test is not None else [])])
    low, high, different = int(labels.min()), int(labels.max()), len(labels.unique())
    if low == 1 and different == high:
        raise DataError(f"{place} counts its labels from 1 to {high}: count them from 0.")
    if high >= CLASSES:
        raise DataError(
            f"{place} ({family}) has labels up to {high}, and a network here tells {CLASSES} classes apart: "
            f"keep images of {CLASSES} classes, labelled 0 to {CLASSES - 1}."
        )
    if high >= len(classes):
        raise DataError(
            f"{place} has labels up to {high}, and {NAMES} names {len(classes)} classes: name every class."
        )
    _check_classes(place, different)


def _check_classes(place: str, count: int) -> None:
    if count < 2:
        raise DataError(f"{place} holds one class: there is nothing to tell apart, so add another one.")
    if count > CLASSES:
        raise DataError(
            f"{place} holds {count} classes, and a network here tells {CLASSES} apart: keep so many."
        )


# --- Folders of pictures -------------------------------------------------------------------------


def _from_pictures(contents: Contents, name: str) -> Dataset:
    paths = sorted(path for path in contents.sizes if path.suffix.lower() in ENDINGS)
    if len(paths) > MOST_PICTURES:
        raise DataError(f"{contents.name} holds over {MOST_PICTURES:,} pictures: take a part of them.")
    if any(len(path.parts) < 2 for path in paths):
        raise DataError(
            f"{contents.name} has pictures in no folder: put each into a folder named as its class."
        )
    folders = sorted({path.parent.name for path in paths})
    _check_classes(contents.name, len(folders))
    classes = _checked_names(contents.name, folders)
    parts: dict[str, list[PurePosixPath]] = {"train": [], "test": []}
    for path in paths:
        parts[PARTS.get(path.parent.parent.name.lower(), "train")].append(path)
    if not parts["train"]:
        raise DataError(
            f"{contents.name} holds only pictures to test with: put those to learn from beside them."
        )
    pixels = np.stack([_grey(contents, path) for path in (*parts["train"], *parts["test"])])
    if light := bool(np.median(borders(pixels)) > 127):
        pixels = 255 - pixels
    labels = [folders.index(path.parent.name) for path in (*parts["train"], *parts["test"])]
    samples = Samples(torch.from_numpy(pixels)[:, None], torch.tensor(labels))
    cut = len(parts["train"])
    learn, ask = (samples[:cut], samples[cut:]) if parts["test"] else _set_aside(samples)
    negative = ", light paper made dark," if light else ""
    about = f"Pictures, each made grey{negative} and {SIDE}×{SIDE}."
    about += "" if parts["test"] else f" {_ASIDE}"
    return Dataset(name, _title(contents.name), about, classes, learn, ask, inverted=light)


def _grey(contents: Contents, path: PurePosixPath) -> NDArray[np.uint8]:
    """(28, 28)"""
    try:
        return grey_square(contents.read(path))
    except UploadError as error:
        raise DataError(f"{contents.name}/{path}: {error}") from error


# --- Both ----------------------------------------------------------------------------------------


def _set_aside(samples: Samples) -> tuple[Samples, Samples]:
    """To learn from, and to test with: every sixth of each class, in their order."""
    seen, test = dict[int, int](), list[bool]()
    for label in samples.labels.tolist():
        seen[label] = seen.get(label, 0) + 1
        test.append(seen[label] % ASIDE == 0)
    asked = torch.tensor(test)
    return samples[~asked], samples[asked]


def _title(place: str) -> str:
    words = re.sub(r"[\W_]+", " ", place.removesuffix(".zip")).strip()
    return words[:1].upper() + words[1:]
