"""Files on the disk, each under its sha256: found again, checked, and bounded in all.

They can be made, or fetched, again at any time. So the folder forgets what was used longest ago.
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from dlcore.errors import ExportError
from dlcore.runs.storage.private import FOLDER, open_private

LIMIT = 300_000_000  # bytes: a class of sixty with all files of a small net
WRITING_SECONDS = 60.0  # a part older than this was left by a process that died


@dataclass(frozen=True)
class Kept:
    """The folder. It is made when something comes into it."""

    folder: Path
    limit: int = LIMIT

    def keep(self, content: bytes) -> str:
        """Write it, unless it is there, and return its digest. Raises OSError if the disk refuses.

        The folder above must be there: if the data folder is gone, people must notice.
        """
        digest = hashlib.sha256(content).hexdigest()
        self.folder.mkdir(FOLDER, exist_ok=True)
        if not self.has(digest):
            self.make_room(len(content))
            part = self.folder / f"{digest}.{os.getpid()}.part"
            try:
                with open_private(part) as file:
                    file.write(content)
                os.replace(part, self._path(digest))
            finally:
                part.unlink(missing_ok=True)
        return digest

    def has(self, digest: str) -> bool:
        """Is it there? Then it stays a while longer."""
        try:
            os.utime(self._path(digest))
        except OSError:
            return False
        return True

    def read(self, digest: str) -> bytes:
        """The file of that digest. Raises ExportError if it has gone or is damaged."""
        try:
            content = self._path(digest).read_bytes()
        except OSError as error:
            raise ExportError("This file has gone meanwhile: reload the page to make it anew.") from error
        if hashlib.sha256(content).hexdigest() != digest:
            self._path(digest).unlink(missing_ok=True)
            raise ExportError("This file was damaged on the disk: reload the page to make it anew.")
        return content

    def _path(self, digest: str) -> Path:
        return self.folder / digest

    def make_room(self, size: int = 0) -> None:
        """Forget what was used longest ago, until `size` more bytes fit."""
        found = []
        for entry in os.scandir(self.folder) if self.folder.is_dir() else ():
            try:
                about = entry.stat()
            except FileNotFoundError:
                continue
            writing = entry.name.endswith(".part") and time.time() - about.st_mtime < WRITING_SECONDS
            if writing:
                continue  # another process is at it
            found.append((about.st_mtime, about.st_size, Path(entry.path)))
        room = self.limit - size - sum(size for _, size, _ in found)
        for _, freed, path in sorted(found):
            if room >= 0:
                return
            path.unlink(missing_ok=True)
            room += freed
