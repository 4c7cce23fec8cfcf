"""A damaged row of one's own is said on the page Runs, and locks nobody out of any page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from dlcore.run import new_run
from dlcore.runs.storage.database import RUNS
from dlcore.training.config import TrainConfig
from ui import services

OpenPage = Callable[..., Any]


@pytest.mark.parametrize("path", ["home.py", "mnist/train.py", "runs.py"])
def test_a_damaged_row_locks_its_owner_out_of_no_page(open_page: OpenPage, path: str) -> None:
    store, owner = services.store(), f"owner of {path}"
    good, bad = (
        new_run(owner, "mnist", TrainConfig(), name=name, status="stopped") for name in ("good", "bad")
    )
    for run in (good, bad):
        store.create(run)
    engine = sa.create_engine(f"sqlite:///{store.folder / 'runs.sqlite'}")
    with engine.begin() as connection:
        connection.execute(RUNS.update().where(RUNS.c.id == bad.id).values(config="[" * 5_000, status="x"))
    engine.dispose()
    page = open_page(path, owner=owner)
    assert page.sentences == []
    if path == "runs.py":
        names = [row["Name"] for row in page.tables()[0]]
        assert {"good", "Damaged run"} <= set(names)
        page.set("runs", pinned=[bad.id])
        assert "cannot be shown, only deleted" in page.words
        page.click(f"runs__delete_{bad.id}")
        assert store.get(bad.id) is None
