"""No other account of this machine may look: folders of 0700, files of 0600, whatever the umask says."""

from __future__ import annotations

import logging
import os
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

    A folder is closed after all that is in it; so one that is closed, and lies deep enough, need not be
    looked through again.
    """
    if os.name != "posix":
        return
    try:
        _close(folder, depth)
    except OSError as error:
        log.warning("%s stays open to other accounts of this machine: %s", error.filename, error.strerror)


def _close(folder: Path, depth: int) -> None:
    is_open = folder.stat().st_mode & OTHERS
    if not is_open and depth <= 0:
        return
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            _close(Path(entry.path), depth - 1)
        elif entry.is_file(follow_symlinks=False) and _mode(entry) & OTHERS:
            Path(entry.path).chmod(FILE)
    if is_open:
        folder.chmod(FOLDER)


def _mode(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_mode
    except FileNotFoundError:  # a part that has got its name meanwhile
        return 0
