"""One training of the bug lab: its curve, its gradients, what it was given, what it says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from dlcore.buglab.bugs import BUGS
from dlcore.buglab.config import Case
from dlcore.buglab.recorded import recorded
from dlcore.buglab.symptoms import Symptoms
from dlcore.buglab.words import (
    epochs_words,
    given_words,
    gradient_words,
    moved_words,
    said_words,
    share,
    twice_words,
)
from dlcore.figures.buglab import Curve, gradients_chart, losses_chart
from dlcore.figures.confusion import confusion_alt, confusion_figure
from ui import form, live, state
from ui.explain import explain

NAMES = {"broken": ":red[━] this run", "guess": ":gray[╌] your guess", "mended": ":blue[━] mended"}


def curves(case: Case, seen: Symptoms, repaired: Symptoms | None, guess: str) -> list[Curve]:
    """This run, and beside it the mended one, or what a wrong guess would have looked like."""
    shown = [Curve(f"seed {case.seed}", seen.losses, "broken")]
    if repaired is not None:
        shown.append(Curve("run here and now", repaired.losses, "mended"))
    elif guess in BUGS and guess != case.name:
        shown.append(Curve(BUGS[guess].title, recorded(Case(guess, case.seed)).losses, "guess"))
    return shown


def show_losses(page: str, curves: Sequence[Curve]) -> None:
    """The curves, and which is which."""
    live.show_chart(losses_chart(curves, state.theme()), form.key(page, "losses"))
    if len(curves) > 1:
        st.caption(" · ".join(f"{NAMES[curve.role]}: {curve.words}" for curve in curves))


def show_inside(page: str, seen: Symptoms) -> None:
    """What the curve does not show."""
    st.subheader("Look inside, before the mend")
    left, middle, right = st.columns(3, gap="medium")
    with left:
        st.markdown(
            explain("**Gradients** by layer: :violet[━] conv1 :green[╌] conv2 :orange[┄] fc1 :blue[━] fc2")
        )
        live.show_chart(gradients_chart(seen, state.theme()), form.key(page, "gradients"))
        st.markdown(explain(gradient_words(seen)))
    with middle:
        st.markdown("**In numbers**")
        st.markdown(
            "\n".join(
                f"- {explain(said(seen))}"
                for said in (epochs_words, moved_words, given_words, twice_words, said_words)
            )
        )
    with right:
        st.markdown("**What it says** of the test digits")
        confusion = np.array(seen.confusion, np.int64)
        live.show_figure(
            confusion_figure(confusion, state.theme()), form.key(page, "confusion"), confusion_alt(confusion)
        )


def show_cure(broken: Symptoms, mended: Symptoms) -> None:
    """Both trainings, number by number."""
    rows = [
        ("Training digits right", share(broken.last.train), share(mended.last.train)),
        ("Test digits right", share(broken.last.test), share(mended.last.test)),
        ("Test loss", f"{broken.last.test_loss:.2f}", f"{mended.last.test_loss:.2f}"),
    ]
    table = "\n".join(f"| {name} | {before} | **{after}** |" for name, before, after in rows)
    st.markdown(explain(f"| | with the slip | mended |\n|---|---|---|\n{table}"))
