"""What people ask of runs: begin, go on, steer, name, share, delete."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from dlcore.errors import DlcoreError, EndedError, HeldUpError, RunError
from dlcore.run import SET, Run, new_run
from dlcore.run_config import RunConfig
from dlcore.runs.crew import Crew
from dlcore.runs.elsewhere import refuse_held
from dlcore.runs.kinds import RUN_KINDS
from dlcore.runs.live import Live, taken_up, where_to_go_on
from dlcore.runs.neighbours import Neighbours, ask_elsewhere, trains_elsewhere
from dlcore.runs.placing import check_engine, check_images, check_places
from dlcore.runs.protocol import Control, Report, Steer
from dlcore.runs.storage.budget import check_room
from dlcore.runs.storage.checkpoint_files import look
from dlcore.runs.storage.disk import delete_checkpoints
from dlcore.runs.storage.removal import remove_run
from dlcore.runs.storage.store import Store

HELD_UP = "The process of this run does not answer at the moment: wait for it, then try again."
COMING_IN = "Another run is just being taken up, begun or deleted: try again."
ENDED = "This run has ended: start it again to steer it."
MOST_MOVES = 1000  # of one control: each is kept, so that the run can be repeated
OFTEN_MOVED = f"This was moved {MOST_MOVES:,} times in this run: begin another one with the value you want."
UNDER_WAY = "This run is under way: stop it before you delete it."

log = logging.getLogger(__name__)


class Runner(Crew):
    """Every active run of this server. Any thread may call; nothing here blocks for long.

    Where several servers share a database, it goes on with the runs of one that is gone.
    """

    def __init__(self, store: Store, **more: Any) -> None:
        super().__init__(store, **more)
        self._neighbours = Neighbours(store, self)
        if store.shared:  # also without an engine: it says that it lives
            self._neighbours.start()

    def close(self, timeout: float = 5.0) -> None:
        self._neighbours.close()
        super().close(timeout)

    def submit(
        self,
        owner: str,
        kind: str,
        config: RunConfig,
        *,
        name: str,
        planned: tuple[tuple[int, str, float], ...] = (),
        address: str = "",
        threads: int = 0,
    ) -> str:
        """Begin a run, or queue it; its id. `planned` are controls: step, name, value.

        `threads` 0: as many as cores are free. `address` is where it comes from, "" is here. Raises RunError
        if owner or address has too many active runs, there is no room, or its images are not here, StoreError
        if it can't be recorded.
        """
        if kind not in RUN_KINDS:
            raise RunError(f"The kind of a run must be one of {', '.join(RUN_KINDS)}. Got {kind!r} instead.")
        check_engine(self.pool)
        check_images(config.model_dump())
        with self._changing:
            self._check_places(owner, address)
            check_room(self.store, owner, self.used_bytes, self.limit_bytes)
            run = new_run(owner, kind, config, name=name, threads=threads)
            self.store.create(run)
            with self._lock:
                self._expected = kind
                self._live[run.id] = Live(run, planned=planned, address=address)
                self._schedule()
        return run.id

    def resume(
        self,
        run_id: str,
        *,
        config: RunConfig | None = None,
        step: Control | None = None,
        address: str = "",
        asked: bool = True,
    ) -> None:
        """An ended run goes on from its newest whole epoch, as if it had never ended.

        `config` is its own with more epochs; after this `step` it pauses again; it was `asked` for by a
        person, or not. Raises RunError if the run is unknown, under way, or cannot go on here.
        """
        self._check_here(run_id)
        self._writer.flush()
        look(self.store.run_folder(run_id), anew=True)  # nobody else waits for that
        with self._changing:
            run, checkpoint = where_to_go_on(self._ended(run_id))
            self._check_places(run.owner, address)
            if config is not None:
                run = replace(run, config=config.model_dump(), total_steps=config.total_steps)
            self._go_on(run, taken_up(run, checkpoint, stepping=step, address=address), asked=asked)

    def adopt(self, run_id: str, silent_since: float) -> None:
        """A run that another server left goes on here, unless its heartbeat is another one by now.

        Raises LeaseError if it is, or a third server has the run, LackError if it cannot go on here, RunError
        if nowhere, HeldUpError while other runs come in.
        """
        self._check_here(run_id)
        look(self.store.run_folder(run_id), anew=True)
        with self._changing_now():
            run, checkpoint = where_to_go_on(self._ended(run_id))
            if run.kind not in RUN_KINDS:
                raise RunError(f"This lab knows no runs of the kind {run.kind}: update it.")
            self._go_on(run, taken_up(run, checkpoint, stepping=None), silent_since, asked=False)

    def _ended(self, run_id: str) -> Run | None:
        """The run, unless it is under way here, or its end is not written down yet."""
        with self._lock:
            known = run_id in self._live
        return None if known else self.store.get(run_id)

    def _check_places(self, owner: str, address: str) -> None:
        with self._lock:
            check_places(self._live.values(), owner, address)

    @contextmanager
    def _changing_now(self) -> Iterator[None]:
        """For the thread that says that this server lives: it waits for nobody. Raises HeldUpError."""
        if not self._changing.acquire(blocking=False):
            raise HeldUpError(COMING_IN)
        try:
            yield
        finally:
            self._changing.release()

    def _check_here(self, run_id: str) -> None:
        check_engine(self.pool)
        if (run := self.store.get(run_id)) is not None:
            check_images(run.config)

    def _go_on(self, run: Run, live: Live, silent_since: float | None = None, *, asked: bool) -> None:
        self.store.take_up(live.run, silent_since=silent_since, asked=asked)
        delete_checkpoints([c for c in run.checkpoints if c not in live.run.checkpoints])
        with self._lock:
            self._live[run.id] = live
            self._schedule()

    def _resume_lost(self, run_id: str) -> None:
        try:
            self.resume(run_id, asked=False)
        except DlcoreError as error:  # its owner may try again
            log.warning("run %s does not go on elsewhere: %s", run_id, error)

    def rename(self, run_id: str, name: str) -> None:
        """Raises RunError if it is no name."""
        with self._changing:
            self.store.rename(run_id, name, partial(self._change, run_id, name=name.strip()))

    def share(self, run_id: str, shared: bool) -> None:
        """May whoever has the run's id look at it?"""
        with self._changing:
            self.store.share(run_id, shared, partial(self._change, run_id, shared=shared))

    def _change(self, run_id: str, **changes: Any) -> None:
        with self._lock:
            if live := self._live.get(run_id):
                live.run = replace(live.run, **changes)

    def delete(self, run_id: str) -> None:
        """Forget a run and its weights for good. Raises RunError while it is under way."""
        self._writer.flush()
        with self._changing:
            with self._lock:
                live = self._live.get(run_id)
            if live is not None and live.run.active:
                raise RunError(UNDER_WAY)
            if live is None and trains_elsewhere(self.store, run_id):
                raise RunError(UNDER_WAY)
            if live is None:
                refuse_held(self.store, run_id)
            self._house.used_bytes -= remove_run(self.store, run_id)
            with self._lock:
                self._live.pop(run_id, None)

    def control(self, run_id: str, control: Control, address: str = "") -> None:
        """Pause, resume, step, stop or set a value. An interrupted run is first taken up again.

        What another server on this database trains is asked of that one, which obeys within a second or two.
        Raises RunError if the run has ended, or waits in the queue and is to do anything but stop.
        """
        if self._steered(run_id, control):
            return
        with self._changing:  # it may be on its way in
            if self._steered(run_id, control):
                return
        if not ask_elsewhere(self.store, run_id, control):
            self._take_up(run_id, control, address)

    def obey(self, run_id: str, control: Control) -> None:
        """What another server passes on. Raises RunError as `control` does, HeldUpError if others come in."""
        if not self._steered(run_id, control):
            with self._changing_now():
                self._steered(run_id, control)

    def _steered(self, run_id: str, control: Control) -> bool:
        """Done, if the run is under way here."""
        with self._lock:
            live = self._live.get(run_id)
            if live is not None:
                self._steer(live, control)
        return live is not None

    def _steer(self, live: Live, control: Control) -> None:
        if not live.run.active:
            raise EndedError(ENDED)
        if live.run.stopping and control.action != "stop":
            return  # it would stand still, or train on, and never stop
        if control.action == "set" and len(live.growing.get(SET + control.name, ())) >= MOST_MOVES:
            raise RunError(OFTEN_MOVED)
        if live.worker is not None:
            if not live.worker.send(Steer(live.run.id, control)):
                raise HeldUpError(HELD_UP)
            if control.action == "stop":
                live.run = replace(live.run, stopping=True)
            elif control.action != "set":
                live.pausing = control.action in ("pause", "step")
        elif control.action == "stop":
            self._take(Report(live.run.id, status="stopped"))
        else:
            raise RunError("This run waits for a free place: it can be stopped, and steered once it runs.")

    def _take_up(self, run_id: str, control: Control, address: str) -> None:
        """What can be asked of a run whose server is gone."""
        refuse_held(self.store, run_id)
        run = self.store.get(run_id)
        if run is None or run.status != "interrupted" or control.action not in ("resume", "step", "stop"):
            raise EndedError(ENDED)
        if control.action == "stop":
            self.store.end_lost(run_id, "stopped")
        else:
            self.resume(run_id, step=control if control.action == "step" else None, address=address)
