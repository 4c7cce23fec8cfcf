"""What lies on the disk: files that are whole or absent, how many a run keeps, what goes."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from dlcore.errors import BlobError, CheckpointError, ConfigError
from dlcore.run import Checkpoint, Run, ends_of_epochs
from dlcore.runs.storage.blobs import ABOUT, STATE, WEIGHTS, blobs_of
from dlcore.runs.storage.checkpoint_files import has_state, is_whole, read_checkpoint
from dlcore.runs.storage.private import open_private

MAX_INTERMEDIATE = 24  # checkpoints of a run beside its newest
GIGABYTE = 10**9
USUAL_LIMIT = 4 * GIGABYTE
RECORD = "run.json"  # a run's record, in its folder

log = logging.getLogger(__name__)


def limit_bytes() -> int:
    """How much the data folder may hold: 4 GB, or as many as DLLAB_DATA_GB says.

    Raises ConfigError if that is no number, or not above 0.
    """
    given = os.environ.get("DLLAB_DATA_GB")
    if given is None:
        return USUAL_LIMIT
    try:
        gigabytes = float(given)
    except ValueError:
        gigabytes = math.nan
    if not 0 < gigabytes < math.inf:
        raise ConfigError(f"DLLAB_DATA_GB must be a number of gigabytes. Got {given[:40]!r} instead.")
    return int(gigabytes * GIGABYTE)


def write_whole(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file so that it is there completely or not at all; if `durable`, also when the power fails.

    Waiting for the disk takes some milliseconds, and now and then a second.
    """
    part = path.with_name(path.name + ".part")
    try:
        with open_private(part) as file:
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
    return checkpoint.path.with_suffix(STATE)


def resumable(checkpoints: Iterable[Checkpoint]) -> Checkpoint | None:
    """The newest of these that a run can go on from; None if there is none."""
    return max(filter(has_state, checkpoints), key=lambda c: c.step, default=None)


def spare(run: Run, *, only_here: bool) -> list[Checkpoint]:
    """What a run that has ended can do without: all but its last checkpoint, and those it may go on from.

    `only_here`: of what lies in its folder, as if there were no object store, which is not asked.
    """
    states = [c for c in run.checkpoints if (state_path(c).exists() if only_here else has_state(c))]
    needed = {*states[-1:], *[c for c in states if c.step <= run.step][-1:]}
    return [c for c in run.checkpoints[:-1] if c not in needed and (c.path.exists() or not only_here)]


def thin(checkpoints: Sequence[Checkpoint]) -> tuple[Checkpoint, ...]:
    """Those to keep: the newest, and before it every epoch, every 2nd, 4th …, MAX_INTERMEDIATE at most.

    Halts within an epoch stay while there is room for all. Thinning again later keeps a part of what was
    kept before.
    """
    if not checkpoints:
        return ()
    *others, newest = sorted(checkpoints, key=lambda checkpoint: checkpoint.step)
    if len(others) > MAX_INTERMEDIATE:
        others = ends_of_epochs(others)
    stride = 1
    while newest.epoch > MAX_INTERMEDIATE * stride:
        stride *= 2
    # Of what was halted within an epoch, the end of the one before is what a run goes on from.
    return (*(c for c in others if c.epoch % stride == 0 or c.epoch == newest.epoch), newest)


def delete_checkpoints(checkpoints: Iterable[Checkpoint]) -> int:
    """Remove their files and blobs, and say how many bytes that freed here. What is gone already is no error.

    A file that cannot be removed stays, and the log says so: it must not hold up what else is done.
    """
    checkpoints = tuple(checkpoints)
    forget_blobs(checkpoints)
    return delete_files(checkpoints)


def forget_blobs(checkpoints: Sequence[Checkpoint]) -> None:
    """Remove their blobs, if there is an object store, which is asked: not while the database is held."""
    if checkpoints and (blobs := blobs_of(checkpoints[0].path.parent)) is not None:
        blobs.forget(checkpoints, (WEIGHTS, ABOUT, STATE))


def delete_files(checkpoints: Iterable[Checkpoint]) -> int:
    """Remove their files here alone, as `delete_checkpoints` does."""
    return sum(
        remove_file(path)
        for checkpoint in checkpoints
        for path in (checkpoint.path, checkpoint.path.with_suffix(".json"), state_path(checkpoint))
    )


def remove_file(path: Path) -> int:
    """Remove a file if it is there and can be; how many bytes that freed."""
    try:
        size = path.stat().st_size
        path.unlink()
    except FileNotFoundError:
        return 0
    except OSError as error:
        log.warning("%s cannot be removed: %s", path, error.strerror)
        return 0
    return size


def keep_newest_state(checkpoints: Sequence[Checkpoint]) -> None:
    """Only the newest checkpoint needs what lets a run go on; it is as large as the weights themselves."""
    folder = checkpoints[-1].path.parent if checkpoints else Path()
    blobs = blobs_of(folder)
    if blobs is not None:
        try:
            blobs.names(folder.name, anew=True)
        except BlobError:  # nobody knows now which is the newest: all stay
            blobs.untidy.add(folder.name)
            return
    newest = resumable(checkpoints)
    old = [checkpoint for checkpoint in checkpoints if checkpoint != newest]
    for checkpoint in old:
        remove_file(state_path(checkpoint))
    if blobs is not None:
        blobs.forget(old, (STATE,), anew=False)


def folder_bytes(folder: Path) -> int:
    """The size of all files below a folder. What vanishes meanwhile or cannot be seen does not count."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total


def sweep(folder: Path, known: Mapping[str, Collection[Path]], active: Collection[str]) -> list[str]:
    """Remove from the `known` runs' folders, below `folder`, what is no whole checkpoint and not recorded.

    `known` gives each run the weights recorded for it. Runs in `active` are being written: they stay as
    they are. Returns a sentence for each folder that cannot be looked through.
    """
    sentences = []
    for run_id in known.keys() - active:
        try:
            _sweep_run(folder / run_id, {path.stem for path in known[run_id]})
        except FileNotFoundError:
            continue  # it has no checkpoint yet
        except OSError as error:
            sentences.append(
                f"The folder of the run {run_id} cannot be read ({error.strerror}): "
                "its weights cannot be used until it can."
            )
    return sentences


def _sweep_run(folder: Path, recorded: Collection[str]) -> None:
    whole: dict[str, bool] = {}
    for file in sorted(folder.iterdir()):
        if file.suffix != ".part" and (file.name == RECORD or file.stem in recorded):
            continue
        if file.stem not in whole:
            whole[file.stem] = _whole(file.with_suffix(".safetensors"))
        if file.suffix == ".part" or not whole[file.stem]:
            remove_file(file)


def _whole(path: Path) -> bool:
    try:
        return is_whole(read_checkpoint(path))
    except CheckpointError:
        return False
