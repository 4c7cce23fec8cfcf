"""Ten pictures, real or fake: one's own verdict beside the detective's, who is who, the forger's next try."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dlcore.figures.gan import quiz_sheet
from dlcore.gan.quiz import PICTURES, Quiz, make_quiz, next_attempt
from dlcore.gan.words import score_words
from dlcore.mnist.files import load_test
from dlcore.run import Checkpoint, Run
from dlcore.words import vote_percent
from ui import form, live, messages
from ui.components.sheets.component import show_sheets
from ui.explain import explain
from ui.lenses import gan
from ui.remember import remembered


def show(page: str, run: Run, checkpoint: Checkpoint) -> None:
    """The quiz of one moment of a game. A fragment of its own, where the caller wants that."""
    key = partial(form.key, page)
    marked: set[int] = st.session_state.setdefault(key("marked"), set())
    seed = st.session_state.setdefault(key("quiz"), 0)
    quiz = remembered(key("made"), (checkpoint.digest, seed), lambda: _make(checkpoint, seed))
    if st.session_state.get(key("of")) != (checkpoint.digest, seed):  # other pictures: nothing is said yet
        st.session_state[key("of")] = (checkpoint.digest, seed)
        st.session_state[key("told")] = False
        marked.clear()
    told = bool(st.session_state.get(key("told")))

    def toggle(_: str, cell: int) -> None:
        if not told:
            marked.symmetric_difference_update({cell})

    def tell() -> None:
        if st.session_state.get(key("told")):
            return  # a second click on the same
        st.session_state[key("told")] = True
        mine, its = st.session_state.get(key("score"), (0, 0))
        st.session_state[key("score")] = (mine + quiz.right(marked), its + quiz.detective_right)
        st.session_state[key("rounds")] = st.session_state.get(key("rounds"), 0) + 1

    def more() -> None:
        st.session_state[key("quiz")] = seed + 1

    with st.container(key=key("pictures")):
        if told:
            _tell_each(quiz, marked)
        else:
            show_sheets([[quiz_sheet(quiz, marked)]], f"{page}-quiz", toggle, toggles=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        if told:
            st.button("Ten others", type="primary", icon=":material/refresh:", key=key("more"), on_click=more)
        else:
            st.button(
                "Who is who?", type="primary", icon=":material/visibility:", key=key("tell"), on_click=tell
            )
            st.markdown(f"{len(marked)} of {PICTURES} marked as fakes")
    if told:
        st.markdown(explain(score_words(quiz.right(marked), quiz.detective_right, checkpoint.step)))
        _all_rounds(key("score"), key("rounds"))
        _next_try(run, checkpoint, quiz)


def _make(checkpoint: Checkpoint, seed: int) -> Quiz:
    forger, detective, config = gan.pair(checkpoint)
    return make_quiz((forger, detective), config, load_test(), seed)


def _tell_each(quiz: Quiz, marked: set[int]) -> None:
    captions, alts = [], []
    for place, (real, score) in enumerate(zip(quiz.real, quiz.scores, strict=True)):
        kind = "real" if real else "fake"
        you, it = ("✓" if ok else "✗" for ok in ((place not in marked) == real, (score > 0.5) == real))
        captions.append(f"<b>{kind}</b><br>you {you}<br>it {it} {vote_percent(score, brief=True)}")
        alts.append(f"Picture {place + 1}, {kind}")
    live.digit_tiles(list(quiz.pixels), captions, alts, side=72)
    st.caption("it: how real the detective holds the picture. Above 50 % it says real.")


def _all_rounds(score: str, rounds: str) -> None:
    count = st.session_state.get(rounds, 0)
    if count > 1:
        mine, its = st.session_state[score]
        words = f"In {count} rounds: you {mine}, the detective {its} of {PICTURES * count}."
        st.caption(messages.plain(words))


def _next_try(run: Run, checkpoint: Checkpoint, quiz: Quiz) -> None:
    """The same noises at the forger's next kept moment."""
    later = next((one for one in run.checkpoints if one.step > checkpoint.step), None)
    if later is None:
        return
    drawn = next_attempt(quiz, gan.pair(later)[0])
    labels = [quiz.labels[place] for place in quiz.fakes]
    st.markdown(explain(f"**Its next attempt**, from the same noise, at step {later.step:,}:"))
    live.digit_tiles(
        list(drawn),
        [f"asked: {label}" for label in labels],
        [f"A drawing of a {label} at step {later.step}" for label in labels],
    )
