"""A digit on its way through a network: every map, and one of its numbers four times, each time closer."""

from functools import partial
from typing import Any

import streamlit as st
from torch import nn

from dlcore.cards import Card
from dlcore.figures import maps
from dlcore.figures.digits import digit_image
from dlcore.figures.effects import effects_chart
from dlcore.figures.numbers import numbers_html
from dlcore.inspection.activations import cell_words
from dlcore.inspection.activations.arithmetic import Cell, work_out
from dlcore.inspection.activations.cards import CARDS, ShownFlow
from dlcore.inspection.activations.filters import find_filters
from dlcore.inspection.activations.flow import Flow, trace
from dlcore.inspection.activations.look import LookConfig, Place, before_relu, find_place, look_through, move
from dlcore.inspection.activations.saliency import measure
from dlcore.inspection.activations.switching import Effect, Switching
from dlcore.inspection.activations.words import (
    census_words,
    effect_words,
    off_words,
    saliency_notes,
    saliency_words,
    silent_words,
    unknown_words,
)
from dlcore.inspection.listening import Unit
from dlcore.mnist.normalize import NORMALIZE
from dlcore.run import Checkpoint
from dlcore.runs.tasks import Task
from dlcore.schema import knobs
from dlcore.training.config import TrainConfig
from ui import cards, form, live, messages, resources, state
from ui.components.sheets.component import show_sheets
from ui.digit_input import DigitInput

PAGE = "mnist_activations"
KNOBS = knobs(LookConfig)
START = {"start": LookConfig()}
DIGIT = DigitInput(PAGE)
OFF, WANTED = f"{PAGE}__switched", f"{PAGE}__wanted"
MOST = 64  # maps of a layer that are switched off one after the other


def key(name: str) -> str:
    return form.key(PAGE, name)


def choose_map(flow: Flow, operation: str, unit: int) -> None:
    form.write(PAGE, move(flow, form.read(PAGE, LookConfig), operation, unit))


def choose_pixel(flow: Flow, place: Place, sheet: str, cell: int) -> None:
    """A click on what is read lays the window there; a click on what it gives chooses that number."""
    width = (place.operation.before if sheet == "reads" else place.operation.after).shape[2]
    if place.one_number:
        choose_map(flow, place.operation.name, cell)
        return
    row, column = divmod(cell, width)
    if sheet == "reads":
        row, column = look_through(place.operation, row, column)
    look = form.read(PAGE, LookConfig)
    form.write(PAGE, look.replace(row=row + 1, column=column + 1))


def choose_unit(flow: Flow, place: Place, sheet: str, cell: int) -> None:
    choose_map(flow, place.operation.name, cell)


def switched_off(net: str) -> frozenset[Unit]:
    """Each kind of network keeps its own: another has other layers."""
    off: frozenset[Unit] = st.session_state[OFF].get(net, frozenset())
    return off


def switch(net: str, unit: Unit) -> None:
    st.session_state[OFF][net] = switched_off(net) ^ {unit}


def all_on(net: str) -> None:
    st.session_state[OFF].pop(net, None)


def want(checkpoint: Checkpoint, layer: str, units: tuple[int, ...]) -> None:
    """Measure these units on the test digits."""
    st.session_state[WANTED] = (checkpoint.digest, layer, units)


def apply_card(card: Card, flow: Flow, checkpoint: Checkpoint) -> None:
    setup: dict[str, Any] = dict(card.setup)
    each = setup.pop("each", None)
    form.write(PAGE, form.read(PAGE, LookConfig).replace(**setup))
    if each is not None:
        layer = setup["operation"] if each else ""
        units = range(flow.named(layer).units) if each else ()
        want(checkpoint, layer, tuple(units))


def keep_place(flow: Flow) -> Place:
    """The number looked at; the widgets follow if this network has no such place."""
    look = form.read(PAGE, LookConfig)
    if flow.index(look.operation) is None:
        sentence = f"{flow.net} has no operation {look.operation!r}: {flow.operations[0].name} is shown."
        st.warning(messages.plain(sentence), icon=":material/link_off:")
    place = find_place(flow, look)
    st.session_state[key("operation")] = place.operation.name
    st.session_state[key("unit")] = place.unit + 1
    if not place.one_number:
        st.session_state[key("row")], st.session_state[key("column")] = place.row + 1, place.column + 1
    return place


def reading(flow: Flow, digit: state.CurrentDigit) -> None:
    """What it reads and how sure it is, with the units that are off."""
    share = flow.probabilities[flow.digit]
    wrong = digit.label is not None and digit.label != flow.digit
    with st.container(key=f"{PAGE}__prediction", horizontal=True, vertical_alignment="center", gap="medium"):
        st.image(digit_image(digit.pixels, 84), width=84, alt="The 28×28 image that the network reads")
        st.metric(
            "It reads",
            f"{flow.digit} {'✗' if wrong else ''}",
            f"{share:.1%} of the vote",
            delta_color="off",
            delta_arrow="off",
            width="content",
        )
    st.caption(messages.plain(digit.source))
    if flow.off:
        st.caption(off_words(flow.off))
        st.button(
            "All on again", icon=":material/power:", key=key("all_on"), on_click=all_on, args=(flow.net,)
        )


def one_map(flow: Flow, place: Place) -> None:
    """The picture always; beside it the words, the operation, the sum or the line of code."""
    cell = work_out(place.operation, place.unit, place.row, place.column)
    with st.container(key=f"{PAGE}__number"):
        st.markdown(f"**{cell_words.name_of(place)}: {place.value:+.4g}**. Click another pixel, or map.")
    left, right = st.columns([5, 6], gap="large")
    with left:
        sheets = maps.picture(flow, place, cell, state.theme())
        show_sheets(sheets, "activations-picture", partial(choose_pixel, flow, place))
        sliders(place)
    with right:
        form.choice(PAGE, KNOBS["depth"])
        depth(flow, place, cell)


def sliders(place: Place) -> None:
    if place.one_number:
        return
    _, height, width = place.operation.after.shape
    row, column = st.columns(2)
    row.slider("Row", 1, height, key=key("row"), persist_state="session")
    column.slider("Column", 1, width, key=key("column"), persist_state="session")


def depth(flow: Flow, place: Place, cell: Cell) -> None:
    operation, theme = place.operation, state.theme()
    match st.session_state[key("depth")]:
        case "picture":
            st.markdown(cell_words.picture_words(flow, place))
            cut = before_relu(flow, place)
            if cut is not None:
                st.info("ReLU cut the negatives: this map is 0 everywhere.", icon=":material/content_cut:")
                st.button(
                    "Before ReLU",
                    icon=":material/undo:",
                    key=key("before"),
                    on_click=choose_map,
                    args=(flow, cut, place.unit),
                )
        case "operation":
            st.markdown(cell_words.operation_words(operation, cell))
            if cell.kernel is not None:
                show_sheets(maps.terms(place, cell, theme), "activations-terms")
            else:
                st.latex(cell_words.formula(place, cell))
        case "arithmetic":
            arithmetic(place, cell)
        case "source":
            st.code(cell_words.marked_source(operation), language="python")
            st.caption(cell_words.source_words(operation))


def arithmetic(place: Place, cell: Cell) -> None:
    """The numbers themselves, and that their sum is torch's."""
    kind = place.operation.kind
    if kind == "dense":
        st.dataframe(cell_words.largest_terms(cell), hide_index=True, height="content")
    elif kind == "softmax":
        st.dataframe(cell_words.softmax_rows(cell), hide_index=True, height="content")
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
    with st.container(key=f"{PAGE}__check"):
        st.caption(cell_words.check_words(cell))


def its_weights(model: nn.Module, config: TrainConfig, flow: Flow, place: Place, label: int | None) -> None:
    """The kernels, and what this digit's loss would have them become."""
    operation = flow.named(place.operation.layer)
    unit = min(place.unit, operation.units - 1)
    found = find_filters(
        model,
        flow.pixels,
        NORMALIZE[config.normalize],
        operation,
        unit,
        flow.digit if label is None else label,
        flow.off,
    )
    one = f"the weights of {operation.noun} {unit + 1}"
    many = f"all {len(found.weights)} kernels" if found.whole_layer else one
    st.markdown(f"**{operation.name}, {many}**, and the gradient of this digit's loss.")
    sheets = maps.weights_and_gradients(
        found.weights, found.gradients, unit if found.whole_layer else None, state.theme()
    )
    show_sheets(sheets, "activations-weights", partial(choose_unit, flow, place))
    whose = "its label" if label is not None else "its own answer, since a drawing has no label,"
    st.caption(
        f"Loss {found.loss:.2g} for the digit {found.label}: {whose} counts as right. A step against the "
        "gradient lowers it. A small loss passes small gradients."
    )


def what_mattered(model: nn.Module, config: TrainConfig, flow: Flow) -> None:
    form.choice(PAGE, KNOBS["method"])
    method = st.session_state[key("method")]
    found = measure(model, flow.pixels, NORMALIZE[config.normalize], method, flow.digit, flow.off)
    left, right = st.columns([3, 2], gap="large")
    with left:
        sheets = maps.saliency_sheets(flow.pixels, found.map, saliency_notes(found), state.theme())
        show_sheets(sheets, "activations-saliency")
    with right, st.container(key=f"{PAGE}__saliency"):
        st.markdown(saliency_words(found))


def switch_off(flow: Flow, place: Place, checkpoint: Checkpoint) -> Switching | None:
    """One unit off at once for this digit; on request, and for each map in turn, for the test digits."""
    operation = place.operation
    layer = operation.layer
    noun = flow.named(layer).noun
    last = layer == flow.operations[-1].layer
    unit = (layer, place.unit)
    units = flow.named(layer).units
    if last:
        st.markdown("The ten outputs stay on: choose a map or unit of an earlier layer.")
    with st.container(horizontal=True, vertical_alignment="center"):
        off = unit in flow.off
        st.button(
            f"Switch {noun} {place.unit + 1} of {layer} {'on' if off else 'off'}",
            icon=":material/power_settings_new:",
            type="primary",
            key=key("switch"),
            on_click=switch,
            args=(flow.net, unit),
            disabled=last,
        )
        st.button(
            "Its cost on 10,000 test digits",
            icon=":material/speed:",
            key=key("one"),
            on_click=want,
            args=(checkpoint, layer, (place.unit,)),
            disabled=last,
        )
        st.button(
            f"Each of the {units} {noun}s in turn",
            icon=":material/bar_chart:",
            key=key("each"),
            on_click=want,
            args=(checkpoint, layer, tuple(range(units))),
            disabled=last or units > MOST,
        )
    digest, wanted, numbers = st.session_state.get(WANTED) or (checkpoint.digest, "", ())
    if digest != checkpoint.digest:
        wanted, numbers = "", ()
    found = resources.switching(PAGE, checkpoint, wanted, numbers)
    if isinstance(found, Task):
        st.fragment(wait, run_every=0.5 if found.active else None)(checkpoint, wanted, numbers)
        return None
    with st.container(key=f"{PAGE}__effect"):
        if found.effects:
            effects(found, flow.named(found.layer).noun)
        st.markdown(census_words(found, layer))
    return found


def effects(found: Switching, noun: str) -> None:
    st.markdown(effect_words(found, noun))
    if len(found.effects) > 1:
        chart = effects_chart(found.effects, found.correct, found.total, found.layer, state.theme())
        live.show_chart(chart, f"{PAGE}__effects")


def wait(checkpoint: Checkpoint, layer: str, units: tuple[int, ...]) -> None:
    """How far the measuring is; when it is done, the page is drawn again."""
    task = resources.switching(PAGE, checkpoint, layer, units)
    if not isinstance(task, Task):
        st.rerun()
    done = sum(isinstance(event, Effect) for event in task.events)
    if not task.active:
        st.warning(messages.plain(task.reason or "It was cancelled."), icon=":material/error:")
        return
    text = f"{done} of {len(units)} switched off …" if units else "Reading 10,000 test digits …"
    st.progress(done / max(1, len(units)), text=messages.task_sentence(task, text))
    if len(units) > 1:
        st.button("Cancel", key=key("cancel"), on_click=cancel, args=(task,))


def cancel(task: Task) -> None:
    resources.drop(task)
    st.session_state[WANTED] = None


def check_yourself(flow: Flow) -> None:
    with st.expander(
        "Check yourself: a map is all 0 for your digit. Is its filter useless?", key=f"{PAGE}__q"
    ):
        st.write(
            f"You cannot tell from one digit. {silent_words(flow)} Another digit may wake them. "
            "*Switch off* counts those that stay 0 on all 10,000 test digits."
        )


@st.fragment
def play(model: nn.Module, config: TrainConfig, checkpoint: Checkpoint) -> None:
    with st.container(key=f"{PAGE}__picture_first"):
        side, stage = st.columns([2, 5], gap="large")
    with side:
        st.markdown("**Draw a digit**, large")
        DIGIT.canvas()
        DIGIT.buttons()
    if st.session_state[key("view")] != "off":
        resources.only_task(PAGE)
    digit = state.current_digit()
    if digit is None:
        resources.only_task(PAGE)
        with stage, st.container(key=f"{PAGE}__prediction"):
            words = DIGIT.problem or "Draw a digit, or take a test digit. An empty canvas is not a zero."
            st.info(messages.plain(words), icon=":material/draw:")
        return
    flow = trace(model, digit.pixels, NORMALIZE[config.normalize], switched_off(type(model).__name__))
    place = keep_place(flow)
    with side:
        reading(flow, digit)
    with stage:
        show_sheets(maps.wall(flow, place, state.theme()), "activations-wall", partial(choose_map, flow))
        if flow.unknown:
            st.warning(messages.plain(unknown_words(flow)), icon=":material/visibility_off:")
        st.caption(
            ":green[Green] is above 0, :violet[violet] below, the background 0. Each sheet has its own scale."
        )
    form.choice(PAGE, KNOBS["view"], hidden=True)
    switched = None
    match st.session_state[key("view")]:
        case "map":
            one_map(flow, place)
        case "filters":
            its_weights(model, config, flow, place, digit.label)
        case "saliency":
            what_mattered(model, config, flow)
        case "off":
            switched = switch_off(flow, place, checkpoint)
    form.share(PAGE, LookConfig, START)
    apply = partial(apply_card, flow=flow, checkpoint=checkpoint)
    cards.show(PAGE, CARDS, apply, ShownFlow(flow, place, switched))
    check_yourself(flow)


st.title("Activations")
st.write("A filter is a small pattern slid over the image; the map is its score. Click any map.")
form.prepare(PAGE, LookConfig, START)
st.session_state.setdefault(OFF, {})
DIGIT.begin()
with st.container(horizontal=True, vertical_alignment="bottom"):
    run = state.select_run(PAGE, "mnist")
    checkpoint = state.select_checkpoint(PAGE, run)
play(*resources.model(checkpoint), checkpoint)
state.next_link("mnist/embedding.py", "Next: where it places many digits", run)
