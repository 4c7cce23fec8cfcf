"""Which pages an owner has opened: kept beyond the lab's end, each owner's own, and bounded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from dlcore.runs.storage import trails
from dlcore.runs.storage.store import Store
from dlcore.runs.storage.trails import Trail


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Each moment in it is later than the one before."""
    moments = count(1.0)
    monkeypatch.setattr(trails.time, "time", lambda: next(moments))
    with closing(Store(tmp_path)) as store:
        yield store


def test_who_has_been_nowhere_has_no_trail(store: Store) -> None:
    store.opened("bert", "runs.py")
    assert store.trail_of("anna") == Trail()


def test_the_page_opened_last_counts_with_its_run(store: Store) -> None:
    for page, run in (("mnist/draw.py", ""), ("mnist/train.py", "one"), ("mnist/draw.py", "two")):
        store.opened("anna", page, run)
    assert store.trail_of("anna") == Trail(
        frozenset({"mnist/draw.py", "mnist/train.py"}), "mnist/draw.py", "two"
    )


def test_it_outlives_the_lab(store: Store) -> None:
    store.opened("anna", "runs.py", "one")
    with closing(Store(store.folder)) as later:
        assert later.trail_of("anna") == Trail(frozenset({"runs.py"}), "runs.py", "one")


def test_who_has_been_away_longest_is_forgotten_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trails, "MOST", 3)
    for owner in ("anna", "bert", "carl"):
        store.opened(owner, "runs.py")
    store.opened("anna", "runs.py")  # here again
    store.opened("dora", "runs.py")
    assert [bool(store.trail_of(owner).pages) for owner in ("anna", "bert", "carl", "dora")] == [
        True,
        False,
        True,
        True,
    ]


def test_two_tabs_that_open_one_page_at_once_are_one_place_on_the_trail(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The very moment between the second's look and its writing, when the first has written."""
    store.opened("anna", "runs.py", "one")
    monkeypatch.setattr(trails, "replace_rows", lambda connection, table, rows: connection.execute(
        table.insert(), rows
    ))  # fmt: skip
    store.opened("anna", "runs.py", "two")
    assert store.trail_of("anna") == Trail(frozenset({"runs.py"}), "runs.py", "one")
