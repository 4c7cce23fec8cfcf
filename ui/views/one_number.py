"""One number of a digit's way through a network, at four depths: picture, operation, sum, line of code."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dlcore.figures import maps
from dlcore.figures.numbers import numbers_html
from dlcore.figures.slide import slide_sheets
from dlcore.inspection.activations import cell_words
from dlcore.inspection.activations.arithmetic import Cell, work_out
from dlcore.inspection.activations.flow import Flow
from dlcore.inspection.activations.look import LookConfig, Place, before_relu, look_through, move
from dlcore.inspection.activations.slide import slide_over
from dlcore.schema import knobs
from ui import form, present, state
from ui.components.sheets.component import show_sheets
from ui.components.slide.component import show_slide


def choose_map(page: str, flow: Flow, operation: str, unit: int) -> None:
    form.write(page, move(flow, form.read(page, LookConfig), operation, unit))


def choose_pixel(page: str, flow: Flow, place: Place, sheet: str, cell: int) -> None:
    """A click on what is read lays the window there; a click on what it gives chooses that number."""
    width = (place.operation.before if sheet == "reads" else place.operation.after).shape[2]
    if place.one_number:
        choose_map(page, flow, place.operation.name, cell)
        return
    row, column = divmod(cell, width)
    if sheet == "reads":
        row, column = look_through(place.operation, row, column)
    look = form.read(page, LookConfig)
    form.write(page, look.replace(row=row + 1, column=column + 1))


def show(page: str, flow: Flow, place: Place) -> None:
    """The window on its way over the map; below it one number in words, its operation, its sum or its line
    of code.
    """
    cell = work_out(place.operation, place.unit, place.row, place.column)
    picked, slide = partial(choose_pixel, page, flow, place), slide_over(flow, place)
    depth = st.session_state[form.key(page, "depth")]
    if slide is None:
        show_sheets(maps.picture(place, state.theme()), "activations-picture", picked)
    else:
        show_slide(
            slide,
            slide_sheets(flow, place, slide, state.theme()),
            place.row * slide.gives.shape[1] + place.column,
            "activations-slide",
            picked,
            theme=state.theme(),
            by_itself=depth == "picture",  # the other depths are of the place that was chosen
            keys_everywhere=present.on(),
        )
    with st.container(key=form.key(page, "number")):  # beside a window that walks, the place that is chosen
        chosen = "" if slide is None else "Chosen: "
        named = cell_words.name_of(flow, place)
        st.markdown(f"**{chosen}{named}: {place.value:+.4g}**. Click another pixel, or map.")
    form.choice(page, knobs(LookConfig)["depth"], hidden=True)
    _depth(page, flow, place, cell)


def _depth(page: str, flow: Flow, place: Place, cell: Cell) -> None:
    operation = place.operation
    match st.session_state[form.key(page, "depth")]:
        case "picture":
            _picture(page, flow, place)
        case "operation":
            st.markdown(cell_words.operation_words(operation, cell))
            if cell.kernel is not None:
                show_sheets(maps.terms(place, cell, state.theme()), "activations-terms")
            else:
                st.latex(cell_words.formula(place, cell))
        case "arithmetic":
            _arithmetic(page, flow, place, cell)
        case "source":
            st.code(cell_words.marked_source(operation), language="python")
            st.caption(cell_words.source_words(operation))


def _picture(page: str, flow: Flow, place: Place) -> None:
    st.markdown(cell_words.picture_words(place))
    cut = before_relu(flow, place)
    if cut is not None:
        st.info("ReLU cut the negatives: this map is 0 everywhere.", icon=":material/content_cut:")
        st.button(
            "Before ReLU",
            icon=":material/undo:",
            key=form.key(page, "before"),
            on_click=choose_map,
            args=(page, flow, cut, place.unit),
        )


def _arithmetic(page: str, flow: Flow, place: Place, cell: Cell) -> None:
    """The numbers themselves, and that their sum is torch's."""
    kind = place.operation.kind
    if kind == "dense":
        st.dataframe(cell_words.largest_terms(cell), hide_index=True, height="content")
    elif kind == "softmax":
        st.dataframe(cell_words.softmax_rows(cell, flow.names), hide_index=True, height="content")
    elif cell.kernel is not None:
        leading = cell.leading
        if len(cell.patch) > 1:
            st.markdown(cell_words.parts_words(cell))
        tables = (
            ("It read", cell.patch[leading]),
            ("Kernel", cell.kernel[leading]),
            ("Products", cell.terms[leading]),
        )
        st.html(numbers_html(tables, state.theme()))
    st.latex(cell_words.formula(place, cell))
    with st.container(key=form.key(page, "check")):
        st.caption(cell_words.check_words(cell))
