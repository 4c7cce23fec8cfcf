"""A forger's game as it goes: the wall, the detective's verdicts, the losses, what the reader sees."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from dlcore.figures.digits import data_uri
from dlcore.figures.gan import wall_picture
from dlcore.figures.gan_curves import distance_chart, gradient_chart, losses_chart, read_chart, verdicts_chart
from dlcore.gan.drawing import Pixels, pictures
from dlcore.gan.networks import CLASSES
from dlcore.gan.training import WALL, wall_noise
from dlcore.run import Run
from dlcore.words import exact_percent
from ui import form, live, state
from ui.explain import explain
from ui.lenses import gan

ROW = 5


def show(page: str, run: Run) -> None:
    """All of it, redrawn in place."""
    key, theme = partial(form.key, page), state.theme()
    left, right = st.columns([2, 3])
    with left:
        st.markdown(explain("**The same 25 noises**, drawn again"))
        show_wall(run)
    with right:
        st.markdown(explain("**The detective's verdicts** on real digits and on fakes"))
        live.show_chart(verdicts_chart(run.watched, theme), key("verdicts"))
    st.markdown(explain(":blue[—] detective :orange[- -] forger"))
    left, right = st.columns(2)
    with left:
        live.show_chart(losses_chart(run, theme), key("losses"))
    with right:
        live.show_chart(distance_chart(run, theme), key("distance"))
    left, right = st.columns(2)
    with left:
        live.show_chart(gradient_chart(run, theme), key("gradient"))
    with right:
        live.show_chart(read_chart(read_as(run), theme), key("read"))
    st.caption(explain(said(run)))


def wall(run: Run) -> Pixels | None:
    """While it trains the latest pictures, else what the chosen weights draw; None before there are any."""
    if run.active and len(run.pictured) == WALL * 28 * 28:
        return np.frombuffer(run.pictured, np.uint8).reshape(WALL, 28, 28)
    if not run.checkpoints:
        return None
    forger, _, config = gan.pair(state.chosen_checkpoint(run))
    return pictures(forger, *wall_noise(config))


def show_wall(run: Run) -> None:
    found = wall(run)
    shown = np.zeros((WALL, 28, 28), np.uint8) if found is None else found
    st.html(
        f'<img class="wall" src="{data_uri(wall_picture(shown, ROW))}" alt="{WALL} drawings of the forger" '
        'style="image-rendering:pixelated;border-radius:4px;width:100%;max-width:min(300px,30vh);aspect-ratio:1">'
    )


def read_as(run: Run) -> list[float]:
    """Of the last drawings judged, how many were read as each digit."""
    points = [run.last(f"read_as_{digit}") for digit in range(CLASSES)]
    return [point.value if point is not None else 0.0 for point in points]


def said(run: Run) -> str:
    """What the lower charts are of."""
    last, read, sure = run.last("frechet"), run.last("asked_read"), run.last("sure")
    if last is None or read is None or sure is None:
        return "The reader judges 500 drawings after every hundred steps."
    return (
        f"At step {last.step:,} the lab's reader took {exact_percent(read.value, 1)} of 500 drawings for the "
        f"asked digit, {exact_percent(sure.value, 1)} surely; Fréchet distance {last.value:.0f}."
    )
