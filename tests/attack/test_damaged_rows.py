"""One damaged row or description is said in a sentence; everything else of its owner is as it was."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from dlcore.errors import CheckpointError
from dlcore.figures.run_tables import run_rows
from dlcore.runs.storage.checkpoint_files import read_checkpoint
from dlcore.runs.storage.checkpoints import load_config, load_state, load_weights
from dlcore.runs.storage.record import RECORD, VERSION, read_record
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig
from tests.attack.stored import finished, stored

ODD_VALUES: list[tuple[str, Any]] = [
    ("config", "{"),
    ("config", "null"),
    ("config", "7"),
    ("config", '{"epochs": Infinity}'),
    ("config", '{"epochs": []}'),
    ("config", '{"lr": {}}'),
    ("config", '{"rehearsal": "many"}'),
    ("config", '{"seed": null}'),
    ("config", '{"net": ["FastCNN"]}'),
    ("config", "[" * 100_000),
    ("config", '{"epochs": ' + 5_000 * "9" + "}"),
    ("watched", "[[1, "),
    ("watched", '{"a": 1}'),
    ("watched", "[7]"),
    ("status", "finishef"),
    ("created", "yesterday"),
    ("step", b"\xff"),
    ("seconds", "long"),
    ("step", math.inf),
    ("total_steps", math.inf),
    ("epoch", -math.inf),
    ("threads", math.inf),
    ("created", math.inf),
    ("seconds", math.inf),
    ("watched", f"[[1{400 * '0'}]]"),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as store:
        yield store


def spoil(folder: Path, run_id: str, column: str, value: Any, table: str = "runs", key: str = "id") -> None:
    with closing(sqlite3.connect(folder / "runs.sqlite")) as database:
        database.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (value, run_id))
        database.commit()


@pytest.mark.parametrize(("column", "value"), ODD_VALUES, ids=[f"{c}={v!r:.12}" for c, v in ODD_VALUES])
def test_a_damaged_row_is_shown_as_damaged_and_locks_nobody_out(
    store: Store, column: str, value: Any
) -> None:
    bad, good = finished(store, "bad"), finished(store, "good")
    spoil(store.folder, bad.id, column, value)
    listed = {run.id: run for run in store.runs_of("anna")}
    assert listed[good.id].status == "finished"
    assert listed[bad.id].reason == "The record of this run is damaged: it cannot be shown, only deleted."
    assert [run.id for run in store.runs_of("anna", kind="mnist")] == [good.id]
    assert stored(store, bad.id).status == "failed"
    assert len(run_rows(list(listed.values()), [], {})) == 2


@pytest.mark.parametrize(("column", "value"), ODD_VALUES, ids=[f"{c}={v!r:.12}" for c, v in ODD_VALUES])
def test_at_the_next_start_it_is_mended_from_its_folder(store: Store, column: str, value: Any) -> None:
    run = finished(store)
    spoil(store.folder, run.id, column, value)
    with closing(Store(store.folder)) as again:
        assert stored(again, run.id) == run


def test_a_text_that_is_no_text_locks_nobody_out(store: Store) -> None:
    bad, good = finished(store, "bad"), finished(store, "good")
    spoil(store.folder, bad.id, "name", "x")
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as database:
        database.execute("UPDATE runs SET name = CAST(x'ff78' AS TEXT) WHERE id = ?", (bad.id,))
        database.commit()
    assert {run.name for run in store.runs_of("anna")} == {"�x", "good"}
    assert stored(store, good.id) == good


def test_damaged_numbers_and_places_are_left_out(store: Store) -> None:
    run = finished(store)
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as database:
        database.execute("UPDATE metrics SET value = 'much' WHERE step = 5")
        database.execute("UPDATE metrics SET value = NULL, special = 'much' WHERE step = 6")
        database.execute("UPDATE checkpoints SET path = '../../../etc/passwd' WHERE step = 10")
        database.execute("UPDATE checkpoints SET epoch = 'first' WHERE step = 20")
        database.execute("UPDATE metrics SET epoch = 9e999 WHERE step = 7")
        database.execute("UPDATE metrics SET step = 9e999 WHERE step = 8")
        database.commit()
    now = stored(store, run.id)
    assert {5, 6, 7, 8}.isdisjoint(m.step for m in now.series["train_loss"])
    assert len(now.series["train_loss"]) == len(run.series["train_loss"]) - 4
    assert [(c.step, c.path.parent) for c in now.checkpoints] == [
        (10, store.run_folder(run.id)),
        (30, store.run_folder(run.id)),
    ]


@pytest.mark.parametrize("column", ["step", "epoch"])
def test_a_checkpoint_of_no_number_keeps_no_store_from_opening(store: Store, column: str) -> None:
    bad, good = finished(store), finished(store)
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as database:
        database.execute(f"UPDATE checkpoints SET {column} = 9e999 WHERE step = 20 AND run_id = ?", (bad.id,))
        database.commit()
    assert [c.step for c in stored(store, bad.id).checkpoints] == [10, 30]
    with closing(Store(store.folder)) as again:
        assert stored(again, good.id) == good
        assert stored(again, bad.id) == bad, "mended from its folder"


def test_a_record_with_a_number_too_large_for_one_is_none(store: Store) -> None:
    run = finished(store)
    file = store.run_folder(run.id) / RECORD
    _, about, series = file.read_text().splitlines()
    about = (
        about.removeprefix('"run": ')
        .removesuffix(",")
        .replace('"watched": []', f'"watched": [[1{400 * "0"}]]')
    )
    digests = {"version": VERSION, "sha256": sha256(about.encode()).hexdigest(), "series_sha256": ""}
    file.write_text(f'{json.dumps(digests)[:-1]},\n"run": {about},\n{series}\n')
    assert read_record(store.run_folder(run.id)) is None
    with closing(Store(store.folder)) as again:
        assert stored(again, run.id) == run


# --- What stands beside the weights ---------------------------------------------------------------

NESTED = "[" * 100_000 + "]" * 100_000
LONG = 4_300 * "9"
ODD_FIELDS = [
    {"epoch": "Infinity"},
    {"epoch": "-Infinity"},
    {"epoch": "NaN"},
    {"epoch": "1e999"},
    {"step": LONG},
    {"step": LONG + "9"},
    {"step": "-1"},
    {"step": "1" + 30 * "0"},
    {"config": NESTED},
    {"config": LONG},
    {"sha256": NESTED},
]


@pytest.mark.parametrize("odd", ODD_FIELDS, ids=[f"{k}={v:.12}" for o in ODD_FIELDS for k, v in o.items()])
def test_an_odd_description_is_refused_with_the_ordinary_sentence(store: Store, odd: dict[str, str]) -> None:
    checkpoint = finished(store).checkpoints[-1]
    file = checkpoint.path.with_suffix(".json")
    fields = {name: json.dumps(value) for name, value in json.loads(file.read_text()).items()} | odd
    file.write_text("{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}")
    sentence = r"^The description of the checkpoint epoch-003-step-000030\.safetensors cannot be read: choose"
    with pytest.raises(CheckpointError, match=sentence):
        read_checkpoint(checkpoint.path)
    with pytest.raises(CheckpointError, match=sentence):
        load_config(checkpoint, TrainConfig)
    with pytest.raises(CheckpointError, match="its state was not kept: start it again"):
        load_state(checkpoint)
    assert load_weights(checkpoint), "the weights are as they were"


@pytest.mark.parametrize("text", [NESTED, "[" * 100_000, '{"sha256": Infinity}', LONG, "\0", ""])
def test_an_odd_description_or_record_keeps_no_store_from_opening(store: Store, text: str) -> None:
    bad, good = finished(store), finished(store)
    folder = store.run_folder(bad.id)
    (folder / RECORD).write_text(text)
    for file in folder.glob("epoch-*.json"):
        file.write_text(text)
    with closing(Store(store.folder)) as again:
        assert stored(again, bad.id) == bad
        assert stored(again, good.id) == good
        again.settle_some(10)
    with closing(sqlite3.connect(store.folder / "runs.sqlite")) as database:
        database.execute("DELETE FROM runs")
        database.commit()
    with closing(Store(store.folder)) as again:
        assert stored(again, bad.id).checkpoints == bad.checkpoints, "its record was written anew"
