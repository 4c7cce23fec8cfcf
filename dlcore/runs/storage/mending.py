"""When a store opens: what the folders of runs know and its database does not, or not any more.

A damaged or missing journal takes a database back in time without a word, a damaged one is put aside. The
folder of a run says in its own record what it is. So a run that the database does not know is taken back,
one that differs from its record is mended, and what cannot be read is put aside, never deleted.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dlcore.run import Run
from dlcore.runs.storage.checkpoint_files import is_there
from dlcore.runs.storage.damage import Aside
from dlcore.runs.storage.disk import delete_checkpoints
from dlcore.runs.storage.left_behind import left_behind
from dlcore.runs.storage.record import existing, read_record, record_of
from dlcore.runs.storage.rows import run_row

if TYPE_CHECKING:
    from dlcore.runs.storage.store import Store

log = logging.getLogger(__name__)

DELETED = ".deleted"  # ends the name of a folder whose run its owner deletes


@dataclass
class Found:
    """What was done, by the names of folders."""

    taken_back: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    put_aside: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)


def finish_deleting(store: Store) -> None:
    """What was broken off between the new name of a run's folder and the end of its row."""
    for folder in (store.folder / "runs").glob(f"*{DELETED}"):
        try:
            _finish_deleting(store, folder)
        except OSError as error:  # the next start tries again
            log.warning("%s cannot be removed: %s", folder, error.strerror or error)


def mend(store: Store, aside: Aside) -> list[str]:
    """Bring the database up to date with the folders; returns what people must know, in sentences."""
    folder, found = store.folder / "runs", Found()
    names = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    # Only now the rows: who begins a run writes its row first, who deletes one moves its folder first.
    known = store.known_runs()
    for name in names:
        try:
            if name.endswith(DELETED):
                _finish_deleting(store, folder / name)
            elif name in known:
                _compare(store, folder / name, *known[name], found)
            else:
                _take_back(store, folder / name, aside, found)
        except OSError as error:
            found.sentences.append(
                f"The folder of the run {name} cannot be read ({error.strerror or error}): "
                "its weights cannot be used until it can."
            )
    return _told(found, aside)


def _finish_deleting(store: Store, folder: Path) -> None:
    store.delete(folder.name.removesuffix(DELETED))
    shutil.rmtree(folder, ignore_errors=True)


def _compare(store: Store, folder: Path, run: Run, held: bool, found: Found) -> None:
    """A record that tells of the run's end is right, not its row, unless newer weights are there."""
    record = read_record(folder)
    if record is not None and record.active and record.id == run.id and not held:
        run = _take_in(store, folder, run, record, found)
    if record is None or record.active or record.id != run.id or _newer(run, record):
        if not run.active:
            store.undescribed.append(run.id)
        return
    if held or _same(record, run):
        return
    whole = read_record(folder, series=True)
    if whole is None:  # only its series are damaged
        known = store.get(run.id)
        whole = replace(record, series=known.series if known is not None else {})
    whole = replace(whole, checkpoints=existing(whole.checkpoints))
    if not _same(whole, run):
        store.restore(whole)
        found.mended.append(run.id)


def _take_in(store: Store, folder: Path, run: Run, record: Run, found: Found) -> Run:
    """The run, with what its lost process left in its folder."""
    left = left_behind(folder, run, record)
    if store.holder_of(run.id):  # somebody has taken it up meanwhile
        return run
    if left.run is not run:
        known = store.get(run.id)
        series = known.series if known is not None else {}
        store.restore(replace(left.run, series=series or left.run.series))
        found.mended.append(run.id)
    delete_checkpoints(left.unkept)
    return left.run


def _newer(run: Run, record: Run) -> bool:
    """Did it go on after that record: under an earlier version, or after a silence that seemed its end?"""
    return any(saved.step > record.step and is_there(saved, sure=True) for saved in run.checkpoints[-1:])


def _same(one: Run, other: Run) -> bool:
    return run_row(one) == run_row(other) and one.checkpoints == other.checkpoints


def _take_back(store: Store, folder: Path, aside: Aside, found: Found) -> None:
    run = record_of(folder)
    if run is not None:
        store.restore(run)
        found.taken_back.append(run.id)
    elif any(folder.iterdir()):
        aside.put(folder)
        found.put_aside.append(folder.name)
    else:
        folder.rmdir()


def _told(found: Found, aside: Aside) -> list[str]:
    told = list(found.sentences)
    if found.taken_back:
        told.append(f"{_runs(found.taken_back)} not in the record of all runs: taken back from the folders.")
    if found.mended:
        told.append(f"{_runs(found.mended)} wrong in the record of all runs: mended from the folders.")
    if found.put_aside:
        told.append(
            f"{_runs(found.put_aside)} in no record that can be read: the weights were put into "
            f"{aside.folder.name} in the data folder."
        )
    return told


def _runs(ids: list[str]) -> str:
    return "1 run was" if len(ids) == 1 else f"{len(ids)} runs were"
