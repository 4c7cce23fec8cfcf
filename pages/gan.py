"""Real or fake? Ten pictures for you and for the detective; what the forger makes of noise by step."""

from functools import partial

import streamlit as st

from dlcore.gan.home_cards import CARDS
from ui import cards, form, path, pickers, state
from ui.explain import explain
from ui.following import still_there
from ui.layout import side_and_stage
from ui.lenses import gan
from ui.views import gan_away, gan_distance, gan_inside, gan_quiz, gan_walk

PAGE = "gan"
key = partial(form.key, PAGE)
WAYS = ("All its moments", "A walk", "A plane of noises", "Does it copy?")


@st.fragment
def play(run_id: str, step: int) -> None:
    """A click on a picture redraws this part alone."""
    run = still_there(run_id)
    checkpoint = next((c for c in run.checkpoints if c.step == step), None)
    if checkpoint is None:  # a game that goes on keeps every second one: choose again
        st.rerun()
    gan_quiz.show(PAGE, run, checkpoint)


@st.fragment
def explore(run_id: str, step: int, digit: int | None) -> None:
    """What noise becomes."""
    run = still_there(run_id)
    checkpoint = next((c for c in run.checkpoints if c.step == step), None)
    if checkpoint is None:
        st.rerun()
    label = gan_walk.choose_digit(PAGE, digit)
    chosen = st.segmented_control("Look at", WAYS, default=WAYS[0], required=True, key=key("way"))
    if chosen == WAYS[1]:
        gan_walk.show_walk(PAGE, checkpoint, label)
    elif chosen == WAYS[2]:
        gan_walk.show_plane(PAGE, checkpoint, label)
    elif chosen == WAYS[3]:
        gan_walk.show_nearest(PAGE, checkpoint, digit)
    else:
        gan_walk.show_film(PAGE, run, label)


path.title(__file__)
st.write(
    explain("Some of these are real, some a network has drawn. Click those that you hold for **fakes**.")
)
side, stage = side_and_stage(PAGE)
with side:
    run = pickers.select_run(PAGE, "gan")
    checkpoint = pickers.select_checkpoint(PAGE, run, label="Both have learned, hundreds of steps")
    st.caption("Go back: what could the forger do then, and the detective?")
_, _, config = gan.pair(checkpoint)
with stage:
    play(run.id, checkpoint.step)
st.subheader("What it makes of noise")
explore(run.id, checkpoint.step, config.digit)
gan_distance.show(PAGE, run, checkpoint, one=config.digit is not None)
gan_inside.show(PAGE, checkpoint)
gan_away.show(PAGE, checkpoint)
cards.show(PAGE, CARDS, partial(gan.judged, run, checkpoint), own=state.mine(run))
path.next_link(__file__, run)
