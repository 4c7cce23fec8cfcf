"""Several servers on one database: each says that it lives, and goes on with what another has left.

One thread, apart from the one that writes: a full disk or a long batch must not make a server seem gone.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import Protocol, cast, get_args

from dlcore.errors import HeldUpError, LackError, LeaseError, RunError, StoreError
from dlcore.journal import event
from dlcore.run import Run
from dlcore.runs.pool import Pool
from dlcore.runs.protocol import Action, Control
from dlcore.runs.storage.record import taken_from
from dlcore.runs.storage.rows import LOCAL_OWNER
from dlcore.runs.storage.store import Store

ROUND_SECONDS = 1.0

log = logging.getLogger(__name__)


class Here(Protocol):
    """This server's runs."""

    @property
    def pool(self) -> Pool: ...

    def active_runs(self) -> list[Run]: ...

    def adopt(self, run_id: str, silent_since: float) -> None: ...

    def obey(self, run_id: str, control: Control) -> None: ...

    def lose(self, run_id: str) -> None: ...


class Neighbours:
    """From `start` to `close` it looks once a second. Without a shared database nobody starts it."""

    def __init__(self, store: Store, here: Here) -> None:
        self._store, self._here = store, here
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="neighbours", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _work(self) -> None:
        while not self._closed.wait(ROUND_SECONDS):
            self.look()

    def look(self) -> None:
        """One round. What goes wrong is logged: the next one tries again, and the writer says it."""
        for duty in (self._beat, self._obey, self._store.interrupt_lost_runs, self._adopt):
            try:
                duty()
            except StoreError as error:
                log.info("neighbours: %s", error)
                self._store.watch_anew()
                self._find_taken()
                return
            except Exception:  # the thread must not end by one fault: this server would seem gone
                log.exception("neighbours")

    def _beat(self) -> None:
        if active := [run.id for run in self._here.active_runs()]:
            self._store.heartbeat(active)

    def _obey(self) -> None:
        for run_id, action, name, value in self._store.asked():
            if action not in get_args(Action):  # of a newer lab
                continue
            try:
                self._here.obey(run_id, Control(cast(Action, action), name, value))
            except HeldUpError:  # by the next look it may answer
                self._store.ask(run_id, action, name, value)
            except RunError as error:  # it has ended, or waits in the queue: whoever asked sees that
                log.info("run %s: %s", run_id, error)

    def _adopt(self) -> None:
        if self._here.pool.trouble:  # nothing computes here
            return
        for run_id, silent_since in self._store.left_by_others().items():
            try:
                self._here.adopt(run_id, silent_since)
                event("run adopted", id=run_id)
            except (LeaseError, HeldUpError):  # another server was faster, or it can be next time
                continue
            except LackError as error:  # a server that has its images may take it
                log.info("run %s does not go on here: %s", run_id, error)
            except StoreError as error:  # of this run alone: the others need not wait for it
                log.warning("run %s cannot be taken up at the moment: %s", run_id, error)
            except RunError as error:
                log.warning("run %s is left to its owner: %s", run_id, error)
                self._store.leave_to_owner(run_id)

    def _find_taken(self) -> None:
        """The database cannot be reached from here. Who can reach it may have taken runs up: their folders
        say so.
        """
        for run in self._here.active_runs():
            with suppress(OSError):  # the folder may be as far away
                if taken_from(self._store.run_folder(run.id), self._store.lease):
                    self._here.lose(run.id)


def ask_elsewhere(store: Store, run_id: str, control: Control) -> bool:
    """Pass it on to the server that has this run under way; False if none is known to have it."""
    if not trains_elsewhere(store, run_id):
        return False
    store.ask(run_id, control.action, control.name, control.value)
    return True


def trains_elsewhere(store: Store, run_id: str) -> bool:
    """Has a living server on this database this run under way? A command obeys nobody but its terminal."""
    if not store.shared:
        return False
    holder, run = store.holder_of(run_id), store.get(run_id)
    return holder is not None and holder.how == "alive" and run is not None and run.owner != LOCAL_OWNER
