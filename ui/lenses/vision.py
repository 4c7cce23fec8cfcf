"""The recogniser's networks, each once for all who ask; their files; and its longer work."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image
from torch import Tensor, nn

from dlcore.vision import fetch, files
from dlcore.vision.beside import SideBySide
from dlcore.vision.config import RecogniserConfig
from dlcore.vision.fetch import Fetched
from dlcore.vision.integrated import Integrated
from dlcore.vision.lite0 import EfficientNetLite0
from dlcore.vision.look import class_map
from dlcore.vision.networks import FIRST, Network, for_a_class, network_named
from dlcore.vision.occlusion import Occlusion
from dlcore.vision.prepare import grey
from dlcore.vision.recogniser import Named, name_in_training, name_picture
from dlcore.vision.weights import load, pretrained
from ui import services
from ui.work import Asked, ask

KEPT = 2  # networks in memory beside Lite0: each of those that a page offers takes 0.6 GB at most
EVERYBODY = "fetched weights"  # who fetches: one file at a time, whoever asked
LOOKS: dict[str, type[Occlusion | Integrated]] = {"occlusion": Occlusion, "integrated": Integrated}


# --- Networks -----------------------------------------------------------------------------


def chosen(config: RecogniserConfig) -> Network:
    return network_named(config.network)


def here(network: Network) -> bool:
    """Can it answer without the net?"""
    return files.here(network, services.store().folder)


def all_here() -> tuple[Network, ...]:
    return tuple(one for one in for_a_class() if here(one))


def module(network: Network) -> nn.Module:
    """In evaluation mode, shared: never to be changed. Raises VisionError if it cannot be loaded."""
    return lite0() if network.name == FIRST else _other(network)


@st.cache_resource(max_entries=1, show_spinner=False)
def lite0() -> EfficientNetLite0:
    """Lite0, shared: never to be changed. Raises VisionError if its weights are not here."""
    return pretrained()


@st.cache_resource(
    max_entries=KEPT, show_spinner="Reading its weights …", hash_funcs={Network: lambda one: one.file}
)
def _other(network: Network) -> nn.Module:
    path = _file(network)
    if path is None:
        raise files.missing(network)
    return load(network, path)


def _file(network: Network) -> Path | None:
    """Where its weights lie, if they are not Lite0's. What is used stays."""
    path = files.find(network, services.store().folder)
    if path is not None and path.parent == services.store().folder / files.FETCHED:
        fetch.used(path)
    return path


# --- What a page asks -----------------------------------------------------------------------


def named(picture: Image.Image, config: RecogniserConfig) -> Named:
    """The five likeliest classes. Raises VisionError if the network cannot be loaded."""
    network = chosen(config)
    _file(network)  # it is in use: others go first
    answers = name_picture if config.mode == "eval" else name_in_training
    return answers(module(network), picture, 5, config, network.recipe)


def says(config: RecogniserConfig, named: Named, place: int) -> tuple[Tensor, float]:
    """What each place of the last maps says. Raises VisionError if the network has no such places."""
    return class_map(module(chosen(config)), named.prepared.batch, place)


def looked(method: str, config: RecogniserConfig, named: Named, place: int) -> Asked[Occlusion | Integrated]:
    """Where it looked, by a method of LOOKS."""
    network, batch = chosen(config), named.prepared.batch.numpy()

    def payload() -> dict[str, object]:
        return {
            "network": network,
            "path": _file(network),
            "batch": batch,
            "grey": grey(config, network.recipe).numpy(),
            "place": place,
            "method": method,
        }

    return ask(LOOKS[method], "look", subject(method, config, named, place), payload)


def subject(method: str, config: RecogniserConfig, named: Named, place: int) -> str:
    """By which two requests to look are known to be the same."""
    digest = hashlib.sha256(named.prepared.batch.numpy().tobytes()).hexdigest()
    return f"{method} {config.network} {place} {digest}"


def beside(
    networks: tuple[Network, ...], picture: Image.Image, config: RecogniserConfig, again: str
) -> Asked[SideBySide]:
    """A picture through several networks, as a `config` prepares it."""
    pixels = np.asarray(picture)
    key = f"{pixels.shape} {hashlib.sha256(pixels.tobytes()).hexdigest()}"

    def payload() -> dict[str, object]:
        return {"networks": [(one, _file(one)) for one in networks], "pixels": pixels, "config": config}

    names = " ".join(one.name for one in networks)
    return ask(SideBySide, "beside", f"{names} {key} {prepared_as(config)} {again}", payload)


def prepared_as(config: RecogniserConfig) -> str:
    """How a picture is prepared, whoever reads it."""
    return config.model_dump_json(exclude={"photo", "network", "mode"})


# --- Fetching -------------------------------------------------------------------------------


def fetching(network: Network) -> Asked[Fetched]:
    """The file of a network, or the task that fetches it, for all who wait for it."""
    again = 0
    while True:
        asked = ask(
            Fetched, "fetch_weights", f"{network.file} {again}", lambda: _fetch(network), owner=EVERYBODY
        )
        if asked.result is None or asked.result.path.is_file():
            return asked
        again += 1  # it had to make room meanwhile: fetch it anew


def check_can_be_kept(network: Network) -> None:
    """Raises VisionError if there is no room for so large a file, ever."""
    fetch.check_fits(network, _limit())


def _fetch(network: Network) -> dict[str, object]:
    folder = services.store().folder / files.FETCHED
    return {"network": network, "folder": folder, "limit": _limit(), "address": fetch.hub()}


def _limit() -> int:
    return fetch.limit_of(services.runner().limit_bytes)
