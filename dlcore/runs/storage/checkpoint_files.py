"""What a checkpoint's own files say of it, read without torch."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from dlcore.errors import CheckpointError
from dlcore.run import Checkpoint
from dlcore.runs.storage.reading import ODD, count, read_json


def read_checkpoint(path: Path) -> Checkpoint:
    """The record of a file that save_checkpoint wrote. Raises CheckpointError if it is not one."""
    return description(path)[0]


def description(path: Path) -> tuple[Checkpoint, dict[str, Any]]:
    """What the JSON beside the weights at `path` says: their record, and all of it.

    Raises CheckpointError if it cannot be read, or says nothing that makes sense.
    """
    try:
        about = dict(read_json(path.with_suffix(".json")))
        digest, epoch, step = str(about["sha256"]), count(about["epoch"]), count(about["step"])
        return Checkpoint(path, digest, epoch, step), {**about, "config": dict(about["config"])}
    except (OSError, KeyError, *ODD) as error:
        raise unreadable(path) from error


def unreadable(path: Path) -> CheckpointError:
    return CheckpointError(
        f"The description of the checkpoint {path.name} cannot be read: choose another one."
    )


def is_whole(checkpoint: Checkpoint) -> bool:
    """Are its weights there, and the ones that were recorded? Reads the whole file."""
    try:
        with checkpoint.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == checkpoint.digest
    except OSError:
        return False
