"""Train a forger and a detective against each other, and watch what each makes of the other."""

from functools import partial

import streamlit as st

from dlcore.gan.cards import CARDS
from dlcore.gan.config import PRESETS, RATES, GanConfig
from dlcore.gan.diagnosis import diagnose
from dlcore.run import Run
from ui import cards, form, layout, messages, path, pickers, state, taken, ways_on
from ui.explain import explain
from ui.following import follow_run
from ui.training import TrainingPage
from ui.views import gan_live

PAGE = "gan_train"
key = partial(form.key, PAGE)
TRAINING = TrainingPage(PAGE, "gan", GanConfig, PRESETS, own="digits", rates=RATES)
STEPS = {
    "step": ("Step both", ""),
    "step_forger": ("Step forger", "generator"),
    "step_detective": ("Step detective", "discriminator"),
}


def show_status(run: Run) -> None:
    """In one sentence, then what to do about it."""
    with st.container():
        with st.container(key=key("status")):
            name = "No game of yours yet" if TRAINING.nothing_yet(run) else messages.plain(run.name)
            taken.line(run, f"**{name}** · {explain(status_words(run))}")
        messages.show_reason(run)
        ways_on.show_diagnosis(TRAINING, run, diagnose(run))
        if sentence := TRAINING.config_of(run)[0].asleep:
            st.info(messages.plain(sentence), icon=":material/bedtime:")
        if run.active:
            st.progress(min(1.0, run.step / max(1, run.total_steps)))


def status_words(run: Run) -> str:
    if TRAINING.nothing_yet(run):
        return "Press Start training. Below: the lab's own game."
    if run.status == "diverged":  # its reason is the first sentence of the advice
        return f":red[Broke off at step {run.step:,} of {run.total_steps:,}.]"
    if run.status == "finished":
        return f"Finished after {run.step:,} steps."
    return messages.status_sentence(run, onlooker=not state.mine(run))


def live_part(run: Run) -> None:
    """The live part of the page."""
    show_status(run)
    gan_live.show(PAGE, run)


path.title(__file__)
st.write(
    explain(
        "The detective learns to tell real from fake, the forger to fool it. Step each, or let both play."
    )
)
run = TRAINING.open()
TRAINING.transport(run, STEPS)
side, stage = layout.side_and_stage(PAGE)
with side:
    TRAINING.settings(run, ("digits", "epochs", "loss", "seed", "g_steps", "d_steps"), RATES)
with stage:
    follow_run(run, live_part, TRAINING.overtaken)
    ways_on.offer_to_go_on(TRAINING, run)
with st.container():  # so that the cards keep their place
    if run.checkpoints and not run.active:
        st.subheader("Back in time")
        pickers.select_checkpoint(PAGE, run, label="Drawings after so many hundred steps")
own, busy = state.mine(run), TRAINING.under_way(run)
cards.show(PAGE, CARDS, run, apply=TRAINING.apply_card, wants=TRAINING.wants, busy=busy, own=own)
path.next_link(__file__, run)
