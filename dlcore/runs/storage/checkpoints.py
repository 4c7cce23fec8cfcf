"""Weights on disk: a safetensors file, and beside it a JSON file that says what they are.

A file appears whole or not at all: it is written beside its place, flushed to the disk, then renamed. Only
then may anybody record it. Its name in the records is its sha256, so damage is noticed when it is read.
Where DLLAB_BLOBS names an object store the files are blobs of it: see storage/blobs.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from dlcore.errors import BlobError, CheckpointError, ConfigError
from dlcore.nets.registry import build_model
from dlcore.run import Checkpoint
from dlcore.runs.storage.blobs import ABOUT, STATE, WEIGHTS, blobs_of
from dlcore.runs.storage.checkpoint_files import about, content_of, unreadable
from dlcore.runs.storage.disk import write_whole
from dlcore.runs.storage.private import make_run_folder
from dlcore.schema import Config, ConfigType, parse
from dlcore.training.config import TrainConfig
from dlcore.training.fine_tune_config import FineTuneConfig

MOST_NAMED = 4  # weights that a sentence names
Shape = tuple[int, ...]
Arrays = Mapping[str, Tensor | NDArray[Any]]  # by name


def save_checkpoint(
    folder: Path,
    weights: Arrays,
    config: Config,
    *,
    epoch: int,
    step: int,
    state: Arrays | None = None,
    durable: bool = True,
) -> Checkpoint:
    """Write `<folder>/epoch-<epoch>-step-<step>.safetensors` and its .json.

    `state` is what a run needs beside its weights to go on from here; it goes into a .state file. The
    weights come last: once they are there, all is. Not `durable`, a power failure may still take them, which
    their digest tells. Raises OSError if the disk refuses, BlobError if the store does.
    """
    content = _bytes(weights)
    checkpoint = Checkpoint(
        folder / f"epoch-{epoch:03d}-step-{step:06d}.safetensors", _digest(content), epoch, step
    )
    about = {"sha256": checkpoint.digest, "epoch": epoch, "step": step, "config": config.model_dump()}
    files = {}
    if state is not None:
        files[STATE] = _bytes(state)
        about["state_sha256"] = _digest(files[STATE])
    files[ABOUT] = json.dumps(about, indent=1).encode()
    files[WEIGHTS] = content
    if (blobs := blobs_of(folder)) is None:
        make_run_folder(folder)
    for ending, whole in files.items():
        if blobs is None:
            write_whole(checkpoint.path.with_suffix(ending), whole, durable=durable)
        else:
            blobs.put(checkpoint, ending, whole)
    return checkpoint


def _bytes(arrays: Arrays) -> bytes:
    tensors = {name: torch.as_tensor(value) for name, value in arrays.items()}
    return save({name: value.detach().cpu().contiguous() for name, value in tensors.items()})


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def load_model(
    checkpoint: Checkpoint, kind: type[TrainConfig] = TrainConfig
) -> tuple[nn.Module, TrainConfig]:
    """The network with these weights, on the CPU and in eval mode, and the config it was trained with.

    `kind` is the class of that config. Raises CheckpointError if a file is missing, damaged, or does not fit
    its net.
    """
    weights = load_weights(checkpoint)
    config = load_config(checkpoint, kind)
    model = build_model(**config.architecture)
    expected = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in weights.items()}
    if found != expected:
        raise CheckpointError(
            f"The checkpoint {checkpoint.path.name} does not fit {config.net}: "
            f"{_differences(expected, found)}. Choose another checkpoint."
        )
    model.load_state_dict(weights)
    return model.eval().requires_grad_(False), config


def _differences(expected: Mapping[str, Shape], found: Mapping[str, Shape]) -> str:
    """Key by key what is missing, unexpected or of another shape; the first few of them."""
    wrong = [name for name in {**expected, **found} if expected.get(name) != found.get(name)]
    said = [_difference(name, expected.get(name), found.get(name)) for name in wrong[:MOST_NAMED]]
    more = len(wrong) - len(said)
    return "; ".join(said) + (f"; and {more} more" if more else "")


def _difference(name: str, expected: Shape | None, found: Shape | None) -> str:
    if found is None:
        return f"{name} is missing"
    if expected is None:
        return f"{name} is unknown to it"
    return f"{name} is {'×'.join(map(str, found))} instead of {'×'.join(map(str, expected))}"


def load_config(checkpoint: Checkpoint, config: type[ConfigType]) -> ConfigType:
    """What it was trained with; of a fine-tuned network, what its fine-tuning was.

    Raises CheckpointError if that cannot be read, or is of another kind.
    """
    values = about(checkpoint)["config"]
    kind: Any = config
    if "went_on_from" in values and issubclass(FineTuneConfig, config):
        kind = FineTuneConfig
    try:
        found: ConfigType = parse(kind, values)
        return found
    except ConfigError as error:
        raise unreadable(checkpoint.path) from error


def load_weights(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """The tensors by name. Raises CheckpointError if the file is missing or damaged."""
    return _load(checkpoint, WEIGHTS, checkpoint.digest)


def load_state(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """What the run needs to go on from here. Raises CheckpointError if it is missing or damaged."""
    try:
        digest = about(checkpoint)["state_sha256"]
    except (CheckpointError, KeyError) as error:
        raise CheckpointError(
            f"The run cannot go on from {checkpoint.path.name}, its state was not kept: start it again."
        ) from error
    return _load(checkpoint, STATE, digest)


def _load(checkpoint: Checkpoint, ending: str, digest: str) -> dict[str, Tensor]:
    path = checkpoint.path.with_suffix(ending)
    try:
        content = content_of(checkpoint, ending, digest)
    except BlobError:  # it says itself what to do
        raise
    except OSError as error:
        raise CheckpointError(
            f"The checkpoint {path.name} cannot be read ({error.strerror}): choose another one."
        ) from error
    if _digest(content) != digest:
        raise CheckpointError(f"The checkpoint {path.name} is damaged: choose another one.")
    try:
        return load(content)
    except SafetensorError as error:
        raise CheckpointError(f"The checkpoint {path.name} holds no weights: choose another one.") from error
