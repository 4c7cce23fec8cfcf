"""What a checkpoint's own files, or blobs, say of it, read without torch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dlcore.errors import CheckpointError
from dlcore.run import Checkpoint
from dlcore.runs.storage.blobs import ABOUT, STATE, WEIGHTS, Blobs, blobs_of
from dlcore.runs.storage.reading import ODD, count, parse_json, read_json


def read_checkpoint(path: Path) -> Checkpoint:
    """The record of a file that save_checkpoint wrote. Raises CheckpointError if it is not one."""
    return description(path)[0]


def description(path: Path) -> tuple[Checkpoint, dict[str, Any]]:
    """What the JSON beside the weights at `path` says: their record, and all of it.

    Raises CheckpointError if it cannot be read, or says nothing that makes sense.
    """
    try:
        return _described(path, read_json(path.with_suffix(ABOUT)))
    except (OSError, KeyError, *ODD) as error:
        raise unreadable(path) from error


def about(checkpoint: Checkpoint) -> dict[str, Any]:
    """What the JSON of these weights says, wherever they are. Raises CheckpointError as `description` does,
    BlobError if their store refuses.
    """
    path, blobs = checkpoint.path, _elsewhere(checkpoint)
    if blobs is None:
        return description(path)[1]
    try:
        found, said = _described(path, parse_json(blobs.description(checkpoint)))
        if found.digest == checkpoint.digest:
            return said
    except (FileNotFoundError, KeyError, *ODD) as error:
        raise unreadable(path) from error
    raise unreadable(path)


def _described(path: Path, said: Any) -> tuple[Checkpoint, dict[str, Any]]:
    about = dict(said)
    digest, epoch, step = str(about["sha256"]), count(about["epoch"]), count(about["step"])
    return Checkpoint(path, digest, epoch, step), {**about, "config": dict(about["config"])}


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


# --- A file of the run's folder, or a blob of an object store --------------------------------------


def _elsewhere(checkpoint: Checkpoint) -> Blobs | None:
    """The object store with these weights; None if they lie in the run's folder, or nowhere else."""
    return None if checkpoint.path.exists() else blobs_of(checkpoint.path.parent)


def content_of(checkpoint: Checkpoint, ending: str, digest: str) -> bytes:
    """The file with this ending, of this sha256 if it comes from a store.

    Raises OSError if it cannot be read, CheckpointError if it is damaged in its store.
    """
    blobs = _elsewhere(checkpoint)
    if blobs is None:
        return checkpoint.path.with_suffix(ending).read_bytes()
    return blobs.get(checkpoint, ending, digest)


def is_there(checkpoint: Checkpoint, *, sure: bool = False) -> bool:
    """Are its weights there? While their store refuses, they seem not to be; if it must be `sure`, that
    raises BlobError.
    """
    if checkpoint.path.exists():
        return True
    if (blobs := blobs_of(checkpoint.path.parent)) is None:
        return False
    if sure:
        blobs.names(checkpoint.path.parent.name)
    return blobs.has(checkpoint)


def has_state(checkpoint: Checkpoint) -> bool:
    """Is there what a run needs, beside the weights, to go on from them?"""
    if checkpoint.path.with_suffix(STATE).exists():
        return True
    return (blobs := blobs_of(checkpoint.path.parent)) is not None and blobs.has(checkpoint, STATE)


def look(folder: Path, *, anew: bool = False) -> None:
    """What an object store has of the run with this folder is known then, as it was some seconds ago, or now.

    Raises BlobError.
    """
    if (blobs := blobs_of(folder)) is not None:
        blobs.names(folder.name, anew=anew)


def added(checkpoint: Checkpoint) -> None:
    """A worker has just written it."""
    if (blobs := blobs_of(checkpoint.path.parent)) is not None:
        blobs.changed(checkpoint.path.parent.name)


def files_to_take(checkpoint: Checkpoint) -> Iterator[tuple[str, bytes]]:
    """The weights and their JSON, each with its name; what is gone is left out. Raises BlobError."""
    for ending in (WEIGHTS, ABOUT):
        blobs, path = _elsewhere(checkpoint), checkpoint.path.with_suffix(ending)
        try:
            if blobs is None:
                yield path.name, path.read_bytes()
            elif ending == ABOUT:
                yield path.name, blobs.description(checkpoint)
            else:
                yield path.name, blobs.get(checkpoint, ending, checkpoint.digest)
        except FileNotFoundError:
            continue
