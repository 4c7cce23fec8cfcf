"""No other account of this machine may look: folders of 0700, files of 0600, whatever the umask says."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

FOLDER, FILE = 0o700, 0o600
OTHERS = 0o077

log = logging.getLogger(__name__)


def private_folder(folder: Path) -> None:
    """Make it and its missing parents, for this account only. What is there stays as it is."""
    if not folder.is_dir():
        private_folder(folder.parent)
        folder.mkdir(FOLDER, exist_ok=True)


def make_run_folder(folder: Path) -> None:
    """A run's folder, and the one of all runs: never the data folder, whose loss must be noticed.

    Raises OSError.
    """
    for level in (folder.parent, folder):
        level.mkdir(FOLDER, exist_ok=True)


def open_private(path: Path) -> BinaryIO:
    """A new file, or an old one emptied, to write into."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE), "wb")


def private_file(path: Path) -> None:
    """Have a file there, for this account only. What somebody made meanwhile stays as it is."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, FILE))


def make_private(folder: Path, depth: int = 2) -> None:
    """Close what an earlier version left open, down to the folders of single runs.

    The data folder first: nobody gets past it to what cannot be closed. The folder of a run is closed after
    all that is in it; so one that is closed need not be looked through again.
    """
    if os.name != "posix":
        return
    refused = []
    try:
        _close(folder, FOLDER)
    except OSError as error:
        refused.append(error)
    refused += _close_below(folder, depth)
    if refused:
        log.warning(
            "%d files or folders stay open to other accounts of this machine, among them %s: %s",
            len(refused),
            refused[0].filename,
            refused[0].strerror,
        )


def _close_below(folder: Path, depth: int) -> Iterator[OSError]:
    """Close what is in a folder, each by itself; tells why something could not be closed."""
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except OSError as error:
        yield error
        return
    for entry in found:
        try:
            yield from _close_entry(entry, depth)
        except FileNotFoundError:  # a part that has got its name meanwhile
            continue
        except OSError as error:
            yield error


def _close_entry(entry: os.DirEntry[str], depth: int) -> Iterator[OSError]:
    path = Path(entry.path)
    if entry.is_file(follow_symlinks=False):
        _close(path, FILE)
    elif entry.is_dir(follow_symlinks=False) and (depth > 1 or _is_open(path)):
        yield from _close_below(path, depth - 1)
        _close(path, FOLDER)


def _close(path: Path, mode: int) -> None:
    if _is_open(path):
        path.chmod(mode)


def _is_open(path: Path) -> bool:
    return bool(path.lstat().st_mode & OTHERS)
