"""Loss surfaces on a page: in space, from above, in slices, and before there is anything to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from functools import partial

import streamlit as st

from dlcore.figures.landscape import View, path_traces, surface_alt, surface_figure
from dlcore.figures.landscape_flat import contour_figure, slice_chart
from dlcore.figures.landscape_html import surface_csv, surface_html
from dlcore.figures.space import empty_figure
from dlcore.landscape.picture import Picture
from dlcore.landscape.words import about_plane
from dlcore.run import stop_names
from ui import form, live, state
from ui.components.plotly3d.component import Play, plotly3d, sent_once
from ui.remember import remembered

HEIGHT = 400  # pixels: with its bar it is in sight at once on a small laptop


def show_empty(page: str, count: int) -> None:
    """The same place without numbers, so that the browser is ready when they come."""
    plotly3d(
        empty_figure(count, state.theme(), height=HEIGHT),
        key=form.key(page, "surface"),
        height=HEIGHT,
        alt="A loss surface that is still being measured",
        filename="loss-surface",
        link_cameras=True,
        words="Measuring the first points …",
    )


def show(page: str, pictures: Sequence[Picture], view: View, titles: Sequence[str]) -> None:
    """The surfaces in space, with the paths upon them, and what the plane holds."""
    theme = state.theme()
    figure = sent_once(
        form.key(page, "surface_drawn"),
        (*pictures, *astuple(view), theme, *titles),
        lambda: surface_figure(pictures, theme, view, titles=titles, height=HEIGHT),
    )
    longest = max(pictures, key=lambda picture: len(picture.path)).path
    names = tuple(f"Epoch {name}" for name in stop_names(longest))
    play = Play(path_traces(pictures), steps=len(names) - 1, names=names) if len(names) > 1 else None
    plotly3d(
        figure,
        key=form.key(page, "surface"),
        height=HEIGHT,
        alt=". ".join(surface_alt(picture) for picture in pictures),
        filename="loss-surface",
        link_cameras=True,
        play=play,
    )
    st.markdown(about_plane(pictures[0]))


def show_below(page: str, picture: Picture, view: View, *, busy: bool) -> None:
    """The same surface from above, slices through it, and files of it."""
    theme = state.theme()
    of = (picture, *astuple(view), theme)
    flat = sent_once(form.key(page, "flat_drawn"), of, lambda: contour_figure(picture, theme, view))
    slices = remembered(form.key(page, "slices_drawn"), of, lambda: slice_chart(picture, theme, view))
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**From above**")
        plotly3d(
            flat,
            key=form.key(page, "contour"),
            height=380,
            alt=f"{surface_alt(picture)}, seen from above",
            filename="loss-contours",
        )
    with right:
        st.markdown("**Two slices, nearest to the network**")
        live.show_chart(slices, key=form.key(page, "slices"))
        with st.container(horizontal=True):
            for label, data, kind in (
                ("Surface to turn (HTML)", partial(_html, picture, view), "html"),
                ("Numbers (CSV)", partial(surface_csv, picture), "csv"),
            ):
                st.download_button(
                    label,
                    data=data,
                    file_name=f"loss-surface.{kind}",
                    mime=f"text/{kind}",
                    icon=":material/download:",
                    key=form.key(page, kind),
                    on_click="ignore",
                    disabled=busy,
                )


def _html(picture: Picture, view: View) -> str:
    return surface_html(surface_figure([picture], "light", view), "Loss surface")
