"""While others wait, each owner has one process; what waits knows its place. No worker is a process here."""

from __future__ import annotations

import pytest

from dlcore.errors import RunError
from dlcore.runs import held_task
from dlcore.runs.protocol import Cancel, Hold
from dlcore.runs.tasks import MAX_PROCESSES
from dlcore.runs.turns import ROOM
from tests.dlcore.runs.test_tasks import Lab


class Room(Lab):
    """Tasks of owners; each is asked for in a tab of its own."""

    def ask(self, owner: str, key: str, kind: str = "surface", address: str = "") -> str:
        session = f"{owner}'s {key}"
        return self.tasks.submit(
            kind, {}, key=f"{owner} {key}", session=session, owner=owner, address=address
        )

    def places(self, *task_ids: str) -> list[int]:
        return [self.get(task_id).place for task_id in task_ids]

    def told(self, task_id: str) -> list[object]:
        """What its worker was told of it after it was given the work."""
        return [
            m for m in self.pool.worker_of(task_id).sent if isinstance(m, (Hold, Cancel)) and m.id == task_id
        ]


@pytest.fixture
def lab() -> Room:
    return Room()


def test_who_has_all_processes_gives_one_to_whoever_has_none(lab: Room) -> None:
    """Eight tabs of one visitor, then the first of another."""
    greedy = [lab.ask("greedy", f"{n}") for n in range(8)]
    other = lab.ask("other", "first")
    assert lab.statuses(*greedy[:3], other) == ["running", "paused", "queued", "running"]
    assert lab.told(greedy[1]) == [Hold(greedy[1], True)]
    assert len(lab.pool.open) == MAX_PROCESSES + 1
    lab.end(other)
    assert lab.statuses(*greedy[:3]) == ["running", "running", "queued"], "it goes on where it stood"
    assert lab.told(greedy[1]) == [Hold(greedy[1], True), Hold(greedy[1], False)]
    assert lab.end(greedy[1], events=("the result",)).events == ("the result",)


def test_nobody_gives_way_while_everybody_has_one(lab: Room) -> None:
    first, second = lab.ask("anna", "1"), lab.ask("bert", "1")
    third = lab.ask("carl", "1")
    assert lab.statuses(first, second, third) == ["running", "running", "queued"]
    assert len(lab.pool.open) == MAX_PROCESSES


def test_only_one_stands_still_at_a_time(lab: Room) -> None:
    """So that no crowd of visitors fills the memory."""
    greedy = [lab.ask("greedy", f"{n}") for n in range(2)]
    others = [lab.ask(owner, "1") for owner in ("bert", "carl", "dora", "emil")]
    assert len(lab.pool.open) == MAX_PROCESSES + 1
    served = []
    while active := [task_id for task_id in (*greedy, *others) if lab.get(task_id).active]:
        running = [task_id for task_id in active if lab.get(task_id).status == "running"]
        assert len(running) == min(MAX_PROCESSES, len(active))
        assert len(lab.pool.open) <= MAX_PROCESSES + 1
        served.append(running[-1])
        lab.end(running[-1])
    assert set(served) == {*greedy, *others}


@pytest.mark.parametrize("kind", ["profile", "inference_race", "embed"])
def test_what_cannot_give_way_holds_one_process_of_its_owner(lab: Room, kind: str) -> None:
    """A measurement of time is not interrupted, and a thread cannot be: a second one waits from the start."""
    greedy = [lab.ask("greedy", f"{n}", kind=kind) for n in range(2)]
    assert lab.statuses(*greedy) == ["running", "queued"]
    other = lab.ask("other", "1")
    assert lab.statuses(*greedy, other) == ["running", "queued", "running"]
    lab.end(greedy[0])
    assert lab.statuses(greedy[1], other) == ["running", "running"]


def test_beside_what_cannot_give_way_there_is_room_for_what_can(lab: Room) -> None:
    measuring, surface = lab.ask("greedy", "1", kind="profile"), lab.ask("greedy", "2")
    assert lab.statuses(measuring, surface) == ["running", "running"]
    other = lab.ask("other", "1")
    assert lab.statuses(measuring, surface, other) == ["running", "paused", "running"]


def test_the_last_one_begun_gives_way_and_a_shared_one_only_if_all_have_others(lab: Room) -> None:
    shared = lab.ask("greedy", "shared")
    lab.tasks.find("surface", "greedy shared", session="bert's tab", owner="bert")
    mine = lab.ask("greedy", "mine")
    lab.ask("carl", "1")
    assert lab.statuses(shared, mine) == ["running", "paused"]


def test_what_stands_still_can_be_cancelled_and_its_process_may_die(lab: Room) -> None:
    greedy = [lab.ask("greedy", f"{n}") for n in range(2)]
    other = lab.ask("other", "1")
    lab.tasks.cancel(greedy[1])
    lab.pool.worker_of(greedy[1]).obey()
    assert lab.statuses(greedy[1], other) == ["stopped", "running"]
    again = lab.ask("greedy", "again")
    lab.end(greedy[0])
    assert lab.get(again).status == "running"
    more, third = lab.ask("greedy", "more"), lab.ask("other", "2")
    lab.end(other)
    assert "running" in lab.statuses(more, third)
    lab.pool.worker_of(again).kill()
    assert lab.get(again).status == "failed"
    assert lab.statuses(more, third) == ["running", "running"]


def test_what_waits_knows_its_place(lab: Room) -> None:
    running = [lab.ask("anna", "1"), lab.ask("bert", "1")]
    anna = [lab.ask("anna", f"{n}") for n in (2, 3)]
    carl = lab.ask("carl", "1")
    assert lab.places(*running, carl, *anna) == [0, 0, 1, 2, 3]
    assert [task.place for task in lab.tasks.all()] == [0, 0, 2, 3, 1]
    lab.end(running[1])
    assert lab.places(carl, *anna) == [0, 1, 2]


def test_a_visitor_without_a_name_counts_for_itself(lab: Room) -> None:
    greedy = [lab.submit(f"{n}", "one visit") for n in range(3)]
    other = lab.submit("other", "another visit")
    assert lab.statuses(*greedy, other) == ["running", "paused", "queued", "running"]


def test_what_comes_last_waits_for_all_others_and_takes_one_process(lab: Room) -> None:
    """However many look at a run that trains: one process at most works on what they see."""
    hills = [lab.ask(owner, "hill", kind="rolling") for owner in ("anna", "bert", "carl")]
    assert lab.statuses(*hills) == ["running", "queued", "queued"]
    surface = lab.ask("dora", "1")
    assert lab.get(surface).status == "running"
    other = lab.ask("dora", "2")
    assert lab.statuses(hills[0], surface, other) == ["paused", "running", "running"], "it gives way"
    assert len(lab.pool.open) == MAX_PROCESSES + 1
    lab.end(surface)
    assert lab.statuses(*hills, other) == ["running", "queued", "queued", "running"]
    lab.end(other)
    lab.end(hills[0])
    assert lab.statuses(*hills[1:]) == ["running", "queued"]


def test_what_comes_last_takes_nobody_the_place_and_holds_up_no_exchange(lab: Room) -> None:
    anna = [lab.ask("anna", f"{n}") for n in range(2)]
    hill = lab.ask("bert", "hill", kind="rolling")
    assert lab.statuses(*anna, hill) == ["running", "running", "queued"]
    lab.end(anna[1])
    more = lab.ask("anna", "more")
    assert lab.statuses(anna[0], more, hill) == ["running", "running", "paused"]
    carl = lab.ask("carl", "1")
    assert lab.statuses(anna[0], more, carl) == ["running", "paused", "running"]


# --- Owners are free to make ----------------------------------------------------------------------


def test_a_crowd_from_one_address_is_not_before_everybody_else(lab: Room) -> None:
    """Somebody empties the cookies after each."""
    crowd = [lab.ask(f"nobody {n}", "1", address="10.0.0.9") for n in range(3 * ROOM)]
    other = lab.ask("anna", "1", address="10.0.0.7")
    assert lab.get(other).place <= ROOM
    assert lab.places(crowd[-1]) == [len(crowd) - MAX_PROCESSES + 1], "and everybody knows their place"


def test_a_class_behind_one_address_stands_back_behind_nobody(lab: Room) -> None:
    students = [lab.ask(f"student {n}", "1", address="10.0.0.9") for n in range(ROOM)]
    other = lab.ask("anna", "1", address="10.0.0.7")
    at_the_machine = lab.ask("teacher", "1")
    assert lab.places(students[-1], other, at_the_machine) == [ROOM - 2, ROOM - 1, ROOM]


def test_on_the_machine_itself_nobody_is_a_crowd(lab: Room) -> None:
    ids = [lab.ask(f"tab {n}", "1") for n in range(2 * ROOM)]
    other = lab.ask("anna", "1", address="10.0.0.7")
    assert lab.places(ids[-1], other) == [2 * ROOM - 2, 2 * ROOM - 1]


def test_what_the_machine_itself_wants_too_stands_back_behind_nobody(lab: Room) -> None:
    for n in range(2 * ROOM):
        lab.ask(f"nobody {n}", "1", address="10.0.0.9")
    shared = lab.ask("crowd", "shared", address="10.0.0.9")
    behind = lab.get(shared).place
    lab.tasks.find("surface", "crowd shared", session="the teacher's", owner="teacher")
    assert lab.get(shared).place <= ROOM < behind


def test_so_many_may_wait_and_no_more(lab: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_task, "MAX_WAITING_PER_OWNER", 3)
    monkeypatch.setattr(held_task, "MAX_WAITING_PER_ADDRESS", 5)
    for n in range(MAX_PROCESSES + 3):
        first = lab.ask("greedy", f"{n}", address="10.0.0.9")
    with pytest.raises(RunError, match=r"^3 of your computations wait already: wait for them, or leave"):
        lab.ask("greedy", "one more", address="10.0.0.9")
    assert lab.ask("greedy", f"{MAX_PROCESSES + 2}", address="10.0.0.9") == first, "what is there is found"
    for n in range(2):
        lab.ask(f"nobody {n}", "1", address="10.0.0.9")
    with pytest.raises(RunError, match=r"^From your network 5 computations wait already: try again in"):
        lab.ask("nobody at all", "1", address="10.0.0.9")
    lab.ask("anna", "1", address="10.0.0.7")
    lab.ask("teacher", "1")
    lab.tasks.cancel(first)
    lab.ask("nobody at all", "1", address="10.0.0.9")


def test_the_line_is_told_to_everybody_at_once(lab: Room) -> None:
    ids = [lab.ask(f"visitor {n}", "1") for n in range(6)]
    assert [task.place for task in lab.tasks.all()] == lab.places(*ids) == [0, 0, 1, 2, 3, 4]
