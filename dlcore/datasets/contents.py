"""The files of a folder or of a zip, by name, without unpacking anything."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from types import TracebackType

from dlcore.errors import DataError
from dlcore.zips import UNREADABLE, hidden, is_link, path_in

MOST_FILES = 100_000
MOST_GIGABYTES = 1.0  # of a set in all, as a zip unpacks to it


@dataclass(frozen=True)
class Contents:
    """Sizes in bytes by path, and what reads one of the paths. `name` is what the set's place is called.

    A zip stays open until it is closed, or left as a context: its list of entries is read once.
    """

    name: str
    sizes: Mapping[PurePosixPath, int]
    read: Callable[[PurePosixPath], bytes]
    close: Callable[[], None] = lambda: None

    def __enter__(self) -> Contents:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def contents_of(place: Path) -> Contents:
    """Of a folder, or of a zip. Raises DataError if somebody may not read it, or it leads elsewhere."""
    try:
        if place.is_symlink():
            raise DataError(f"{place.name} is a link to another place: put the images themselves there.")
        found = _zip(place) if place.suffix.lower() == ".zip" and place.is_file() else _folder(place)
    except OSError as error:
        raise _unreadable(place.name, error) from error
    try:
        _check_size(found)
    except DataError:
        found.close()
        raise
    return found


def _check_size(found: Contents) -> None:
    if len(found.sizes) > MOST_FILES:
        raise DataError(f"{found.name} holds over {MOST_FILES:,} files: take a part of them.")
    if sum(found.sizes.values()) > MOST_GIGABYTES * 1e9:
        raise DataError(
            f"{found.name} takes over {MOST_GIGABYTES:g} GB, unpacked: take a part of it, or make its "
            "pictures smaller."
        )


def _unreadable(name: str, error: OSError) -> DataError:
    return DataError(f"{name} cannot be read ({error.strerror}): allow the lab to read it, or take it away.")


def _folder(place: Path) -> Contents:
    sizes, links = dict[PurePosixPath, int](), list[PurePosixPath]()
    for folder, folders, files in os.walk(place, onerror=_raised):
        folders.sort()
        for name in sorted((*files, *folders)):
            path = Path(folder) / name
            relative = PurePosixPath(path.relative_to(place).as_posix())
            if hidden(relative):
                continue
            if path.is_symlink():
                links.append(relative)
            elif name in files and S_ISREG((found := path.stat()).st_mode):
                sizes[relative] = found.st_size
        folders[:] = [name for name in folders if not hidden(PurePosixPath(name))]
        if len(sizes) > MOST_FILES:
            break
    if links:
        raise DataError(f"{place.name}/{links[0]} is a link: put the file itself there.")
    return Contents(place.name, sizes, partial(_read_file, place))


def _raised(error: OSError) -> None:
    raise error


def _read_file(place: Path, path: PurePosixPath) -> bytes:
    try:
        return (place / path).read_bytes()
    except OSError as error:
        raise _unreadable(f"{place.name}/{path}", error) from error


def _zip(place: Path) -> Contents:
    """Its sizes are those that it says it unpacks to, and more than these is never unpacked."""
    damaged = DataError(f"{place.name} is damaged or locked: zip its folders anew.")
    with ExitStack() as opened:
        try:
            file = opened.enter_context(zipfile.ZipFile(place))
        except UNREADABLE as error:
            if isinstance(error, OSError) and error.errno:
                raise
            raise damaged from error
        found = _entries(place.name, file)
        close = opened.pop_all().close

    def read(path: PurePosixPath) -> bytes:
        try:
            return file.read(found[path])
        except UNREADABLE as error:
            raise damaged from error

    sizes = {path: entry.file_size for path, entry in sorted(found.items()) if not hidden(path)}
    return Contents(place.name, sizes, read, close)


def _entries(name: str, file: zipfile.ZipFile) -> Mapping[PurePosixPath, zipfile.ZipInfo]:
    """Its files by path. Raises DataError if one of them lies nowhere, outside, or elsewhere."""
    found = {path_in(entry): entry for entry in file.infolist() if not entry.filename.endswith("/")}
    for path, entry in found.items():
        if not path.parts:
            raise DataError(f"{name} holds a file without a name: zip its folders anew.")
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise DataError(f"{name} holds a path that leads out of it: zip its folders anew.")
        if is_link(entry):
            raise DataError(f"{name}/{path} is a link: put the file itself there.")
    return found
