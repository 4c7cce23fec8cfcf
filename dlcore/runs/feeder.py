"""Sweeps on their way: their runs go into the ordinary queue, a few at a time, like anybody's.

What is left to do stands in the store. Whatever becomes of the page, or of the server, the next feeder goes
on where this one was: what has finished is not trained again, what was interrupted is resumed.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from dlcore.errors import DlcoreError, RunError, StoreError
from dlcore.run import Run
from dlcore.runs.fed import Fed
from dlcore.runs.naming import variation_name
from dlcore.runs.placing import MAX_ACTIVE_PER_OWNER, MAX_WORKERS
from dlcore.runs.protocol import Control
from dlcore.runs.runner import Runner
from dlcore.runs.storage.leases import LEFT_TO_OWNER, TO_STOP
from dlcore.runs.storage.sweeps import next_name
from dlcore.runs.sweep_results import losses_of
from dlcore.sweep.plan import Plan
from dlcore.sweep.record import Sweep, new_sweep

KIND = "mnist"
THREADS = 1  # of each run, so that all are alike and each core has its own
PER_WORKER = 2  # runs: while one ends and the next begins, its worker has the other
LEFT_TO_ITS_OWNER = 2  # of the runs that somebody may have active
LOOK_SECONDS = 0.5  # between two looks at sweeps under way
LOST_SECONDS = 5.0  # between two looks at sweeps that another server feeds, or fed
CLAIM_SECONDS = 5.0  # between two words that this one feeds it
CLOSED_SECONDS = 10.0
MOST_RUNNING = 100  # sweeps of everybody
MOST_OF_ONE_ADDRESS = 40  # a class behind one address
FAULT = "A fault of the lab holds this sweep up: it is tried again, and the log says which."
HERE = "A sweep of yours is under way: stop it, or wait until it has ended."

log = logging.getLogger(__name__)


class Feeder:
    """Any thread may call. Its own thread looks at all sweeps every LOOK_SECONDS, as long as there are some.

    While it is `held` nothing new begins. Without a `thread` somebody else calls `feed`.
    """

    def __init__(
        self,
        runner: Runner,
        *,
        held: Callable[[], bool] = lambda: False,
        cores: int | None = None,
        thread: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runner, self._store, self._held, self._clock = runner, runner.store, held, clock
        self._at_once = PER_WORKER * min(cores or os.cpu_count() or 1, MAX_WORKERS)
        self._fed: dict[str, Fed] = {}
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._closing = False
        self._next_look = clock()
        self._elsewhere = False  # is there a sweep that another server feeds, or fed?
        self._thread: threading.Thread | None = None
        self._threaded = thread
        with suppress(RunError):  # whoever begins a sweep tries it again
            self._begin_work()

    # --- asked by pages -----------------------------------------------------------------------

    def begin(self, owner: str, plan: Plan, *, stops: bool = True, address: str = "") -> str:
        """A new sweep; its id.

        Raises RunError if its owner has one under way, or too many others have, or nothing can feed it,
        StoreError if none is kept.
        """
        with self._lock:
            known = self._store.listed_sweeps(owner)
            if any(sweep.status == "running" for sweep in known):
                raise RunError(HERE)
            running = self._store.running_sweeps()
            near = sum(sweep.address == address for sweep in running)
            if len(running) >= MOST_RUNNING or near >= MOST_OF_ONE_ADDRESS:
                raise RunError(f"{len(running)} sweeps are under way: begin yours when one has ended.")
            sweep = new_sweep(owner, next_name(known), plan, stops=stops, address=address)
            self._begin_work()  # first: what nobody feeds is not kept
            self._store.keep_sweep(sweep, self._store.lease)
            self._fed[sweep.id] = Fed(sweep, sweep, self._clock())
        self._wake.set()
        return sweep.id

    def stop(self, sweep_id: str) -> None:
        """Begin none of its runs any more, and stop those that are under way."""
        with self._lock:
            self._store.end_sweep(sweep_id, "stopped")  # first: if that is refused, it goes on being fed
            fed = self._fed.pop(sweep_id, None)
            sweep = fed.sweep if fed else self._store.sweep(sweep_id)
        if sweep is not None:
            self._stop_runs(sweep)

    def stop_sweep_of(self, run: Run) -> bool:
        """Stop the sweep under way that this run is of; was there one?"""
        for sweep in self._store.running_sweeps():
            if sweep.owner == run.owner and any(entry.run_id == run.id for entry in sweep.entries):
                self.stop(sweep.id)
                return True
        return False

    def trouble(self, sweep_id: str) -> str:
        """Why its next run does not begin, in a sentence; "" if nothing stands in its way."""
        fed = self._fed.get(sweep_id)
        return fed.trouble if fed is not None else ""

    def close(self) -> None:
        """Feed nothing any more. Before the runner closes: what it interrupts is not to be resumed."""
        self._closing = True  # a look that goes on ends with the sweep it is at
        self._wake.set()
        if self._lock.acquire(timeout=CLOSED_SECONDS):  # it may wait for a database that somebody holds
            self._fed.clear()
            self._lock.release()
        if (thread := self._thread) is not None:
            thread.join(CLOSED_SECONDS)
        with suppress(DlcoreError):  # then the next one waits until this claim is stale
            self._store.leave_sweeps(self._store.lease)

    # --- feeding ------------------------------------------------------------------------------

    def _begin_work(self) -> None:
        """Raises RunError if this machine begins no thread more."""
        with self._lock:
            if self._threaded and self._thread is None:
                thread = threading.Thread(target=self._work, name="sweep-feeder", daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:
                    raise RunError("This machine begins nothing more now: try again in a minute.") from error
                self._thread = thread

    def _work(self) -> None:
        try:
            self._feed_on()
        finally:  # whatever ended it, the next sweep begins another
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None

    def _feed_on(self) -> None:
        while True:
            try:
                goes_on = self.feed()
            except DlcoreError as error:  # a full disk, a database that is locked: it may be over soon
                log.warning("sweeps wait: %s", error)
                goes_on = True
            with self._lock:
                if self._closing or not (goes_on or self._fed):  # one may have been begun since that look
                    self._thread = None  # under the same lock: who begins a sweep now begins a thread
                    return
            self._wake.wait(LOOK_SECONDS if self._fed else LOST_SECONDS)
            self._wake.clear()

    def feed(self) -> bool:
        """One look at every sweep. Is one under way, here or elsewhere?"""
        with self._lock:
            if self._closing:
                return False
            if self._clock() >= self._next_look:
                self._next_look = self._clock() + LOST_SECONDS
                self._adopt()
            for fed in list(self._fed.values()):
                if self._closing:
                    return False
                known = fed.trouble == FAULT
                try:
                    self._feed(fed)
                except DlcoreError as error:  # it waits; the others do not
                    fed.trouble = str(error)
                except Exception:
                    if not known:  # once, not twice a second
                        log.exception("a sweep waits")
                    fed.trouble = FAULT
            return bool(self._fed) or self._elsewhere

    def _adopt(self) -> None:
        """Sweeps whose server is gone."""
        self._elsewhere = False
        for sweep in [] if self._runner.pool.trouble else self._store.running_sweeps():
            if sweep.id in self._fed:
                continue
            if self._store.claim_sweep(sweep.id, self._store.lease):
                self._fed[sweep.id] = Fed(self._found_again(sweep), sweep, self._clock())
            else:
                self._elsewhere = True

    def _found_again(self, sweep: Sweep) -> Sweep:
        """The server may have ended between the beginning of a run and the note of it."""
        known = {entry.run_id for entry in sweep.entries}
        for run in self._store.runs_since([sweep.owner], KIND, sweep.at):
            place = sweep.place_of(run.config)
            if run.id not in known and run.name.startswith(sweep.name) and place is not None:
                sweep = sweep.changed(place, run_id=run.id)
        return sweep

    def _feed(self, fed: Fed) -> None:
        if self._clock() - fed.claimed >= CLAIM_SECONDS:
            fed.claimed = self._clock()
            if not self._store.claim_sweep(fed.sweep.id, self._store.lease):  # ended, or fed elsewhere
                del self._fed[fed.sweep.id]
                kept = self._store.sweep(fed.sweep.id)
                if kept is None or kept.status == "stopped":
                    self._stop_runs(fed.sweep)
                return
        fed.trouble = ""
        try:
            active = self._look_at_runs(fed)
            self._judge(fed, active)
            if not self._held():
                self._begin_next(fed, len(active))
        except DlcoreError as error:
            fed.trouble = str(error)
        finally:  # what has begun is known, whatever ended this look
            if fed.sweep is not fed.noted:
                self._store.note_sweep(fed.sweep)
                fed.noted = fed.sweep
        if all(entry.run_id in fed.ended for entry in fed.sweep.entries):
            self._store.end_sweep(fed.sweep.id, "finished")
            del self._fed[fed.sweep.id]

    def _look_at_runs(self, fed: Fed) -> dict[int, Run]:
        """Its active runs, by their place. An interrupted one goes on unless it was to stop; one left to its
        owner takes no place. What has ended is tidied up once that is in the store.
        """
        active = {}
        for place, entry in enumerate(fed.sweep.entries):
            if not entry.run_id or entry.run_id in fed.ended:
                continue
            run = self._runner.get(entry.run_id)
            if run is None:  # deleted
                fed.ended[entry.run_id] = ()
            elif run.active:
                active[place] = run
            elif run.status == "interrupted" and run.reason != LEFT_TO_OWNER:
                active[place] = run
                if entry.why or run.reason == TO_STOP:
                    self._runner.control(run.id, Control("stop"))
                elif not self._held():
                    self._runner.resume(run.id, address=fed.sweep.address, asked=False)
            elif (stored := self._store.get(run.id)) is not None and stored.active:
                active[place] = run  # the writer has not come to it yet
            elif run.status != "interrupted":
                best = fed.best_with(run)
                if worse := fed.best[1] if best[1] == run.id else run.id:
                    self._store.thin_out(worse)  # first: what the store refuses is tried again
                fed.best = best
                fed.ended[run.id] = losses_of(run)
        return active

    def _judge(self, fed: Fed, active: dict[int, Run]) -> None:
        """Stop what is lost."""
        for place, why in fed.lost(active):
            with suppress(RunError):  # it has just ended
                self._runner.control(active[place].id, Control("stop"))
                fed.sweep = fed.sweep.changed(place, why=why)

    def _begin_next(self, fed: Fed, active: int) -> None:
        sweep = fed.sweep
        waiting = [place for place, entry in enumerate(sweep.entries) if not entry.run_id]
        taken: set[str] = set()
        for place in waiting[: max(0, self._share(sweep.owner) - active)]:
            config = sweep.entries[place].config
            known = {k: v for k, v in config.model_dump().items() if k not in (*sweep.turned, "seed")}
            name = variation_name(sweep.name, known, config.model_dump(), taken)
            taken.add(name)
            run_id = self._runner.submit(
                sweep.owner, KIND, config, name=name, address=sweep.address, threads=THREADS
            )
            fed.sweep = fed.sweep.changed(place, run_id=run_id)

    def _share(self, owner: str) -> int:
        """How many of its runs may be active: enough for every worker, shared with all who train now."""
        owners = {run.owner for run in self._runner.active_runs()} | {owner}
        return max(1, min(self._at_once // len(owners), MAX_ACTIVE_PER_OWNER - LEFT_TO_ITS_OWNER))

    def _stop_runs(self, sweep: Sweep) -> None:
        """All of them, whatever goes wrong with one. Raises StoreError if the store refused to stop one."""
        refused: StoreError | None = None
        for run_id in filter(None, (entry.run_id for entry in sweep.entries)):
            try:
                self._runner.control(run_id, Control("stop"))
            except RunError:  # it has ended
                continue
            except StoreError as error:
                refused = error
        if refused is not None:
            raise refused
