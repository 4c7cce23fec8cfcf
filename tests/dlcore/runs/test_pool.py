"""The pool's rules, with workers that are no processes and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dlcore.errors import RunError
from dlcore.runs import pool as module
from dlcore.runs.pool import IDLE_SECONDS, MOST_TAKEN, PAUSES, QUICK_SECONDS, Handle
from dlcore.runs.protocol import Report, Warm
from tests.dlcore.runs.fakes import Pool, Timer, Worker


@pytest.fixture
def ended() -> list[tuple[Handle, str]]:
    """Whose end was told."""
    return []


@pytest.fixture
def reports() -> list[Report]:
    return []


@pytest.fixture
def pool(reports: list[Report], ended: list[tuple[Handle, str]]) -> Pool:
    pool = Pool()
    pool.listen(reports.append, lambda worker, how: ended.append((worker, how)))
    return pool


def test_who_is_given_back_is_taken_again(pool: Pool) -> None:
    first = pool.take()
    other = pool.take()
    assert first is not other
    pool.give_back(first)
    assert pool.take() is first
    assert pool.started == [first, other]


def test_who_worked_last_is_taken_before_who_only_waited(pool: Pool) -> None:
    """It has imported what its work needed."""
    pool.keep_ready(2, "mnist")
    first, second = pool.started
    assert pool.take() is first, "it began earlier, so it is ready earlier"
    pool.give_back(first)
    assert pool.take() is first
    assert pool.take() is second


def test_a_fresh_one_has_done_nothing_and_takes_the_place_of_an_idle_one(pool: Pool) -> None:
    worked, idle = pool.take(), pool.take()
    pool.give_back(idle)
    fresh = pool.take(fresh=True)
    assert pool.open == [worked, fresh]
    assert pool.take(fresh=True) not in (worked, idle, fresh)
    assert len(pool.open) == 3


def test_who_has_retired_is_taken_no_more(pool: Pool) -> None:
    worker = pool.take()
    pool.retire(worker)
    pool.give_back(worker)
    assert pool.open == []
    assert pool.take() is not worker


def test_who_has_been_taken_often_enough_is_replaced(pool: Pool) -> None:
    """A process grows by whatever its libraries keep of each task."""
    first = pool.take()
    pool.give_back(first)
    for _ in range(1, MOST_TAKEN):
        assert pool.take() is first
        pool.give_back(first)
    assert pool.open == [first], "nobody else is ready"
    pool.keep_ready(2, "mnist")
    _, other = pool.started
    assert pool.take() is first
    pool.give_back(first)
    assert first not in pool.open
    assert pool.take() is other
    assert len(pool.open) == 2, "another one takes its place"


def test_one_alone_is_replaced_too_in_the_end(pool: Pool) -> None:
    first = pool.take()
    for _ in range(2 * MOST_TAKEN - 1):
        pool.give_back(first)
        assert pool.take() is first
    pool.give_back(first)
    assert pool.open == []


def test_who_owns_the_gpu_is_given_to_whoever_wants_the_gpu_only(pool: Pool) -> None:
    owner = pool.take(gpu=True)
    pool.give_back(owner)
    assert pool.take() is not owner
    assert pool.take(gpu=True) is owner


# --- Kept ready -----------------------------------------------------------------------------------


def warmed(worker: Worker) -> list[str]:
    return [message.kind for message in worker.sent if isinstance(message, Warm)]


def test_as_many_as_asked_for_are_ready_and_those_at_work_count(pool: Pool) -> None:
    busy = pool.take()
    pool.take(gpu=True)  # counts nowhere
    pool.keep_ready(3, "mnist")
    pool.keep_ready(3, "mnist")
    assert len(pool.started) == 4
    assert [warmed(worker) for worker in pool.started[2:]] == [["mnist"], ["mnist"]]
    pool.give_back(busy)
    assert len(pool.started) == 4


def test_idle_ones_are_warm_for_the_kind_that_is_expected(pool: Pool) -> None:
    pool.keep_ready(2, "mnist")
    busy = pool.take()
    for kind in ("black_patch", "black_patch", "mnist"):
        pool.keep_ready(2, kind)
    assert sorted(warmed(worker) for worker in pool.started) == [["mnist"], ["mnist", "black_patch"]]
    assert warmed(busy) == ["mnist"], "who works is not disturbed"  # type: ignore[arg-type]


def test_who_ends_is_told_of_and_replaced(pool: Pool, ended: list[tuple[Handle, str]]) -> None:
    pool.keep_ready(2, "mnist")
    busy, idle = pool.take(), pool.started[1]
    for worker in (idle, busy):
        worker.kill()
        assert len(pool.open) == 2
    assert ended == [(idle, "exit code -9"), (busy, "exit code -9")]
    assert {pool.take(), pool.take()} == set(pool.open)


def test_a_place_is_filled_again_when_the_retired_one_is_gone(pool: Pool) -> None:
    pool.keep_ready(1, "mnist")
    worker = pool.take()
    pool.retire(worker)
    assert pool.open == [], "its memory is not free yet"
    pool.started[0].end()
    assert len(pool.open) == 1


# --- Who cannot start -----------------------------------------------------------------------------


@pytest.fixture
def failing(pool: Pool) -> Pool:
    """One of it is kept ready, and a timer that stands still, too."""
    failing = Pool(pool.clock, Timer(pool.clock))
    failing.listen(lambda report: None, lambda worker, how: None)
    failing.keep_ready(1, "mnist")
    return failing


def test_who_ends_while_warming_up_is_replaced_after_a_growing_pause(failing: Pool) -> None:
    timer = failing._make_timer
    assert isinstance(timer, Timer)
    pauses = []
    for _ in range(len(PAUSES) + 2):
        failing.clock.now += 1.0
        failing.started[-1].end("exit code 1")
        if failing.open:
            pauses.append(0.0)
            continue
        failing.tidy()
        failing.keep_ready(1, "mnist")
        assert failing.open == [], "whoever asks for order does not shorten the pause"
        pauses.append(timer.left)
        timer.ring()
        assert len(failing.open) == 1
    assert pauses == [*PAUSES, PAUSES[-1], PAUSES[-1]]


def test_in_a_pause_whoever_needs_a_worker_gets_one(failing: Pool) -> None:
    for _ in range(2):
        failing.started[-1].end()
    assert failing.open == []
    assert failing.take() in failing.open


def test_who_was_ready_before_its_end_is_replaced_at_once(failing: Pool) -> None:
    for _ in range(5):
        failing.clock.now += QUICK_SECONDS
        failing.started[-1].end()
        assert len(failing.open) == 1


def test_who_ends_at_work_is_replaced_at_once(failing: Pool) -> None:
    for _ in range(5):
        failing.take()
        failing.started[-1].end()
        assert len(failing.open) == 1


def test_quick_ends_long_ago_are_forgotten(failing: Pool) -> None:
    for _ in range(5):
        failing.started[-1].end()
        assert len(failing.open) == 1
        failing.clock.now += 10 * PAUSES[-1]
        failing.retire(failing.take())
        failing.started[-1].end()  # a new one takes its place


FULL = [OSError(24, "Too many open files"), RuntimeError("can't start new thread")]


@pytest.mark.parametrize("refused", FULL, ids=["files", "threads"])
def test_where_no_process_begins_whoever_asks_is_told_and_nobody_else_ends(
    failing: Pool, refused: Exception
) -> None:
    failing.refused = refused
    idle = failing.take()
    with pytest.raises(RunError, match=r"^No process can begin here \(.*(open files|thread)\): close other"):
        failing.take()
    failing.keep_ready(3, "mnist")
    failing.give_back(idle)
    failing.started[-1].end()
    assert failing.open == []
    timer = failing._make_timer
    assert isinstance(timer, Timer)
    failing.refused = None
    failing.keep_ready(3, "mnist")
    assert failing.open == [], "it is not tried again and again"
    while not failing.open and timer.left <= 2 * PAUSES[3]:
        timer.ring()
    assert len(failing.open) == 3


def test_reports_are_handed_on(pool: Pool, reports: list[Report]) -> None:
    pool.take()
    pool.started[0].say("a run", "running")
    assert reports == [Report("a run", status="running")]


# --- Let go ---------------------------------------------------------------------------------------


def test_idle_ones_are_let_go_in_time(pool: Pool) -> None:
    early, late, busy = pool.take(), pool.take(), pool.take()
    pool.give_back(early)
    pool.clock.now += IDLE_SECONDS / 2
    pool.give_back(late)
    pool.clock.now += IDLE_SECONDS / 2 - 1
    pool.tidy()
    assert pool.open == [early, late, busy]
    pool.clock.now += 1
    pool.tidy()
    assert pool.open == [late, busy]
    assert pool.take() is late


def test_those_kept_ready_stay_but_not_the_owner_of_the_gpu(pool: Pool) -> None:
    pool.keep_ready(1, "mnist")
    taken, more, gpu = pool.take(), pool.take(), pool.take(gpu=True)
    for worker in (taken, more, gpu):
        pool.give_back(worker)
    pool.clock.now += 2 * IDLE_SECONDS
    pool.tidy()
    assert len(pool.open) == 1
    assert gpu not in pool.open
    pool.keep_ready(0, "mnist")
    assert pool.open == []


def test_nobody_has_to_ask_for_that(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None]
) -> None:
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.01)
    worker = pool.take()
    pool.give_back(worker)
    pool.clock.now = 1.0
    wait_until(lambda: not pool.open, "it is let go")


def test_a_closed_pool_ends_all_and_starts_none(pool: Pool) -> None:
    pool.keep_ready(2, "mnist")
    pool.take()
    pool.close(1.0)
    assert pool.open == []
    for worker in list(pool.started):
        worker.end()
    pool.keep_ready(2, "mnist")
    pool.tidy()
    assert len(pool.started) == 2


def test_all_that_do_not_end_share_one_wait(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service gives a server half a minute to end."""
    given: list[float] = []

    def deaf(self: Worker, timeout: float) -> None:
        given.append(timeout)
        pool.clock.now += timeout

    monkeypatch.setattr(Worker, "join", deaf)
    for _ in range(4):
        pool.take()
    pool.close(5.0)
    assert given == [5.0, 0.0, 0.0, 0.0]
