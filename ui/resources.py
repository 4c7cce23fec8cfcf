"""What the server computes once and everyone reads: served networks and results by checkpoint."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from torch import nn

from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.images import Examples, Maker, make_examples
from dlcore.blackpatch.network import Network
from dlcore.inspection.activations.switching import Switching
from dlcore.inspection.embedding.digits import (
    DigitConfig,
    DigitLayer,
    DigitPicture,
    look_at_layer,
    picture_of,
)
from dlcore.inspection.embedding.patches import EmbedConfig, PatchEmbedding, embed
from dlcore.inspection.python_profile.result import Profile, ProfileConfig
from dlcore.inspection.structure.graphs import AutogradGraph, autograd_graph
from dlcore.inspection.structure.structure import Structure, inspect_model
from dlcore.inspection.torch_profile.result import TorchProfile, TorchProfileConfig
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets import NetName, build_model
from dlcore.optimizers.race import Race, RaceConfig
from dlcore.optimizers.race import race as run_race
from dlcore.run import Checkpoint
from dlcore.runs.jobs.blackpatch import load_network
from dlcore.runs.storage.checkpoints import load_model
from dlcore.runs.storage.kept import Kept
from dlcore.runs.tasks import Task
from dlcore.schema import parse
from dlcore.serving.export import Export, Exported, quick_files
from dlcore.serving.predictor import Predictor, make_predictor
from dlcore.serving.race import InferenceRace
from dlcore.serving.trained import Trained
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import Evaluation
from ui import services

GRACE_SECONDS = 90.0
PASSING = "passing_tasks"

Result = TypeVar("Result")


def predictor(checkpoint: Checkpoint) -> Predictor:
    """The network of a checkpoint, ready to serve. Raises CheckpointError if it cannot be used."""
    return _predictor(_named(checkpoint), "cpu", checkpoint)


@st.cache_resource(max_entries=32, show_spinner=False)
def _predictor(named: str, device: str, _checkpoint: Checkpoint) -> Predictor:
    return make_predictor(*load_model(_checkpoint))


def model(checkpoint: Checkpoint) -> tuple[nn.Module, TrainConfig]:
    """The network of a checkpoint as a module, in eval mode. Read-only: everybody shares it."""
    return _model(_named(checkpoint), checkpoint)


@st.cache_resource(max_entries=32, show_spinner=False)
def _model(named: str, _checkpoint: Checkpoint) -> tuple[nn.Module, TrainConfig]:
    return load_model(_checkpoint)


def network(checkpoint: Checkpoint) -> tuple[Network, PatchConfig]:
    """The black patch's network of a checkpoint, as lists. Read-only: everybody shares it."""
    return _network(_named(checkpoint), checkpoint)


@st.cache_resource(max_entries=64, show_spinner=False)
def _network(named: str, _checkpoint: Checkpoint) -> tuple[Network, PatchConfig]:
    return load_network(_checkpoint)


@st.cache_data(max_entries=64, show_spinner=False)
def example_images(
    maker: Maker, train_size: int, test_size: int, seed: int, count: int
) -> tuple[Examples, Examples]:
    """The first images of what it is trained on, and of the fair test."""
    return (
        make_examples(maker, train_size, f"{seed} train", first=count),
        make_examples(maker.fair, test_size, f"{seed} fair", first=count),
    )


def evaluation(checkpoint: Checkpoint) -> Evaluation | Task:
    """The checkpoint on the 10,000 test digits; while that is being measured, the task that does it."""
    return _result(Evaluation, evaluate(checkpoint, session=_session()))


def evaluate(checkpoint: Checkpoint, *, session: str) -> Task:
    """The task that measures a checkpoint on the test digits, started if need be."""
    return _task("evaluate", {"checkpoint": checkpoint}, key=_named(checkpoint), session=session)


def embedding(checkpoint: Checkpoint, config: EmbedConfig) -> PatchEmbedding | Task:
    """A layer of a black patch network laid out; while that takes its time, the task that does it.

    Raises ConfigError if the network has no such layer or the method cannot be used.
    """
    if config.method == "pca":
        return _plane(_named(checkpoint), config.images, config.layer, checkpoint)
    payload = {"checkpoint": checkpoint, "config": config.model_dump()}
    return result_of(PatchEmbedding, "embed", payload, key=f"{_named(checkpoint)} {config.model_dump_json()}")


def digit_layer(checkpoint: Checkpoint, layer: str) -> DigitLayer:
    """600 test digits as one layer has them. Raises ConfigError if the network has no such layer."""
    return _digit_layer(_named(checkpoint), layer, checkpoint)


@st.cache_resource(max_entries=12, show_spinner=False)  # the largest holds 15 MB
def _digit_layer(named: str, layer: str, _checkpoint: Checkpoint) -> DigitLayer:
    network_, config = model(_checkpoint)
    return look_at_layer(network_, NORMALIZE[config.normalize], layer)


def digit_picture(page: str, checkpoint: Checkpoint, config: DigitConfig) -> DigitPicture | Task:
    """The layer laid out; while that takes its time, the task that does it.

    Raises ConfigError if the network has no such layer or the method cannot be used.
    """
    if config.method == "pca":
        return _digit_plane(_named(checkpoint), config.layer, checkpoint)
    payload = {"checkpoint": checkpoint, "config": config.model_dump()}
    task = task_of("embed_digits", payload, key=f"{_named(checkpoint)} {config.model_dump_json()}")
    only_task(page, task)
    return _result(DigitPicture, task)


@st.cache_resource(max_entries=48, show_spinner=False)
def _digit_plane(named: str, layer: str, _checkpoint: Checkpoint) -> DigitPicture:
    return picture_of(digit_layer(_checkpoint, layer), DigitConfig(layer=layer))


def switching(page: str, checkpoint: Checkpoint, layer: str, units: tuple[int, ...]) -> Switching | Task:
    """The test digits with single units switched off, and the units that never speak; or the task at it."""
    payload = {"checkpoint": checkpoint, "layer": layer, "units": units}
    task = task_of("switch_off", payload, key=f"{_named(checkpoint)} {layer} {units}")
    only_task(page, task)
    return _result(Switching, task)


def profile(config: ProfileConfig, again: str) -> Profile | Task:
    """Where this training spends its time; while that is being measured, the task that does it."""
    key = f"{config.model_dump_json()} {again}"
    return result_of(Profile, "profile", {"config": config.model_dump()}, key=key)


@st.cache_resource(max_entries=16, show_spinner=False)
def structure(net: NetName, dropout: float) -> Structure:
    """What a network is made of, whatever its weights."""
    return inspect_model(build_model(net, dropout=dropout))


@st.cache_resource(max_entries=16, show_spinner=False)
def autograd(net: NetName, dropout: float, saved: bool) -> AutogradGraph:
    """What autograd remembers of a network's forward pass."""
    return autograd_graph(build_model(net, dropout=dropout), saved=saved)


def torch_profile(page: str, config: TorchProfileConfig, again: str = "") -> TorchProfile | Task:
    """Where a network's time goes; while that is being measured, the task that does it.

    All pages share what was measured. What is still measured when the page is left ends.
    """
    key = f"{config.model_dump_json()} {again}"
    task = task_of("torch_profile", {"config": config.model_dump()}, key=key)
    only_task(page, task)
    return _result(TorchProfile, task)


def export(checkpoint: Checkpoint) -> Export | Task:
    """A network in every format, its files on the disk; while they are being made, the task that does it."""
    again = 0
    while True:
        payload = {"checkpoint": checkpoint, "folder": exports().folder}
        found = result_of(Export, "export", payload, key=f"{_named(checkpoint)} {again}")
        if isinstance(found, Task) or all(exports().has(f.digest) for f in found.files if f.digest):
            return found
        again += 1  # others needed the room on the disk: make them anew


@st.cache_data(max_entries=128, show_spinner=False)
def _quick_files(named: str, _trained: Trained) -> tuple[Exported, ...]:
    return quick_files(_trained)


def quick_exports(checkpoint: Checkpoint, trained: Trained) -> tuple[Exported, ...]:
    """The files of a network that can be had at once; their bytes are made when they are asked for."""
    return _quick_files(_named(checkpoint), trained)


def exports() -> Kept:
    """Where exported files lie."""
    return Kept(services.store().folder / "exports")


def inference_race(checkpoint: Checkpoint, digit: NDArray[np.uint8], again: str) -> InferenceRace | Task:
    """A digit through every engine; while they run, the task that does it."""
    payload = {"checkpoint": checkpoint, "digit": digit}
    key = f"{_named(checkpoint)} {digit.tobytes().hex()} {again}"
    return result_of(InferenceRace, "inference_race", payload, key=key)


@st.cache_resource(max_entries=128, show_spinner=False)
def race(config: RaceConfig) -> Race:
    """Optimizers down a hill: about 20 ms each."""
    return run_race(config)


def task_of(kind: str, payload: Mapping[str, Any], *, key: str) -> Task:
    """The task that does this work, started if need be. `key` says which requests are the same work."""
    return _task(kind, payload, key=key, session=_session())


def _task(kind: str, payload: Mapping[str, Any], *, key: str, session: str) -> Task:
    while True:
        task_id = services.tasks().submit(kind, payload, key=key, session=session)
        task = services.tasks().get(task_id)
        if task is not None:  # else it was forgotten in between
            return task


def result_of(result: type[Result], kind: str, payload: Mapping[str, Any], *, key: str) -> Result | Task:
    """The last event of a task once it is the result; until then, the task that works on it."""
    return _result(result, task_of(kind, payload, key=key))


def _result(result: type[Result], task: Task) -> Result | Task:
    return task.events[-1] if task.events and isinstance(task.events[-1], result) else task


def only_task(page: str, *tasks: Task) -> None:
    """A page's long work: what it asked for before is dropped, and so is this once the page is left."""
    held = st.session_state.setdefault(PASSING, {})
    wanted = {task.id for task in tasks}
    for before in held.get(page, set()) - wanted:
        services.tasks().drop(before, _session())
    held[page] = wanted


def leave_other_pages(page: str) -> None:
    """This visit has come to a page: what it left running on the others is dropped."""
    held = st.session_state.get(PASSING, {})
    for other in [name for name in held if name != page]:
        for task_id in held.pop(other):
            services.tasks().drop(task_id, _session())


def _named(checkpoint: Checkpoint) -> str:
    """Two runs may have the same weights and other settings: where a checkpoint lies is part of its name."""
    return f"{checkpoint.path} {checkpoint.digest}"


@st.cache_resource(max_entries=48, show_spinner=False)
def _plane(named: str, images: str, layer: int, _checkpoint: Checkpoint) -> PatchEmbedding:
    patch_finder, trained = network(_checkpoint)
    return embed(patch_finder, trained, parse(EmbedConfig, {"images": images, "layer": layer}))


def retry(task: Task) -> None:
    """Somebody asks for a failed task: it is tried again at once."""
    services.tasks().retry(task.id)


def drop(task: Task) -> None:
    """This visit wants the task no longer."""
    services.tasks().drop(task.id, _session())


@st.cache_resource(scope="session", max_entries=1, show_spinner=False, on_release=lambda s: _left(s))
def _session() -> str:
    """This visit's id. Streamlit releases it at any lost connection, a short one too."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def _left(session: str) -> None:
    """Drop the visit's tasks once it has not come back for a while."""

    def release() -> None:
        if not runtime.exists() or not runtime.get_instance().is_active_session(session):
            services.release(session)

    timer = threading.Timer(GRACE_SECONDS, release)
    timer.daemon = True
    timer.start()
