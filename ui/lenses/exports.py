"""Trained networks as files, and a race of the engines that run them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from dlcore.run import Checkpoint
from dlcore.runs.storage.kept import Kept
from dlcore.serving.export import Export, Exported, quick_files
from dlcore.serving.formats import FORMATS
from dlcore.serving.race import InferenceRace
from dlcore.serving.trained import Trained
from ui import services
from ui.work import Asked, ask, named


def export(checkpoint: Checkpoint) -> Asked[Export]:
    """A network in every format, its files on the disk."""
    again = 0
    while True:
        payload = {"checkpoint": checkpoint, "folder": kept().folder}
        asked = ask(Export, "export", f"{named(checkpoint)} {again}", lambda: payload)  # noqa: B023
        if asked.result is None or all(kept().has(f.digest) for f in asked.result.files if f.digest):
            return asked
        again += 1  # others needed the room on the disk: make them anew


def quick_exports(checkpoint: Checkpoint, trained: Trained) -> tuple[Exported, ...]:
    """The files of a network that can be had at once; their bytes are made when they are asked for."""
    return _quick_files(f"{named(checkpoint)} {trained.moved}", trained)


@st.cache_data(max_entries=128, show_spinner=False)
def _quick_files(name: str, _trained: Trained) -> tuple[Exported, ...]:
    return quick_files(_trained)


def kept() -> Kept:
    """Where exported files lie."""
    return Kept(services.store().folder / "exports")


def content(file: Exported, trained: Trained) -> bytes:
    """A file's bytes, at the moment they are asked for."""
    return kept().read(file.digest) if file.digest else FORMATS[file.format].write(trained)


@dataclass(frozen=True)
class Racing:
    """A digit, 28 × 28 bytes, on these weights."""

    checkpoint: Checkpoint
    digit: bytes


def inference_race(racing: Racing, again: str) -> Asked[InferenceRace]:
    """A digit through every engine. `again` tells two races of the same apart."""

    def payload() -> dict[str, object]:
        digit = np.frombuffer(racing.digit, np.uint8).reshape(28, 28).copy()
        return {"checkpoint": racing.checkpoint, "digit": digit}

    key = f"{named(racing.checkpoint)} {racing.digit.hex()} {again}"
    return ask(InferenceRace, "inference_race", key, payload)
