"""A run goes for good: its folder, its rows, its files, in an order that no fault can turn round."""

from __future__ import annotations

import logging
import shutil

from dlcore.errors import StoreError
from dlcore.runs.storage.disk import RECORD, folder_bytes, remove_file, sweep
from dlcore.runs.storage.mending import DELETED
from dlcore.runs.storage.store import Store

log = logging.getLogger(__name__)


def sweep_runs(store: Store) -> None:
    """Remove from the folders of ended runs what is no whole checkpoint, and say which cannot be read."""
    if store.own_folder:
        for sentence in sweep(store.folder / "runs", store.known_checkpoints(), store.active_ids()):
            store.say(sentence)


def remove_run(store: Store, run_id: str) -> int:
    """Forget a run with its weights; how many bytes that freed.

    Its record goes first, then its folder gets a name that tells it is to go: broken off after that, the
    next start ends it, and never takes the run back. Raises StoreError if the database refuses; then the run
    stays.
    """
    folder = store.run_folder(run_id)
    going = folder.with_name(folder.name + DELETED)
    remove_file(folder / RECORD)
    try:
        folder.rename(going)
    except FileNotFoundError:
        store.delete(run_id)
        return 0
    except OSError as error:  # somebody reads in it: without a record it is not taken back either
        log.warning("%s cannot be renamed: %s", folder, error.strerror)
        going = folder
    try:
        store.delete(run_id)
    except StoreError:
        if going != folder:
            going.rename(folder)
        store.undescribed.append(run_id)
        raise
    freed = folder_bytes(going)
    shutil.rmtree(going, ignore_errors=True)
    return freed
