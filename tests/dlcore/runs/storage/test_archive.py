"""A run as a zip: the same one whenever it is made, one at a time, and no larger than a page can hold."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from dlcore.run import Run
from dlcore.runs.storage import archive as module
from dlcore.runs.storage.archive import archive
from dlcore.runs.storage.store import Store
from tests.attack.stored import finished
from tests.waiting import Counted, wait_until

pytestmark = pytest.mark.own_database


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with closing(Store(tmp_path / "data")) as store:
        yield finished(store)


def opened(run: Run) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(archive(run)))


def weights_in(file: zipfile.ZipFile) -> list[str]:
    return [Path(name).name for name in file.namelist() if name.endswith(".safetensors")]


def test_a_zip_that_is_made_again_is_the_same(run: Run) -> None:
    run = replace(run, created=datetime(2026, 3, 4, 5, 6, 8, tzinfo=UTC).timestamp())
    assert {entry.date_time for entry in opened(run).infolist()} == {(2026, 3, 4, 5, 6, 8)}
    assert archive(run) == archive(run)


def test_a_run_from_before_the_first_zip_can_be_taken_away(run: Run) -> None:
    assert {entry.date_time[0] for entry in opened(replace(run, created=5.0)).infolist()} == {1980}


def test_all_weights_come_along_where_they_fit(run: Run) -> None:
    with opened(run) as file:
        assert sorted(weights_in(file)) == [checkpoint.path.name for checkpoint in run.checkpoints]
        assert module.MISSING not in file.namelist()


@pytest.mark.parametrize(("room", "count"), [(0.5, 1), (1.5, 1), (2.5, 2)])
def test_the_last_weights_come_along_where_all_are_too_large(
    run: Run, room: float, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One always does, whatever its size. `room`: in checkpoints."""
    last = run.checkpoints[-1].path
    size = sum(last.with_suffix(ending).stat().st_size for ending in (".safetensors", ".json"))
    monkeypatch.setattr(module, "MOST_BYTES", room * size)
    with opened(run) as file:
        assert sorted(weights_in(file)) == [checkpoint.path.name for checkpoint in run.checkpoints[-count:]]
        said = file.read(module.MISSING).decode()
    assert said == f"Only the last {count} of 3 are here. {module.TOO_MANY}\n"


def test_one_is_made_at_a_time(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    turn, csv = Counted(module._making), module._csv
    begun, together = [], []

    def slow(run: Run) -> str:
        begun.append(run)
        wait_until(lambda: turn.came == 2 or len(begun) == 2, "the other one has come, too")
        together.append(len(begun))
        return csv(run)

    monkeypatch.setattr(module, "_making", turn)
    monkeypatch.setattr(module, "_csv", slow)
    both = [Thread(target=archive, args=(run,)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert together == [1, 2], "the other one has not begun"


def test_tensorboard_reads_its_file(run: Run, tmp_path: Path) -> None:
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader")
    with opened(run) as file:
        (name,) = (name for name in file.namelist() if name.startswith("tensorboard/"))
        read = list(loader.EventFileLoader(file.extract(name, tmp_path / "out")).Load())
    scalars = [(event.step, event.summary.value[0].tensor.float_val[0]) for event in read[1:]]
    assert scalars == [(m.step, pytest.approx(m.value)) for m in run.series["train_loss"]]
    assert {event.summary.value[0].tag for event in read[1:]} == {"train_loss"}
    assert read[0].file_version == "brain.Event:2"
