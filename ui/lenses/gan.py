"""The pairs of the forger's game: a forger and a detective of one moment."""

from __future__ import annotations

import streamlit as st

from dlcore.gan.config import GanConfig
from dlcore.gan.data import digits_to_learn
from dlcore.gan.home_cards import ShownForger
from dlcore.gan.networks import Discriminator, Generator
from dlcore.mnist.files import load_test
from dlcore.run import Checkpoint, Run
from dlcore.runs.jobs.gan import load_pair
from dlcore.serving.forger import ForgerFile, ForgerFormat
from ui import limits
from ui.work import Asked, ask, named

Pair = tuple[Generator, Discriminator, GanConfig]


def pair(checkpoint: Checkpoint) -> Pair:
    """Both networks of a checkpoint, in eval mode. Read-only: everybody shares them.

    Raises CheckpointError if it cannot be used.
    """
    return _pair(named(checkpoint), checkpoint)


def file(checkpoint: Checkpoint, form: ForgerFormat) -> Asked[ForgerFile]:
    """The forger of a checkpoint as a file."""
    payload = {"checkpoint": checkpoint, "format": form}
    return ask(ForgerFile, "export_forger", f"{named(checkpoint)} {form}", lambda: payload)


def judged(run: Run, checkpoint: Checkpoint) -> ShownForger:
    """What the cards read of a moment; what they measured once stays."""
    return _judged(f"{named(checkpoint)} {run.step}", run, checkpoint)


@st.cache_resource(max_entries=16, ttl=limits.NETWORK_SECONDS, show_spinner=False)
def _judged(name: str, _run: Run, _checkpoint: Checkpoint) -> ShownForger:
    forger, _, config = pair(_checkpoint)
    learned = digits_to_learn(config.digit)
    return ShownForger(_run, _checkpoint.step, forger, config.digit, learned, load_test())


@st.cache_resource(max_entries=64, ttl=limits.NETWORK_SECONDS, show_spinner=False)
def _pair(name: str, _checkpoint: Checkpoint) -> Pair:
    return load_pair(_checkpoint)
