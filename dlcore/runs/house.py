"""What is done for the store again and again: none of it waits for the rest of it to succeed."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial

from dlcore.errors import StoreError
from dlcore.run import ACTIVE
from dlcore.runs.storage.blob_house import BlobHouse
from dlcore.runs.storage.budget import make_room, warning
from dlcore.runs.storage.disk import sweep
from dlcore.runs.storage.store import Store

DESCRIBED_AT_ONCE = 20  # folders that do not say yet what they are, between two other duties
log = logging.getLogger(__name__)
LOOK_SECONDS = 30.0  # between two looks for lost runs and at the size of the data folder


class House:
    """Says that this process lives, finds lost runs, makes room, describes folders. One thread keeps it.

    A run that has begun is removed, or loses weights, only in its `turn`. `woken` is told of a run that was
    called interrupted while this process slept, and whether this process still holds it.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        turn: AbstractContextManager[object],
        woken: Callable[[str, bool], None] = lambda run_id, held: None,
    ) -> None:
        self._store, self._clock, self._turn, self._woken = store, clock, turn, woken
        self._next_look = -math.inf
        self.used_bytes = 0  # of the data folder, looked up every LOOK_SECONDS
        self.warning = ""  # what goes next when the data folder is full
        self._blobs = None if store.blobs is None else BlobHouse(store, store.blobs)

    def begin(self) -> None:
        """What the process before left behind: lost runs, and files that are no whole weights."""
        store = self._store
        try:
            store.interrupt_lost_runs()
        except StoreError as error:  # somebody holds the database: every look tries it again
            log.warning("runs that were left behind: %s", error)
        if store.own_folder:
            for sentence in sweep(store.folder / "runs", store.known_checkpoints(), store.active_ids()):
                store.say(sentence)
        if self._blobs is not None:
            self._blobs.start()

    def close(self) -> None:
        if self._blobs is not None:
            self._blobs.close()

    def keep(self, active: Sequence[str], limit_bytes: int) -> None:
        """All duties whose time has come, for these `active` runs. Raises the first error in the end.

        Room comes before the folders' descriptions, which need some.
        """
        duties: list[Callable[[], object]] = [partial(self._beat, active)]
        if self._clock() >= self._next_look:
            self._next_look = self._clock() + LOOK_SECONDS
            duties += [self._store.interrupt_lost_runs, partial(self._make_room, limit_bytes)]
        duties.append(self._store.forget_unbegun)
        do_all([*duties, partial(self._store.settle_some, DESCRIBED_AT_ONCE)])

    def _beat(self, active: Sequence[str]) -> None:
        held = self._store.heartbeat(active)
        for run_id in active:
            if held.get(run_id, "") not in ACTIVE:
                self._woken(run_id, run_id in held)

    def _make_room(self, limit_bytes: int) -> None:
        self.used_bytes = make_room(self._store, limit_bytes, self._turn)
        self.warning = warning(self._store, self.used_bytes, limit_bytes)


def do_all(duties: Iterable[Callable[[], object]]) -> None:
    """Each of them, whatever goes wrong with another; raises the first error in the end."""
    errors = []
    for duty in duties:
        try:
            duty()
        except Exception as error:  # noqa: BLE001  (raised below)
            errors.append(error)
    if errors:
        raise errors[0]
