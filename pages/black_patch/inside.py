"""One image, one step, by hand: every number of a training step can be seen and checked."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from time import monotonic
from typing import Any, Literal

import streamlit as st

from dlcore.blackpatch.inside_cards import CARDS, Inside
from dlcore.blackpatch.inside_words import captions
from dlcore.blackpatch.show import STEPS, Show, shown_step, view
from dlcore.blackpatch.walk import Arrow, Walk, follow, steadiest
from dlcore.cards import Card
from dlcore.errors import RunError
from dlcore.figures import inside as figures
from dlcore.figures.blackpatch import patch_image
from dlcore.run import Checkpoint, Run
from dlcore.words import number, written_change
from ui import cards, live, path, pickers, state
from ui.lenses import black_patch
from ui.selections import picked_number
from ui.showing import shows
from ui.twins import three_ways, why_tensors
from ui.views import one_weight

PAGE = "black_patch_inside"
CHOICES = {
    "weights": ("Weights", {"fresh": "Before training", "trained": "Trained", "zeros": "All zero"}),
    "picture": ("Image", {"patch": "With a patch", "blank": "Without"}),
}
RATES = (0.001, 0.01, 0.1, 1.0)
OPENS_ON = {"weights": "fresh", "picture": "patch", "lr": 0.01, "delta": 0.0, "shown_at": 0.0}
SLOW_SECONDS = 3.0


def key(name: str) -> str:
    return f"{PAGE}__{name}"


def now() -> Show:
    return Show(*(st.session_state[key(name)] for name in asdict(Show())))


def turn(show: Show) -> None:
    st.session_state.update({key(name): value for name, value in asdict(show).items()})
    st.session_state[key("shown_at")] = monotonic()


def start_over() -> None:
    turn(Show())
    st.session_state[key("delta")] = 0.0


def forget_arrow() -> None:
    start_over()
    for name in ("unit", "row", "column"):
        st.session_state.pop(key(name), None)


def apply_card(card: Card) -> None:
    forget_arrow()
    for name, value in card.setup.items():
        st.session_state[key(name)] = value


def choose(name: str, then: Callable[[], None], value: Any) -> None:
    if value is not None:
        st.session_state[key(name)] = value
        then()


def choose_unit() -> None:
    """A click on a bar follows that unit."""
    unit = picked_number(key("units"), "unit", "unit")
    if unit is not None:
        st.session_state[key("unit")] = max(1, unit)


def controls() -> tuple[Run, Checkpoint]:
    """Which weights of which run, which image, how large a nudge."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=260):
            run = pickers.select_run(PAGE, "black_patch")
        for name, (title, words) in CHOICES.items():
            st.segmented_control(
                title,
                list(words),
                format_func=words.__getitem__,
                required=True,
                default=(value := st.session_state[key(name)]),
                **shows(key(name), value, partial(choose, name, forget_arrow)),
            )
        st.select_slider(
            "Learning rate",
            RATES,
            (rate := st.session_state[key("lr")]),
            format_func=number,
            width=220,
            **shows(key("lr"), rate, partial(choose, "lr", start_over)),
        )
    if st.session_state[key("weights")] == "trained":
        return run, pickers.select_checkpoint(PAGE, run)
    if not run.checkpoints:
        raise RunError(pickers.without_weights(run))
    return run, run.checkpoints[0]  # only its settings are used: these weights can be made anew


def transport(show: Show) -> None:
    caption = show.caption
    step = "Step" if caption < STEPS else "Nudge, and again"
    play, icon = ("Pause", "pause") if show.playing else ("Slow motion", "slow_motion_video")
    with st.container(horizontal=True):
        for name, words, sign, then, width in (
            ("step", step, "skip_next", show.go_to(caption + 1), 200),  # as wide with each of its words
            ("back", "Back", "skip_previous", show.go_to(caption - 1), 110),
            ("play", play, icon, show.play(), 160),
        ):
            st.button(
                words, icon=f":material/{sign}:", key=key(name), on_click=turn, args=(then,),
                type="primary" if name == "step" else "secondary", disabled=then == show, width=width,
            )  # fmt: skip
        st.button("Start over", icon=":material/restart_alt:", key=key("over"), on_click=start_over)


def strip(taken: Walk, arrow: Arrow, caption: int, side: int) -> None:
    """Image -> units -> output -> loss; what the caption speaks of comes into view."""
    seen = view(taken, caption)
    picture, units, output = st.columns([2, 6, 3], gap="medium")
    with picture:
        st.markdown("**Image**")
        alt = f"{side} by {side} pixels, {'with' if taken.label else 'without'} a black patch"
        outlined, image = arrow.to_pixel(side)[1:], patch_image(taken.image, side, 16)
        st.html(figures.picture_html(image, alt, outlined, side, state.theme()))
    with units:
        wait = "Their numbers come with step 2." if caption == 1 else "Click one to follow it."
        before = ", before the nudge" if seen.loss_after is not None else ""
        st.markdown(f"**{len(seen.values)} units**: {seen.title}{before}. {wait}")
        chart = figures.units_chart(seen.values, arrow.unit, seen.title, state.theme())
        live.show_selectable(chart, key("units"), choose_unit)
    with output:
        st.markdown("**Output**")
        if seen.probability_after is None:
            output_number("Probability of a patch", seen.probability)
            output_number("Loss", seen.loss)
            if seen.blame is not None:
                st.caption(f"Its blame: p − y = {seen.blame:+.4f}")
        else:
            output_number("Probability after the nudge", seen.probability_after, seen.probability)
            output_number("Loss after the nudge", seen.loss_after, seen.loss, good="inverse")
            st.caption(f"Before: p = {seen.probability:.4f}, loss {seen.loss:.4f}, p − y = {seen.blame:+.4f}")


def output_number(
    title: str, value: float | None, before: float | None = None, good: Literal["off", "inverse"] = "off"
) -> None:
    """One number of the output; what it was before the nudge gives the change. `good`: if it falls."""
    known, change = f"{value:.4f}" if value is not None else "?", None
    if value is not None and before is not None:
        change = written_change(before, value)
    st.metric(title, known, change, delta_color=good, width="content")


def arrow_of(taken: Walk, side: int) -> Arrow:
    """The weight that is followed: by default one that a small change does not switch off."""
    first = steadiest(taken)
    for name, value in zip(("unit", "row", "column"), first.to_pixel(side), strict=True):
        st.session_state.setdefault(key(name), value + 1)
    limits = {"unit": len(taken.blames[0]), "row": side, "column": side}
    unit, row, column = (min(st.session_state[key(name)], limit) - 1 for name, limit in limits.items())
    return Arrow.from_pixel(unit, row, column, side)


def tick() -> None:
    """Slow motion: one caption on, once this one has stood long enough."""
    if monotonic() - st.session_state[key("shown_at")] >= 0.9 * SLOW_SECONDS:
        turn(now().tick())
        st.rerun()


for name, value in {**OPENS_ON, **asdict(Show())}.items():
    st.session_state.setdefault(key(name), value)
path.title(__file__)
st.write("*A weight's blame = error × what flowed through it.* One image, one step, every number.")
run, checkpoint = controls()
looked = (run.id, state.chosen_checkpoint(run).step)
if st.session_state.setdefault(key("looked"), looked) != looked:
    forget_arrow()
    st.session_state[key("looked")] = looked
trained, config = black_patch.network(checkpoint)
weights, picture, lr = (st.session_state[key(name)] for name in ("weights", "picture", "lr"))
show = now()
network, taken = shown_step(trained, config, weights, picture, lr, show.nudges)
arrow = arrow_of(taken, config.size)
spoken = captions(taken, arrow, follow(network, taken, arrow))[show.caption - 1]
transport(show)
with st.container(border=True, key=key("caption_box")):
    again = f", step {show.nudges + 1}" if show.nudges else ""
    title = spoken.title if spoken.title.endswith("?") else f"{spoken.title}."
    st.markdown(f"**{show.caption} of {STEPS}{again} · {title}** {spoken.text}")
    st.latex(spoken.formula)
strip(taken, arrow, show.caption, config.size)
one_weight.show(PAGE, network, taken, arrow, config.size, nudged=show.caption == STEPS)
digest = f"{checkpoint.path} {checkpoint.digest} {weights} {picture} {show.nudges} {lr if show.nudges else 0}"
three_ways(PAGE, network, taken, arrow, digest)
why_tensors(PAGE, network, config.maker, f"{config.widths}")
if show.playing:
    st.fragment(tick, run_every=SLOW_SECONDS)()
cards.show(PAGE, CARDS, Inside(weights, picture, network, taken, arrow), apply=apply_card)
path.next_link(__file__, run)
