"""Files in MNIST's format, made here: read, recognised, turned upright, refused in a sentence."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torchvision.datasets import EMNIST, KMNIST, MNIST, FashionMNIST

from dlcore.errors import DataError
from dlcore.mnist.families import FAMILIES, MD5, SIZES, family_of
from dlcore.mnist.files import ASSETS, load_test
from dlcore.mnist.image_sets import read_folder, read_set

IMAGES, LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


def idx(values: NDArray[np.uint8]) -> bytes:
    return struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()


def pair(count: int = 20, classes: int = 10) -> tuple[bytes, bytes]:
    """The first test digits, labelled round and round."""
    labels = (np.arange(count) % classes).astype(np.uint8)
    return idx(load_test().images[:count, 0].numpy()), idx(labels)


@pytest.mark.parametrize(
    ("key", "published"), [("mnist", MNIST), ("fashion", FashionMNIST), ("kmnist", KMNIST)]
)
def test_digests_and_classes_are_those_that_torchvision_lists(key: str, published: type[MNIST]) -> None:
    assert [digest for digest, name in MD5.items() if name == key] == [md5 for _, md5 in published.resources]
    if key != "mnist":
        assert list(FAMILIES[key].classes) == published.classes


@pytest.mark.parametrize("part", SIZES)
def test_emnists_classes_are_those_that_torchvision_lists(part: str) -> None:
    listed = EMNIST.classes_split_dict[part.removeprefix("emnist-")]
    ours = ["N/A" if name == "–" else name for name in FAMILIES[part].classes]
    assert sorted(ours) == sorted(listed)


def test_the_published_digits_are_known_by_their_digest_whatever_their_name() -> None:
    names = {"a": f"{IMAGES}.gz", "b": f"{LABELS}.gz"}
    found = read_set({name: (ASSETS / file).read_bytes() for name, file in names.items()})
    assert found.family == FAMILIES["mnist"]
    assert torch.equal(found.samples.images, load_test().images)
    assert torch.equal(found.samples.labels, load_test().labels)


@pytest.mark.parametrize("key", ["fashion", "kmnist"])
def test_other_published_files_are_known_by_one_digest(key: str) -> None:
    digest = next(digest for digest, name in MD5.items() if name == key)
    assert family_of(("x", "y"), (digest, "unknown"), 10_000, 10) == FAMILIES[key]


@pytest.mark.parametrize("part", SIZES)
def test_emnist_is_known_by_its_name_and_turned_upright(part: str) -> None:
    images, labels = pair()
    upright = load_test().images[:20]
    stored = idx(upright[:, 0].transpose(1, 2).contiguous().numpy())
    found = read_set({f"{part}-test-{IMAGES[5:]}": stored, f"{part}-test-{LABELS[5:]}": labels})
    assert (found.family, found.turned) == (FAMILIES[part], True)
    assert torch.equal(found.samples.images, upright)
    assert "stand upright" in found.about()
    assert read_set({"a": images, "b": labels}).family.name == "Unknown images"


def test_renamed_emnist_is_known_by_its_number_of_images() -> None:
    assert family_of(("a", "b"), (), 40_000, 10) == FAMILIES["emnist-digits"]
    assert family_of(("a", "b"), (), 18_800, 47) == FAMILIES["emnist-balanced"]


def test_labels_that_a_family_lacks_make_it_unknown() -> None:
    images, labels = pair(classes=20)
    found = read_set({f"emnist-digits-test-{IMAGES}": images, f"emnist-digits-test-{LABELS}": labels})
    assert (found.family.digits, len(found.family.classes)) == (0, 20)


@pytest.mark.parametrize("packed", [True, False])
def test_a_folder_gives_its_test_files(packed: bool, tmp_path: Path) -> None:
    images, labels = pair()
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"not looked at")
    for name, content in ((IMAGES, images), (LABELS, labels)):
        (tmp_path / name).write_bytes(content)
        if packed:  # both, as torchvision leaves them
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    assert len(read_folder(tmp_path).samples) == 20


# --- What is refused ------------------------------------------------------------------------------

GOOD_IMAGES, GOOD_LABELS = idx(np.zeros((3, 28, 28), np.uint8)), idx(np.zeros(3, np.uint8))
HUGE = struct.pack(">BBBBIII", 0, 0, 8, 3, 2**31, 2**31, 28)  # a header alone
REFUSED = {
    "nothing": ({}, "A set is one file of images"),
    "one": ({"i": GOOD_IMAGES}, "A set is one file of images"),
    "two of a kind": ({"i": GOOD_IMAGES, "j": GOOD_IMAGES}, "A set is one file of images"),
    "text": ({"i": b"<html>", "l": GOOD_LABELS}, "i is not in MNIST's format"),
    "empty": ({"i": b"", "l": GOOD_LABELS}, "i is not in MNIST's format"),
    "no header": ({"i": b"\0\0\x08\x03\0", "l": GOOD_LABELS}, "i is not in MNIST's format"),
    "cut": ({"i": GOOD_IMAGES[:-1], "l": GOOD_LABELS}, r"i must hold 2,352 values, as it says\. Got 2,351"),
    "huge": ({"i": HUGE, "l": GOOD_LABELS}, "i must hold .+ values, as it says"),
    "packed and cut": ({"i": gzip.compress(GOOD_IMAGES)[:-9], "l": GOOD_LABELS}, "i is cut off"),
    "packed and damaged": (
        {"i": gzip.compress(GOOD_IMAGES)[:-8] + bytes(8), "l": GOOD_LABELS},
        "i is damaged",
    ),
    "a bomb": ({"i": gzip.compress(bytes(100_000)), "l": GOOD_LABELS}, "i is too large"),
    "other sizes": (
        {"i": idx(np.zeros((3, 32, 32), np.uint8)), "l": GOOD_LABELS},
        "must hold images of 28 × 28 pixels. Got 3 × 32 × 32",
    ),
    "no images": ({"i": idx(np.zeros((0, 28, 28), np.uint8)), "l": idx(np.zeros(0, np.uint8))}, "28 × 28"),
    "other counts": ({"i": GOOD_IMAGES, "l": idx(np.zeros(4, np.uint8))}, "3 images and l 4 labels"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_set_is_refused_in_a_sentence(what: str) -> None:
    files, sentence = REFUSED[what]
    with pytest.raises(DataError, match=sentence):
        read_set(files, max_bytes=50_000)


def test_a_folder_without_files_or_without_itself_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no files in MNIST's format: put there"):
        read_folder(tmp_path)
    with pytest.raises(DataError, match=r"nowhere cannot be read \(No such file or directory\): name the"):
        read_folder(tmp_path / "nowhere")
