"""One image, one step, by hand: every number of a training step can be seen and checked."""

from time import monotonic

import streamlit as st

from dlcore.blackpatch.captions import captions
from dlcore.blackpatch.images import Maker, make_probes
from dlcore.blackpatch.inside_cards import CARDS, Inside
from dlcore.blackpatch.network import Network
from dlcore.blackpatch.training import start
from dlcore.blackpatch.twins.compare import GradientCheck, StepTimes, check_gradients, time_train_steps
from dlcore.blackpatch.walk import Arrow, Walk, after, busiest, follow, walk, what_if, zeros
from dlcore.cards import Card
from dlcore.errors import RunError
from dlcore.figures.blackpatch import patch_image
from dlcore.figures.digits import data_uri
from dlcore.figures.inside import signed_image, slope_chart, units_chart
from dlcore.run import Checkpoint, Run
from dlcore.schema import number
from ui import cards, live, pickers, state
from ui.lenses import black_patch

PAGE = "black_patch_inside"
WEIGHTS = {"fresh": "Before training", "trained": "Trained", "zeros": "All zero"}
PICTURES = {"patch": "With a patch", "blank": "Without"}
RATES = (0.001, 0.01, 0.1, 1.0)
STEPS = 8
MOST_CHECKED = 20_000  # parameters: about half a second
SLOW_SECONDS = 3.0
PICTURE = (
    '<img src="{uri}" alt="{alt}" style="width:100%;max-width:160px;image-rendering:pixelated;'
    'outline:1px solid rgba(128,128,128,.4)">'
)


def key(name: str) -> str:
    return f"{PAGE}__{name}"


def go_to(caption: int) -> None:
    """Beyond the last caption the nudge is made, and the next step begins with the new weights."""
    if caption > STEPS:
        st.session_state[key("nudges")] += 1
        caption = 1
    st.session_state[key("caption")] = max(1, caption)
    st.session_state[key("shown_at")] = monotonic()


def play() -> None:
    st.session_state[key("playing")] = not st.session_state[key("playing")]
    st.session_state[key("shown_at")] = monotonic()


def start_over() -> None:
    st.session_state.update({key("caption"): 1, key("nudges"): 0, key("playing"): False, key("delta"): 0.0})


def forget_arrow() -> None:
    start_over()
    for name in ("unit", "row", "column"):
        st.session_state.pop(key(name), None)


def apply_card(card: Card) -> None:
    forget_arrow()
    for name, value in card.setup.items():
        st.session_state[key(name)] = value


def choose_unit() -> None:
    """A click on a bar follows that unit."""
    points = st.session_state[f"{PAGE}__units"].selection.get("unit", [])
    if points:
        st.session_state[key("unit")] = int(points[0]["unit"])


@st.cache_data(max_entries=8, show_spinner=False)
def gradients(_network: Network, _taken: Walk, digest: str) -> GradientCheck:
    return check_gradients(_network, _taken.image, _taken.label)


@st.cache_data(max_entries=64, show_spinner=False)
def times(_network: Network, _maker: Maker, digest: str) -> StepTimes:
    return time_train_steps(_network, make_probes(_maker))


def controls() -> tuple[Run, Checkpoint]:
    """Which weights of which run, which image, how large a nudge."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=260):
            run = pickers.select_run(PAGE, "black_patch")
        weights = st.segmented_control(
            "Weights",
            list(WEIGHTS),
            format_func=WEIGHTS.__getitem__,
            required=True,
            key=key("weights"),
            on_change=forget_arrow,
        )
        st.segmented_control(
            "Image",
            list(PICTURES),
            format_func=PICTURES.__getitem__,
            required=True,
            key=key("picture"),
            on_change=forget_arrow,
        )
        st.select_slider(
            "Learning rate", RATES, format_func=number, key=key("lr"), on_change=start_over, width=220
        )
    if weights == "trained":
        return run, pickers.select_checkpoint(PAGE, run)
    if not run.checkpoints:
        raise RunError("This run has saved no weights yet: wait for its first epoch.")
    return run, run.checkpoints[0]  # only its settings are used: these weights can be made anew


def transport(caption: int) -> None:
    with st.container(horizontal=True):
        st.button(
            "Step" if caption < STEPS else "Nudge, and again",
            type="primary",
            icon=":material/skip_next:",
            key=key("step"),
            on_click=go_to,
            args=(caption + 1,),
        )
        st.button(
            "Back", icon=":material/skip_previous:", key=key("back"), on_click=go_to, args=(caption - 1,),
            disabled=caption == 1,
        )  # fmt: skip
        playing = st.session_state[key("playing")]
        st.button(
            "Pause" if playing else "Slow motion",
            icon=":material/pause:" if playing else ":material/slow_motion_video:",
            key=key("play"),
            on_click=play,
        )
        st.button("Start over", icon=":material/restart_alt:", key=key("over"), on_click=start_over)


def strip(network: Network, taken: Walk, arrow: Arrow, caption: int) -> None:
    """Image -> units -> output -> loss; what the caption speaks of comes into view."""
    theme = state.theme()
    picture, units, output = st.columns([2, 6, 3], gap="medium")
    side = round(len(taken.image) ** 0.5)
    with picture:
        st.markdown("**Image**")
        alt = f"{side} by {side} pixels, {'with' if taken.label else 'without'} a black patch"
        st.html(PICTURE.format(uri=data_uri(patch_image(taken.image, side, 16)), alt=alt))
    with units:
        values, title = taken.sums[0], "Sum z"
        if caption >= 7:
            values, title = taken.blames[0], "Blame ∂L/∂z"
        elif caption >= 3:
            values, title = taken.flow[1], "Activation a"
        st.markdown(f"**{len(values)} units**: {title}. Click one to follow it.")
        chart = units_chart(values, arrow.unit, title, theme)
        live.show_selectable(chart, f"{PAGE}__units", choose_unit)
    with output:
        st.markdown("**Output**")
        p, dz = taken.probability, taken.blames[-1][0]
        st.metric("Probability of a patch", f"{p:.4f}" if caption >= 4 else "?", width="content")
        if caption < STEPS:
            st.metric("Loss", f"{taken.loss:.4f}" if caption >= 5 else "?", width="content")
        else:
            st.metric(
                "Loss after the nudge",
                f"{taken.loss_after:.4f}",
                f"{taken.loss_after - taken.loss:+.4f}",
                delta_color="inverse",
                width="content",
            )
        if caption >= 6:
            st.caption(f"Its blame: p − y = {dz:+.4f}")


def arrow_of(taken: Walk, side: int) -> Arrow:
    """The weight that is followed: by default the one with the largest gradient."""
    first = busiest(taken)
    st.session_state.setdefault(key("unit"), first.unit + 1)
    st.session_state.setdefault(key("row"), first.source // side + 1)
    st.session_state.setdefault(key("column"), first.source % side + 1)
    units = len(taken.blames[0])
    unit = min(st.session_state[key("unit")], units) - 1
    row, column = (min(st.session_state[key(name)], side) - 1 for name in ("row", "column"))
    return Arrow(0, unit, row * side + column)


def follow_arrow(network: Network, taken: Walk, arrow: Arrow, side: int) -> None:
    """One weight: its numbers, its unit's weights and gradients as images, and what if it were different."""
    numbers = follow(network, taken, arrow)
    theme = state.theme()
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.markdown("**One weight**: from a pixel to a unit")
        with st.container(horizontal=True):
            st.number_input("Unit", 1, len(taken.blames[0]), key=key("unit"), width=110)
            st.number_input("Pixel's row", 1, side, key=key("row"), width=110)
            st.number_input("Column", 1, side, key=key("column"), width=110)
        row = network.layers[0].weights[arrow.unit]
        with st.container(horizontal=True, gap="large"):
            for words, values in (
                ("Its weights", row),
                ("Their gradients", [numbers.blame * x for x in taken.image]),
            ):
                with st.container(width=150):
                    st.caption(words)
                    largest = max(map(abs, values))
                    alt = f"{words} as an image; the largest is {largest:.2g}"
                    st.html(PICTURE.format(uri=data_uri(signed_image(values, theme)), alt=alt))
        st.caption(":green[Green] is above 0, :violet[violet] below, the background is 0.")
    with right:
        st.markdown("**What if** this weight were different?")
        delta = st.slider("Change it by", -1.0, 1.0, step=0.01, key=key("delta"))
        deltas = [i / 20 for i in range(-20, 21)]
        if delta not in deltas:
            deltas = sorted([*deltas, delta])
        losses = what_if(network, taken.image, taken.label, arrow, deltas)
        chart = slope_chart(deltas, losses, numbers.gradient, delta, theme)
        live.show_chart(chart, f"{PAGE}__slope")
        now = losses[deltas.index(delta)]
        st.caption(f":blue[━] the loss, now {now:.4f}; :orange[╍] its slope here, {numbers.gradient:.5f}")
        if numbers.z <= 0:
            st.info("This unit is off (z < 0): its weights have no say.", icon=":material/power_off:")


def three_ways(network: Network, taken: Walk, arrow: Arrow, digest: str) -> None:
    """The same gradient from three sources."""
    box = st.expander("By hand = autograd = measured", key=key("three"), on_change="rerun")
    if box.open:
        with box:
            if network.parameters > MOST_CHECKED:
                st.caption(
                    f"Measuring {network.parameters:,} gradients one by one takes too long here: choose a "
                    f"run with {MOST_CHECKED:,} at most."
                )
                return
            check = gradients(network, taken, digest)
            chosen = next(
                g
                for g in check.parameters
                if (g.layer, g.unit, g.input) == (arrow.layer + 1, arrow.unit, arrow.source)
            )
            st.dataframe(
                {
                    "This weight's gradient": ["By hand", "torch autograd", "Central differences"],
                    "Value": [f"{v:.10f}" for v in (chosen.by_hand, chosen.autograd, chosen.numeric)],
                    f"Largest difference from ours, of {len(check.parameters):,} parameters": [
                        "–",
                        f"{check.hand_autograd:.1e}",
                        f"{check.hand_numeric:.1e}",
                    ],
                },
                hide_index=True,
                alt="The gradient of the chosen weight, found in three ways",
            )


def why_tensors(network: Network, maker: Maker, digest: str) -> None:
    """The same step in three kinds of code."""
    box = st.expander("Why tensors?", key=key("tensors"), on_change="rerun")
    if box.open:
        with box:
            found = times(network, maker, digest)
            st.dataframe(
                {
                    "One training step, one image": ["Plain Python", "NumPy", "torch"],
                    "Microseconds": [round(v) for v in (found.plain, found.numpy, found.torch)],
                },
                hide_index=True,
                alt="Microseconds of one training step in plain Python, NumPy and torch",
            )
            st.caption(
                "Measured on this server, float64, one image at a time. A tensor hands a whole row of "
                "sums to compiled code; torch also writes down each operation, to run it backwards."
            )


def begin() -> None:
    for name, value in {
        "weights": "fresh", "picture": "patch", "lr": 0.01, "caption": 1, "nudges": 0, "playing": False,
        "delta": 0.0, "shown_at": 0.0,
    }.items():  # fmt: skip
        st.session_state.setdefault(key(name), value)


def tick() -> None:
    """Slow motion: one caption on, once this one has stood long enough."""
    if monotonic() - st.session_state[key("shown_at")] < 0.9 * SLOW_SECONDS:
        return
    go_to(st.session_state[key("caption")] + 1)
    st.session_state[key("playing")] = st.session_state[key("caption")] < STEPS
    st.rerun()


begin()
st.title("Inside one step")
st.write("*A weight's blame = error × what flowed through it.* One image, one step, every number.")
run, checkpoint = controls()
looked = (run.id, state.chosen_checkpoint(run).step)
if st.session_state.setdefault(key("looked"), looked) != looked:
    forget_arrow()
    st.session_state[key("looked")] = looked
network, config = black_patch.network(checkpoint)
if st.session_state[key("weights")] != "trained":
    network = start(config.widths, init=config.init, lr=config.lr, seed=config.seed).network
if st.session_state[key("weights")] == "zeros":
    network = zeros(network)
probes = make_probes(config.maker)
label = 1 if st.session_state[key("picture")] == "patch" else 0
image = probes.images[0 if label else -1]
lr, nudges = st.session_state[key("lr")], st.session_state[key("nudges")]
network = after(network, image, label, lr, nudges)
taken = walk(network, image, label, lr)
arrow = arrow_of(taken, config.size)
caption = st.session_state[key("caption")]
spoken = captions(taken, arrow, follow(network, taken, arrow))[caption - 1]
transport(caption)
with st.container(border=True, key=key("caption_box")):
    again = f", step {nudges + 1}" if nudges else ""
    st.markdown(f"**{caption} of {STEPS}{again} · {spoken.title}.** {spoken.text}")
    st.latex(spoken.formula)
strip(network, taken, arrow, caption)
follow_arrow(network, taken, arrow, config.size)
what = st.session_state[key("weights")]
digest = f"{checkpoint.path} {checkpoint.digest} {what} {label} {nudges} {lr if nudges else 0}"
three_ways(network, taken, arrow, digest)
why_tensors(network, config.maker, f"{config.widths}")
if st.session_state[key("playing")]:
    st.fragment(tick, run_every=SLOW_SECONDS)()
inside = Inside(st.session_state[key("weights")], st.session_state[key("picture")], network, taken, arrow)
cards.show(PAGE, CARDS, inside, apply=apply_card)
pickers.next_link("black_patch/embedding.py", "Next: what the layers make of the images", run)
