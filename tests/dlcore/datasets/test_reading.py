"""A folder or a zip becomes a set, or one sentence says which place is wrong and how to mend it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dlcore.datasets.contents import contents_of
from dlcore.datasets.dataset import Dataset
from dlcore.datasets.idx import idx_zip
from dlcore.datasets.reading import read_dataset
from dlcore.errors import DataError
from tests.dlcore.datasets.sets import idx, images, write_pair, write_pictures, zipped


def read(place: Path) -> Dataset:
    return read_dataset(contents_of(place), "mine")


def test_a_pair_of_files_gives_a_sixth_to_test_with(tmp_path: Path) -> None:
    found = read(write_pair(tmp_path / "my_signs", "train", *images(180)))
    assert (found.title, found.classes) == ("My signs", ("0", "1", "2"))
    assert (len(found.train), len(found.test)) == (150, 30)
    assert found.test.labels.bincount().tolist() == [10, 10, 10]
    assert "Every sixth image" in found.about


def test_two_pairs_and_names_of_classes(tmp_path: Path) -> None:
    folder = write_pair(tmp_path / "signs", "train", *images(150))
    write_pair(folder, "t10k", *images(30, seed=1))
    (folder / "classes.txt").write_text("Stop\nGo <b>\n Way\n")
    found = read(folder)
    assert found.classes == ("Stop", "Go b", "Way")
    assert (len(found.train), len(found.test), found.about) == (150, 30, "")
    assert found.watched[:3] == (0, 1, 2)
    assert found.watched == tuple(range(12))


def test_pictures_on_paper_become_ink_on_black_and_a_zip_is_the_same_set(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "shapes", ("circle", "line"), 72, "RGBA")
    found = read(folder)
    assert found.classes == ("circle", "line")
    assert found.train.images.shape == (120, 1, 28, 28)
    assert found.train.images[:, :, 0].max() == 0, "paper is 0, also what makes a picture a square"
    assert found.train.images.max() > 200
    assert "light paper made dark" in found.about
    assert read(zipped(folder)).digest == found.digest


def test_dark_pictures_stay_as_they_are_and_a_test_folder_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "lights"
    write_pictures(folder / "train", ("on", "off"), 60, "L", paper=0)
    write_pictures(folder / "test", ("on", "off"), 10, "L", paper=0)
    found = read(folder)
    assert (len(found.train), len(found.test)) == (120, 20)
    assert found.about == "Pictures, each made grey and 28×28."


def test_another_label_or_name_is_another_digest(tmp_path: Path) -> None:
    pixels, labels = images(150)
    first = read(write_pair(tmp_path / "a", "train", pixels, labels)).digest
    assert read(write_pair(tmp_path / "b", "train", pixels, labels)).digest == first
    labels[0] = 2
    assert read(write_pair(tmp_path / "c", "train", pixels, labels)).digest != first
    (tmp_path / "a" / "classes.txt").write_text("x\ny\nz\n")
    assert read(tmp_path / "a").digest != first


def test_a_number_of_images_turns_none(tmp_path: Path) -> None:
    pixels, labels = images(40_000)
    folder = write_pair(tmp_path / "signs", "train", pixels, labels)
    write_pair(folder, "t10k", *images(1_000, seed=1))
    (folder / "classes.txt").write_text("Stop\nGo\nWay\n")
    for found in (read(folder), (folder / "classes.txt").unlink() or read(folder)):
        assert (found.title, found.about) == ("Signs", "")
        assert np.array_equal(found.train.images[:, 0].numpy(), pixels)
        assert np.array_equal(found.test.images[:, 0].numpy(), images(1_000, seed=1)[0])


def test_emnist_leaves_upright_and_comes_back_upright(tmp_path: Path) -> None:
    pixels, labels = images(40_000)
    pixels[:, 0] = 255  # a line at the top, which lies to the left once it is turned
    folder = write_pair(tmp_path / "digits", "emnist-digits-train", pixels.transpose(0, 2, 1), labels)
    write_pair(folder, "emnist-digits-test", pixels[:100].transpose(0, 2, 1), labels[:100])
    found = read(folder)
    assert found.title == "EMNIST Digits"
    assert found.about == "Its files hold them transposed; here they stand upright."
    assert np.array_equal(found.test.images[:, 0].numpy(), pixels[:100])
    (tmp_path / "emnist-digits.zip").write_bytes(idx_zip(found))
    again = read(tmp_path / "emnist-digits.zip")
    assert again.digest == found.digest


# --- What cannot be used -------------------------------------------------------------------------


def letters(folder: Path) -> None:
    write_pair(folder, "train", *images(260, 26))


def from_one(folder: Path) -> None:
    write_pair(folder, "train", *images(150, first=1))


def one_class(folder: Path) -> None:
    write_pictures(folder, ("only",), 150)


def eleven(folder: Path) -> None:
    write_pictures(folder, tuple("abcdefghijk"), 2)


def labels_as_text(folder: Path) -> None:
    pixels, _ = images(150)
    write_pair(folder, "train", pixels, pixels[:, 0, 0])
    (folder / "train-labels-idx1-ubyte").write_bytes(b"cat\ndog\n" * 75)


def four_channels(folder: Path) -> None:
    pixels, labels = images(150)
    write_pair(folder, "train", pixels, labels)
    coloured = np.repeat(pixels[..., None], 4, axis=-1)
    (folder / "train-images-idx3-ubyte").write_bytes(idx(coloured))


def too_few(folder: Path) -> None:
    write_pair(folder, "train", *images(60))


def nothing(folder: Path) -> None:
    folder.mkdir()


def loose(folder: Path) -> None:
    write_pictures(folder, ("a", "b"), 2)
    (folder / "a" / "000.png").rename(folder / "000.png")


def damaged(folder: Path) -> None:
    write_pictures(folder, ("a", "b"), 2)
    (folder / "b" / "001.png").write_bytes(b"no picture")


def link_out(folder: Path) -> None:
    write_pictures(folder, ("a", "b"), 2)
    (folder / "b" / "passwords.png").symlink_to("/etc/passwd")


def linked_folder(folder: Path) -> None:
    write_pictures(folder.parent / "elsewhere", ("a", "b"), 2)
    folder.symlink_to(folder.parent / "elsewhere")


def two_of_one_name(folder: Path) -> None:
    write_pictures(folder, ("a*b", "a b"), 2)


def several(folder: Path) -> None:
    write_pair(folder / "one", "train", *images(150))
    write_pair(folder / "two", "train", *images(150))


def turned_by_half(folder: Path) -> None:
    write_pair(folder, "emnist-digits-train", *images(150))
    write_pair(folder, "t10k", *images(30))


def no_class(folder: Path) -> None:
    write_pictures(folder, ("No class 3", "b"), 2)


BAD: list[tuple[Callable[[Path], None], str]] = [
    (
        letters,
        r"mine \(Unknown images\) has labels up to 25, and a network here tells 10 classes apart: keep",
    ),
    (from_one, "mine counts its labels from 1 to 3: count them from 0"),
    (one_class, "mine holds one class: there is nothing to tell apart, so add another"),
    (eleven, "mine holds 11 classes, and a network here tells 10 apart"),
    (labels_as_text, "mine: train-labels-idx1-ubyte is not in MNIST's format: give"),
    (four_channels, "mine: train-images-idx3-ubyte is not in MNIST's format: give"),
    (too_few, "mine holds 51 images to learn from; 120 are needed: add some"),
    (nothing, "mine holds neither files in MNIST's format .* nor folders of pictures: put one"),
    (loose, "mine has pictures in no folder: put each into a folder named as its class"),
    (damaged, r"mine/b/001\.png: This file is not a readable picture; use"),
    (link_out, r"mine/b/passwords\.png is a link: put the file itself there"),
    (linked_folder, "mine is a link to another place: put the images themselves there"),
    (two_of_one_name, "mine has two classes of one name, or one without: name them"),
    (turned_by_half, "mine holds EMNIST Digits to learn from and Unknown images to test with: give all four"),
    (no_class, 'mine has a class whose name begins with "no class": name it another way'),
    (several, "mine holds such files in several folders: make each a set of its own"),
]


@pytest.mark.parametrize(("write", "sentence"), BAD, ids=[write.__name__ for write, _ in BAD])
def test_a_bad_set_is_one_sentence(write: Callable[[Path], None], sentence: str, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    write(folder)
    before = sorted(path for path in tmp_path.rglob("*"))
    with pytest.raises(DataError, match=sentence) as raised:
        read(folder)
    assert str(tmp_path) not in str(raised.value), "where it lies is nobody's business in a browser"
    assert str(raised.value).endswith((".", "MNIST's format"))
    assert sorted(path for path in tmp_path.rglob("*")) == before, "nothing half-made stays"


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    folder = write_pair(tmp_path / "mine", "train", *images(150))
    found = contents_of(folder)
    (folder / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match=r"mine/train-labels-idx1-ubyte cannot be read \(No such file"):
        read_dataset(found, "mine")


# --- Zips ----------------------------------------------------------------------------------------


def test_a_zip_that_unpacks_to_gigabytes_is_refused_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "bomb.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as file, file.open("a/0.png", "w") as entry:
        for _ in range(110):
            entry.write(bytes(10_000_000))
    assert place.stat().st_size < 2_000_000
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(DataError, match=r"bomb\.zip takes over 1 GB, unpacked: take a part"):
        contents_of(place)


@pytest.mark.parametrize("path", ["../../out/0.png", "/etc/0.png", "C:\\out\\0.png", "a/../../0.png"])
def test_a_path_that_climbs_is_refused(path: str, tmp_path: Path) -> None:
    place = tmp_path / "climbs.zip"
    with zipfile.ZipFile(place, "w") as file:
        file.writestr(path, b"x")
    with pytest.raises(DataError, match=r"climbs\.zip holds a path that leads out of it: zip its folders"):
        contents_of(place)


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "links.zip"
    entry = zipfile.ZipInfo("a/0.png")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(place, "w") as file:
        file.writestr(entry, b"/etc/passwd")
    with pytest.raises(DataError, match=r"links\.zip/a/0\.png is a link"):
        contents_of(place)


def test_a_damaged_zip_says_so(tmp_path: Path) -> None:
    place = zipped(write_pictures(tmp_path / "shapes", ("a", "b"), 80))
    content = bytearray(place.read_bytes())
    content[200:260] = bytes(60)
    place.write_bytes(content)
    with pytest.raises(DataError, match=r"shapes-zipped\.zip is damaged or locked: zip its folders anew"):
        read(place)
    place.write_bytes(b"PK no zip at all")
    with pytest.raises(DataError, match="is damaged or locked"):
        contents_of(place)


def test_a_zip_is_opened_once_while_a_set_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = zipped(write_pictures(tmp_path / "shapes", ("a", "b"), 75))
    opened, begin = list[object](), zipfile.ZipFile.__init__

    def counted(self: zipfile.ZipFile, *arguments: object, **more: object) -> None:
        opened.append(self)
        begin(self, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(zipfile.ZipFile, "__init__", counted)
    with contents_of(place) as contents:
        read_dataset(contents, "mine")
    (file,) = opened
    assert file.fp is None, "and shut after"  # type: ignore[attr-defined]
