"""Sweeps go into the queue a few runs at a time, and go on whatever becomes of page and server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from dlcore.datasets.catalogue import VARIABLE, catalogue
from dlcore.errors import RunError, StoreError
from dlcore.events import Evaluated, Progress
from dlcore.runs import feeder, placing
from dlcore.runs.feeder import CLAIM_SECONDS, FAULT, HERE, Feeder
from dlcore.runs.storage.database import RUNS
from dlcore.runs.storage.leases import LEFT_TO_OWNER, LOSSES
from dlcore.runs.storage.store import Store
from dlcore.sweep.record import Sweep
from dlcore.sweep.setup import SweepConfig, plan_of
from tests.dlcore.datasets.sets import images, write_pair
from tests.dlcore.runs.fakes import Pool
from tests.dlcore.runs.lab import Lab, WaitUntil

TURNED = SweepConfig(first_values="0.001, 0.005, 0.01, 0.02", seeds=2)
PLAN = plan_of(TURNED)
HALF = PLAN.configs[0].total_steps // 2 + 1


class Room:
    """A runner of two workers that are no processes, and a feeder that looks when it is told to."""

    def __init__(self, folder: Path, wait_until: WaitUntil) -> None:
        self.pool = Pool()
        self.lab = Lab.start(folder, wait_until, self.pool, clock=self.pool.clock, max_workers=2)
        self.held = False
        self.feeder = Feeder(
            self.lab.runner, held=lambda: self.held, cores=2, thread=False, clock=self.pool.clock
        )

    def close(self) -> None:
        self.feeder.close()
        self.lab.close()

    def begin(self, owner: str = "anna") -> str:
        sweep_id = self.feeder.begin(owner, PLAN)
        self.look()
        return sweep_id

    def look(self) -> None:
        self.feeder.feed()
        self.pool.obey()

    def sweep(self, sweep_id: str) -> Sweep:
        sweep = self.lab.runner.store.sweep(sweep_id)
        assert sweep is not None
        return sweep

    def say(self, run_id: str, *events: object, status: str | None = None) -> None:
        self.pool.worker_of(run_id).say(run_id, status, events=events)  # type: ignore[arg-type]

    def finish(self, run_id: str, correct: int = 9_700) -> None:
        self.say(run_id, Evaluated(188, 1, "test", 0.1, correct, 10_000), status="finished")
        self.lab.wait_until(lambda: not self.lab.stored(run_id).active, "its end is written down")

    def active(self) -> list[str]:
        return [run.id for run in self.lab.runner.active_runs()]


@pytest.fixture
def room(tmp_path: Path, wait_until: WaitUntil) -> Iterator[Room]:
    room = Room(tmp_path, wait_until)
    yield room
    room.close()


def begun(sweep: Sweep) -> list[str]:
    return [entry.run_id for entry in sweep.entries if entry.run_id]


def test_a_few_at_a_time_until_all_have_ended(room: Room) -> None:
    sweep_id = room.begin()
    seen: list[str] = []
    assert begun(room.sweep(sweep_id)) == room.active()
    assert len(room.active()) == 4, "two for each worker"
    while running := room.active():
        assert len(running) <= 4
        seen += running
        room.finish(running[0])
        room.look()
    sweep = room.sweep(sweep_id)
    assert sweep.status == "finished"
    runs = [room.lab.stored(entry.run_id) for entry in sweep.entries]
    assert [run.config for run in runs] == [config.model_dump() for config in PLAN.configs]
    assert len(set(seen)) == len(PLAN.configs) == len({run.name for run in runs})
    assert all(run.threads == 1 and run.name.startswith("sweep-1 · lr ") for run in runs)
    assert not room.feeder.feed(), "there is nothing left to look at"


def test_it_leaves_room_for_others(room: Room) -> None:
    others = [room.lab.submit(owner=name) for name in ("ben", "carl", "dora")]
    room.begin()
    assert len(room.active()) == len(others) + 1
    for run_id in others[1:]:
        room.lab.control(run_id, "stop")
    room.pool.obey()
    room.look()
    assert len(room.active()) == 1 + 2, "with one other, half of the places"


def test_with_one_of_its_runs_the_teacher_stops_the_sweep(room: Room) -> None:
    first, other = room.begin(), room.begin("ben")
    run = room.lab.get(begun(room.sweep(first))[0])
    assert room.feeder.stop_sweep_of(run)
    assert not room.feeder.stop_sweep_of(run), "there is none any more"
    assert room.sweep(first).status == "stopped"
    assert room.sweep(other).status == "running"


def test_one_address_does_not_begin_any_number(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeder, "MOST_OF_ONE_ADDRESS", 2)
    for owner in ("anna", "ben"):
        room.feeder.begin(owner, PLAN, address="10.0.0.1")
    with pytest.raises(RunError, match="2 sweeps are under way: begin yours when one has ended"):
        room.feeder.begin("carl", PLAN, address="10.0.0.1")
    room.feeder.begin("carl", PLAN, address="10.0.0.2")


def test_trouble_with_one_sweep_is_not_everybodys(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = room.feeder.begin("anna", PLAN), room.feeder.begin("ben", PLAN)
    note = room.lab.runner.store.note_sweep

    def full(sweep: Sweep) -> None:
        if sweep.id == first:
            raise StoreError("The disk is full.")
        note(sweep)

    monkeypatch.setattr(room.lab.runner.store, "note_sweep", full)
    assert room.feeder.feed()
    assert room.feeder.trouble(first) == "The disk is full."
    assert begun(room.sweep(second))


def broken(*_: object) -> None:
    raise TypeError("nobody has thought of this")


def test_a_fault_with_a_sweep_is_said_and_it_goes_on(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep_id = room.feeder.begin("anna", PLAN)
    with monkeypatch.context() as patched:
        patched.setattr(Feeder, "_feed", broken)
        assert room.feeder.feed()
    assert room.feeder.trouble(sweep_id) == FAULT
    room.look()
    assert room.feeder.trouble(sweep_id) == ""
    assert begun(room.sweep(sweep_id))


def test_what_was_begun_before_a_fault_is_known(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever stops such a run finds no sweep of it, and the next one begins."""
    submit, begun_here = room.lab.runner.submit, list[str]()

    def once(*given: Any, **more: Any) -> str:
        if begun_here:
            raise TypeError("nobody has thought of this")
        begun_here.append(submit(*given, **more))
        return begun_here[0]

    sweep_id = room.feeder.begin("anna", PLAN)
    with monkeypatch.context() as patched:
        patched.setattr(room.lab.runner, "submit", once)
        room.feeder.feed()
    assert room.feeder.trouble(sweep_id) == FAULT
    assert begun(room.sweep(sweep_id)) == begun_here


def test_who_ends_it_does_not_wait_for_each_sweep(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []

    def slow(self: Feeder, fed: object) -> None:
        looked.append(fed)
        closing = Thread(target=self.close)
        closing.start()
        room.lab.wait_until(lambda: self._closing, "somebody ends it")

    for owner in ("anna", "ben", "carl"):
        room.feeder.begin(owner, PLAN)
    monkeypatch.setattr(Feeder, "_feed", slow)
    assert not room.feeder.feed()
    assert len(looked) == 1


def test_a_sweep_that_could_not_be_stopped_can_be_stopped_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    sweep_id = room.begin()
    with monkeypatch.context() as patched:
        patched.setattr(room.lab.runner.store, "end_sweep", full)
        with pytest.raises(StoreError, match="The disk is full"):
            room.feeder.stop(sweep_id)
    running = room.active()
    room.finish(running[0])
    room.look()
    assert len(room.active()) == len(running), "it goes on meanwhile"
    room.feeder.stop(sweep_id)
    room.pool.obey()
    assert room.sweep(sweep_id).status == "stopped"
    assert room.active() == []


def test_where_no_thread_begins_no_sweep_does_and_the_next_one_is_fed(
    tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    lab = Lab.start(tmp_path, wait_until, Pool(), max_workers=2)
    fed = Feeder(lab.runner, cores=2)
    wait_until(lambda: fed._thread is None, "there is nothing to feed")
    with monkeypatch.context() as patched:
        patched.setattr(Thread, "start", none)
        with pytest.raises(RunError, match="begins nothing more now"):
            fed.begin("anna", PLAN)
    assert not lab.runner.store.running_sweeps()
    sweep_id = fed.begin("anna", PLAN)
    wait_until(lambda: begun(lab.runner.store.sweep(sweep_id)), "it is fed")  # type: ignore[arg-type]
    fed.close()
    lab.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_whatever_ends_its_thread_the_next_sweep_is_fed(
    tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab.start(tmp_path, wait_until, Pool(), max_workers=2)
    fed = Feeder(lab.runner, cores=2)
    with monkeypatch.context() as patched:
        patched.setattr(Feeder, "feed", broken)
        fed.begin("anna", PLAN)
        wait_until(lambda: fed._thread is None, "its thread has ended")
    sweep_id = fed.begin("ben", PLAN)
    wait_until(lambda: begun(lab.runner.store.sweep(sweep_id)), "the next one is fed")  # type: ignore[arg-type]
    fed.close()
    lab.close()


def test_one_sweep_at_a_time_and_stop_all(room: Room) -> None:
    first = room.begin()
    with pytest.raises(RunError, match=f"^{HERE}$"):
        room.feeder.begin("anna", PLAN)
    assert room.begin("ben") != first
    mine = begun(room.sweep(first))
    room.feeder.stop(first)
    room.pool.obey()
    room.look()
    assert {room.lab.get(run_id).status for run_id in mine} == {"stopped"}
    assert room.sweep(first).status == "stopped"
    assert begun(room.sweep(first)) == mine, "and none begins any more"
    second = room.begin()
    assert room.sweep(second).name == "sweep-2"


def test_what_is_lost_is_stopped_and_says_why(room: Room) -> None:
    sweep_id = room.begin()
    *good, bad = room.active()
    for run_id in good:
        room.say(run_id, Progress(HALF, 1, 0.1, 0.9))
    room.say(bad, Progress(HALF, 1, 2.3, 0.1))
    room.look()
    why = next(entry.why for entry in room.sweep(sweep_id).entries if entry.run_id == bad)
    assert why == f"Stopped at step {HALF}: loss 2.30, over 3 times the others' median, 0.10."
    assert room.lab.get(bad).status == "stopped"
    assert all(room.lab.get(run_id).status == "running" for run_id in good)
    room.lab.wait_until(lambda: not room.lab.stored(bad).active, "its end is written down")
    room.look()
    assert len(begun(room.sweep(sweep_id))) == 5, "its place is free"


def test_nothing_begins_while_all_are_paused(room: Room) -> None:
    room.held = True
    sweep_id = room.begin()
    assert begun(room.sweep(sweep_id)) == []
    room.held = False
    room.look()
    assert len(begun(room.sweep(sweep_id))) == 4


def test_what_stands_in_its_way_is_said_and_it_goes_on(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "MAX_ACTIVE_PER_OWNER", 2)
    sweep_id = room.begin()
    assert "stop one of them" in room.feeder.trouble(sweep_id)
    assert begun(room.sweep(sweep_id)) == room.active(), "what has begun is noted"
    monkeypatch.undo()
    room.look()
    assert room.feeder.trouble(sweep_id) == ""
    assert len(room.active()) == 4


def test_a_deleted_or_failed_run_keeps_nobody_waiting(room: Room) -> None:
    sweep_id = room.begin()
    first, second, *_ = room.active()
    room.say(first, status="failed")
    room.finish(second)
    room.lab.wait_until(lambda: not room.lab.stored(first).active, "its end is written down")
    room.lab.runner.delete(second)
    room.look()
    assert len(begun(room.sweep(sweep_id))) == 6


def test_the_next_server_trains_nothing_twice(tmp_path: Path, wait_until: WaitUntil) -> None:
    before = Room(tmp_path, wait_until)
    sweep_id = before.begin()
    done, *running = before.active()
    before.finish(done)
    before.look()
    running = before.active()
    sweep = before.sweep(sweep_id)
    forgotten = next(place for place, entry in enumerate(sweep.entries) if entry.run_id == running[-1])
    before.lab.runner.store.note_sweep(sweep.changed(forgotten, run_id=""))  # it ended before the note of it
    before.feeder._fed.clear()
    before.close()
    after = Room(tmp_path, wait_until)
    try:
        assert {after.lab.get(run_id).status for run_id in running} == {"interrupted"}
        after.look()
        assert sorted(after.active()) == sorted(running), "what was interrupted goes on"
        assert begun(after.sweep(sweep_id)) == [done, *running]
        while ids := after.active():
            after.finish(ids[0])
            after.look()
        sweep = after.sweep(sweep_id)
        assert sweep.status == "finished"
        assert len({entry.run_id for entry in sweep.entries}) == len(PLAN.configs)
        runs = after.lab.runner.store.runs_of("anna")
        assert len(runs) == len(PLAN.configs), "none was begun twice"
    finally:
        after.close()


def test_what_was_to_stop_when_the_server_ended_stops_and_what_was_paused_goes_on(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    before = Room(tmp_path, wait_until)
    before.begin()
    stopping, paused, *others = before.active()
    before.lab.control(stopping, "stop")
    before.say(paused, status="paused")
    before.feeder._fed.clear()
    before.close()
    after = Room(tmp_path, wait_until)
    try:
        after.look()
        assert after.lab.stored(stopping).status == "stopped"
        assert sorted(after.active()) == sorted([paused, *others])
    finally:
        after.close()


def die(room: Room, folder: Path, reason: str = "") -> None:
    """The server is killed: what it trained stands there as under way, by a process that is gone, with a
    `reason` that it gave on its way.
    """
    running = room.active()
    room.feeder._fed.clear()
    room.close()
    with closing(Store(folder)) as store:
        gone = {"status": "running", "was": "", "reason": reason, "pid_since": RUNS.c.pid_since - 60}
        with store._transaction() as connection:
            connection.execute(RUNS.update().where(RUNS.c.id.in_(running)).values(gone))
        for run_id in running:
            store.settle(run_id)


def test_runs_that_lose_three_servers_are_left_to_their_owner(tmp_path: Path, wait_until: WaitUntil) -> None:
    room = Room(tmp_path, wait_until)
    sweep_id = room.begin()
    running = room.active()
    try:
        for _ in range(LOSSES - 1):
            die(room, tmp_path)
            room = Room(tmp_path, wait_until)
            room.look()
            assert sorted(room.active()) == sorted(running), "what was interrupted goes on"
        die(room, tmp_path)
        room = Room(tmp_path, wait_until)
        room.look()
        left = {run_id: room.lab.get(run_id) for run_id in running}
        assert {run.status for run in left.values()} == {"interrupted"}
        assert {run.reason for run in left.values()} == {LEFT_TO_OWNER}
        others = room.active()
        assert len(others) == 4, "what waits for its owner holds up no other"
        for run_id in running:
            room.lab.runner.resume(run_id)
        room.look()
        assert sorted(room.active()) == sorted(running + others), "their owner wants them"
        assert room.sweep(sweep_id).status == "running"
    finally:
        room.close()


REFUSED = "Learning rate must be above 0. Got 0 instead."


def test_what_a_run_said_on_its_way_does_not_keep_it_from_going_on(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    room = Room(tmp_path, wait_until)
    sweep_id = room.begin()
    running = room.active()
    die(room, tmp_path, REFUSED)
    room = Room(tmp_path, wait_until)
    try:
        assert {(run.status, run.reason) for run in map(room.lab.get, running)} == {("interrupted", "")}
        room.look()
        assert sorted(room.active()) == sorted(running), "after a kill"
        for run_id in running:
            room.pool.worker_of(run_id).say(run_id, "running", reason=REFUSED)
        room.lab.runner._writer.flush()
        assert {room.lab.stored(run_id).reason for run_id in running} == {REFUSED}
        room.feeder.close()
        room.lab.runner.close()
        stored = [room.lab.stored(run_id) for run_id in running]
        assert {(run.status, run.reason) for run in stored} == {("interrupted", "")}
        with room.lab.runner.store._transaction() as connection:  # as a lab before this one wrote it
            connection.execute(RUNS.update().values(reason=REFUSED))
        room.close()
        room = Room(tmp_path, wait_until)
        room.look()
        assert sorted(room.active()) == sorted(running), "after a shutdown"
        assert room.sweep(sweep_id).status == "running"
    finally:
        room.close()


def test_it_waits_where_its_images_are_not(
    tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pair(tmp_path / "sets" / "squares", "train", *images(150))
    monkeypatch.setenv(VARIABLE, str(tmp_path / "sets"))
    squares = catalogue().find("squares").id
    plan = replace(PLAN, configs=tuple(config.replace(dataset=squares) for config in PLAN.configs))
    room = Room(tmp_path, wait_until)
    try:
        monkeypatch.delenv(VARIABLE)
        sweep_id = room.feeder.begin("anna", plan)
        room.look()
        assert room.feeder.trouble(sweep_id).startswith("The images 'squares' of this run are not on this")
        assert begun(room.sweep(sweep_id)) == []
        monkeypatch.setenv(VARIABLE, str(tmp_path / "sets"))
        room.look()
        running = room.active()
        assert len(running) == 4
        die(room, tmp_path)
        monkeypatch.delenv(VARIABLE)
        room = Room(tmp_path, wait_until)
        room.look()
        assert room.feeder.trouble(sweep_id).startswith("The images 'squares' of this run are not on this")
        assert {room.lab.get(run_id).status for run_id in running} == {"interrupted"}
        monkeypatch.setenv(VARIABLE, str(tmp_path / "sets"))
        room.look()
        assert sorted(room.active()) == sorted(running)
        assert room.feeder.trouble(sweep_id) == ""
    finally:
        room.close()


def test_two_servers_do_not_feed_the_same(room: Room, tmp_path: Path, wait_until: WaitUntil) -> None:
    sweep_id = room.begin()
    other = Room(tmp_path, wait_until)
    try:
        assert other.feeder.feed(), "it is there, and fed elsewhere"
        assert other.active() == []
        other.feeder.stop(sweep_id)
    finally:
        other.close()
    room.pool.clock.now += CLAIM_SECONDS
    room.look()
    room.pool.obey()
    assert {room.lab.get(run_id).status for run_id in begun(room.sweep(sweep_id))} == {"stopped"}
    assert not room.feeder.feed()


def test_of_all_but_the_best_the_path_is_given_up(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    thinned: list[str] = []
    monkeypatch.setattr(room.lab.runner.store, "thin_out", thinned.append)
    room.begin()
    first, second, third, _ = room.active()
    room.finish(first, 9_700)
    room.finish(second, 9_800)
    room.look()
    room.finish(third, 9_750)
    room.look()
    assert thinned == [first, third]
