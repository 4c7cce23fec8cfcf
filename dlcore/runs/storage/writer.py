"""The thread that writes: news of runs go into the store in batches; now and then it keeps house."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dlcore.errors import DlcoreError, LeaseError
from dlcore.run import Checkpoint, Metric, Run
from dlcore.runs.storage.disk import delete_checkpoints, keep_newest_state
from dlcore.runs.storage.store import Store

WRITE_SECONDS = 0.25
WRITE_ROWS = 100
HOUSE_SECONDS = 2.0
WRITING, TIDYING = "Writing runs down", "Keeping house"

log = logging.getLogger(__name__)


@dataclass
class News:
    """What is still to be written of one run: where it stands, and what came since the last time."""

    run: Run
    metrics: list[Metric] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    dropped: list[Checkpoint] = field(default_factory=list)


class Writer:
    """One thread. `on_written` is told of each run whose news are in the store; `keep_house` is called often;
    `on_begun_anew` puts the active runs into a database that had vanished and was begun anew; `on_lost` is
    told of a run that another process has taken up, whose news go nowhere.

    While the store refuses, news wait in memory and `trouble` says why in a sentence. Nothing that goes wrong
    with one run, or with keeping house, ends the thread.
    """

    def __init__(
        self,
        store: Store,
        on_written: Callable[[Run], None],
        keep_house: Callable[[], None],
        on_begun_anew: Callable[[], None] = lambda: None,
        on_lost: Callable[[str], None] = lambda run_id: None,
    ) -> None:
        self._troubles: dict[str, str] = {}  # by what went wrong: its sentence
        self._closing = False
        self._store, self._on_written, self._keep_house = store, on_written, keep_house
        self._on_begun_anew, self._openings = on_begun_anew, store.openings
        self._on_lost = on_lost
        self._queue: queue.Queue[News | threading.Event | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, name="run-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def trouble(self) -> str:
        """Why runs are not written down, in a sentence; "" if they are."""
        if self._thread.ident is not None and not self._thread.is_alive() and not self._closing:
            return "Runs are no longer written down: start the lab again, and look into its log."
        return self._troubles.get(WRITING) or self._troubles.get(TIDYING, "")

    @property
    def caught_up(self) -> bool:
        """Is the database the one that was written to before? Then runs that are not in it were deleted."""
        return self._openings == self._store.openings

    def put(self, news: News) -> None:
        self._queue.put(news)

    def flush(self, timeout: float = 5.0) -> None:
        """Wait until what was put before is in the store, or the store has refused it."""
        done = threading.Event()
        self._queue.put(done)
        done.wait(timeout)

    def close(self, timeout: float) -> None:
        """Write what is left and end."""
        self._closing = True
        self._queue.put(None)
        self._thread.join(timeout)

    def _work(self) -> None:
        next_round = 0.0
        batch: dict[str, News] = {}
        open = True
        while open:
            waiting: list[threading.Event] = []
            open = self._collect(batch, waiting)
            batch = {run_id: news for run_id, news in batch.items() if not self._write(news)}
            for event in waiting:
                event.set()
            if time.monotonic() >= next_round:
                next_round = time.monotonic() + HOUSE_SECONDS
                self._tidy()

    def _collect(self, batch: dict[str, News], waiting: list[threading.Event]) -> bool:
        """Add to `batch` what comes in until it is worth a transaction; False after the very last."""
        until, rows = time.monotonic() + WRITE_SECONDS, 0
        while rows < WRITE_ROWS and (left := until - time.monotonic()) > 0:
            try:
                item = self._queue.get(timeout=left)
            except queue.Empty:
                break
            if item is None:
                return False
            if isinstance(item, threading.Event):
                waiting.append(item)
                break
            known = batch.setdefault(item.run.id, News(item.run))
            known.run = item.run
            known.metrics += item.metrics
            known.checkpoints += item.checkpoints
            known.dropped += item.dropped
            rows += len(item.metrics)
        return True

    def _write(self, news: News) -> bool:
        """Put a run's news into the store; False if it refuses: the run goes on, its news wait."""
        run = news.run
        try:
            write_down(self._store, news)
            self._catch_up()
        except LeaseError as error:
            log.warning("run %s: %s", run.id, error)
            self._on_lost(run.id)
            return True
        except Exception as error:  # noqa: BLE001  (said and logged: no other run may suffer for it)
            self._refused(WRITING, error)
            return False
        self._troubles.pop(WRITING, None)
        self._on_written(run)
        return True

    def _catch_up(self) -> None:
        """If the database was begun anew, what was written before, and perhaps just now, is not in it."""
        openings = self._store.openings
        if not self.caught_up:
            self._on_begun_anew()
            self._openings = openings

    def _tidy(self) -> None:
        try:
            self._keep_house()
            self._catch_up()
        except Exception as error:  # noqa: BLE001  (said and logged: runs are written down all the same)
            self._refused(TIDYING, error)
        else:
            self._troubles.pop(TIDYING, None)

    def _refused(self, what: str, error: Exception) -> None:
        """Say it; log it once, not four times a second."""
        sentence = str(error) if isinstance(error, DlcoreError) else f"{what} failed ({error})."
        if what not in self._troubles:
            log.warning("%s: %s", what, error, exc_info=not isinstance(error, DlcoreError))
        waits = " Until then runs go on and wait in memory." if what == WRITING else ""
        self._troubles[what] = sentence + waits


def write_down(store: Store, news: News) -> None:
    """Record a run's news, then remove the files that no record needs any more.

    Raises StoreError if the database refuses, or the disk a run's last record, and LeaseError if the run is
    another process's now; then no file was touched.
    """
    gone = {checkpoint.step for checkpoint in news.dropped}
    lasting = [checkpoint for checkpoint in news.checkpoints if checkpoint.step not in gone]
    store.record(news.run.id, news.metrics, lasting, news.dropped, of_mine=True)
    store.update(news.run)
    if not news.run.active:
        store.settle(news.run.id)
    delete_checkpoints(news.dropped)
    if news.checkpoints:
        keep_newest_state(news.run.checkpoints)
