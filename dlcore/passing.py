"""Folders for as long as a process needs them: what a killed one left goes when the next makes its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

PREFIX = "dllab"


def passing_folder(what: str) -> Path:
    """A new folder among the system's temporary ones, for this account only. Raises OSError."""
    forget_left()
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}-{what}-{os.getpid()}-"))


@contextmanager
def within_passing_folder(what: str) -> Iterator[Path]:
    """The same, gone after the `with`. Raises OSError."""
    folder = passing_folder(what)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def forget_left() -> None:
    """Those of processes that have ended. What cannot be deleted, as another account's, stays."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}-*-*-*"):
        number = folder.name.split("-")[2]
        if number.isdecimal() and not psutil.pid_exists(int(number)):
            shutil.rmtree(folder, ignore_errors=True)
