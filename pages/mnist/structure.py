"""What a network of the digits is made of: its steps, what each holds and what each does."""

import streamlit as st

from dlcore.cards import Card
from dlcore.events import Stage
from dlcore.figures.net_graphs import autograd_alt, autograd_dot, module_alt, module_dot
from dlcore.figures.structure import shares_chart
from dlcore.inspection.structure.cards import CARDS, layer_meant
from dlcore.inspection.structure.draw_dot import HOW, can_draw, to_svg
from dlcore.inspection.structure.structure import Layer, Paint, StructureConfig, painted
from dlcore.inspection.structure.words import about_biases, headline
from dlcore.inspection.torch_profile.result import TorchProfile, profile_of
from dlcore.inspection.torch_profile.words import provenance
from dlcore.nets import NETS
from dlcore.runs.tasks import Task
from dlcore.schema import knobs, parse
from dlcore.training.config import TrainConfig
from dlcore.words import shape_words, size
from ui import cards, form, live, messages, resources, state

PAGE = "mnist_structure"
KNOBS = knobs(StructureConfig)
START = {"start": StructureConfig()}
LAYER, TABLE = f"{PAGE}__layer", f"{PAGE}__table"


def choose_row() -> None:
    """A click on a row of the table: its arithmetic is shown."""
    rows = st.session_state[TABLE].selection.rows
    if rows:
        st.session_state[LAYER] = st.session_state[f"{PAGE}__names"][rows[0]]


def apply_card(card: Card) -> None:
    st.session_state[form.key(PAGE, "graph")] = "module"
    st.session_state[form.key(PAGE, "paint")] = card.setup["paint"]
    st.session_state[LAYER] = layer_meant(structure, card.setup["layer"])


def controls() -> None:
    form.choice(PAGE, KNOBS["graph"])
    if st.session_state[form.key(PAGE, "graph")] == "autograd":
        form.widget(PAGE, KNOBS["saved"])
    else:
        form.widget(PAGE, KNOBS["batch_size"])


def tiles() -> None:
    row = st.container(horizontal=True, gap="medium")
    row.metric("Parameters", f"{structure.num_params:,}", width="content")
    row.metric("Multiply-adds per image", f"{structure.multiply_adds:,}", width="content")
    row.metric(
        f"Outputs of {config.batch_size} images", size(structure.memory(config.batch_size)), width="content"
    )


def measured() -> TorchProfile | Task:
    return resources.torch_profile(PAGE, profile_of(trained, batch_size=config.batch_size))


def follow() -> None:
    """How far the measuring is; when it is done, the whole page is drawn again."""
    task = measured()
    if not isinstance(task, Task):
        st.rerun()
    if task.status == "failed":
        st.warning(messages.plain(task.reason), icon=":material/timer_off:")
        return
    step = next((e for e in reversed(task.events) if isinstance(e, Stage)), Stage(0.0, "Starting"))
    words = f"Measuring the time: {step.words.lower()} …"
    st.progress(step.share, text=messages.task_sentence(task, words))


def paint() -> Paint:
    """What the boxes show. The time is measured first: until then they stay white."""
    if config.paint != "time":
        return painted(structure, config.paint, batch_size=config.batch_size)
    found = measured()
    if isinstance(found, TorchProfile):
        st.caption(f"There and back. {provenance(found, found.training)}")
        times = found.training.times
        return painted(structure, "time", batch_size=config.batch_size, times=times)
    st.fragment(follow, run_every=0.5 if found.active else None)()
    return painted(structure, "time", batch_size=config.batch_size)


def show_steps() -> str:
    shown = paint()
    dot = module_dot(structure, shown, state.theme(), chosen=st.session_state[LAYER])
    with st.container(key=f"{PAGE}__steps__scrolling"):
        st.graphviz_chart(dot, width="stretch", alt=module_alt(structure, shown))
    st.caption(
        "On the arrows: the shape of what flows, for one image. The bluer a box, the larger its share."
    )
    return dot


def show_autograd() -> str:
    graph = resources.autograd(trained.net, trained.dropout, config.saved)
    dot = autograd_dot(graph, state.theme())
    with st.container(key=f"{PAGE}__large__scrolling", height=560):
        st.graphviz_chart(dot, alt=autograd_alt(graph))
    st.caption(
        f"{autograd_alt(graph)} The backward pass goes against the arrows. "
        "Blue: parameters. Dashed: tensors kept for the backward pass."
    )
    return dot


def downloads(dot: str) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Download the DOT",
            dot,
            file_name=f"{structure.net}-{config.graph}.dot",
            mime="text/vnd.graphviz",
            icon=":material/download:",
            key=f"{PAGE}__dot",
            on_click="ignore",
        )
        if can_draw():
            st.download_button(
                "Download the SVG",
                lambda: to_svg(dot),
                file_name=f"{structure.net}-{config.graph}.svg",
                mime="image/svg+xml",
                icon=":material/download:",
                key=f"{PAGE}__svg",
                on_click="ignore",
            )
    if not can_draw():
        st.caption(HOW)


def row(layer: Layer) -> dict[str, object]:
    return {
        "Step": layer.name,
        "Kind": layer.kind if layer.module else f"{layer.kind}, a function",
        "Input": shape_words(layer.input),
        "Output": shape_words(layer.output),
        "Kernel": shape_words(layer.kernel) if layer.kernel else "",
        "Parameters": layer.counts.num_params,
        "of all": 100 * structure.shares("parameters")[layer.name],
        "Multiply-adds": layer.counts.multiply_adds,
        "of all work": 100 * structure.shares("multiply_adds")[layer.name],
        "Output (kB)": layer.memory(config.batch_size) / 1000,
    }


def show_table() -> None:
    st.subheader("Step by step")
    share = {"format": "%.1f %%", "min_value": 0, "max_value": 100}
    st.dataframe(
        [row(layer) for layer in structure.layers],
        hide_index=True,
        key=TABLE,
        on_select=choose_row,
        selection_mode="single-row",
        column_config={
            "Parameters": st.column_config.NumberColumn(format="localized"),
            "of all": st.column_config.ProgressColumn(**share),
            "Multiply-adds": st.column_config.NumberColumn(format="localized"),
            "of all work": st.column_config.ProgressColumn(**share),
            "Output (kB)": st.column_config.NumberColumn(
                format="%.1f", help=f"What the step puts out for a batch of {config.batch_size}, in float32."
            ),
        },
    )
    st.caption(about_biases(structure))


def show_arithmetic() -> None:
    names = st.session_state[f"{PAGE}__names"]
    st.selectbox("The sums of", names, key=LAYER, width=320)
    layer = structure.named(st.session_state[LAYER])
    with st.container(border=True, key=f"{PAGE}__sums"):
        st.markdown(f"**Parameters** &nbsp; {messages.plain(layer.counts.parameters_why)}")
        st.markdown(f"**Multiply-adds, one image** &nbsp; {messages.plain(layer.counts.multiply_adds_why)}")
        st.markdown(f"**Output** &nbsp; {messages.plain(layer.memory_why(config.batch_size))}")


def show_nets() -> None:
    found = {net: resources.structure(net, 0.0) for net in NETS}
    with st.expander("The lab's networks side by side", key=f"{PAGE}__nets"):
        st.dataframe(
            [
                {
                    "Network": net,
                    "Parameters": one.num_params,
                    "Multiply-adds": one.multiply_adds,
                    "Most parameters": one.most("parameters").name,
                    "Most work": one.most("multiply_adds").name,
                }
                for net, one in found.items()
            ],
            hide_index=True,
            column_config={
                "Parameters": st.column_config.NumberColumn(format="localized"),
                "Multiply-adds": st.column_config.NumberColumn(format="localized"),
            },
        )


form.prepare(PAGE, StructureConfig, START)
st.title("Structure")
lead = st.container()
with st.container(key=f"{PAGE}__picture_first"):
    side, stage = st.columns([1, 2], gap="large")
with side:
    run = state.select_run(PAGE, "mnist")
    trained = parse(TrainConfig, run.config)
    structure = resources.structure(trained.net, trained.dropout)
    controls()
with stage:
    if st.session_state[form.key(PAGE, "graph")] == "module":
        form.choice(PAGE, KNOBS["paint"])
config = form.read(PAGE, StructureConfig)
form.share(PAGE, StructureConfig, START)
lead.markdown(headline(structure))
st.session_state[f"{PAGE}__names"] = [layer.name for layer in structure.layers]
if st.session_state.get(LAYER) not in st.session_state[f"{PAGE}__names"]:
    st.session_state[LAYER] = structure.most("multiply_adds").name
with side:
    tiles()
if (config.graph, config.paint) != ("module", "time"):
    resources.only_task(PAGE)
with stage:
    drawn = show_steps() if config.graph == "module" else show_autograd()
    downloads(drawn)
show_table()
left, right = st.columns(2, gap="large")
with left:
    show_arithmetic()
with right:
    st.markdown("**Share of the network**: :gray[■] parameters, :blue[■] multiply-adds")
    live.show_chart(shares_chart(structure, state.theme()), f"{PAGE}__shares")
show_nets()
cards.show(PAGE, CARDS, apply_card, structure)
with st.expander("Check yourself: a pool 2×2 gets 32×28×28. What leaves it?", key=f"{PAGE}__q"):
    st.write("32×14×14, and 0 parameters: it keeps the largest of every four numbers.")
state.next_link("mnist/activations.py", "Next: what it makes of one digit", run)
