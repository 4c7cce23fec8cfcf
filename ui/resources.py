"""What the server computes once and everyone reads: served networks and results by checkpoint."""

from __future__ import annotations

import streamlit as st
from torch import nn

from dlcore.runs.checkpoints import load_model
from dlcore.runs.protocol import Checkpoint
from dlcore.runs.tasks import Task
from dlcore.serving.predictor import Predictor, make_predictor
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import Evaluation
from ui import services


def predictor(checkpoint: Checkpoint) -> Predictor:
    """The network of a checkpoint, ready to serve. Raises CheckpointError if it cannot be used."""
    return _predictor(checkpoint.digest, "cpu", checkpoint)


@st.cache_resource(max_entries=32, show_spinner=False)
def _predictor(digest: str, device: str, _checkpoint: Checkpoint) -> Predictor:
    return make_predictor(*load_model(_checkpoint))


def model(checkpoint: Checkpoint) -> tuple[nn.Module, TrainConfig]:
    """The network of a checkpoint as a module, in eval mode. Read-only: everybody shares it."""
    return _model(checkpoint.digest, checkpoint)


@st.cache_resource(max_entries=32, show_spinner=False)
def _model(digest: str, _checkpoint: Checkpoint) -> tuple[nn.Module, TrainConfig]:
    return load_model(_checkpoint)


def evaluation(checkpoint: Checkpoint) -> Evaluation | Task:
    """The checkpoint on the 10,000 test digits; while that is being measured, the task that does it."""
    task_id = services.evaluate(checkpoint, session=_session())
    task = services.tasks().get(task_id)
    assert task is not None
    if task.events and isinstance(task.events[-1], Evaluation):
        return task.events[-1]
    return task


def _session() -> str:
    context = st.runtime.scriptrunner.get_script_run_ctx()
    return context.session_id if context else ""
