"""Which sets there are: by name and digest; what cannot be had is said, and hides none of the others."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from dlcore.datasets import catalogue as catalogues
from dlcore.datasets.catalogue import catalogue, class_names, count_classes, load, name_of, samples
from dlcore.datasets.splits import fitting, order_of, splits_of
from dlcore.errors import ConfigError, DataError
from dlcore.runs.jobs.mnist import watched, watched_samples
from tests.dlcore.datasets.sets import forget, images, write_pair, write_pictures


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


@pytest.mark.parametrize("entry", [".", "", "\0hidden", "./"])
def test_one_odd_zip_takes_no_other_set_away(entry: str, folder: Path) -> None:
    write_pair(folder / "signs", "train", *images(150))
    with zipfile.ZipFile(folder / "odd.zip", "w") as file:
        file.writestr(zipfile.ZipInfo("x"), b"")
        file.filelist[0].filename = entry
    found = catalogue()
    assert [entry.name for entry in found.entries.values()] == ["mnist", "letters", "signs"]
    (why,) = found.refused
    assert why.startswith("odd.zip holds ")


def test_what_nobody_foresaw_of_one_set_is_a_sentence_and_logged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write_pair(folder / "signs", "train", *images(150))
    write_pair(folder / "worse", "train", *images(150))
    read = catalogues.read_dataset

    def stumbles(contents: Any, name: str) -> Any:
        if name == "worse":
            raise IndexError("tuple index out of range")
        return read(contents, name)

    monkeypatch.setattr(catalogues, "read_dataset", stumbles)
    found = catalogue()
    assert "signs" in [entry.name for entry in found.entries.values()]
    assert found.refused == ("worse cannot be read: make it anew, or take it away.",)
    assert "IndexError" in caplog.text


def test_a_folder_that_lets_nobody_in_is_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("signs", "shut"):
        write_pair(folder / name, "train", *images(150))
    is_file, is_symlink = Path.is_file, Path.is_symlink

    def asked(of: Any) -> Any:
        def asks(path: Path) -> bool:
            if path.name == "shut":
                raise PermissionError(13, "Permission denied")
            return bool(of(path))

        return asks

    monkeypatch.setattr(Path, "is_symlink", asked(is_symlink))
    why = ("shut cannot be read (Permission denied): allow the lab to read it, or take it away.",)
    assert catalogue().refused == why
    forget()
    monkeypatch.setattr(Path, "is_file", asked(is_file))
    assert catalogue().refused == why
    assert "signs" in [entry.name for entry in catalogue().entries.values()]


def test_what_a_page_asks_in_every_tick_reads_no_set_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        write_pair(folder / f"set {number}", "train", *images(150, seed=number))
    monkeypatch.setattr(catalogues, "KEPT_BYTES", 0)
    ids = list(catalogue().entries)[2:]
    assert len(ids) == 5
    (kept,) = catalogues._kept._sets.values()
    assert kept.id == ids[-1], "the last one is at hand, however large"
    monkeypatch.setattr(catalogues, "read_dataset", lambda *_: pytest.fail("it was read again"))
    for dataset in ids:
        assert count_classes(dataset) == 3
        assert class_names(dataset)[:3] == ("0", "1", "2")
        asked = watched_samples(dataset)
        assert len(asked) == len(watched(dataset)) == 12
    assert torch.equal(asked.images, kept.test.images[list(kept.watched)])
    assert torch.equal(asked.labels, kept.test.labels[list(kept.watched)])


def test_sets_are_kept_by_their_bytes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        write_pair(folder / f"set {number}", "train", *images(150, seed=number))
    monkeypatch.setattr(catalogues, "KEPT_BYTES", 3 * 150 * (28 * 28 + 8))
    ids = list(catalogue().entries)[2:]
    assert [kept.id for kept in catalogues._kept._sets.values()] == ids[1:]
    load(ids[1])
    load(ids[0])
    assert [kept.id for kept in catalogues._kept._sets.values()] == [ids[3], ids[1], ids[0]]


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
