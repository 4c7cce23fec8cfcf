"""Whose own pictures have lost their place in memory loses none of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dlcore.classifier.examples import examples
from dlcore.runs.storage.store import Store
from ui import albums, services
from ui.shelf import Shelf

ANNA, BERT = "anna", "bert"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """With a shelf beside it on which one album has room."""
    with closing(Store(tmp_path)) as opened:
        monkeypatch.setattr(services, "store", lambda: opened)
        monkeypatch.setattr(albums, "_shelf", Shelf(1))
        yield opened


def test_a_class_is_taken_out_of_pictures_that_are_on_the_disk_alone(store: Store) -> None:
    fish, monument = (next(p for p in examples() if p.label == name) for name in ("fishes", "monuments"))
    store.keep_pictures(ANNA, [fish, monument])
    albums.add(BERT, [fish])
    albums.take_out(ANNA, "fishes")
    assert albums.kept(ANNA) == (monument,)
    albums.add(BERT, [monument])
    albums.take_out(ANNA, "none of these")
    assert albums.kept(ANNA) == (fish, monument), "what the store was not told still stands there"
