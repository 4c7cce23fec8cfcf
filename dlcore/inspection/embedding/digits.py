"""600 test digits as a layer places them: its numbers as rows, laid out on a flat picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dlcore.datasets.catalogue import samples
from dlcore.datasets.dataset import MNIST
from dlcore.errors import ConfigError
from dlcore.inspection.embedding.layouts import (
    METHODS,
    Frame,
    PrincipalPlane,
    check_perplexity,
    fit_plane,
    frame,
    lay_out,
)
from dlcore.inspection.embedding.principal import Doubles, principal
from dlcore.inspection.listening import Listener
from dlcore.mnist.normalize import Normalize
from dlcore.nets.registry import private_copy
from dlcore.schema import Config, knob
from dlcore.training.evaluation import next_wrong

EACH = 60  # digits of each class
SHOWN = 10 * EACH
CHOSEN_BY = 0  # seed: which of the 10,000 these are
NEIGHBOURS = 10
KEPT = 50  # principal directions that t-SNE starts from
INPUT = "input"


class DigitConfig(Config):
    """One picture of the page."""

    layer: str = knob(
        "fc1",
        title="Layer",
        help="input: the 784 pixels. Then each layer after its activation; the last gives the ten logits.",
        form="the name of a layer, as in fc1",
        pattern=r"^[a-z][a-z0-9_]{0,19}$",
    )
    method: Literal["pca", "tsne", "umap"] = knob(
        "pca",
        options={name: method.title for name, method in METHODS.items()},
        title="Laid out by",
        help="PCA is a flat cut: distances count. t-SNE keeps neighbours together: distances do not count.",
    )
    perplexity: int = knob(
        30, ge=2, le=500, scale="log", title="Perplexity", help="How many neighbours an image keeps, about."
    )
    seed: int = knob(
        1, ge=0, le=2**31 - 1, title="Seed", help="Where t-SNE begins. Another seed, another picture."
    )


@dataclass(frozen=True)
class DigitLayer:
    """N test digits as one layer has them."""

    name: str
    layers: tuple[str, ...]  # of this network, in order
    images: NDArray[np.uint8]  # (N, 28, 28)
    labels: NDArray[np.int64]  # (N,)
    predictions: NDArray[np.int64]  # (N,)
    activations: NDArray[np.float32]  # (N, D)
    plane: PrincipalPlane
    purity: float  # of the NEIGHBOURS nearest in the layer, the share with the same label

    @property
    def right(self) -> NDArray[np.bool_]:
        right: NDArray[np.bool_] = self.predictions == self.labels
        return right

    def next_wrong(self, after: int) -> int:
        return next_wrong(~self.right, after)


@dataclass(frozen=True)
class DigitPicture:
    """Where a method put the digits of a layer."""

    config: DigitConfig
    points: Doubles  # (N, 2)
    window: Frame
    purity: float  # of the NEIGHBOURS nearest in the picture, the share with the same label
    kept: float  # of the nearest in the layer, the share that are also nearest in the picture


@dataclass(frozen=True)
class Mine:
    """A digit from elsewhere among them."""

    point: tuple[float, float]  # on the plane of PCA
    neighbours: tuple[int, ...]  # the nearest test digits in the layer, nearest first


def layer_names(model: nn.Module) -> tuple[str, ...]:
    """What can be looked at: the input and every layer with weights."""
    layers = [name for name, m in model.named_modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    return (INPUT, *layers)


def look_at_layer(model: nn.Module, normalize: Normalize, layer: str, dataset: str = MNIST) -> DigitLayer:
    """Send the digits, or the images of another set, through and keep one layer.

    Raises ConfigError if the network has no such layer, DataError if there is no such set here.
    """
    names = check_layer(model, layer)
    images, labels = shown_digits(dataset)
    activations, logits = _numbers(model, normalize, torch.from_numpy(images.copy())[:, None], layer)
    rows = activations.astype(np.float64)
    return DigitLayer(
        name=layer,
        layers=names,
        images=images,
        labels=labels,
        predictions=logits.argmax(1).numpy(),
        activations=activations,
        plane=fit_plane(rows),
        purity=_purity(nearest(rows), labels),
    )


def check_layer(model: nn.Module, layer: str) -> tuple[str, ...]:
    """The layers there are. Raises ConfigError if this is none of them."""
    names = layer_names(model)
    if layer not in names:
        raise ConfigError(f"Layer must be one of {', '.join(names)}. Got {layer!r} instead.")
    return names


def picture_of(layer: DigitLayer, config: DigitConfig) -> DigitPicture:
    """Lay the layer out. Raises ConfigError if the method cannot be used."""
    rows = layer.activations.astype(np.float64)
    if config.method == "pca":
        points = layer.plane.place(rows)
    else:
        check_perplexity(config.perplexity, len(rows))
        points = lay_out(_shortened(rows), config.method, perplexity=config.perplexity, seed=config.seed)
    near, near_here = nearest(rows), nearest(points)
    kept = np.mean([len(np.intersect1d(a, b)) / NEIGHBOURS for a, b in zip(near, near_here, strict=True)])
    window = frame(points, aspect=1.25, margin=0.05)
    return DigitPicture(config, points, window, _purity(near_here, layer.labels), float(kept))


def embed_digits(
    model: nn.Module, normalize: Normalize, config: DigitConfig, dataset: str = MNIST
) -> DigitPicture:
    """Both in one go. Raises ConfigError if there is no such layer, or the method cannot be used."""
    return picture_of(look_at_layer(model, normalize, config.layer, dataset), config)


def place_digit(
    model: nn.Module, normalize: Normalize, layer: DigitLayer, pixels: NDArray[np.uint8], count: int = 5
) -> Mine:
    """Where a digit (28, 28) uint8 lies among the others of this layer of the same network."""
    numbers, _ = _numbers(model, normalize, torch.from_numpy(pixels.copy())[None, None], layer.name)
    row = numbers.astype(np.float64)
    x, y = layer.plane.place(row)[0].tolist()
    apart = np.linalg.norm(layer.activations - row, axis=1)
    return Mine((x, y), tuple(np.argsort(apart, kind="stable")[:count].tolist()))


@lru_cache(maxsize=4)
def shown_digits(dataset: str = MNIST) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The same digits for every network: EACH of every class, as far as there are so many, drawn once.
    Read-only.
    """
    test = samples(dataset, "test")
    order = torch.randperm(len(test), generator=torch.Generator().manual_seed(CHOSEN_BY))
    labels = test.labels[order]
    chosen = torch.cat([order[labels == digit][:EACH] for digit in range(10)])
    images, chosen_labels = test.images[chosen, 0].numpy(), test.labels[chosen].numpy()
    images.flags.writeable = chosen_labels.flags.writeable = False
    return images, chosen_labels


@torch.no_grad()
def _numbers(
    model: nn.Module, normalize: Normalize, images: Tensor, layer: str
) -> tuple[NDArray[np.float32], Tensor]:
    """What a layer's numbers become before the next, of (B, 1, 28, 28) uint8: (B, D); the logits (B, 10)."""
    model = private_copy(model).to(memory_format=torch.channels_last)
    given = normalize(images)
    listener = Listener(model)
    with listener:
        logits = model(given)
    found = given if layer == INPUT else listener.last[layer]
    numbers: NDArray[np.float32] = found.flatten(1).contiguous().numpy()
    return numbers, logits


def nearest(rows: Doubles) -> NDArray[np.int64]:
    """The NEIGHBOURS nearest others of each of (N, D), (N, NEIGHBOURS)."""
    squares, tensor = (rows**2).sum(axis=1), torch.from_numpy(rows)
    products = (tensor @ tensor.T).numpy()  # by torch: it keeps to the one thread that a page may use
    apart = squares[:, None] + squares - 2 * products
    np.fill_diagonal(apart, np.inf)
    found: NDArray[np.int64] = np.argpartition(apart, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    return found


def _purity(near: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    return float((labels[near] == labels[:, None]).mean())


def _shortened(rows: Doubles) -> Doubles:
    """(N, D) -> (N, KEPT): their principal parts, which hold nearly all and are quicker to compare."""
    if rows.shape[1] > KEPT:
        return principal(rows, KEPT).placed
    centred: Doubles = rows - rows.mean(axis=0)
    return centred
