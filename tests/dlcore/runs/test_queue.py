"""Who works on which run, who waits, who is let go: with workers that are no processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dlcore.errors import DlcoreError, EndedError, HeldUpError, RunError, StoreError
from dlcore.events import ControlApplied, Progress
from dlcore.run import Checkpoint, Run
from dlcore.runs import live, runner
from dlcore.runs import placing as module
from dlcore.runs.placing import MAX_ACTIVE_PER_OWNER, READY_SECONDS
from dlcore.runs.pool import IDLE_SECONDS, REFUSED_SECONDS
from dlcore.runs.protocol import Control, Steer, Warm
from tests.dlcore.runs.fakes import Pool, Worker
from tests.dlcore.runs.lab import LONG, Lab, WaitUntil
from tests.waiting import DEADLINE_SECONDS

ON_GPU = LONG.replace(device="cuda")


@pytest.fixture
def pool() -> Pool:
    return Pool()


@contextmanager
def begin(folder: Path, wait_until: WaitUntil, pool: Pool, **more: object) -> Iterator[Lab]:
    lab = Lab.start(folder, wait_until, pool, clock=pool.clock, **more)
    yield lab
    lab.close()


@pytest.fixture
def lab(pool: Pool, tmp_path: Path, wait_until: WaitUntil) -> Iterator[Lab]:
    """A runner of two workers."""
    with begin(tmp_path, wait_until, pool, max_workers=2) as lab:
        yield lab


@pytest.fixture
def one(pool: Pool, tmp_path: Path, wait_until: WaitUntil) -> Iterator[Lab]:
    """A runner of one worker, and another one for the GPU."""
    with begin(tmp_path, wait_until, pool, max_workers=1, accelerator=True) as lab:
        yield lab


def places(monkeypatch: pytest.MonkeyPatch, count: int, for_newcomers: int = 0, held: int = 32) -> None:
    """Of each worker."""
    monkeypatch.setattr(module, "RUNS_PER_WORKER", count)
    monkeypatch.setattr(module, "FOR_NEWCOMERS", for_newcomers)
    monkeypatch.setattr(module, "HELD_PER_WORKER", held)


def stop(lab: Lab, pool: Pool, *run_ids: str) -> None:
    for run_id in run_ids:
        lab.control(run_id, "stop")
    pool.obey()
    assert {lab.get(run_id).status for run_id in run_ids} == {"stopped"}


# --- Who comes next -------------------------------------------------------------------------------


def test_beyond_the_places_runs_wait_and_owners_take_turns(
    one: Lab, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    places(monkeypatch, 2)
    a1, a2, a3, a4 = (one.submit() for _ in range(4))
    b1 = one.submit(owner="ben")
    pool.obey()
    waiting = {run_id: one.get(run_id).queue_position for run_id in (a1, a2, b1, a3, a4)}
    assert waiting == {a1: 0, a2: 0, b1: 1, a3: 2, a4: 3}  # who has nothing yet comes first
    assert {one.get(run_id).status for run_id in (a3, a4, b1)} == {"queued"}
    assert [run.id for run in one.runner.active_runs()] == [a1, a2, a3, a4, b1]

    for action in ("pause", "step", "resume"):
        with pytest.raises(RunError, match=r"^This run waits for a free place: .+\.$"):
            one.control(a3, action)
    one.control(a3, "stop")  # at once: it never was anywhere
    assert (one.get(a3).status, one.get(a3).threads) == ("stopped", 0)

    stop(one, pool, a1)
    assert one.get(b1).status == "running"
    assert one.get(a4).status == "queued"
    assert one.get(a4).queue_position == 1
    stop(one, pool, a2)
    assert one.get(a4).status == "running"
    assert pool.started[0].given == [a1, a2, b1, a4]


def test_waiting_owners_take_turns(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two places; Ben asked for two runs before Cleo asked for one: his second waits for her first."""
    places(monkeypatch, 1)
    for _ in range(2):
        lab.submit()
    b1, b2 = lab.submit(owner="ben"), lab.submit(owner="ben")
    a3, c1 = lab.submit(), lab.submit(owner="cleo")
    order = sorted((b1, b2, a3, c1), key=lambda run_id: lab.get(run_id).queue_position)
    assert order == [b1, c1, b2, a3]
    assert [lab.get(run_id).queue_position for run_id in order] == [1, 2, 3, 4]


def test_long_runs_of_a_few_do_not_keep_newcomers_waiting(
    lab: Lab, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four places, and two more for owners who have none at work."""
    places(monkeypatch, 2, for_newcomers=1)
    for owner in ("anna", "ben"):
        for _ in range(4):
            lab.submit(owner=owner)
    pool.obey()
    running = [run.owner for run in lab.runner.active_runs() if run.status == "running"]
    assert running == ["anna", "anna", "anna", "anna", "ben"], "his first came when all places were taken"
    first, second, third = (lab.submit(owner=owner) for owner in ("cleo", "cleo", "dora"))
    pool.obey()
    assert [lab.get(run_id).status for run_id in (first, second, third)] == ["running", "queued", "queued"]
    assert sorted(len(worker.given) for worker in pool.started) == [3, 3]


def test_who_pauses_takes_nobodys_place(one: Lab, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    places(monkeypatch, 2, held=3)
    a1, a2, b1, b2 = (one.submit(owner=owner) for owner in ("anna", "anna", "ben", "ben"))
    pool.obey()
    assert [one.get(run_id).status for run_id in (a1, a2, b1)] == ["running", "running", "queued"]
    one.control(a1, "pause")
    one.control(a2, "pause")
    pool.obey()
    assert one.get(b1).status == "running"
    assert one.get(b2).status == "queued", "a worker's memory holds three"
    one.control(a1, "resume")
    one.control(a2, "resume")
    pool.obey()
    assert [one.get(run_id).status for run_id in (a1, a2, b1)] == ["running"] * 3
    stop(one, pool, a2)
    assert one.get(b2).status == "queued", "two are at work"
    stop(one, pool, a1)
    assert one.get(b2).status == "running"


def test_whose_runs_are_held_begin_later(pool: Pool, tmp_path: Path, wait_until: WaitUntil) -> None:
    held = {"anna"}
    with begin(tmp_path, wait_until, pool, max_workers=1, held=lambda owner: owner in held) as lab:
        hers, his = lab.submit(), lab.submit(owner="ben")
        pool.obey()
        assert (lab.get(hers).status, lab.get(his).status) == ("queued", "running")
        held.clear()
        lab.runner.keep_house()
        pool.obey()
        assert lab.get(hers).status == "running"


def test_a_run_waits_while_no_process_begins_and_no_other_is_lost(lab: Lab, pool: Pool) -> None:
    first = lab.submit()
    pool.obey()
    pool.refused = OSError(24, "Too many open files")
    pool.worker_of(first).say(first, "finished", step=3)
    lab.wait_until(lambda: lab.stored(first).status == "finished", "its end is in the store")
    for worker in list(pool.open):
        worker.kill()
    second = lab.submit()
    assert lab.get(second).status == "queued"
    lab.runner.keep_house()
    assert pool.open == []
    pool.refused = None
    pool.clock.now += REFUSED_SECONDS
    lab.runner.keep_house()
    pool.obey()
    assert lab.get(second).status == "running"


def test_where_no_process_begins_those_that_are_there_take_more(lab: Lab, pool: Pool) -> None:
    first = lab.submit()
    pool.refused = OSError(24, "Too many open files")
    for worker in pool.open:
        if not worker.given:
            worker.kill()
    second = lab.submit(owner="ben")
    pool.obey()
    assert [lab.get(run_id).status for run_id in (first, second)] == ["running", "running"]
    assert pool.worker_of(first) is pool.worker_of(second)


def test_what_is_paused_on_the_card_keeps_its_place(
    one: Lab, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    places(monkeypatch, 1)
    first, second = one.submit(ON_GPU), one.submit(ON_GPU)
    pool.obey()
    one.control(first, "pause")
    pool.obey()
    assert [one.get(run_id).status for run_id in (first, second)] == ["paused", "queued"]


def test_who_has_paused_all_is_no_later_than_who_has_none(one: Lab, pool: Pool) -> None:
    paused = [one.submit() for _ in range(2)]
    pool.obey()
    for run_id in paused:
        one.control(run_id, "pause")
    pool.obey()
    with_none = [one.submit(owner=f"owner {n}") for n in range(12)]
    pool.obey()
    hers, his = one.submit(), one.submit(owner="ben")
    assert one.get(with_none[-1]).status == "running"
    assert [one.get(run_id).queue_position for run_id in (hers, his)] == [1, 2]


def test_a_control_is_kept_with_all_its_moves_and_these_have_an_end(
    one: Lab, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "POINTS_IN_MEMORY", 4)
    monkeypatch.setattr(runner, "MOST_MOVES", 6)
    run_id = one.submit()
    pool.obey()
    moves = [(step, 0.001 * step) for step in range(1, 7)]
    for step, value in moves:
        one.control(run_id, "set", "lr", value)
        pool.worker_of(run_id).say(run_id, step=step, events=(ControlApplied(step, "lr", value),))
    with pytest.raises(RunError, match=r"^This was moved 1,000 times in this run: begin another one with"):
        one.control(run_id, "set", "lr", 0.1)
    assert [(step, value) for step, _, value in one.get(run_id).controls()] == moves


def test_an_owner_has_so_many_active_runs_and_no_more(
    one: Lab, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    places(monkeypatch, 1)
    mine = [one.submit() for _ in range(MAX_ACTIVE_PER_OWNER)]
    with pytest.raises(RunError, match=r"^You have 8 runs active: stop one of them before"):
        one.submit()
    one.submit(owner="ben")
    stop(one, pool, mine[-1])
    one.submit()


def test_a_run_that_ended_cannot_be_steered(lab: Lab, pool: Pool) -> None:
    run_id = lab.submit()
    stop(lab, pool, run_id)
    for unknown in (run_id, "nobody"):
        with pytest.raises(EndedError, match=r"^This run has ended: start it again to steer it\.$"):
            lab.control(unknown, "stop")


def test_a_run_is_being_stopped_until_it_has_and_not_when_it_goes_on(lab: Lab, pool: Pool) -> None:
    run_id = lab.submit()
    pool.obey()
    lab.control(run_id, "stop")
    assert (lab.get(run_id).status, lab.get(run_id).stopping) == ("running", True)
    for late in ("pause", "step", "resume"):  # from a second tab, or for the whole class
        lab.control(run_id, late)
    told = [message.control.action for message in pool.worker_of(run_id).sent if isinstance(message, Steer)]
    assert told == ["stop"]
    pool.obey()
    assert lab.get(run_id).status == "stopped"
    lab.runner.resume(run_id)
    pool.obey()
    assert (lab.get(run_id).status, lab.get(run_id).stopping) == ("running", False)


def test_there_are_no_other_kinds(lab: Lab) -> None:
    with pytest.raises(
        RunError,
        match=r"^The kind of a run must be one of mnist, .*, classifier, gan, images\. Got 'x' instead\.$",
    ):
        lab.runner.submit("anna", "x", LONG, name="x")


def test_an_unknown_run_is_none(lab: Lab) -> None:
    assert lab.runner.get("nobody") is None


# --- On which worker ------------------------------------------------------------------------------


def test_a_new_run_goes_to_the_worker_with_the_fewest(lab: Lab, pool: Pool) -> None:
    runs = [lab.submit() for _ in range(4)]
    one, other = pool.started
    assert sorted(one.given + other.given) == sorted(runs)
    assert len(one.given) == len(other.given) == 2


def test_runs_that_want_the_gpu_share_the_one_process_that_owns_it(one: Lab, pool: Pool) -> None:
    here, there, here_too, there_too = (one.submit(c) for c in (LONG, ON_GPU, LONG, ON_GPU))
    assert sorted(w.given for w in pool.started) == sorted([[here, here_too], [there, there_too]])


def test_a_retired_worker_is_given_nothing_more(pool: Pool, tmp_path: Path, wait_until: WaitUntil) -> None:
    with begin(tmp_path, wait_until, pool, max_workers=3) as lab:
        runs = [lab.submit() for _ in range(3)]
        assert [len(worker.given) for worker in pool.started] == [1, 1, 1]
        stop(lab, pool, *runs)
        pool.clock.now += IDLE_SECONDS
        lab.runner.keep_house()
        assert len(pool.open) == 2
        more = [pool.worker_of(lab.submit()) for _ in range(2)]
        assert all(worker.open for worker in more)


def test_a_retired_owner_of_the_gpu_is_given_nothing_more(one: Lab, pool: Pool) -> None:
    busy, first = one.submit(), one.submit(ON_GPU)
    owner = pool.worker_of(first)
    stop(one, pool, first)
    pool.clock.now += IDLE_SECONDS
    one.runner.keep_house()
    assert not owner.open
    second = one.submit(ON_GPU)
    assert [worker.given for worker in pool.open] == [[busy], [second]]


def test_a_second_worker_is_ready_before_anybody_needs_it_and_stays(lab: Lab, pool: Pool) -> None:
    pool.clock.now = READY_SECONDS
    lab.runner.keep_house()
    assert len(pool.started) == 1, "not while the first visitors come"
    for _ in range(3):
        pool.clock.now += IDLE_SECONDS
        lab.runner.keep_house()
        assert len(pool.started) == len(pool.open) == 2


def test_workers_are_warm_for_what_was_asked_for_last(lab: Lab, pool: Pool) -> None:
    """A subject that nobody opens costs nobody its data."""
    lab.runner.submit("anna", "black_patch", LONG, name="x")
    assert [[m.kind for m in w.sent if isinstance(m, Warm)] for w in pool.started] == [
        ["mnist"],
        ["black_patch"],
    ]


def test_a_workers_end_fails_its_runs_and_no_others(lab: Lab, pool: Pool) -> None:
    doomed, spared, doomed_too = (lab.submit() for _ in range(3))
    pool.obey()
    pool.worker_of(doomed).kill()
    pool.obey()
    for run_id in (doomed, doomed_too):
        run = lab.get(run_id)
        assert run.status == "failed"
        assert run.reason == "The worker process ended unexpectedly (exit code -9): start the run again."
    assert lab.get(spared).status == "running"
    again = lab.submit()
    assert pool.worker_of(again) is pool.started[2]


# --- What is written ------------------------------------------------------------------------------


def test_what_is_said_at_the_very_end_is_still_written(lab: Lab, pool: Pool) -> None:
    """A report may still lie in the pipe when the workers are asked to end."""
    run_id = lab.submit()

    def say_it_late(worker: Worker) -> None:
        worker.say(run_id, "finished", seconds=9.0)
        lab.wait_until(lambda: lab.stored(run_id).status == "finished", "the writer still writes")

    pool.worker_of(run_id).at_join = say_it_late
    lab.runner.close()
    assert lab.stored(run_id).status == "finished"


def test_a_database_that_refuses_for_a_while_loses_nothing(
    lab: Lab, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, refused = lab.runner.store, []
    record = store.record

    def refuse_at_first(run_id: str, *rows: object, of_mine: bool) -> None:
        if len(refused) < 3:
            refused.append(run_id)
            raise StoreError("The run database cannot be used (locked).")
        record(run_id, *rows, of_mine=of_mine)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "record", refuse_at_first)
    run_id = lab.submit()
    worker = pool.worker_of(run_id)
    for epoch in range(3):
        steps = range(5 * epoch - 4, 5 * epoch + 1) if epoch else ()
        checkpoint = Checkpoint(tmp_path / f"{epoch}.safetensors", "digest", epoch, 5 * epoch)
        said = tuple(Progress(step, epoch, 0.5, 0.5, 0.1) for step in steps)
        worker.say(run_id, "running", step=5 * epoch, events=said, checkpoints=(checkpoint,))
    worker.say(run_id, "finished", step=10)
    lab.wait_until(lambda: lab.stored(run_id).status == "finished", "its end is in the store")
    assert refused
    run = lab.stored(run_id)
    assert [point.step for point in run.series["train_loss"]] == list(range(1, 11))
    assert [checkpoint.epoch for checkpoint in run.checkpoints] == [0, 1, 2]


@pytest.mark.parametrize("change", ["submit", "delete"])
def test_while_the_database_is_waited_for_everybody_looks_and_steers(
    lab: Lab, pool: Pool, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    under_way, ended = lab.submit(), lab.submit()
    pool.obey()
    stop(lab, pool, ended)
    waits, let_go = threading.Event(), threading.Event()
    asked = {"submit": "create", "delete": "delete"}[change]
    was = getattr(lab.runner.store, asked)

    def slow(*given: Any, **more: Any) -> Any:
        waits.set()
        assert let_go.wait(DEADLINE_SECONDS)
        return was(*given, **more)

    monkeypatch.setattr(lab.runner.store, asked, slow)
    with ThreadPoolExecutor(1) as other:
        changed = other.submit(lab.submit) if change == "submit" else other.submit(lab.runner.delete, ended)
        assert waits.wait(DEADLINE_SECONDS)
        assert [run.id for run in lab.runner.active_runs()] == [under_way]
        lab.control(under_way, "pause")
        pool.obey()
        assert lab.get(under_way).status == "paused"
        assert not changed.done()
        let_go.set()
        changed.result(DEADLINE_SECONDS)


def test_what_is_asked_of_a_run_on_its_way_in_reaches_it(
    lab: Lab, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = lab.submit()
    pool.obey()
    stop(lab, pool, run_id)
    waits, let_go, was = threading.Event(), threading.Event(), lab.runner.store.take_up

    def slow(*given: Any, **more: Any) -> None:
        waits.set()
        assert let_go.wait(DEADLINE_SECONDS)
        was(*given, **more)

    monkeypatch.setattr(lab.runner.store, "take_up", slow)
    with ThreadPoolExecutor(2) as others:
        resumed = others.submit(lab.runner.resume, run_id)
        assert waits.wait(DEADLINE_SECONDS)
        asked = others.submit(lab.control, run_id, "stop")
        with pytest.raises(HeldUpError):  # another server's word waits for no run: it comes again
            lab.runner.obey(run_id, Control("stop"))
        let_go.set()
        resumed.result(DEADLINE_SECONDS)
        asked.result(DEADLINE_SECONDS)
    pool.obey()
    assert lab.get(run_id).status == "stopped"


def test_a_run_cannot_begin_if_it_cannot_be_recorded(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(run: Run) -> None:
        raise StoreError("The run database cannot be used.")

    monkeypatch.setattr(lab.runner.store, "create", refuse)
    with pytest.raises(DlcoreError, match="cannot be used"):
        lab.submit()
    assert lab.runner.active_runs() == []
