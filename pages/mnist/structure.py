"""What a network of the digits is made of: its steps, what each holds and what each does."""

from functools import partial

import streamlit as st

from dlcore.cards import Card
from dlcore.events import Stage
from dlcore.figures.net_graphs import autograd_alt, autograd_dot, module_alt, module_dot
from dlcore.figures.structure import shares_chart
from dlcore.inspection.structure.cards import CARDS, layer_meant
from dlcore.inspection.structure.draw_dot import HOW, can_draw, to_svg
from dlcore.inspection.structure.structure import Paint, Structure, StructureConfig, painted
from dlcore.inspection.structure.tables import nets_table, steps_table
from dlcore.inspection.structure.words import about_biases, about_views, headline
from dlcore.inspection.torch_profile.result import TorchProfile, profile_of
from dlcore.inspection.torch_profile.words import provenance
from dlcore.nets.registry import NETS
from dlcore.runs.tasks import Task
from dlcore.runs.trained_with import trained_with
from dlcore.schema import knobs
from dlcore.training.config import TrainConfig
from dlcore.words import size
from ui import cards, form, layout, live, messages, path, pickers, state, work
from ui.lenses import profiles, structure
from ui.work import Asked

PAGE = "mnist_structure"
key = partial(form.key, PAGE)
KNOBS = knobs(StructureConfig)
START = {"start": StructureConfig()}
LAYER, TABLE = key("layer"), key("table")


def choose_row(names: list[str]) -> None:
    """A click on a row of the table: its arithmetic is shown."""
    rows = st.session_state[TABLE].selection.rows
    if rows:
        st.session_state[LAYER] = names[rows[0]]


def found_of(trained: TrainConfig) -> Structure:
    return structure.structure(**trained.architecture, dropout=trained.dropout)


def apply_card(card: Card, found: Structure) -> None:
    st.session_state[key("graph")] = "module"
    st.session_state[key("paint")] = card.setup["paint"]
    st.session_state[LAYER] = layer_meant(found, card.setup["layer"])


def controls() -> None:
    form.choice(PAGE, KNOBS["graph"])
    if st.session_state[key("graph")] == "autograd":
        form.widget(PAGE, KNOBS["saved"])
    else:
        form.widget(PAGE, KNOBS["batch_size"])


def tiles(found: Structure, batch_size: int) -> None:
    row = st.container(horizontal=True, gap="medium")
    row.metric("Parameters", f"{found.num_params:,}", width="content")
    row.metric("Multiply-adds per image", f"{found.multiply_adds:,}", width="content")
    row.metric(f"Outputs of {batch_size} images", size(found.memory(batch_size)), width="content")


def measuring(task: Task) -> Stage:
    step = work.stage(task)
    return Stage(step.share, f"Measuring the time: {step.words.lower()}")


def paint(found: Structure, config: StructureConfig, timed: Asked[TorchProfile]) -> Paint:
    """What the boxes show. The time is measured first: until then they stay white."""
    times = None
    if timed.result is not None:
        training = timed.result.training
        st.caption(f"There and back. {provenance(timed.result, training)}")
        times = training.times
    work.wait(PAGE, timed, measuring)
    return painted(found, config.paint, batch_size=config.batch_size, times=times)


def show_steps(found: Structure, shown: Paint) -> str:
    """Folded where there is room beside it, upright on a phone: the style of the document shows one."""
    chosen, alt = st.session_state[LAYER], module_alt(found, shown)
    dot = module_dot(found, shown, state.theme(), chosen=chosen)
    with st.container(key=key("steps__not_on_a_phone")):
        st.graphviz_chart(dot, width="stretch", alt=alt)
    with st.container(key=key("upright__only_on_a_phone")):
        upright = module_dot(found, shown, state.theme(), chosen=chosen, upright=True)
        st.graphviz_chart(upright, width="content", alt=alt)
    st.caption(
        "On the arrows: the shape of what flows, for one image. The bluer a box, the larger its share."
    )
    return dot


def show_autograd(trained: TrainConfig, saved: bool) -> str:
    graph = structure.autograd(**trained.architecture, dropout=trained.dropout, saved=saved)
    dot = autograd_dot(graph, state.theme())
    with st.container(key=key("large__scrolling"), height=560):
        st.graphviz_chart(dot, alt=autograd_alt(graph))
    st.caption(
        f"{autograd_alt(graph)} The backward pass goes against the arrows. "
        "Blue: parameters. Dashed: tensors kept for the backward pass."
    )
    return dot


def downloads(dot: str, name: str) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Download the DOT",
            dot,
            file_name=f"{name}.dot",
            mime="text/vnd.graphviz",
            icon=":material/download:",
            key=key("dot"),
            on_click="ignore",
        )
        if can_draw():
            st.download_button(
                "Download the SVG",
                lambda: to_svg(dot),
                file_name=f"{name}.svg",
                mime="image/svg+xml",
                icon=":material/download:",
                key=key("svg"),
                on_click="ignore",
            )
    if not can_draw():
        st.caption(HOW)


def show_table(found: Structure, batch_size: int, names: list[str]) -> None:
    st.subheader("Step by step")
    share = partial(st.column_config.ProgressColumn, format="%.1f %%", min_value=0, max_value=100)
    st.dataframe(
        steps_table(found, batch_size),
        hide_index=True,
        key=TABLE,
        on_select=partial(choose_row, names),
        selection_mode="single-row",
        column_config={
            "Parameters": st.column_config.NumberColumn(format="localized"),
            "of all": share(),
            "Multiply-adds": st.column_config.NumberColumn(format="localized"),
            "of all work": share(),
            "Output (kB)": st.column_config.NumberColumn(
                format="%.1f", help=f"What the step puts out for a batch of {batch_size}, in float32."
            ),
        },
    )
    st.caption(f"{about_biases(found)} {about_views(found)}")


def show_arithmetic(found: Structure, batch_size: int, names: list[str]) -> None:
    """The first thing to touch: a step, and its sums follow."""
    st.pills("Touch a step: its sums follow", names, key=LAYER, required=True)
    layer = found.named(st.session_state[LAYER])
    with st.container(border=True, key=key("sums"), gap="xxsmall"):
        st.markdown(f"**Parameters** &nbsp; {messages.plain(layer.counts.parameters_why)}")
        st.markdown(f"**Multiply-adds, one image** &nbsp; {messages.plain(layer.counts.multiply_adds_why)}")
        st.markdown(f"**Output** &nbsp; {messages.plain(layer.memory_why(batch_size))}")


def show_nets() -> None:
    with st.expander("The lab's networks side by side", key=key("nets")):
        st.dataframe(
            nets_table({net: found_of(TrainConfig(net=net)) for net in NETS}),
            hide_index=True,
            column_config={
                "Parameters": st.column_config.NumberColumn(format="localized"),
                "Multiply-adds": st.column_config.NumberColumn(format="localized"),
            },
        )


form.prepare(PAGE, StructureConfig, START)
path.title(__file__)
lead, touch = st.container(), st.container()
side, stage = layout.side_and_stage(PAGE)
with side:
    run = pickers.select_run(PAGE, "mnist", of_weights=False)
    trained = trained_with(run)
    found = found_of(trained)
    controls()
with stage:
    if st.session_state[key("graph")] == "module":
        form.choice(PAGE, KNOBS["paint"])
config = form.read(PAGE, StructureConfig)
form.share(PAGE, StructureConfig, START)
lead.markdown(headline(found))
names = [layer.name for layer in found.layers]
if st.session_state.get(LAYER) not in names:
    st.session_state[LAYER] = found.most("multiply_adds").name
with touch:
    show_arithmetic(found, config.batch_size, names)
with side:
    tiles(found, config.batch_size)
timed: Asked[TorchProfile] = Asked()
if (config.graph, config.paint) == ("module", "time"):
    timed = profiles.torch_profile(profile_of(trained, batch_size=config.batch_size))
work.only_task(PAGE, timed)
with stage:
    if config.graph == "module":
        drawn = show_steps(found, paint(found, config, timed))
    else:
        drawn = show_autograd(trained, config.saved)
    downloads(drawn, f"{found.net}-{config.graph}")
show_table(found, config.batch_size, names)
st.markdown("**Share of the network**: :gray[■] parameters, :blue[■] multiply-adds")
live.show_chart(shares_chart(found, state.theme()), key("shares"))
show_nets()
cards.show(PAGE, CARDS, found, apply=partial(apply_card, found=found))
with st.expander("Check yourself: a pool 2×2 gets 32×28×28. What leaves it?", key=key("q")):
    st.write("32×14×14, and 0 parameters: it keeps the largest of every four numbers.")
path.next_link(__file__, run)
