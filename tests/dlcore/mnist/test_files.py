"""The four published files: known by their sha256, refused when altered, read as torchvision reads them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision.datasets import MNIST

from dlcore.errors import DataError
from dlcore.mnist import files
from dlcore.mnist.files import ASSETS, SHA256, load_test, load_train, torchvision_root

# How often each digit occurs, as torchvision's MNIST counts them.
TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.mark.parametrize("name", SHA256)
def test_the_shipped_files_are_the_published_ones(name: str) -> None:
    assert hashlib.sha256((ASSETS / name).read_bytes()).hexdigest() == SHA256[name]


@pytest.mark.parametrize(("load", "counts"), [(load_train, TRAIN_COUNTS), (load_test, TEST_COUNTS)])
def test_digits_have_their_shape_and_their_counts(load: Any, counts: list[int]) -> None:
    digits = load()
    assert digits.images.shape == (sum(counts), 1, 28, 28)
    assert digits.images.dtype == torch.uint8
    assert digits.labels.dtype == torch.int64
    assert len(digits) == len(digits.labels) == sum(counts)
    assert digits.labels.bincount().tolist() == counts
    assert (digits.images.min(), digits.images.max()) == (0, 255)


def test_digits_are_read_once() -> None:
    assert load_test() is load_test()


def test_digits_on_their_own_device_are_not_copied() -> None:
    digits = load_test()
    assert digits.to(torch.device("cpu")).images.data_ptr() == digits.images.data_ptr()


# --- Files that are not as published --------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The two test files, to be damaged."""
    for name in SHA256:
        if name.startswith("t10k"):
            shutil.copyfile(ASSETS / name, tmp_path / name)
    return tmp_path


def test_sound_files_load_from_any_folder(folder: Path) -> None:
    assert torch.equal(load_test(folder).labels, load_test().labels)


@pytest.mark.parametrize("name", [name for name in SHA256 if name.startswith("t10k")])
@pytest.mark.parametrize("damage", ["missing", "truncated", "altered", "empty", "folder"])
def test_a_damaged_file_is_named(folder: Path, name: str, damage: str) -> None:
    path = folder / name
    content = bytearray(path.read_bytes())
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage != "missing":
        content[len(content) // 2] ^= damage == "altered"
        keep = {"truncated": len(content) - 1, "empty": 0}.get(damage, len(content))
        path.write_bytes(content[:keep])
    with pytest.raises(DataError, match=rf"^The digits' file {re.escape(name)} .*: put back .+\.$"):
        load_test(folder)


# --- For torchvision ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return torchvision_root(tmp_path_factory.mktemp("unpacked"))


@pytest.mark.parametrize(("train", "load"), [(True, load_train), (False, load_test)])
def test_torchvision_sees_the_same_digits(root: Path, train: bool, load: Any) -> None:
    dataset = MNIST(str(root), train=train, download=False)
    assert torch.equal(dataset.data, load().images[:, 0])
    assert torch.equal(dataset.targets, load().labels)


def test_unpacking_leaves_the_four_files_and_nothing_else(root: Path) -> None:
    files_there = {path.name for path in root.rglob("*") if path.is_file()}
    assert files_there == {name.removesuffix(".gz") for name in SHA256}


def test_what_is_unpacked_is_not_unpacked_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("unpacked a second time")

    monkeypatch.setattr(files, "_unpack", fail)
    assert torchvision_root(root.parent) == root


@pytest.mark.parametrize("call", ["replace", "fdopen"])
def test_an_interrupted_unpacking_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuse(handle: Any, *_: object) -> None:
        if isinstance(handle, int):
            os.close(handle)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(DataError, match=r"No space left on device.*DLLAB_DATA_DIR\.$"):
        torchvision_root(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_that_cannot_be_made_gives_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "torchvision").write_text("a file in the way")
    with pytest.raises(DataError, match=r"^The digits cannot be unpacked into .+ DLLAB_DATA_DIR\.$"):
        torchvision_root(tmp_path)
