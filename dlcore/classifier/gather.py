"""Files and zips from somebody's computer become pictures with labels; what cannot be used says why.

A zip's folders are the classes. Nothing of it is ever written to a disk under a name of its own, so a path
that climbs, a link or a device leads nowhere; what it unpacks to is counted while it is read.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from dlcore.classifier.pictures import picture_of
from dlcore.classifier.project import Picture
from dlcore.errors import UploadError
from dlcore.events import Stage
from dlcore.vision.pictures import ENDINGS, MAX_MEGABYTES
from dlcore.zips import UNREADABLE, hidden, is_link, path_in, shown_name

MOST, MOST_CLASSES = 400, 12  # pictures, classes of a collection
MOST_BYTES = 8_000_000  # of all pictures as they are kept
MOST_ENTRIES = 2_000  # of a zip, pictures or not
UNPACKED_MEGABYTES = 400  # of a zip in all
EXPECTED = 100  # pictures, for the bar: a zip says too late how many it has

_NOT_OPENED = "It is no picture that your browser can open: save it as a JPEG."
_TOO_MANY = (
    f"A collection holds at most {MOST} pictures: take a part of them, 20 of each class are often enough."
)


@dataclass(frozen=True)
class Given:
    """A file as somebody gave it. A zip brings classes of its own."""

    name: str
    content: bytes
    label: str


@dataclass(frozen=True)
class Refused:
    """A file that could not be used, and the sentence that says why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Gathered:
    """What came of some files, in their order."""

    pictures: tuple[Picture, ...]
    refused: tuple[Refused, ...]


def iter_gathered(files: Sequence[Given]) -> Iterator[Stage | Gathered]:
    """The last event is Gathered.

    Raises UploadError if there is no picture among them, or there are too many; then nothing is taken.
    """
    pictures, refused, called = list[Picture](), list[Refused](), dict[str, str]()
    for name, content, where in _iter_files(files):
        if len(pictures) == MOST:
            raise UploadError(_TOO_MANY)
        try:
            if not content:
                raise UploadError(_NOT_OPENED)
            label = label_of(where)
            pictures.append(picture_of(content, name, label))
        except UploadError as error:
            refused.append(Refused(name, str(error)))
        else:
            if called.setdefault(label, where.strip()) != where.strip():
                raise UploadError(f'Two folders would both be called "{label}": give them shorter names.')
        if sum(len(picture.webp) for picture in pictures) > MOST_BYTES:
            raise UploadError(_TOO_MANY)
        yield Stage(min(len(pictures) / EXPECTED, 0.95), f"Opening picture {len(pictures) + len(refused)}")
    if not pictures:
        reason = refused[0].reason if refused else "There is no picture in it: use JPEG, PNG or WebP files."
        raise UploadError(reason)
    yield Gathered(tuple(pictures), tuple(refused))


def together(before: Sequence[Picture], new: Sequence[Picture]) -> tuple[Picture, ...]:
    """Raises UploadError if they are too many, or of too many classes."""
    found = (*before, *new)
    if len(found) > MOST:
        raise UploadError(_TOO_MANY)
    if (count := len({picture.label for picture in found})) > MOST_CLASSES:
        raise UploadError(f"These are {count} classes: at most {MOST_CLASSES} can be told apart here.")
    return found


def label_of(text: str) -> str:
    """A class' name as it can be shown and written. Raises UploadError if nothing of it is left."""
    label = shown_name(text)
    if not label:
        raise UploadError("Name the class: letters, digits and spaces.")
    return label


def _iter_files(files: Sequence[Given]) -> Iterator[tuple[str, bytes, str]]:
    """Name, content and class of each file, those in zips too."""
    for one in files:
        if zipfile.is_zipfile(io.BytesIO(one.content)) and not one.name.lower().endswith(tuple(ENDINGS)):
            yield from _iter_zip(one.name, one.content)
        elif one.name.lower().endswith(".zip"):
            raise UploadError(f"{one.name[:80]} is damaged or no zip: zip the folders anew.")
        else:
            yield PurePosixPath(one.name.replace("\\", "/")).name[:80], one.content, one.label


def _iter_zip(name: str, content: bytes) -> Iterator[tuple[str, bytes, str]]:
    """Pictures of a zip with the folder that each lies in. Raises UploadError if it cannot be used."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            entries = [entry for entry in file.infolist() if _wanted(entry)]
            if len(file.infolist()) > MOST_ENTRIES or len(entries) > MOST:
                raise UploadError(_TOO_MANY)
            if sum(entry.file_size for entry in entries) > UNPACKED_MEGABYTES * 1_000_000:
                raise UploadError(f"This zip unpacks to over {UNPACKED_MEGABYTES} MB: take a part of it.")
            for entry in entries:
                path = path_in(entry)
                if path.parent.name in ("", "..", "."):
                    raise UploadError("The folders of a zip are its classes: put the pictures into folders.")
                yield path.name[:80], _content(file, entry), path.parent.name
    except UNREADABLE as error:
        raise UploadError(f"{name[:80]} is damaged or locked: zip the folders anew.") from error


def _wanted(entry: zipfile.ZipInfo) -> bool:
    """A picture's name, and no link; what systems put beside it, hidden, is not meant."""
    path = path_in(entry)
    picture = path.suffix.lower() in ENDINGS and not hidden(path)
    return picture and not entry.is_dir() and not is_link(entry)


def _content(file: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """What an entry unpacks to, whatever its header says: never more than one picture may have."""
    with file.open(entry) as packed:
        return packed.read(MAX_MEGABYTES * 1_000_000 + 1)
