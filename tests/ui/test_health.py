"""`/healthz` says ready, workers and store; and fails when one of them does."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dlcore import journal
from dlcore.journal import close_journal, open_journal
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.runs.tasks import Tasks
from tests.dlcore.runs.fakes import Clock, Pool
from tests.waiting import DEADLINE_SECONDS
from ui import health, services
from ui.health import KEPT_SECONDS, Health, Watch
from ui.services import Services
from ui.slowest import SLOW_SECONDS, Slowest, TimesAnswers


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("DLLAB_DATA_DIR", str(tmp_path / "data"))
    with closing(Store()) as store, closing(Runner(store, pool=Pool())) as runner:
        found = Services(store, runner, Tasks(Pool()))
        monkeypatch.setattr(services, "_services", found)
        monkeypatch.setattr(health, "watch", Watch())
        yield found


def asked() -> tuple[int, dict[str, object]]:
    client = TestClient(Starlette(routes=health.ROUTES), client=("10.0.0.7", 50_000))
    answer = client.get("/healthz")
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()


def test_a_lab_that_is_well(running: Services) -> None:
    status, said = asked()
    assert status == 200
    assert said == {
        "status": "ok",
        "ready": True,
        "workers": running.runner.pool.alive(),
        "store": "writable",
    }
    assert running.runner.pool.alive() >= 1
    assert not any(running.store.folder.glob("tmp*")), "it leaves nothing"


def test_before_the_start_and_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_services", None)
    monkeypatch.setattr(health, "watch", Watch())
    assert asked() == (503, {"status": "failing", "ready": False, "workers": 0, "store": "failing"})


def test_without_a_worker(running: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.runner.pool, "alive", lambda: 0)
    status, said = asked()
    assert (status, said["workers"], said["store"]) == (503, 0, "writable")


def test_a_folder_that_is_not_the_one_asked_for(running: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLLAB_DATA_DIR", "/nowhere")
    status, said = asked()
    assert (status, said["store"]) == (503, "not kept")
    assert "nowhere" not in str(said)


def test_a_folder_that_has_gone(running: Services) -> None:
    running.store.folder.rename(running.store.folder.with_name("elsewhere"))
    status, said = asked()
    assert (status, said["store"]) == (503, "failing")


def test_a_database_that_answers_no_more(running: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("SELECT", {}, OSError("disk I/O error"))

    monkeypatch.setattr(running.store._engine, "begin", refuse)
    monkeypatch.setattr(running.store._engine, "connect", refuse)
    assert asked()[1]["store"] == "failing"


def test_who_asks_on_and_on_is_told_what_was_just_found(running: Services) -> None:
    clock = Clock()
    watch = Watch(clock)

    async def ask() -> None:
        first = await watch.look()
        assert await watch.look() is first
        clock.now += KEPT_SECONDS
        assert await watch.look() is not first

    asyncio.run(ask())


def test_a_disk_that_hangs_holds_one_thread_and_not_all(
    running: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages and pictures need the others."""
    looks, let_go = [], threading.Event()

    def hang(running: object) -> Health:
        looks.append(threading.get_ident())
        let_go.wait()
        return Health(True, 1, "writable")

    monkeypatch.setattr(health, "health_of", hang)
    clock = Clock()
    watch = Watch(clock, look_seconds=0.0)

    async def ask() -> None:
        for _ in range(5):
            found = await watch.look()
            assert found == Health(True, running.runner.pool.alive(), "failing")
            clock.now += KEPT_SECONDS
        watch.look_seconds = DEADLINE_SECONDS
        let_go.set()
        assert (await watch.look()).well

    asyncio.run(ask())
    assert len(looks) == 1


def test_a_disk_that_hangs_lets_the_server_tell_of_slow_answers_and_go_on(
    running: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A board's answer is timed, and told of, in the event loop, which all share."""
    let_go, wrote = threading.Event(), list[str]()
    handler = open_journal(running.store.folder)

    def hang(file: journal._Private, record: logging.LogRecord) -> None:
        assert let_go.wait(DEADLINE_SECONDS)
        wrote.append(record.getMessage())

    def vote(request: Request) -> Response:
        clock.now += 2 * SLOW_SECONDS
        return PlainTextResponse("here")

    clock = Clock()
    monkeypatch.setattr(journal._Private, "emit", hang)
    routes = [Route("/vote/7", vote, methods=["POST"]), *health.ROUTES]
    lab = Starlette(routes=routes, middleware=[Middleware(TimesAnswers, noted=Slowest(clock=clock))])
    with TestClient(lab) as client:
        assert client.post("/vote/7").status_code == 200
        assert client.get("/healthz").status_code == 200
    assert wrote == []
    let_go.set()
    close_journal(handler)
    assert wrote == [f"slow page=answer-of-vote seconds={2 * SLOW_SECONDS:.3g}"]
