"""Passing work: done once, shared, dropped when nobody wants it; with workers that are no processes."""

from __future__ import annotations

import pytest

from dlcore.errors import RunError
from dlcore.run import Status
from dlcore.runs import tasks as module
from dlcore.runs.held_task import RETRY_SECONDS
from dlcore.runs.protocol import Cancel, Warm
from dlcore.runs.tasks import MAX_PROCESSES, Task, Tasks
from tests.dlcore.runs.fakes import Clock, Pool


class Lab:
    """The tasks and the words to speak of them."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.pool = Pool(self.clock)
        self.tasks = Tasks(self.pool, clock=self.clock)

    def submit(self, key: str, session: str = "one", kind: str = "evaluate") -> str:
        return self.tasks.submit(kind, {}, key=key, session=session)

    def get(self, task_id: str) -> Task:
        task = self.tasks.get(task_id)
        assert task is not None
        return task

    def end(self, task_id: str, status: Status = "finished", **more: object) -> Task:
        """Its worker says that it has ended."""
        self.pool.worker_of(task_id).say(task_id, status, **more)
        return self.get(task_id)

    def cancelled(self, task_id: str) -> bool:
        return Cancel(task_id) in self.pool.worker_of(task_id).sent

    def statuses(self, *task_ids: str) -> list[str]:
        return [self.get(task_id).status for task_id in task_ids]


@pytest.fixture
def lab() -> Lab:
    return Lab()


def test_the_same_work_is_done_once(lab: Lab) -> None:
    first = lab.submit("shared", "one")
    assert lab.submit("shared", "two") == first
    assert lab.submit("another") != first
    finished = lab.end(first, events=("the result",))
    assert finished == Task(first, "evaluate", "finished", events=("the result",))
    assert lab.submit("shared", "three") == first  # nor again once it is done
    assert lab.get(first) == finished


def test_a_task_is_found_by_its_key(lab: Lab) -> None:
    assert lab.tasks.find("evaluate", "key", session="one") is None
    task_id = lab.submit("key")
    assert lab.tasks.find("evaluate", "key", session="two") == lab.get(task_id)
    assert lab.tasks.find("surface", "key", session="two") is None
    lab.tasks.drop(task_id, "one")
    assert not lab.cancelled(task_id), "whoever found it wants it too"


def test_a_cancelled_task_stops_and_can_be_asked_for_again(lab: Lab) -> None:
    task_id = lab.submit("cancelled")
    lab.tasks.cancel(task_id)
    lab.pool.obey()
    assert (lab.get(task_id).status, lab.get(task_id).events) == ("stopped", ())
    lab.tasks.cancel(task_id)
    again = lab.submit("cancelled")
    assert again != task_id
    assert lab.get(again).status == "running"


# --- Who is next ----------------------------------------------------------------------------------


def test_beyond_the_pool_tasks_wait(lab: Lab) -> None:
    busy = [lab.submit(f"busy {n}") for n in range(MAX_PROCESSES)]
    dropped, waiting = lab.submit("dropped"), lab.submit("waiting")
    assert lab.statuses(*busy, dropped, waiting) == ["running", "running", "queued", "queued"]
    lab.tasks.cancel(dropped)
    assert lab.get(dropped).status == "stopped"  # at once: it never was anywhere
    lab.tasks.cancel(busy[0])
    lab.pool.obey()
    assert lab.statuses(*busy, dropped, waiting) == ["stopped", "running", "stopped", "running"]
    lab.end(waiting)
    assert lab.get(dropped).events == ()
    assert len(lab.pool.started) == MAX_PROCESSES, "a process is used again"


@pytest.mark.parametrize("sessions", [("other",), ("greedy", "other")])
def test_a_free_process_goes_first_to_whoever_has_none(lab: Lab, sessions: tuple[str, ...]) -> None:
    running = [lab.submit(f"long {session}", session) for session in ("greedy", "somebody")]
    third = lab.submit("third", "greedy")
    (fair,) = {lab.submit("fair", session) for session in sessions}
    assert lab.statuses(third, fair) == ["queued", "queued"]
    lab.end(running[1], "stopped")
    assert lab.statuses(third, fair) == ["queued", "running"]
    lab.end(fair)
    assert lab.get(third).status == "running"
    assert lab.pool.worker_of(third).given == [running[1], fair, third]


def test_profiles_wait_for_their_turn_like_others(lab: Lab) -> None:
    ids = [lab.submit(f"{n}", f"visitor {n}", kind="profile") for n in range(MAX_PROCESSES + 1)]
    assert len(lab.pool.started) == MAX_PROCESSES
    lab.end(ids[0])
    assert len(lab.pool.started) == MAX_PROCESSES + 1


def test_of_what_starts_processes_of_its_own_one_works_at_a_time(lab: Lab) -> None:
    first, second = (lab.submit(name, name, kind="ranks") for name in ("first", "second"))
    other = lab.submit("other", "other")
    assert lab.statuses(first, second, other) == ["running", "queued", "running"]
    lab.end(first)
    assert lab.statuses(second, other) == ["running", "running"]


# --- Which process --------------------------------------------------------------------------------


def test_a_profile_takes_no_process_that_has_worked_before(lab: Lab) -> None:
    first = lab.submit("1")
    lab.end(first)
    profile = lab.submit("1", kind="profile")
    assert not lab.pool.worker_of(first).open, "beside the fresh one, an idle one may be one too many"
    assert lab.pool.worker_of(profile).given == [profile]


def test_after_a_profile_its_process_ends(lab: Lab) -> None:
    profile = lab.submit("1", kind="profile")
    lab.end(profile)
    assert not lab.pool.worker_of(profile).open
    assert lab.pool.worker_of(lab.submit("1")) is not lab.pool.worker_of(profile)


def test_a_process_with_a_thread_left_behind_is_not_used_again(lab: Lab) -> None:
    whole, cancelled = lab.submit("whole", kind="embed"), lab.submit("cancelled", kind="embed")
    lab.end(whole)
    assert lab.pool.worker_of(whole).open, "nothing is left behind by what has come to its end"
    lab.tasks.cancel(cancelled)
    lab.pool.obey()
    assert not lab.pool.worker_of(cancelled).open


def test_prepared_processes_are_there_before_anybody_asks(lab: Lab) -> None:
    lab.tasks.prepare("surface")
    assert [worker.sent for worker in lab.pool.open] == [[Warm("surface")]] * MAX_PROCESSES
    lab.pool.open[0].end()
    assert len(lab.pool.open) == MAX_PROCESSES
    lab.submit("1")
    assert len(lab.pool.open) == MAX_PROCESSES


# --- Who wants it ---------------------------------------------------------------------------------


def test_a_task_is_dropped_when_its_last_session_leaves(lab: Lab) -> None:
    shared = lab.submit("left", "one")
    assert lab.submit("left", "two") == shared
    lab.tasks.release("one")
    lab.tasks.release("a stranger")
    assert not lab.cancelled(shared)
    lab.tasks.release("two")
    lab.pool.obey()
    assert lab.get(shared).status == "stopped"


def test_who_drops_a_shared_task_leaves_it_to_the_others(lab: Lab) -> None:
    task_id = lab.submit("1", "one")
    assert lab.submit("1", "two") == task_id
    lab.tasks.drop(task_id, "one")
    assert not lab.cancelled(task_id)
    assert lab.end(task_id).status == "finished"
    lab.tasks.drop("nobody", "one")


def test_old_results_are_forgotten_in_time(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    ids = []
    for n in range(4):
        ids.append(lab.submit(f"old {n}"))
        lab.end(ids[-1])
    ids.append(lab.submit("old 4"))
    assert [lab.tasks.get(task_id) is None for task_id in ids] == [True, True, False, False, False]
    assert lab.submit("old 0") != ids[0]


def test_the_one_asked_for_last_is_forgotten_last(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    first, second = lab.submit("first"), lab.submit("second")
    lab.end(first)
    lab.end(second)
    assert lab.submit("first") == first
    lab.end(lab.submit("third"))
    assert lab.get(first).status == "finished"
    assert lab.tasks.get(second) is None


def test_what_nobody_wants_any_more_has_little_room(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_BYTES", 3_500)
    ids = [lab.submit(f"{n}", f"visit {n % 2}") for n in range(6)]
    for task_id in ids:
        lab.end(task_id, events=("x" * 1_000,))
    lab.submit("another")
    assert all(lab.tasks.get(task_id) for task_id in ids), "all are here who have asked"
    lab.tasks.release("visit 0")
    assert all(lab.tasks.get(task_id) for task_id in ids), "three of them have room"
    lab.tasks.release("visit 1")
    assert [lab.tasks.get(task_id) is None for task_id in ids] == [True] * 3 + [False] * 3, "the oldest go"


def test_what_is_too_large_alone_takes_nobody_elses_room(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_BYTES", 3_500)
    small, large = lab.submit("small", "visit"), lab.submit("large", "visit")
    lab.end(small, events=("x" * 1_000,))
    lab.pool.worker_of(large).say(large, events=("x" * 3_000,))
    lab.end(large, events=("x" * 1_000,))
    lab.tasks.release("visit")
    assert lab.tasks.get(small)
    assert lab.tasks.get(large) is None


def test_what_ends_when_nobody_wants_it_counts_at_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_BYTES", 500)
    task_id = lab.submit("cut short", "visit")
    lab.pool.worker_of(task_id).say(task_id, events=("x" * 1_000,))
    lab.tasks.release("visit")
    lab.pool.worker_of(task_id).say(task_id, "stopped")
    assert lab.tasks.get(task_id) is None


def test_what_nobody_wants_lies_packed_and_is_whole_again_for_who_asks(lab: Lab) -> None:
    said = tuple((float(number), "row") for number in range(100))
    found, looked_at = lab.submit("found", "visit"), lab.submit("looked at", "visit")
    for task_id in (found, looked_at):
        lab.end(task_id, events=said)
    lab.tasks.release("visit")
    assert [task.events for task in lab.tasks.all()] == [(), ()]
    assert lab.get(looked_at).events == said
    task = lab.tasks.find("evaluate", "found", session="another")
    assert task is not None
    assert task == Task(found, "evaluate", "finished", events=said)
    lab.submit("one more", "another")
    assert [len(task.events) for task in lab.tasks.all()] == [0, 100, 0], "only who is wanted lies open"


@pytest.mark.parametrize("status", ["finished", "stopped"])
def test_what_is_private_is_forgotten_though_it_ends_after_it_was_dropped(lab: Lab, status: Status) -> None:
    task_id = lab.submit("my pictures", "visit", "gather")
    lab.tasks.release("visit")
    assert lab.tasks.get(task_id) is not None
    lab.pool.worker_of(task_id).say(task_id, status, events=("mine",))
    assert lab.tasks.get(task_id) is None


def test_even_what_is_wanted_has_an_end(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """One visitor may ask for a thousand results and stay."""
    monkeypatch.setattr(module, "WANTED_BYTES", 3_500)
    ids = [lab.submit(f"{n}", "one") for n in range(6)]
    for task_id in ids:
        lab.end(task_id, events=("x" * 1_000,))
    assert [lab.tasks.get(task_id) is None for task_id in ids] == [True] * 3 + [False] * 3, "the oldest go"
    assert lab.submit("0", "one") not in ids, "it is done anew"


# --- What fails -----------------------------------------------------------------------------------


def test_a_failed_task_is_tried_again_after_a_while(lab: Lab) -> None:
    """A page that asks every second does not hammer."""
    task_id = lab.submit("doomed")
    assert lab.end(task_id, "failed", reason="It is gone.").reason == "It is gone."
    lab.clock.now = RETRY_SECONDS
    assert lab.submit("doomed") == task_id
    lab.clock.now += 1
    assert lab.submit("doomed") != task_id


def test_whoever_asks_may_try_again_at_once(lab: Lab) -> None:
    first = lab.submit("again")
    lab.end(first, "failed")
    assert lab.submit("again") == first
    lab.tasks.retry(first)
    lab.tasks.retry("nobody")
    assert lab.submit("again") != first


def test_a_process_that_dies_fails_its_task_and_no_other(lab: Lab) -> None:
    doomed, other = lab.submit("doomed"), lab.submit("other")
    waiting = lab.submit("waiting")
    lab.pool.worker_of(doomed).kill()
    assert lab.statuses(doomed, other, waiting) == ["failed", "running", "running"]
    reason = "The task's process ended unexpectedly (exit code -9): ask for it again."
    assert lab.get(doomed).reason == reason
    assert lab.submit("doomed") == doomed
    lab.clock.now = RETRY_SECONDS + 1
    assert lab.submit("doomed") != doomed


def test_there_are_no_other_kinds(lab: Lab) -> None:
    with pytest.raises(
        RunError, match=r"^The kind of a task must be one of .*evaluate.*\. Got 'x' instead\.$"
    ):
        lab.submit("x", kind="x")


def test_an_unknown_task_is_none_and_cannot_be_cancelled(lab: Lab) -> None:
    assert lab.tasks.get("nobody") is None
    lab.tasks.cancel("nobody")


def test_closing_ends_every_process_and_starts_none(lab: Lab) -> None:
    ids = [lab.submit(f"{n}") for n in range(MAX_PROCESSES + 1)]
    lab.tasks.close()
    assert lab.pool.open == []
    for task_id in ids[:MAX_PROCESSES]:
        lab.pool.worker_of(task_id).end()
    lab.submit("too late")
    assert len(lab.pool.started) == MAX_PROCESSES


def test_where_no_process_begins_a_task_fails_with_the_way_out(lab: Lab) -> None:
    lab.pool.refused = OSError(24, "Too many open files")
    first, second = lab.submit("first"), lab.submit("second")
    assert lab.statuses(first, second) == ["failed", "failed"]
    assert lab.pool.tried == 1, "the system is asked once"
    assert lab.get(first).reason.startswith("No process can begin here ([Errno 24] Too many open files): ")
    lab.pool.refused = None
    lab.clock.now += RETRY_SECONDS + 1
    assert lab.statuses(lab.submit("first")) == ["running"]
