"""What lies on the disk: files that are whole or absent, how many a run keeps, what goes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from dlcore.errors import ConfigError
from dlcore.run import Checkpoint

MAX_INTERMEDIATE = 24  # checkpoints of a run beside its newest
GIGABYTE = 10**9


def limit_bytes() -> int:
    """How much the data folder may hold: 4 GB, or as many as DLLAB_DATA_GB says."""
    given = os.environ.get("DLLAB_DATA_GB", "4")
    try:
        return int(float(given) * GIGABYTE)
    except (ValueError, OverflowError):
        raise ConfigError(f"DLLAB_DATA_GB must be a number of gigabytes. Got {given!r} instead.") from None


def write_whole(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file so that it is there completely or not at all; if `durable`, also when the power fails.

    Waiting for the disk takes some milliseconds, and now and then a second.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(part, path)
    except OSError:
        part.unlink(missing_ok=True)  # half a file would fill a full disk for good
        raise
    if durable and os.name == "posix":  # the rename itself must reach the disk too
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def state_path(checkpoint: Checkpoint) -> Path:
    """Where lies what a run needs, beside the weights, to go on from this checkpoint."""
    return checkpoint.path.with_suffix(".state")


def resumable(checkpoints: Iterable[Checkpoint]) -> Checkpoint | None:
    """The newest of these that a run can go on from; None if there is none."""
    return max((c for c in checkpoints if state_path(c).exists()), key=lambda c: c.step, default=None)


def thin(checkpoints: Sequence[Checkpoint]) -> tuple[Checkpoint, ...]:
    """Those to keep: the newest, and before it every epoch, every 2nd, 4th …, MAX_INTERMEDIATE at most.

    Thinning again later keeps a part of what was kept before.
    """
    if not checkpoints:
        return ()
    *others, newest = sorted(checkpoints, key=lambda checkpoint: checkpoint.step)
    stride = 1
    while newest.epoch > MAX_INTERMEDIATE * stride:
        stride *= 2
    return (*(c for c in others if c.epoch % stride == 0), newest)


def delete_checkpoints(checkpoints: Iterable[Checkpoint]) -> int:
    """Remove their files, and say how many bytes that freed. What is gone already is no error."""
    freed = 0
    for checkpoint in checkpoints:
        for path in (checkpoint.path, checkpoint.path.with_suffix(".json"), state_path(checkpoint)):
            if path.exists():
                freed += path.stat().st_size
                path.unlink(missing_ok=True)
    return freed


def keep_newest_state(checkpoints: Sequence[Checkpoint]) -> None:
    """Only the newest checkpoint needs what lets a run go on; it is as large as the weights themselves."""
    newest = resumable(checkpoints)
    for checkpoint in checkpoints:
        if checkpoint != newest:
            state_path(checkpoint).unlink(missing_ok=True)


def folder_bytes(folder: Path) -> int:
    """The size of all files below a folder. Files that vanish meanwhile do not count."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(parent, name)).st_size
            except FileNotFoundError:
                continue
    return total


def sweep(folder: Path, known: Mapping[str, Collection[Path]], active: Collection[str]) -> None:
    """Remove from the runs' `folder` what nobody knows: folders of no run, files of no checkpoint.

    `known` gives each run the weights recorded for it. Runs in `active` are being written: they stay as
    they are.
    """
    if not folder.is_dir():
        return
    for run_folder in folder.iterdir():
        if run_folder.name in active:
            continue
        if run_folder.name not in known:
            shutil.rmtree(run_folder, ignore_errors=True)
            continue
        stems = {path.stem for path in known[run_folder.name]}
        for file in run_folder.iterdir():
            if file.suffix == ".part" or file.stem not in stems:
                file.unlink(missing_ok=True)
