"""Build a network block by block: shapes and counts at once, where it cannot be and why, and its training."""

from functools import partial

import streamlit as st

from dlcore.builder.built import Built, blocks_table, narrow_table, newest_of
from dlcore.builder.cards import CARDS, COMPARED
from dlcore.builder.config import PRESETS, BuilderConfig, training_of
from dlcore.cards import Card
from dlcore.datasets.catalogue import title_of
from dlcore.nets.blocks import parse_blocks, text_of
from dlcore.nets.my_network import network_source
from dlcore.nets.shapes import Plan, plan
from dlcore.run import Run
from dlcore.training.config import TrainConfig
from dlcore.training.recipes import PRESETS as RECIPES
from ui import cards, form, messages, path, pickers, state, taken
from ui.explain import explain
from ui.following import follow_run
from ui.layout import side_and_stage
from ui.showing import shows
from ui.training import TrainingPage
from ui.views.block_line import BlockLine

PAGE = "builder"
key = partial(form.key, PAGE)
CONFIGS = {name: preset.config for name, preset in PRESETS.items()}
TRAINING = TrainingPage(PAGE, "mnist", TrainConfig, RECIPES, own="net")
TRAIN = path.PAGES / "mnist/train.py"
LINE = BlockLine(PAGE, PRESETS)
LAYERS = LINE.layers


# --- callbacks ----------------------------------------------------------------------------


def train() -> None:
    """A second click finds the first one's run: the page is redrawn and shows it, and none is begun."""
    with taken.TAKING.first():
        if (run := newest()) is not None and run.active:
            taken.say(run.id)
        else:
            TRAINING.begin(training_of(st.session_state[LAYERS]), RECIPES["class"].threads)


def set_up(card: Card) -> None:
    LINE.write(parse_blocks(card.setup["layers"]), 0)


# --- the page -----------------------------------------------------------------------------


def built() -> Built:
    """What stands here, and the trainings of it and of those that cards compare it with."""
    layers, mine = st.session_state[LAYERS], state.my_runs("mnist")
    legal = [] if plan(parse_blocks(layers)).problem else [layers]
    runs = newest_of(mine, {*COMPARED, *legal})
    return Built(layers, {text: state.run_named(run.id) for text, run in runs.items()})


def newest() -> Run | None:
    """The newest of this visitor's runs of a built network."""
    mine = (run for run in state.my_runs("mnist") if run.config.get("net") == "MyNetwork")
    return next((state.run_named(run.id) for run in mine), None)


def open_form() -> None:
    """A link to this page brings its blocks along, also in a visit that has been here before."""
    asked = st.query_params.get(LAYERS)
    if asked is not None and asked != st.session_state.get(key("shared")):
        for name in ("ready", "preset"):
            st.session_state.pop(key(name), None)
    form.prepare(PAGE, BuilderConfig, CONFIGS)
    LINE.name()


def show_problem(found: Plan) -> None:
    """Where it breaks, why, and one click out."""
    problem = found.problem
    if problem is None:
        for position, step in enumerate(found.steps, start=1):
            if step.remark:
                st.caption(explain(f"Block {position}, {step.block.text}: {step.remark}"))
        return
    st.error(messages.plain(problem.sentence), icon=":material/block:")
    if problem.block is None:
        st.button("Add dense 10", icon=":material/add:", key=key("end"), on_click=LINE.end)
        return
    words = f"Take out block {problem.position + 1}"
    st.button(words, icon=":material/delete:", key=key("out"), on_click=LINE.remove, args=(problem.position,))


def tiles(found: Plan) -> None:
    row = st.container(horizontal=True, gap="medium", key=key("tiles"))
    cannot = found.problem is not None
    row.metric("Parameters", "–" if cannot else f"{found.parameters:,}", width="content")
    row.metric("Multiply-adds per image", "–" if cannot else f"{found.multiply_adds:,}", width="content")


def show_table(found: Plan) -> None:
    share = partial(st.column_config.ProgressColumn, format="%.1f %%", min_value=0, max_value=100)
    bars = {name: share(width=92) for name in ("of all", "of all work")}
    counts = {
        name: st.column_config.NumberColumn(format="localized") for name in ("Parameters", "Multiply-adds")
    }
    with st.container(key=key("blocks__not_on_a_phone")):
        st.dataframe(
            blocks_table(found),
            hide_index=True,
            column_config=bars | counts,
            placeholder="",
            height="content",
            key=key("table"),
        )
    with st.container(key=key("blocks__only_on_a_phone")):
        st.table(narrow_table(found), hide_index=True)


def show_training(found: Plan, run: Run | None) -> None:
    """The live part: the newest training, and the button for the next."""
    active = run is not None and run.active
    theirs = run is not None and run.config["layers"] == text_of(found.blocks)
    with st.container(horizontal=True, vertical_alignment="center", key=key("trained")):
        st.button(
            "Train it",
            type="primary",
            icon=":material/play_arrow:",
            key=key("train"),
            on_click=messages.guarded(PAGE, train),
            disabled=found.problem is not None or active or LINE.refused != "",
        )
        if run is not None and (active or theirs):
            st.page_link(TRAIN, label="Look at it on Train", icon=":material/model_training:",
                         query_params={state.RUN_PARAM: run.id})  # fmt: skip
    if run is None:
        st.caption(explain("12,000 images of MNIST, one epoch; then its 10,000 test images."))
        return
    if active:
        st.progress(min(1.0, run.step / max(1, run.total_steps)))
    blocks = messages.plain(run.config["layers"])
    if active or theirs:
        taken.line(run, f"**{messages.plain(run.name)}** · {explain(messages.status_sentence(run))}")
        images = messages.plain(title_of(pickers.learnt(run)))
        which = "These blocks" if theirs else "Others, on their way"
        st.caption(f"{which}: {blocks}. Trained and tested on {images}.")
    else:
        st.caption(f"These blocks are not trained yet. What you trained last: {blocks}.")


def overtaken(run: Run, status: str) -> bool:
    return run.status != status or messages.refused(PAGE)


path.title(__file__)
st.write(explain("Put blocks in a line, from an image to ten logits, and train what you built."))
open_form()
seen, run = built(), newest()
if run is not None and not run.active:
    run = seen.runs.get(seen.layers, run)  # of these blocks, if they were trained
found = seen.plan
st.pills(
    "Start from",
    list(PRESETS),
    format_func=lambda name: PRESETS[name].title,
    wrap=True,
    required=True,
    default=(preset := st.session_state[key("preset")]),
    **shows(key("preset"), preset, LINE.start_from),
)
side, stage = side_and_stage(PAGE, (2, 3))
with side:
    LINE.controls(found)
with stage:
    messages.show_refusal(PAGE)
    if LINE.refused:
        st.caption(
            "The line was not taken: under it stands why. Here are still the blocks from before. Mend the "
            "line or change a block, then train."
        )
    tiles(found)
    show_problem(found)
    if run is None:
        show_training(found, None)
    else:
        follow_run(run, partial(show_training, found), overtaken)
    show_table(found)
    if found.problem is None:
        with st.expander("The same in PyTorch"):
            st.code(network_source(found), language="python")
form.share(PAGE, BuilderConfig, CONFIGS)
st.session_state[key("shared")] = st.query_params.get(LAYERS)
cards.show(PAGE, CARDS, seen, apply=set_up)
path.next_link(__file__, run)
