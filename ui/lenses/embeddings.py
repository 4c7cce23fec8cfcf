"""Layers laid out in a plane: PCA at once, what takes seconds as a task."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dlcore.inspection.embedding.digits import (
    DigitConfig,
    DigitLayer,
    DigitPicture,
    look_at_layer,
    picture_of,
)
from dlcore.inspection.embedding.patches import EmbedConfig, PatchEmbedding, embed
from dlcore.mnist.normalize import NORMALIZE
from dlcore.run import Checkpoint
from dlcore.schema import parse
from ui.lenses.black_patch import network
from ui.lenses.mnist import model
from ui.work import Asked, Result, ask, named


def patch_plane(checkpoint: Checkpoint, images: str, layer: int) -> PatchEmbedding:
    """A layer of a black patch network in its plane. Raises ConfigError if the network has no such layer."""
    return _patch_plane(named(checkpoint), images, layer, checkpoint)


@st.cache_resource(max_entries=48, show_spinner=False)
def _patch_plane(name: str, images: str, layer: int, _checkpoint: Checkpoint) -> PatchEmbedding:
    patch_finder, trained = network(_checkpoint)
    return embed(patch_finder, trained, parse(EmbedConfig, {"images": images, "layer": layer}))


def patch_embedding(checkpoint: Checkpoint, config: EmbedConfig) -> Asked[PatchEmbedding]:
    """A layer of a black patch network laid out.

    Raises ConfigError if the network has no such layer or the method cannot be used.
    """
    if config.method == "pca":
        return Asked(patch_plane(checkpoint, config.images, config.layer))
    return _laid_out(PatchEmbedding, "embed", checkpoint, config)


def digit_layer(checkpoint: Checkpoint, layer: str) -> DigitLayer:
    """600 test digits as one layer has them. Raises ConfigError if the network has no such layer."""
    return _digit_layer(named(checkpoint), layer, checkpoint)


@st.cache_resource(max_entries=12, show_spinner=False)  # the largest holds 15 MB
def _digit_layer(name: str, layer: str, _checkpoint: Checkpoint) -> DigitLayer:
    network_, config = model(_checkpoint)
    return look_at_layer(network_, NORMALIZE[config.normalize], layer, config.dataset)


def digit_shots(stops: Sequence[tuple[Checkpoint, str]]) -> list[Asked[DigitPicture]]:
    """Layers of networks of digits, each in its plane: more than a page lays out at once."""
    return [
        _laid_out(DigitPicture, "embed_digits", checkpoint, DigitConfig(layer=layer))
        for checkpoint, layer in stops
    ]


def patch_shots(stops: Sequence[tuple[Checkpoint, EmbedConfig]]) -> list[Asked[PatchEmbedding]]:
    """The same of black patch networks."""
    return [_laid_out(PatchEmbedding, "embed", checkpoint, config) for checkpoint, config in stops]


def digit_picture(checkpoint: Checkpoint, config: DigitConfig) -> Asked[DigitPicture]:
    """The layer laid out.

    Raises ConfigError if the network has no such layer or the method cannot be used.
    """
    if config.method == "pca":
        return Asked(_digit_plane(named(checkpoint), config.layer, checkpoint))
    return _laid_out(DigitPicture, "embed_digits", checkpoint, config)


@st.cache_resource(max_entries=48, show_spinner=False)
def _digit_plane(name: str, layer: str, _checkpoint: Checkpoint) -> DigitPicture:
    return picture_of(digit_layer(_checkpoint, layer), DigitConfig(layer=layer))


def _laid_out(
    result: type[Result], kind: str, checkpoint: Checkpoint, config: EmbedConfig | DigitConfig
) -> Asked[Result]:
    key = f"{named(checkpoint)} {config.model_dump_json()}"
    return ask(result, kind, key, lambda: {"checkpoint": checkpoint, "config": config.model_dump()})
