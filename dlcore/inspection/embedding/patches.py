"""The images of the black patch as one layer of its network places them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.images import Maker
from dlcore.blackpatch.network import Network
from dlcore.blackpatch.training import make_data
from dlcore.errors import ConfigError
from dlcore.inspection.embedding.layouts import (
    METHODS,
    Boundary,
    Frame,
    PrincipalPlane,
    check_perplexity,
    find_boundary,
    find_dots,
    fit_plane,
    frame,
    lay_out,
)
from dlcore.inspection.embedding.principal import Doubles
from dlcore.schema import Config, knob
from dlcore.training.evaluation import next_wrong


class ViewConfig(Config):
    """What is looked at, and how it is laid out."""

    method: Literal["pca", "tsne", "umap"] = knob(
        "pca",
        options={name: method.title for name, method in METHODS.items()},
        title="Laid out by",
        help="PCA is a flat cut: distances count. t-SNE keeps neighbours together: distances do not count.",
    )
    images: Literal["fair", "test"] = knob(
        "fair",
        options={"fair": "Fair test", "test": "Its own test"},
        title="Images",
        help="The fair test has patches anywhere in the middle half. Its own test has them where the "
        "training images have them.",
    )
    perplexity: int = knob(
        30, ge=2, le=1999, scale="log", title="Perplexity", help="How many neighbours an image keeps, about."
    )
    seed: int = knob(
        1, ge=0, le=2**31 - 1, title="Seed", help="Where t-SNE begins. Another seed, another picture."
    )


class EmbedConfig(ViewConfig):
    layer: int = knob(
        1,
        ge=0,
        le=5,
        title="Layer",
        help="0 is the image itself, 1 the first hidden layer, the last the logit",
    )


@dataclass(frozen=True)
class PatchEmbedding:
    """N test images on a flat picture, and what the network says of them."""

    config: EmbedConfig
    trained: PatchConfig  # what the network was trained with
    widths: tuple[int, ...]  # units of every layer, the input's first
    images: NDArray[np.float32]  # (N, size, size), 0 black
    labels: NDArray[np.bool_]  # (N,): has a patch
    logits: Doubles  # (N,): over 0 says patch
    points: Doubles  # (N, 2)
    dots: NDArray[np.int64]  # (N,): on which dot of the layer's space each lies
    window: Frame
    plane: PrincipalPlane | None  # of PCA
    boundary: Boundary | None  # on it
    astray: int  # images that the plane shows on the other side than the network has them
    filters: NDArray[np.float32]  # (units of layer 1, size, size), their weights

    @property
    def right(self) -> NDArray[np.bool_]:
        """(N,): did the network find the patch, or see that there is none?"""
        right: NDArray[np.bool_] = (self.logits > 0) == self.labels
        return right

    @property
    def cut(self) -> bool:
        """Does the network change its mind anywhere in the picture's surroundings?"""
        logits = self.boundary.logits if self.boundary is not None else np.zeros(1)
        return bool(logits.min() < 0 < logits.max())

    @property
    def correct(self) -> int:
        return int(self.right.sum())

    def first_seen(self) -> int:
        """The image to begin with: one it gets wrong, else one with a patch."""
        wrong = np.flatnonzero(~self.right)
        return int(wrong[0] if len(wrong) else self.labels.argmax())

    def next_wrong(self, after: int) -> int:
        return next_wrong(~self.right, after)

    @property
    def layer_name(self) -> str:
        return layer_name(self.config.layer, self.widths)


def layer_name(layer: int, widths: tuple[int, ...]) -> str:
    """ "Input", "Layer 1", …, "Output"."""
    return "Input" if layer == 0 else "Output" if layer == len(widths) - 1 else f"Layer {layer}"


def embed(network: Network, trained: PatchConfig, config: EmbedConfig) -> PatchEmbedding:
    """Send the test images through and lay one layer out.

    Raises ConfigError if the network has no such layer, or the method cannot be used.
    """
    check(trained, config)
    images, labels = _test_images(trained.maker, trained.test_size, trained.seed, config.images)
    flow = layers_of(network, images)
    activations, logits = flow[config.layer], flow[-1][:, 0]
    plane = boundary = None
    astray = 0
    if config.method == "pca":
        plane = fit_plane(activations, rising=logits)
        points = plane.place(activations)
        window = frame(points)
        boundary = find_boundary(plane, window, lambda a: go_on(network, config.layer, a))
        astray = int(((go_on(network, config.layer, plane.back(points)) > 0) != (logits > 0)).sum())
    else:
        points = lay_out(activations, config.method, perplexity=config.perplexity, seed=config.seed)
        window = frame(points)
    size = trained.size
    return PatchEmbedding(
        config=config,
        trained=trained,
        widths=tuple(network.widths),
        images=images.reshape(-1, size, size).astype(np.float32),
        labels=labels,
        logits=logits,
        points=points,
        dots=find_dots(activations),
        window=window,
        plane=plane,
        boundary=boundary,
        astray=astray,
        filters=np.array(network.layers[0].weights, np.float32).reshape(-1, size, size),
    )


def check(trained: PatchConfig, config: EmbedConfig) -> None:
    """Raises ConfigError if this network cannot be looked at so."""
    last = len(trained.widths) - 1
    if config.layer > last:
        raise ConfigError(f"Layer must be a whole number from 0 to {last}. Got {config.layer} instead.")
    if config.method != "pca":
        check_perplexity(config.perplexity, trained.test_size)


def layers_of(network: Network, images: Doubles) -> list[Doubles]:
    """Every layer's activations for (N, inputs) images: themselves, the hidden layers, last logits (N, 1)."""
    flow = [images]
    for number in range(len(network.layers)):
        flow.append(_through(network, number, flow[-1]))
    return flow


def go_on(network: Network, layer: int, activations: Doubles) -> Doubles:
    """From activations of a layer (N, D) through the rest of the network to the logits (N,)."""
    for number in range(layer, len(network.layers)):
        activations = _through(network, number, activations)
    return activations[:, 0]


def _through(network: Network, number: int, x: Doubles) -> Doubles:
    """What one layer makes of (N, in): Network.forward for many images at once."""
    layer = network.layers[number]
    z: Doubles = x @ np.array(layer.weights).T + np.array(layer.biases)
    return z if layer is network.layers[-1] else np.maximum(z, 0.0)


@lru_cache(maxsize=8)  # for a reader who moves from epoch to epoch
def _test_images(maker: Maker, count: int, seed: int, which: str) -> tuple[Doubles, NDArray[np.bool_]]:
    """One of a run's two tests: images (N, pixels) and whether each has a patch. Read-only."""
    data = make_data(maker, train_size=0, test_size=count, seed=seed)
    examples = data.fair if which == "fair" else data.test
    images, labels = np.array(examples.images), np.array(examples.labels, bool)
    images.flags.writeable = labels.flags.writeable = False
    return images, labels
