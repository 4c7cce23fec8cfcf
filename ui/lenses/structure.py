"""What networks of the digits are made of, whatever their weights."""

from __future__ import annotations

import streamlit as st

from dlcore.inspection.structure.graphs import AutogradGraph, autograd_graph
from dlcore.inspection.structure.structure import Structure, inspect_model
from dlcore.nets.registry import NetName, build_model
from dlcore.nets.variants import ActivationName, NormName


@st.cache_resource(max_entries=16, show_spinner=False)
def structure(
    *, net: NetName, layers: str, activation: ActivationName, norm: NormName, dropout: float
) -> Structure:
    """The steps of a network, what each holds and does."""
    made = build_model(net, layers=layers, activation=activation, norm=norm, dropout=dropout)
    return inspect_model(made)


@st.cache_resource(max_entries=16, show_spinner=False)
def autograd(
    *, net: NetName, layers: str, activation: ActivationName, norm: NormName, dropout: float, saved: bool
) -> AutogradGraph:
    """What autograd remembers of a network's forward pass."""
    model = build_model(net, layers=layers, activation=activation, norm=norm, dropout=dropout)
    return autograd_graph(model, saved=saved)
