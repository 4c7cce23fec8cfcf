"""An embedding that plays: the images wander from layer to layer, or from epoch to epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dlcore.figures.film import Kind, film_alt, film_figure
from dlcore.inspection.embedding.film import film_of
from ui import form, live, state, work
from ui.remember import remembered
from ui.work import Asked

STILL, LAYERS, EPOCHS = "still", "layers", "epochs"
TITLES = {STILL: "One picture", LAYERS: "By layer", EPOCHS: "By epoch"}
HEIGHT = 460


def choose_film(page: str) -> str:
    """What is shown: one picture, or a film."""
    return str(
        st.segmented_control(
            "Show",
            list(TITLES),
            format_func=TITLES.__getitem__,
            default=STILL,
            required=True,
            key=form.key(page, "film"),
        )
    )


def back_to_one_picture(page: str) -> Callable[[], None]:
    def back() -> None:
        st.session_state[form.key(page, "film")] = STILL

    return back


def show_film(
    page: str,
    names: Sequence[str],
    asked: Sequence[Asked[Any]],
    kinds: Callable[[], Sequence[Kind]],
    picked: int,
) -> None:
    """The film once all its shots are laid out; until then how far that is. A result has `points`.

    `kinds` are those of the images in the shots: the film is made once for these.
    """
    made = [one.result for one in asked if one.result is not None]
    if len(made) == len(asked):
        theme = state.theme()

        def make() -> tuple[go.Figure, str]:
            shots = film_of(names, [shot.points for shot in made])
            figure = film_figure(shots, kinds(), theme, picked=picked, height=HEIGHT)
            return figure, film_alt(shots)

        figure, alt = remembered(form.key(page, "film_made"), (*names, *made, theme, picked), make)
        live.show_figure(figure, form.key(page, "film_picture"), alt)
        st.caption("All by PCA, each turned onto the one before it: what still moves, the network has moved.")
        return
    waiting = next(one for one in asked if one.result is None)
    words = f"Laying out picture {len(made) + 1} of {len(asked)}"
    work.wait(page, waiting, words, on_cancel=back_to_one_picture(page), again="again_film", height=HEIGHT)
