"""The same error again and again is one line a second; another error is always said."""

from __future__ import annotations

import logging
import sys

import pytest

from ui.quiet_log import OncePerSecond


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def once(now: list[float]) -> OncePerSecond:
    return OncePerSecond(lambda: now[0])


def said(words: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("ui", logging.ERROR, __file__, 1, words, args, info)


def test_a_flood_of_one_error_is_one_line_a_second(once: OncePerSecond, now: list[float]) -> None:
    written = [once.filter(said("page error %s", f"{number:08x}")) for number in range(100)]
    assert written.count(True) == 1
    now[0] = 1.0
    record = said("page error %s", "0badcafe")
    assert once.filter(record)
    assert record.getMessage() == "page error 0badcafe (and 99 times more since the last line)"


def test_another_error_is_said_at_once(once: OncePerSecond) -> None:
    assert once.filter(said("%s", "The disk is full."))
    assert once.filter(said("%s", "The database is gone."))
    assert not once.filter(said("%s", "The disk is full."))


def test_an_error_is_known_by_where_it_was_raised(once: OncePerSecond) -> None:
    def fail(kind: type[Exception]) -> Exception:
        try:
            raise kind("at this line")
        except kind:
            error = sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1]
        assert isinstance(error, Exception)
        return error

    assert once.filter(said("page error 1", error=fail(ValueError)))
    assert not once.filter(said("page error 2", error=fail(ValueError)))
    assert once.filter(said("page error 3", error=fail(KeyError)))
