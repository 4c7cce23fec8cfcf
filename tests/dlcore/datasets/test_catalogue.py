"""Which sets there are: by name and digest; what cannot be had is said, and hides none of the others."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from dlcore.datasets import catalogue as catalogues
from dlcore.datasets.catalogue import catalogue, class_names, load, name_of, samples
from dlcore.datasets.splits import fitting, order_of, splits_of
from dlcore.errors import ConfigError, DataError
from tests.dlcore.datasets.sets import images, write_pair, write_pictures


def forget() -> None:
    for cached in (catalogues._catalogue, catalogues._places, catalogues._read):
        cached.cache_clear()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What DLLAB_DATASETS names, read anew."""
    forget()
    monkeypatch.setenv("DLLAB_DATASETS", str(tmp_path / "sets"))
    (tmp_path / "sets").mkdir()
    yield tmp_path / "sets"
    forget()


def test_two_sets_are_there_without_any_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DLLAB_DATASETS", raising=False)
    mnist, letters = catalogue().entries.values()
    assert (mnist.id, mnist.train, mnist.test) == ("mnist", 60_000, 10_000)
    assert (letters.train, letters.test) == (5_000, 1_000)
    assert letters.classes == tuple("ABCDEFGHIJ")
    assert letters.labels[:10] == tuple(range(10))
    assert len(letters.images) == 12
    assert catalogue().refused == ()


def test_a_folder_brings_sets_and_says_what_is_none(folder: Path) -> None:
    write_pair(folder / "Traffic signs", "train", *images(150))
    write_pictures(folder / "one", ("alone",), 2)
    (folder / "letters").mkdir()
    (folder / "README.txt").write_text("which sets these are")
    found = catalogue()
    assert [entry.name for entry in found.entries.values()] == ["mnist", "letters", "traffic-signs"]
    assert found.refused == (
        "letters needs a name of its own, of letters and digits: rename it.",
        "one holds one class: there is nothing to tell apart, so add another one.",
    )
    signs = found.find("traffic-signs")
    assert found.find(signs.id) is signs
    assert signs.id == f"traffic-signs@{load(signs.id).digest}"
    assert class_names(signs.id)[:4] == ("0", "1", "2", "no class 3")


def test_a_link_can_name_only_what_is_here(folder: Path) -> None:
    write_pair(folder / "signs", "train", *images(150))
    known = catalogue()
    for text in ("../../etc", "/etc/passwd", "nothing@0123456789ab", str(folder / "signs"), ""):
        with pytest.raises(DataError, match="There is no set of images"):
            known.find(text)
    with pytest.raises(DataError, match="'signs' holds other images here than those that were meant: choose"):
        known.find("signs@0123456789ab")


def test_a_run_misses_a_set_that_has_gone_or_changed(folder: Path) -> None:
    write_pair(folder / "signs", "train", *images(150))
    begun = catalogue().find("signs").id
    forget()
    write_pair(folder / "signs", "train", *images(150, seed=1))
    with pytest.raises(DataError, match="'signs' holds other images here"):
        load(begun)
    shutil.rmtree(folder / "signs")
    forget()
    with pytest.raises(DataError, match="no set of images 'signs' on this computer: put it into the folder"):
        samples(begun, "test")
    assert class_names(begun) == class_names("mnist"), "numbers stand where no name is known"


def test_an_empty_or_missing_folder_is_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert catalogue().refused == (
        "The folder that DLLAB_DATASETS names is empty: put folders or zips of images there.",
    )
    monkeypatch.setenv("DLLAB_DATASETS", str(folder / "none"))
    assert catalogue().refused == (
        "DLLAB_DATASETS names a folder that cannot be read (No such file or directory): name another.",
    )
    assert len(catalogue().entries) == 2


def test_splits_do_not_overlap_and_hold_what_was_asked() -> None:
    letters = catalogue().find("letters").id
    splits = splits_of(letters, 4_000, 1_000)
    assert [len(part) for part in (splits.train, splits.val, splits.test)] == [4_000, 1_000, 1_000]
    order = order_of(letters)
    assert sorted(order.tolist()) == list(range(5_000))
    assert torch.equal(splits.train.images, load(letters).train.images[order[:4_000]])
    assert torch.equal(splits.val.images, load(letters).train.images[order[4_000:]])
    with pytest.raises(
        ConfigError, match=r"must be 5,000 together at most, as many as Letters has\. Got 5,001"
    ):
        splits_of(letters, 5_000, 1)


@pytest.mark.parametrize(
    ("asked", "held", "sizes"),
    [
        ((55_000, 5_000), 5_000, (4_167, 833)),
        ((12_000, 0), 5_000, (5_000, 0)),
        ((600, 100), 5_000, (600, 100)),
    ],
)
def test_sizes_shrink_to_what_there_is(asked: tuple[int, int], held: int, sizes: tuple[int, int]) -> None:
    assert fitting(*asked, held) == sizes


def test_names_are_fit_for_links() -> None:
    assert name_of("Fashion MNIST (2017).zip") == "fashion-mnist-2017"
    assert name_of("../..") == ""
