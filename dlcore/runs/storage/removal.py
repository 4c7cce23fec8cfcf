"""A run goes for good: its folder, its rows, its files, in an order that no fault can turn round."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence

import sqlalchemy as sa

from dlcore.errors import StoreError
from dlcore.runs.storage.disk import RECORD, folder_bytes, remove_file
from dlcore.runs.storage.mending import DELETED
from dlcore.runs.storage.store import Store

log = logging.getLogger(__name__)


def remove_run(store: Store, run_id: str, *, only: Sequence[sa.ColumnElement[bool]] = ()) -> int:
    """Forget a run with its weights; how many bytes that freed.

    Its row is held meanwhile, so that nobody describes it anew. Its record goes first, then its folder gets a
    name that tells it is to go: broken off after that, the next start ends it, and never takes the run back.
    `only` if that is still true of its row. Raises StoreError if the database refuses; then the run stays.
    """
    folder = gone = store.run_folder(run_id)

    def leave() -> None:
        nonlocal gone
        remove_file(folder / RECORD)
        try:
            gone = folder.rename(folder.with_name(folder.name + DELETED))
        except FileNotFoundError:
            return  # it had no weights
        except OSError as error:  # somebody reads in it: without a record it is not taken back either
            log.warning("%s cannot be renamed: %s", folder, error.strerror)

    try:
        if not store.delete(run_id, going=leave, only=only):
            return 0
    except StoreError:
        if gone != folder:
            gone.rename(folder)
        store.undescribed.append(run_id)
        raise
    freed = folder_bytes(gone)
    shutil.rmtree(gone, ignore_errors=True)
    return freed
