"""Which sets there are on this computer: MNIST, the letters that come along, and those of DLLAB_DATASETS.

Runs and links name a set by its name and a digest of what it holds, never by a path. A folder is read once by
every process: what is put there later is there when the lab starts again.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from dlcore.data import Samples
from dlcore.datasets import letters
from dlcore.datasets.contents import contents_of
from dlcore.datasets.dataset import CLASSES, MNIST, NO_CLASS, Dataset, key_of, some_of_each
from dlcore.datasets.reading import read_dataset
from dlcore.errors import DataError
from dlcore.mnist.files import load_test, load_train
from dlcore.mnist.splits import TEST_TOTAL, TRAIN_TOTAL

VARIABLE = "DLLAB_DATASETS"  # names a folder of folders, or of zips
MOST_SETS = 30
LONGEST_NAME = 40
DIGITS = tuple(map(str, range(CLASSES)))
KEPT_BYTES = 1_000_000_000  # of images in memory, of the sets that were used last
ABOUT = {
    MNIST: "Digits that Americans wrote by hand.",
    "letters": "The letters A to J, drawn by a program with an unsteady hand: nobody wrote them.",
}
_reading = threading.Lock()  # two who ask at once read once, of a set and of all
_locks: dict[str, threading.Lock] = {}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """What a page shows of a set."""

    id: str
    name: str
    title: str
    about: str
    classes: tuple[str, ...]
    train: int  # images to learn and to choose from
    test: int
    images: tuple[NDArray[np.uint8], ...] = ()  # a few to learn from, each (28, 28); of MNIST none
    labels: tuple[int, ...] = ()
    watched: tuple[int, ...] = ()  # test images to look at
    asked: Samples | None = None  # these themselves; of MNIST none
    inverted: bool = False  # was light paper made dark?


@dataclass(frozen=True)
class Catalogue:
    """The sets by what runs call them, MNIST first; and why others cannot be had, a sentence each."""

    entries: Mapping[str, Entry]
    refused: tuple[str, ...]

    def find(self, dataset: str) -> Entry:
        """By name, with or without its digest. Raises DataError if there is no such set here."""
        name, digest = key_of(dataset)
        for entry in self.entries.values():
            if entry.name == name and (not digest or entry.id == dataset):
                return entry
            if entry.name == name:
                raise DataError(_others(name))
        known = ", ".join(entry.name for entry in self.entries.values())
        raise DataError(f"There is no set of images {name[:LONGEST_NAME]!r} here: choose one of {known}.")


def _others(name: str) -> str:
    return (
        f"The set {name!r} holds other images here than those that were meant: choose it anew, or put the "
        "former ones back."
    )


def catalogue() -> Catalogue:
    """Reads every set once in a process."""
    with _reading:
        return _catalogue(os.environ.get(VARIABLE, ""))


@lru_cache(maxsize=2)
def _catalogue(folder: str) -> Catalogue:
    mnist = Entry(MNIST, MNIST, "MNIST", ABOUT[MNIST], DIGITS, TRAIN_TOTAL, TEST_TOTAL)
    places, why = _places(folder)
    entries, refused = {MNIST: mnist}, list(why)
    for name in places:
        try:
            found = _entry(name, folder)
            entries[found.id] = found
        except DataError as error:
            refused.append(str(error))
        except Exception:  # one set takes none of the others away
            log.exception("The set %s cannot be read", name)
            refused.append(f"{places[name].name} cannot be read: make it anew, or take it away.")
    return Catalogue(entries, tuple(refused))


@lru_cache(maxsize=2 * MOST_SETS)
def _entry(name: str, folder: str) -> Entry:
    """What is asked often of a set is kept when its images are not any more. Raises DataError."""
    found = _load(name, folder)
    chosen = list(some_of_each(found.train.labels.tolist()))
    return Entry(
        found.id,
        found.name,
        found.title,
        found.about,
        found.classes,
        len(found.train),
        len(found.test),
        tuple(found.train.images[chosen, 0].numpy()),
        tuple(found.train.labels[chosen].tolist()),
        found.watched,
        found.test[torch.tensor(found.watched)],
        found.inverted,
    )


@lru_cache(maxsize=2)
def _places(folder: str) -> tuple[Mapping[str, Path], tuple[str, ...]]:
    """Where each set lies, by name, and what cannot be one."""
    places, refused = {"letters": letters.FOLDER}, list[str]()
    if not folder:
        return places, ()
    try:
        found = sorted(path for path in Path(folder).iterdir() if not path.name.startswith("."))
    except OSError as error:
        return places, (f"{VARIABLE} names a folder that cannot be read ({error.strerror}): name another.",)
    for path in found:
        try:
            if path.is_file() and path.suffix.lower() != ".zip" and not path.is_symlink():
                continue
        except OSError as error:
            why = f"{path.name} cannot be read ({error.strerror}): allow the lab to read it, or take it away."
            refused.append(why)
            continue
        name = name_of(path.name)
        if not name or name in places or name == MNIST:
            why = f"{path.name} needs a name of its own, of letters and digits: rename it."
            refused.append(why)
        elif len(places) == MOST_SETS:
            return places, (*refused, f"{VARIABLE} holds over {MOST_SETS} sets: the first ones are offered.")
        else:
            places[name] = path
    if not found:
        refused.append(f"The folder that {VARIABLE} names is empty: put folders or zips of images there.")
    return places, tuple(refused)


def name_of(place: str) -> str:
    """As links and runs call a set that lies in a folder or zip of this name."""
    bare = place.lower().removesuffix(".zip")
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:LONGEST_NAME].strip("-")


def load(dataset: str) -> Dataset:
    """The set that a run names: read once, and kept while it is among the last used.

    Raises DataError if it is not on this computer, or holds other images now.
    """
    name, digest = key_of(dataset)
    found = _load(name, os.environ.get(VARIABLE, ""))
    if digest and found.digest != digest:
        raise DataError(_others(name))
    return found


def entry(dataset: str) -> Entry:
    """What is known of the set that a run names, without its images. Raises DataError as `load` does."""
    name, digest = key_of(dataset)
    found = _entry(name, os.environ.get(VARIABLE, ""))
    if digest and found.id != dataset:
        raise DataError(_others(name))
    return found


def _load(name: str, folder: str) -> Dataset:
    if name != MNIST and name not in _places(folder)[0]:
        raise DataError(
            f"There is no set of images {name[:LONGEST_NAME]!r} on this computer: put it into the folder "
            f"that {VARIABLE} names, or choose another one."
        )
    with _locks.setdefault(name, threading.Lock()):
        return _read(name, folder)


class _Kept:
    """The sets that were used last, as many as KEPT_BYTES hold, and always the very last."""

    def __init__(self) -> None:
        self._sets = OrderedDict[tuple[str, str], Dataset]()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str]) -> Dataset | None:
        with self._lock:
            if key in self._sets:
                self._sets.move_to_end(key)
            return self._sets.get(key)

    def put(self, key: tuple[str, str], found: Dataset) -> None:
        with self._lock:
            self._sets[key] = found
            while len(self._sets) > 1 and sum(map(_bytes, self._sets.values())) > KEPT_BYTES:
                self._sets.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._sets.clear()


def _bytes(found: Dataset) -> int:
    return sum(part.images.nbytes + part.labels.nbytes for part in (found.train, found.test))


_kept = _Kept()


def _read(name: str, folder: str) -> Dataset:
    """Only one thread at a time reads a set of this name."""
    if (found := _kept.get((name, folder))) is None:
        found = _read_anew(name, folder)
        _kept.put((name, folder), found)
    return found


def _read_anew(name: str, folder: str) -> Dataset:
    if name == MNIST:
        return Dataset(MNIST, "MNIST", ABOUT[MNIST], DIGITS, load_train(), load_test())
    with contents_of(_places(folder)[0][name]) as contents:
        found = read_dataset(contents, name)
    if name in ABOUT:
        return Dataset(name, found.title, ABOUT[name], found.classes, found.train, found.test)
    return found


def class_names(dataset: str) -> tuple[str, ...]:
    """Of each of a network's ten logits; of those that a set leaves free, that they are no class.

    Of a set that is not here any more, their numbers.
    """
    if dataset == MNIST:
        return DIGITS
    try:
        classes = entry(dataset).classes
    except DataError:
        return DIGITS
    return (*classes, *(f"{NO_CLASS} {label}" for label in range(len(classes), CLASSES)))


def title_of(dataset: str) -> str:
    """As people read it. Of a set that is not here any more, its name and that it is gone."""
    if dataset == MNIST:
        return "MNIST"
    try:
        return entry(dataset).title
    except DataError:
        return f"{key_of(dataset)[0]} (no longer here)"


def noun_of(dataset: str) -> str:
    """What a page calls one of its images."""
    return "digit" if dataset == MNIST else "image"


def noun_for(names: Sequence[str]) -> str:
    """What a page calls one of the images that are told apart by these names."""
    return "digit" if tuple(names) == DIGITS else "image"


def count_classes(dataset: str) -> int:
    """Of a set that is not here any more, as many as a network has."""
    try:
        return CLASSES if dataset == MNIST else len(entry(dataset).classes)
    except DataError:
        return CLASSES


def samples(dataset: str, split: str) -> Samples:
    """Its images of "train" or "test". Raises DataError."""
    if dataset == MNIST:  # of which the test digits are often wanted alone
        return load_train() if split == "train" else load_test()
    found = load(dataset)
    return found.train if split == "train" else found.test
