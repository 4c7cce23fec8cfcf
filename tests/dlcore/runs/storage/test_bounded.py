"""Names are free to make: whoever makes thousands does not wipe out what a class has written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from dlcore.classifier.project import EXAMPLE, Decision, Iteration
from dlcore.errors import StoreError
from dlcore.runs.storage import notebooks, projects
from dlcore.runs.storage.bounded import FORSAKEN_SECONDS
from dlcore.runs.storage.database import APPS, DECISIONS, ITERATIONS, NOTEBOOKS, PLANS, TRAILS
from dlcore.runs.storage.store import Store

CLASS = [f"student {number}" for number in range(5)]
NOTES = 4  # of each of them
FULL = r"^The lab has no room for what more people write: "


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as opened:
        yield opened


def notes_of(store: Store, *owners: str) -> list[int]:
    return [len(store.notebook_of(owner).notes) for owner in owners]


def write(store: Store, owner: str, notes: int) -> None:
    for number in range(notes):
        store.keep_note(owner, f"page {number}", "a note")


def away(store: Store, *owners: str) -> None:
    """They wrote it long ago, and opened no page since."""
    long_ago = time.time() - FORSAKEN_SECONDS - 60.0
    for table in (NOTEBOOKS, TRAILS):
        with store._transaction() as connection:
            connection.execute(
                table.update().where(table.c.owner.in_(owners)).values(at=sa.literal(long_ago))
            )


def test_whoever_writes_most_gives_way_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebooks, "MOST", 60)
    for student in CLASS:
        write(store, student, NOTES)
    for number in range(8):
        write(store, f"another {number}", 30)
    assert notes_of(store, *CLASS) == [NOTES] * len(CLASS)
    assert sorted(notes_of(store, *(f"another {number}" for number in range(8)))) == [5] * 8


def test_of_whoever_is_away_all_goes_before(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebooks, "MOST", 12)
    write(store, "gone", 2)
    write(store, "reads", 2)
    store.opened("gone", "home.py")
    away(store, "gone", "reads")
    store.opened("reads", "home.py")
    write(store, "new", 9)
    assert notes_of(store, "gone", "reads", "new") == [1, 2, 9]
    write(store, "newer", 3)
    assert notes_of(store, "gone", "reads", "new", "newer") == [0, 2, 7, 3]


@pytest.mark.parametrize(
    ("table", "keep"),
    [
        (PLANS, lambda store, owner: store.keep_plan(owner, "own", EXAMPLE)),
        (APPS, lambda store, owner: store.publish(owner, '"an app"')),
        (DECISIONS, lambda store, owner: store.decide(owner, "a picture", Decision("keep"))),
        (ITERATIONS, lambda store, owner: store.add_iteration(owner, "", Iteration(time.time(), "", 1, 1))),
    ],
    ids=["plans", "apps", "decisions", "rounds"],
)
def test_thousands_of_names_take_nobodys_last(
    store: Store, monkeypatch: pytest.MonkeyPatch, table: sa.Table, keep: Callable[[Store, str], None]
) -> None:
    monkeypatch.setitem(projects.MOST, table, 10)
    for student in CLASS:
        keep(store, student)
    for number in range(10 - len(CLASS)):
        keep(store, f"another {number}")
    for number in range(20):
        with pytest.raises(StoreError, match=FULL):
            keep(store, f"one more {number}")
    for student in CLASS:
        keep(store, student)  # who has one may change it
    with store._transaction() as connection:
        owners = set(connection.execute(sa.select(table.c.owner)).scalars())
    assert len(owners) == 10
    assert owners >= set(CLASS)


def test_a_full_table_makes_room_for_more_than_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """To look for what goes takes long: not at every word that is written."""
    monkeypatch.setattr(notebooks, "MOST", 200)
    write(store, "anna", 201)
    assert notes_of(store, "anna") == [198]
