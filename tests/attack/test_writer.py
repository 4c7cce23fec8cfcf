"""The thread that writes runs down survives whatever goes wrong, says it, and goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dlcore.errors import ConfigError
from dlcore.run import Metric, Run
from dlcore.runs.storage import writer as module
from dlcore.runs.storage.store import Store
from dlcore.runs.storage.writer import News, Writer
from tests.waiting import DEADLINE_SECONDS


def run_called(name: str) -> Run:
    return Run(id=name, owner="anna", kind="mnist", name=name, config={}, status="finished")


def news_of(run: Run) -> News:
    return News(run, [Metric("train_loss", 1, 1, 0.1, 0.5)])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as store:
        for name in ("first", "second"):
            store.create(run_called(name))
        yield store


def flushed(writer: Writer) -> None:
    writer.flush(timeout=DEADLINE_SECONDS)


@pytest.mark.parametrize("error", [RuntimeError("odd"), OSError(5, "Input/output error"), KeyError("step")])
def test_one_run_that_cannot_be_written_holds_no_other_up(
    store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    write_down = module.write_down
    broken = True

    def failing(store: Store, news: News) -> None:
        if broken and news.run.id == "first":
            raise error
        write_down(store, news)

    monkeypatch.setattr(module, "write_down", failing)
    writer = Writer(store, lambda run: None, lambda: None)
    writer.start()
    writer.put(news_of(run_called("first")))
    flushed(writer)
    assert "Until then runs go on and wait in memory." in writer.trouble
    writer.put(news_of(run_called("second")))
    flushed(writer)
    second = store.get("second")
    assert second is not None
    assert second.last("train_loss") is not None
    broken = False
    flushed(writer)
    assert writer.trouble == ""
    writer.close(DEADLINE_SECONDS)
    first = store.get("first")
    assert first is not None
    assert first.last("train_loss") is not None, "what waited in memory is written in the end"


@pytest.mark.parametrize("error", [ConfigError("DLLAB_DATA_GB must be a number."), PermissionError(13, "no")])
def test_a_house_that_cannot_be_kept_costs_no_run(
    store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(module, "HOUSE_SECONDS", 0.0)

    def keep_house() -> None:
        raise error

    writer = Writer(store, lambda run: None, keep_house)
    writer.start()
    for _ in range(2):  # a round ends with keeping house
        flushed(writer)
    assert str(error) in writer.trouble
    writer.put(news_of(run_called("first")))
    flushed(writer)
    first = store.get("first")
    assert first is not None
    assert first.last("train_loss") is not None
    writer.close(DEADLINE_SECONDS)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_thread_itself_is_gone_the_lab_says_so(
    store: Store, joined: Callable[[Writer], None]
) -> None:
    def leave(run: Run) -> None:
        raise SystemExit

    writer = Writer(store, leave, lambda: None)
    writer.start()
    writer.put(news_of(run_called("first")))
    joined(writer)
    assert writer.trouble == "Runs are no longer written down: start the lab again, and look into its log."


@pytest.fixture
def joined() -> Callable[[Writer], None]:
    def join(writer: Writer) -> None:
        writer._thread.join(DEADLINE_SECONDS)

    return join
