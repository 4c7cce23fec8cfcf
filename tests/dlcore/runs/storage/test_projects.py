"""Four lines, rounds, decisions, pictures and apps outlive a store; what is damaged says nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from dlcore.classifier.examples import examples
from dlcore.classifier.project import EXAMPLE, Decision, Iteration
from dlcore.errors import StoreError
from dlcore.runs.storage import disk, projects
from dlcore.runs.storage.database import DECISIONS, ITERATIONS, PICTURES, PLANS
from dlcore.runs.storage.store import Store

ROOT = Path(__file__).resolve().parents[4]
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
import os, signal, sys
from pathlib import Path
from dlcore.classifier.project import Decision
from dlcore.runs.storage.store import Store
store = Store(Path(sys.argv[1]))
for number in range(200):
    store.decide("anna", str(number), Decision("relabel", "tools"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_two_hundred_decisions_survive_a_kill(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, timeout=300)
    assert done.returncode == -signal.SIGKILL
    with closing(Store(tmp_path)) as later:
        assert len(later.decisions_of(ANNA)) == 200


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
    assert store.pictures_of(ANNA) == tuple(sorted(two, key=lambda picture: picture.name))
    assert store.pictures_of(BERT) == ()
    store.keep_pictures(ANNA, one)
    assert store.pictures_of(ANNA) == one
    folder = store.folder / "pictures" / ANNA
    assert [file.name for file in folder.iterdir()] == [f"{one[0].digest}.webp"]
    (folder / f"{one[0].digest}.webp").unlink()
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


def test_an_app_is_found_by_its_id_and_the_oldest_of_many_go(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projects, "APPS_PER_OWNER", 2)
    moments = iter(range(1, 10))
    monkeypatch.setattr(projects.time, "time", lambda: float(next(moments)))
    first, second, third = (store.publish(ANNA, f'"{name}"') for name in ("one", "two", "three"))
    other = store.publish(BERT, '"four"')
    assert [store.app(one) for one in (first, second, third, other)] == [None, '"two"', '"three"', '"four"']
    assert store.app("nobody") is None
