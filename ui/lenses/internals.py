"""How the weights of a checkpoint are spread, read from its file once for everybody."""

from __future__ import annotations

import streamlit as st

from dlcore.inspection.weights import Histogram, edge_of, histogram, matrices
from dlcore.run import Checkpoint
from dlcore.runs.storage.checkpoints import load_weights
from ui.work import named


def histograms(checkpoint: Checkpoint, edges: dict[str, float]) -> dict[str, Histogram]:
    """By layer. Raises CheckpointError if the file has gone."""
    return _histograms(named(checkpoint), tuple(edges.items()), checkpoint)


@st.cache_data(max_entries=256, show_spinner=False)
def _histograms(
    name: str, edges: tuple[tuple[str, float], ...], _checkpoint: Checkpoint
) -> dict[str, Histogram]:
    known, found = dict(edges), matrices(load_weights(_checkpoint))
    return {layer: histogram(layer, tensor, known.get(layer, 1.0)) for layer, tensor in found.items()}


def edges(*checkpoints: Checkpoint) -> dict[str, float]:
    """By layer: within what the weights of all of these lie."""
    found: dict[str, float] = {}
    for checkpoint in checkpoints:
        for layer, edge in _edges(named(checkpoint), checkpoint).items():
            found[layer] = max(edge, found.get(layer, 0.0))
    return found


@st.cache_data(max_entries=256, show_spinner=False)
def _edges(name: str, _checkpoint: Checkpoint) -> dict[str, float]:
    return {layer: edge_of([tensor]) for layer, tensor in matrices(load_weights(_checkpoint)).items()}
