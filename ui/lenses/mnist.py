"""The digits' networks: ready to serve, as modules, measured on the test digits."""

from __future__ import annotations

import streamlit as st
from torch import nn

from dlcore.run import Checkpoint
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.serving.predictor import Predictor, make_predictor
from dlcore.serving.showcase import Network
from dlcore.serving.unlike import Yardstick, make_yardstick, read_rates
from dlcore.serving.unlike_words import meaning_words
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import Evaluation
from ui import limits
from ui.work import Asked, ask, named


def predictor(checkpoint: Checkpoint) -> Predictor:
    """The network of a checkpoint, ready to serve. Raises CheckpointError if it cannot be used."""
    kept = _large_predictor if _is_large(checkpoint) else _predictor
    return kept(named(checkpoint), checkpoint)


@st.cache_resource(max_entries=limits.NETWORKS, ttl=limits.NETWORK_SECONDS, show_spinner=False)
def _predictor(name: str, _checkpoint: Checkpoint) -> Predictor:
    return make_predictor(*model(_checkpoint))


@st.cache_resource(max_entries=limits.LARGE_NETWORKS, ttl=limits.NETWORK_SECONDS, show_spinner=False)
def _large_predictor(name: str, _checkpoint: Checkpoint) -> Predictor:
    return make_predictor(*model(_checkpoint))


def shipped_predictor() -> Predictor:
    """The network that comes with the lab, after its last epoch."""
    return predictor(shipped_run("mnist").checkpoints[-1])


@st.cache_resource(max_entries=1, show_spinner=False)
def yardstick() -> Yardstick:
    """Measures how unlike the training digits an image is, by the shipped network's features."""
    return make_yardstick(*load_model(shipped_run("mnist").checkpoints[-1]))


@st.cache_data(max_entries=1, show_spinner=False)
def unlike_meaning() -> str:
    """What that number means, and how often it errs."""
    return meaning_words(read_rates())


def model(checkpoint: Checkpoint) -> tuple[nn.Module, TrainConfig]:
    """The network of a checkpoint as a module, in eval mode. Read-only: everybody shares it."""
    kept = _large_model if _is_large(checkpoint) else _model
    return kept(named(checkpoint), checkpoint)


@st.cache_resource(max_entries=limits.NETWORKS, ttl=limits.NETWORK_SECONDS, show_spinner=False)
def _model(name: str, _checkpoint: Checkpoint) -> tuple[nn.Module, TrainConfig]:
    return load_model(_checkpoint)


@st.cache_resource(max_entries=limits.LARGE_NETWORKS, ttl=limits.NETWORK_SECONDS, show_spinner=False)
def _large_model(name: str, _checkpoint: Checkpoint) -> tuple[nn.Module, TrainConfig]:
    return load_model(_checkpoint)


def _is_large(checkpoint: Checkpoint) -> bool:
    """One that somebody made as large as may be: few of those are kept, or they fill the memory."""
    try:
        return checkpoint.path.stat().st_size > limits.LARGE_NETWORK_BYTES
    except OSError:  # it is read from elsewhere, or gone: whoever loads it says so
        return False


def network(checkpoint: Checkpoint) -> Network:
    """The network of a checkpoint, as a module and ready to serve."""
    return Network(*model(checkpoint), predictor(checkpoint))


def evaluation(checkpoint: Checkpoint, *, session: str = "") -> Asked[Evaluation]:
    """The checkpoint on the 10,000 test digits."""
    payload = {"checkpoint": checkpoint}
    return ask(Evaluation, "evaluate", named(checkpoint), lambda: payload, session=session)
