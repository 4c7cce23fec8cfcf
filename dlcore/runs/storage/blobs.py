"""Weights in an object store, where DLLAB_BLOBS names one: any number of servers read and write them.

A checkpoint's three files are three blobs, `runs/<run>/<file>.<sha256 of its weights>.<ending>`. So a blob
never changes, and a process that was taken for gone cannot write over what another one has written. What was
read or written lately is in the data folder too, under its sha256; what was used longest ago goes from there.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import secrets
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from dlcore.errors import BlobError, CheckpointError, ConfigError, ExportError
from dlcore.run import Checkpoint
from dlcore.runs.storage.kept import Kept

VARIABLE = "DLLAB_BLOBS"
CACHE = "blobs"  # the folder in the data folder
WEIGHTS, ABOUT, STATE = ".safetensors", ".json", ".state"
MARK = "lab"  # lies in every store of ours
NAME = re.compile(r"(epoch-(\d+)-step-(\d+))\.([0-9a-f]{64})\.safetensors")
KNOWN_SECONDS = 10.0  # that what lies there is not asked for again
AGAIN_SECONDS = 5.0  # that a store which has refused is left in peace
MOST_DESCRIPTIONS = 512  # in memory

log = logging.getLogger(__name__)


def blobs_of(folder: Path) -> Blobs | None:
    """Where the weights of the run with this folder are kept; None: in the folder itself.

    Raises BlobError if what the variable says makes no sense.
    """
    url = os.environ.get(VARIABLE)
    return _of(url, folder.parent.parent) if url else None


def _of(url: str, data: Path) -> Blobs | None:
    # Imported here: nobody else needs fsspec, and a worker no database.
    from dlcore.runs.storage.folder import data_folder

    return _opened(url, data, os.getpid()) if data == data_folder() else None


@lru_cache(maxsize=8)
def _opened(url: str, data: Path, pid: int) -> Blobs:
    """Once in a process: connections do not outlive a fork."""
    from dlcore.runs.storage.disk import USUAL_LIMIT, limit_bytes

    try:
        limit = limit_bytes()
    except ConfigError:  # whoever starts the lab is told
        limit = USUAL_LIMIT
    return Blobs(url, Kept(data / CACHE, limit))


def blob_name(checkpoint: Checkpoint, ending: str) -> str:
    return f"{checkpoint.path.stem}.{checkpoint.digest}{ending}"


class Blobs:
    """The blobs of all runs. Any thread may call. Raises BlobError, with the way out, if the store refuses.

    `trouble` says why it last did, in a sentence; "" if all is well.
    """

    def __init__(self, url: str, cache: Kept) -> None:
        # Imported here, since it needs fsspec.
        from dlcore.runs.storage.blob_address import open_files

        self._files, self._root, self._puts_whole = open_files(url)
        self.cache = cache
        self.trouble = ""
        self.untidy: set[str] = set()  # runs of which something could not be removed
        self._again = 0.0  # when the store may be asked again
        self._names: dict[str, tuple[float, frozenset[str]]] = {}  # by run: since when, what lies there
        self._descriptions: dict[str, bytes] = {}

    def check(self) -> None:
        """Can it be used? It must be there and writable; one that is only full may be read and tidied."""
        from dlcore.runs.storage.blob_address import FREE_ROOM

        try:
            with self._asking():
                self._look_for_root()
                self._files.pipe_file(f"{self._root}/{MARK}", b"Weights of the Deep Learning Lab.\n")
        except BlobError as error:
            if FREE_ROOM not in str(error):
                raise

    def look(self) -> None:
        """Is it over, what troubled it?"""
        if self.trouble and time.monotonic() >= self._again:
            with suppress(BlobError):
                self.check()

    # --- one checkpoint ---------------------------------------------------------------------------

    def put(self, checkpoint: Checkpoint, ending: str, content: bytes) -> None:
        """Whole or not at all. Here it is remembered too, if the disk has room."""
        run_id = checkpoint.path.parent.name
        target = f"{self._folder(run_id)}/{blob_name(checkpoint, ending)}"
        with self._asking():
            if self._puts_whole:
                self._files.pipe_file(target, content)
            else:
                self._put_beside(target, content)
        self._names.pop(run_id, None)
        if ending != ABOUT:
            self._remember(content)

    def _put_beside(self, target: str, content: bytes) -> None:
        part = f"{target}.{secrets.token_hex(4)}.part"
        self._look_for_root()
        self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
        try:
            self._files.pipe_file(part, content)
            self._files.mv(part, target)
        except BaseException:
            with suppress(OSError):  # half a blob would fill a full store for good
                self._files.rm_file(part)
            raise

    def _look_for_root(self) -> None:
        """A folder that is gone, as of a disk that is mounted no more, is not made anew."""
        if not self._puts_whole and not self._files.isdir(self._root):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    def get(self, checkpoint: Checkpoint, ending: str, digest: str) -> bytes:
        """The weights or the state, of this sha256.

        Raises FileNotFoundError if they are gone, CheckpointError if they are damaged.
        """
        with suppress(ExportError):
            if self.cache.has(digest):
                return self.cache.read(digest)
        content = self._fetch(checkpoint, ending)
        if sha256(content).hexdigest() != digest:
            raise CheckpointError(
                f"The checkpoint {checkpoint.path.name} is damaged in the store of {VARIABLE}: "
                "choose another one."
            )
        self._remember(content)
        return content

    def description(self, checkpoint: Checkpoint) -> bytes:
        """The JSON. Raises FileNotFoundError if it is gone."""
        if (known := self._descriptions.get(checkpoint.digest)) is None:
            known = self._fetch(checkpoint, ABOUT)
            if len(self._descriptions) >= MOST_DESCRIPTIONS:
                self._descriptions.clear()
            self._descriptions[checkpoint.digest] = known
        return known

    def _fetch(self, checkpoint: Checkpoint, ending: str) -> bytes:
        target = f"{self._folder(checkpoint.path.parent.name)}/{blob_name(checkpoint, ending)}"
        try:
            with self._asking(may_lack=True):
                return bytes(self._files.cat_file(target))
        except FileNotFoundError as error:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), target) from error

    def _remember(self, content: bytes) -> None:
        try:
            self.cache.keep(content)
        except OSError as error:
            log.warning("weights are not remembered in %s: %s", self.cache.folder, error.strerror)

    # --- what is there ------------------------------------------------------------------------------

    def has(self, checkpoint: Checkpoint, ending: str = WEIGHTS) -> bool:
        """Is it there, as far as is known? No error: while the store refuses, only what is here too is."""
        try:
            return blob_name(checkpoint, ending) in self.names(checkpoint.path.parent.name)
        except BlobError:
            return ending == WEIGHTS and self.cache.has(checkpoint.digest)

    def names(self, run_id: str, *, anew: bool = False) -> frozenset[str]:
        """What lies there of a run, as it was at most KNOWN_SECONDS ago, or now."""
        since, found = self._names.get(run_id, (0.0, frozenset[str]()))
        if anew or not since or time.monotonic() - since > KNOWN_SECONDS:
            since, found = time.monotonic(), self._listed(self._folder(run_id))
            if len(self._names) >= MOST_DESCRIPTIONS:
                self._names.clear()
            self._names[run_id] = since, found
        return found

    def changed(self, run_id: str) -> None:
        """Another process has just put something there."""
        self._names.pop(run_id, None)

    def runs(self) -> frozenset[str]:
        """The ids of all runs of which something lies there."""
        return self._listed(f"{self._root}/runs")

    def checkpoints(self, folder: Path) -> list[Checkpoint]:
        """Whose weights and description lie there, of the run with this folder; of each step one."""
        found, names = {}, self.names(folder.name, anew=True)
        for match in filter(None, map(NAME.fullmatch, sorted(names))):
            stem, epoch, step, digest = match.groups()
            checkpoint = Checkpoint(folder / f"{stem}{WEIGHTS}", digest, int(epoch), int(step))
            if blob_name(checkpoint, ABOUT) in names:
                found[checkpoint.step] = checkpoint
        return list(found.values())

    def _listed(self, folder: str) -> frozenset[str]:
        try:
            with self._asking(may_lack=True):
                self._files.invalidate_cache()
                found = self._files.ls(folder, detail=False)
        except FileNotFoundError:
            return frozenset()
        return frozenset(name.rstrip("/").rpartition("/")[2] for name in found)

    # --- what goes ------------------------------------------------------------------------------------

    def forget(
        self, checkpoints: Iterable[Checkpoint], endings: Collection[str], *, anew: bool = True
    ) -> None:
        """Remove these blobs of checkpoints. No error: what cannot be removed now is swept later.

        Not `anew`, what lies there was asked for just now.
        """
        by_run: dict[str, set[str]] = {}
        for checkpoint in checkpoints:
            names = by_run.setdefault(checkpoint.path.parent.name, set())
            names.update(blob_name(checkpoint, ending) for ending in endings)
        for run_id, names in by_run.items():
            with suppress(BlobError):
                self.remove(run_id, names & self.names(run_id, anew=anew))
                continue
            self.untidy.add(run_id)

    def remove(self, run_id: str, names: Collection[str]) -> None:
        """Remove blobs of a run by their names."""
        if names:
            self._remove(run_id, [f"{self._folder(run_id)}/{name}" for name in sorted(names)])

    def remove_run(self, run_id: str) -> None:
        """Remove all blobs of a run."""
        if self.names(run_id, anew=True):
            self._remove(run_id, [self._folder(run_id)], recursive=True)

    def _remove(self, run_id: str, paths: list[str], *, recursive: bool = False) -> None:
        try:
            with self._asking(may_lack=True):
                self._files.rm(paths, recursive=recursive)
        except FileNotFoundError:  # another server was faster
            log.info("blobs of the run %s were removed meanwhile", run_id)
        self._names.pop(run_id, None)

    # --- the store itself -----------------------------------------------------------------------------

    def _has_mark(self) -> bool:
        """Is this our store? A folder no longer mounted, or a bucket that is gone, seems to be empty."""
        try:
            return bool(self._files.exists(f"{self._root}/{MARK}"))
        except Exception:  # noqa: BLE001  (then it cannot be used, which is said)
            return False

    def _folder(self, run_id: str) -> str:
        return f"{self._root}/runs/{run_id}"

    @contextmanager
    def _asking(self, *, may_lack: bool = False) -> Iterator[None]:
        """The store's errors become ours. One that refused is not asked again at once."""
        from dlcore.runs.storage.blob_address import unusable

        if time.monotonic() < self._again:
            raise BlobError(self.trouble)
        try:
            yield
        except Exception as error:
            if may_lack and isinstance(error, FileNotFoundError) and self._has_mark():
                raise
            refused = unusable(error)
            if not self.trouble:
                log.warning("%s", refused)
            self.trouble, self._again = str(refused), time.monotonic() + AGAIN_SECONDS
            raise refused from error
        self.trouble = ""
