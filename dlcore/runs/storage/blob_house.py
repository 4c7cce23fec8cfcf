"""What is done for weights in an object store again and again, apart from all that waits for nobody.

Blobs of deleted runs go; so do those that no record needs, as when a process ended between writing and
recording them. What belongs to no run that the database knows stays: another lab's, or a lost database's.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from functools import partial

from dlcore.errors import StoreError
from dlcore.run import Run
from dlcore.runs.storage.blobs import ABOUT, STATE, WEIGHTS, Blobs, blob_name
from dlcore.runs.storage.disk import RECORD, remove_file, state_path
from dlcore.runs.storage.store import Store

ROUND_SECONDS = 2.0

log = logging.getLogger(__name__)


class BlobHouse:
    """One thread, from `start` to `close`. What fails in one round is tried again in a later one."""

    def __init__(self, store: Store, blobs: Blobs) -> None:
        self._store, self._blobs = store, blobs
        self._swept = False
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="blob-house", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self, timeout: float = 5.0) -> None:
        self._closed.set()
        self._thread.join(timeout)

    def _work(self) -> None:
        self.keep()
        while not self._closed.wait(ROUND_SECONDS):
            self.keep()

    def keep(self) -> None:
        """One round."""
        for duty in (self._blobs.look, partial(remove_gone, self._store, self._blobs), self._sweep):
            _try(duty)

    def _sweep(self) -> None:
        """All runs once, then those of which something could not be removed, once they have ended."""
        if self._swept:
            for run_id in self._blobs.untidy and self._blobs.untidy - set(self._store.active_ids()):
                sweep_run(self._store, self._blobs, run_id)
                self._blobs.untidy.discard(run_id)
            return
        sweep_blobs(self._store, self._blobs)
        self._swept = True


def _try(duty: Callable[[], None]) -> None:
    try:
        duty()
    except StoreError as error:  # the pages say it
        log.info("blobs: %s", error)
    except Exception:  # the thread must not end by one fault
        log.exception("blobs")


def remove_gone(store: Store, blobs: Blobs) -> None:
    """The blobs of runs that were deleted, here or by another server."""
    for run_id in store.gone():
        blobs.remove_run(run_id)
        store.forget_gone(run_id)


def sweep_blobs(store: Store, blobs: Blobs) -> None:
    """Remove what no record needs, of runs that are not under way."""
    there = blobs.runs()
    # Only now the rows: who begins a run writes its row first.
    known = store.known_runs()
    for run_id in sorted(there & known.keys()):
        run, _ = known[run_id]
        if not run.active and (names := blobs.names(run_id)) - needed(run, names):
            sweep_run(store, blobs, run_id)
    if strange := there - known.keys() - set(store.gone()):
        log.warning("%d runs in the store of DLLAB_BLOBS are in no record: their weights stay", len(strange))
    if store.shared:
        _forget_folders(store, known)


def sweep_run(store: Store, blobs: Blobs, run_id: str) -> None:
    """Remove what no record needs of one run that has ended.

    The object store is asked while nobody waits for the database. So an interrupted run, which another server
    may take up at any moment and which then writes the same blobs again, keeps what lies there.
    """
    names = blobs.names(run_id, anew=True)
    with store.held_ended(run_id) as run:
        if run is None or run.status == "interrupted":
            return
        gone = names - needed(run, names)
    blobs.remove(run_id, gone)


def needed(run: Run, names: Collection[str]) -> frozenset[str]:
    """Which blobs a run's record needs, where those with these `names` lie in the store."""
    states = [c for c in run.checkpoints if state_path(c).exists() or blob_name(c, STATE) in names]
    newest = {*states[-1:], *[c for c in states if c.step <= run.step][-1:]}
    return frozenset(
        blob_name(checkpoint, ending)
        for checkpoint in run.checkpoints
        for ending in (WEIGHTS, ABOUT, *([STATE] if checkpoint in newest else []))
    )


def _forget_folders(store: Store, known: dict[str, tuple[Run, bool]]) -> None:
    """Another server has deleted these runs: of them there is only a record here."""
    for folder in (store.folder / "runs").glob("*/"):
        if folder.name not in known and [path.name for path in folder.iterdir()] == [RECORD]:
            remove_file(folder / RECORD)
            folder.rmdir()
