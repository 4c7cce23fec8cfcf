"""The heartbeat of a run in this process, whatever the run is at: others see that it lives."""

from __future__ import annotations

import logging
import threading

from dlcore.errors import StoreError
from dlcore.runs.storage.store import Store

BEAT_SECONDS = 2.0

log = logging.getLogger(__name__)


class Heart:
    """It beats on a thread of its own from now on until it is closed."""

    def __init__(self, store: Store, run_id: str) -> None:
        self._store, self._run_id = store, run_id
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="run-heart", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._closed.wait(BEAT_SECONDS):
            try:
                self._store.heartbeat([self._run_id])
            except StoreError as error:  # the run meets it too, where it writes
                log.info("no heartbeat: %s", error)
