"""Both networks from inside: their layers, and what one picture makes of them."""

from __future__ import annotations

from functools import partial

import streamlit as st
import torch

from dlcore.figures.digits import data_uri, maps_image
from dlcore.gan.anatomy import SeenLayer, layers_of
from dlcore.gan.data import as_drawn
from dlcore.gan.drawing import noise_of, pictures
from dlcore.nets.registry import count_parameters, private_copy
from dlcore.run import Checkpoint
from ui import form, state
from ui.explain import explain
from ui.lenses import gan

COLUMNS = 8
KINDS = {"Embedding": "a row for each digit"}  # else as torch calls them


def show(page: str, checkpoint: Checkpoint) -> None:
    """A table of each network, and the maps of its layers for one noise."""
    key = partial(form.key, page)
    with st.expander(
        "Look inside: what flows through both networks", icon=":material/grid_view:", key=key("inside")
    ):
        seed = int(st.number_input("Noise by seed", 0, 9_999, 7, key=key("inside_seed"), width=160))
        forger, detective, config = gan.pair(checkpoint)
        label = torch.tensor([config.digit if config.digit is not None else 3])
        noise = noise_of(seed, forger.noise)
        drawing = pictures(forger, noise, label)
        image = as_drawn(torch.from_numpy(drawing)[:, None])
        left, right = st.columns(2, gap="large")
        with left:
            _network(
                "The forger: from noise to a picture", forger, layers_of(private_copy(forger), noise, label)
            )
        with right:
            seen = layers_of(private_copy(detective), image, label)
            _network("The detective: from a picture to a verdict", detective, seen)


def _network(title: str, network: torch.nn.Module, layers: tuple[SeenLayer, ...]) -> None:
    st.markdown(explain(f"**{title}**, {count_parameters(network):,} parameters"))
    rows = [
        f"| {layer.name} | {KINDS.get(layer.kind, layer.kind)} | {layer.shape} | {layer.parameters:,} |"
        for layer in layers
    ]
    st.markdown("\n".join(["| Layer | Kind | Gives | Parameters |", "|---|---|---|---|", *rows]))
    for layer in layers:
        if layer.maps and layer.kind in ("BatchNorm2d", "Conv2d", "ConvTranspose2d"):
            picture = maps_image(layer.gives, state.theme(), columns=min(COLUMNS, len(layer.gives)))
            st.caption(f"{layer.name}: {len(layer.gives)} maps")
            st.html(
                f'<img src="{data_uri(picture)}" alt="{len(layer.gives)} maps of {layer.name}" '
                'style="image-rendering:pixelated;width:100%;max-width:420px">'
            )
