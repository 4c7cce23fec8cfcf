"""Four lines, rounds, decisions, pictures and apps outlive a store; what is damaged says nothing."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from dlcore.classifier.examples import examples
from dlcore.classifier.project import EXAMPLE, Decision, Iteration
from dlcore.errors import StoreError
from dlcore.runs.storage import bounded, disk, projects
from dlcore.runs.storage.database import APPS, DECISIONS, ITERATIONS, PICTURES, PLANS
from dlcore.runs.storage.projects import Projects
from dlcore.runs.storage.store import Store
from tests.forks import Forks
from tests.waiting import Counted, wait_until

ANNA, BERT = "anna", "bert"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as opened:
        yield opened


def test_what_was_written_is_there_for_the_next_store(tmp_path: Path) -> None:
    decision = Decision("relabel", "tools")
    with closing(Store(tmp_path)) as store:
        store.keep_plan(ANNA, "own", EXAMPLE)
        store.add_iteration(ANNA, "own", Iteration(1.0, "the first", 8, 10))
        store.add_iteration(ANNA, "own", Iteration(2.0, "the second", 9, 10))
        for digest in ("one", "two", "three"):
            store.decide(ANNA, digest, decision)
        store.decide(ANNA, "two", Decision("delete"))
        store.decide(ANNA, "three", None)
    with closing(Store(tmp_path)) as later:
        assert later.plan_of(ANNA, "own") == EXAMPLE
        assert later.plan_of(ANNA, "example") is None
        assert [one.words for one in later.iterations_of(ANNA, "own")] == ["the first", "the second"]
        assert later.decisions_of(ANNA) == {"one": decision, "two": Decision("delete")}
        assert later.decisions_of(BERT) == {}


KILLED = """
import sys
from pathlib import Path
from dlcore.classifier.project import Decision
from dlcore.runs.storage.store import Store
store = Store(Path(sys.argv[1]))
for number in range(10_000):
    store.decide("anna", str(number), Decision("relabel", "tools"))
    print(number, flush=True)
"""


def test_two_hundred_decisions_survive_a_kill(tmp_path: Path, forks: Forks) -> None:
    process = forks.python("-c", KILLED, str(tmp_path), environment=os.environ)
    with process.stdin, process.stdout:
        said = [int(process.stdout.readline()) for _ in range(200)]
        process.kill()  # in the middle of the next
        process.wait()
    assert said == list(range(200))
    with closing(Store(tmp_path)) as later:
        found = later.decisions_of(ANNA)
    assert {str(number) for number in said} <= found.keys()
    assert set(found.values()) == {Decision("relabel", "tools")}


def test_damaged_rows_say_nothing(store: Store) -> None:
    with store._transaction() as connection:
        connection.execute(PLANS.insert().values(owner=ANNA, which="own", plan="{", at=0.0))
        row = {"owner": ANNA, "digest": "one", "label": "", "at": 0.0}
        connection.execute(DECISIONS.insert().values(action="explode", **row))
        odd = {"owner": ANNA, "which": "own", "at": 1.0, "words": "odd", "correct": 3, "total": 0}
        connection.execute(ITERATIONS.insert().values(**odd))
    assert store.plan_of(ANNA, "own") is None
    assert store.decisions_of(ANNA) == {}
    assert store.iterations_of(ANNA, "own") == ()


def test_pictures_stay_until_their_owner_lets_them_go(store: Store) -> None:
    two, one = examples()[:2], examples()[1:2]
    assert not store.keeps_pictures(ANNA)
    store.keep_pictures(ANNA, two)
    assert store.keeps_pictures(ANNA)
    assert store.pictures_of(ANNA) == two
    assert store.pictures_of(BERT) == ()
    store.keep_pictures(ANNA, one)
    assert store.pictures_of(ANNA) == one
    folder = store.folder / "pictures" / ANNA
    assert [file.name for file in folder.iterdir()] == [f"{one[0].digest}.webp"]
    file = folder / f"{one[0].digest}.webp"
    file.write_bytes(one[0].webp[:100])
    assert store.pictures_of(ANNA) == (), "it was cut"
    file.unlink()
    assert store.pictures_of(ANNA) == ()
    store.forget_pictures(ANNA)
    assert not folder.exists()
    assert not store.keeps_pictures(ANNA)


def test_a_full_folder_keeps_no_pictures(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projects, "limit_bytes", lambda: 10)
    with pytest.raises(StoreError, match="no room for pictures"):
        store.keep_pictures(ANNA, examples()[:1])
    assert not store.keeps_pictures(ANNA)
    assert disk.folder_bytes(store.folder / "pictures") == 0


def refuse_the_third(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    written = 0

    def write(path: Path, content: bytes, *, durable: bool = True) -> None:
        nonlocal written
        written += 1
        if written == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        disk.write_whole(path, content, durable=durable)

    monkeypatch.setattr(projects, "write_whole", write)


def refuse_the_rows(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    def replace_rows(connection: sa.Connection, *_: object) -> None:
        connection.execute(sa.text("SELECT nothing FROM nowhere"))

    monkeypatch.setattr(projects, "replace_rows", replace_rows)


@pytest.mark.parametrize("refuse", [refuse_the_third, refuse_the_rows])
def test_pictures_that_are_refused_leave_nothing_behind(
    store: Store, monkeypatch: pytest.MonkeyPatch, refuse: Callable[[pytest.MonkeyPatch, Store], None]
) -> None:
    store.keep_pictures(ANNA, examples()[:2])
    folder = store.folder / "pictures" / ANNA
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    refuse(monkeypatch, store)
    with pytest.raises(StoreError):
        store.keep_pictures(ANNA, examples()[1:6])
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert store.pictures_of(ANNA) == examples()[:2]


def test_two_owners_who_keep_pictures_at_once_find_room_for_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other comes to the door while the first is within, and looks for room only after that."""
    door, kept, write = Counted(threading.Lock()), examples()[:1], projects.write_whole
    monkeypatch.setattr(projects, "PICTURES_BYTES", len(kept[0].webp))
    monkeypatch.setattr(Projects, "_pictures_lock", door)
    refused: list[StoreError] = []

    def keep_bert() -> None:
        try:
            store.keep_pictures(BERT, kept)
        except StoreError as error:
            refused.append(error)

    bert = threading.Thread(target=keep_bert)

    def write_meanwhile(path: Path, content: bytes, *, durable: bool = True) -> None:
        if path.parent.name == ANNA:
            bert.start()
            wait_until(lambda: door.came == 2 or refused, "he has come to the door")
        write(path, content, durable=durable)

    monkeypatch.setattr(projects, "write_whole", write_meanwhile)
    store.keep_pictures(ANNA, kept)
    bert.join()
    assert [store.keeps_pictures(owner) for owner in (ANNA, BERT)] == [True, False]
    assert len(refused) == 1


def test_pictures_of_who_has_not_been_here_for_long_go(store: Store) -> None:
    for owner in (ANNA, BERT, "carl"):
        store.keep_pictures(owner, examples()[:1])
    with store._transaction() as connection:
        connection.execute(
            PICTURES.update().where(PICTURES.c.owner.in_([ANNA, BERT])).values(at=sa.literal(1.0))
        )
    store.opened(BERT, "home.py")
    assert store.forget_forsaken_pictures(60.0) == len(examples()[0].webp)
    assert [store.keeps_pictures(owner) for owner in (ANNA, BERT, "carl")] == [False, True, True]


def test_a_clock_that_is_set_to_next_year_makes_nobody_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.keep_pictures(ANNA, examples()[:1])
    today = time.time()
    monkeypatch.setattr(time, "time", lambda: today + 365 * 86_400.0)
    assert store.forget_forsaken_pictures(60.0) == 0
    assert store.keeps_pictures(ANNA)


def test_an_app_is_found_by_its_id_and_the_oldest_of_many_go(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(projects.MOST_OF_ONE, APPS, 2)
    moments = count(1)
    monkeypatch.setattr(projects.time, "time", lambda: float(next(moments)))
    first, second, third = (store.publish(ANNA, f'"{name}"') for name in ("one", "two", "three"))
    other = store.publish(BERT, '"four"')
    assert [store.app(one) for one in (first, second, third, other)] == [None, '"two"', '"three"', '"four"']
    assert store.app("nobody") is None
    assert store.publish(BERT, '"four"') == other, "the same app has the same link"
    store.take_down(ANNA, other)
    assert store.app(other) == '"four"', "it is not hers"
    store.take_down(BERT, other)
    assert store.app(other) is None
    assert store.apps_of(ANNA) == [third, second]


def test_many_decisions_of_one_owner_cost_another_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(projects.MOST_OF_ONE, DECISIONS, 3)
    store.decide(BERT, "his", Decision("keep"))
    for number in range(6):
        store.decide(ANNA, str(number), Decision("keep"))
    assert set(store.decisions_of(ANNA)) == {"3", "4", "5"}
    assert set(store.decisions_of(BERT)) == {"his"}


def test_of_the_same_pixels_the_first_label_is_kept(store: Store) -> None:
    first, other = examples()[0], replace(examples()[0], label="tools")
    store.keep_pictures(ANNA, (first, examples()[1], other))
    assert [picture.label for picture in store.pictures_of(ANNA)] == ["fishes", "fishes"]


def test_two_tabs_that_keep_and_let_go_leave_rows_and_files_at_one(store: Store) -> None:
    sets = (examples()[:4], examples()[2:6])
    threads = [threading.Thread(target=store.keep_pictures, args=(ANNA, sets[turn % 2])) for turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.pictures_of(ANNA) in sets


def test_files_that_no_row_knows_go_with_the_forsaken(store: Store) -> None:
    store.keep_pictures(ANNA, examples()[:1])
    store._write([PICTURES.delete()])
    assert store.forget_forsaken_pictures(60.0) == len(examples()[0].webp)
    assert not (store.folder / "pictures" / ANNA).exists()


def test_two_tabs_that_decide_the_same_at_once_are_one_decision(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The very moment between the second's look and its writing, when the first has written."""
    store.decide(ANNA, "one", Decision("relabel", "tools"))
    monkeypatch.setattr(bounded, "replace_rows", lambda connection, table, rows: connection.execute(
        table.insert(), rows
    ))  # fmt: skip
    store.decide(ANNA, "one", Decision("relabel", "toys"))
    assert store.decisions_of(ANNA) == {"one": Decision("relabel", "tools")}
