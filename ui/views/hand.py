"""A hand before and after it was learned: its drawings, the counts, the test digits that were forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dlcore.errors import CheckpointError
from dlcore.figures.hand import hand_sheet, places
from dlcore.figures.maps import Sheet
from dlcore.hand.drawings import Hand, aside
from dlcore.hand.outcome import HandResult, Votes, outcome, rights
from dlcore.hand.words import drawing_words, forgotten_words, learned_words, right_words, row
from dlcore.mnist.files import load_test
from dlcore.run import Checkpoint, Run
from dlcore.runs.storage.disk import resumable
from dlcore.serving.predictor import Prediction
from dlcore.training.evaluation import Evaluation
from dlcore.words import count_of
from ui import live, messages, state, work
from ui.components.sheets.component import show_sheets
from ui.components.vote.component import show_vote
from ui.following import follow_run
from ui.lenses import hand as lens
from ui.lenses import mnist
from ui.remember import remembered
from ui.training import TrainingPage

MOST_TILES = 12


@dataclass(frozen=True)
class Reading:
    """What a page shows of a hand: each drawing's votes before, and after if something was learned."""

    page: str
    hand: Hand
    before: Votes
    after: Votes | None = None

    @property
    def votes(self) -> list[Votes]:
        return [self.before] if self.after is None else [self.before, self.after]


def read(page: str, hand: Hand, before: Checkpoint, after: Checkpoint | None) -> Reading:
    """Each drawing is read once."""

    def votes(name: str, checkpoint: Checkpoint) -> Votes:
        network = mnist.model(checkpoint)[0]
        return remembered(f"{page}__{name}", (hand, network), lambda: lens.votes(checkpoint, hand))

    after_votes = votes("after", after) if after is not None else None
    return Reading(page, hand, votes("before", before), after_votes)


def learned_by(run: Run | None) -> tuple[Checkpoint | None, str]:
    """The weights to look at; None before its first epoch, and while it learns. If they cannot be read,
    a sentence says so: the drawings are there all the same, to learn from once more.
    """
    if run is None or run.active or not run.checkpoints or run.checkpoints[-1].epoch == 0:
        return None, ""
    last = run.checkpoints[-1]
    try:
        mnist.model(last)
    except CheckpointError:
        return None, "What it learned from these drawings cannot be read any more. Teach it once more."
    return last, ""


def show_drawings(seen: Reading, picked: int | None, pick: Callable[[int], None]) -> None:
    """All drawings, before and after; a click on one says what it is read as."""
    titles = ("Before",) if seen.after is None else ("Before", "Now")
    row_of: list[Sheet] = []
    for title, votes in zip(titles, seen.votes, strict=True):
        right = rights(seen.hand, votes)
        note = f"it {right_words(int(right.sum()), len(right))}" if seen.hand else "no drawing yet"
        name = title.lower()
        row_of.append(
            hand_sheet(name, seen.hand, right, state.theme(), title=f"{title}:", note=note, picked=picked)
        )
    cells = {cell: index for index, cell in enumerate(places(seen.hand))}

    def on_pick(_: str, cell: int) -> None:
        if cell in cells:
            pick(cells[cell])

    show_sheets([row_of], "mnist_hand-drawings", on_pick)


def first_misread(seen: Reading) -> int | None:
    """The drawing to look at before anybody has picked one, and still after it was learned; None of an empty
    hand.
    """
    wrong = np.flatnonzero(~rights(seen.hand, seen.before))
    return int(wrong[0]) if len(wrong) else 0 if seen.hand else None


def show_picked(seen: Reading, picked: int | None) -> None:
    """One drawing and the vote on it, by the network as it is now."""
    if picked is None:
        show_vote("mnist_hand-vote", None, None, note="Your drawings and the vote on them come here.")
        return
    drawing, votes = seen.hand[picked], [votes[picked] for votes in seen.votes]
    note = drawing_words(drawing, aside=bool(aside(seen.hand)[picked]), votes=votes)
    vote = Prediction(int(votes[-1].argmax()), tuple(map(float, votes[-1])), 0.0)
    if seen.after is not None:  # what has changed comes first
        st.markdown(note)
    show_vote("mnist_hand-vote", drawing.pixels, vote, note=note if seen.after is None else "")


def show_progress(run: Run) -> None:
    """How far it has learned."""
    st.progress(min(1.0, run.step / max(1, run.total_steps)), text=progress_words(run))


def progress_words(run: Run) -> str:
    told = messages.status_sentence(run)
    right, total = run.last("val_correct"), run.last("val_total")
    if right is None or total is None:
        return told
    return f"{told} It {right_words(int(right.value), int(total.value))} of those set aside."


def show_result(seen: Reading, run: Run, before: Checkpoint, after: Checkpoint) -> HandResult | None:
    """The counts, and what was forgotten; None until the test digits are read."""
    asked = [mnist.evaluation(before), mnist.evaluation(after)]
    waiting = next((one for one in asked if one.result is None), None)
    if waiting is not None:
        work.wait(seen.page, waiting, "Reading the 10,000 test digits with both networks", again="again")
    was, now = (one.result for one in asked)
    if was is None or now is None or seen.after is None:
        return None
    found = outcome(seen.hand, (seen.before, seen.after), (was, now), int(run.config.get("rehearsal", 0)))
    rows = [
        ("Drawings it learned from", found.learned_from),
        ("Drawings set aside", found.set_aside),
        ("Test digits", found.test),
    ]
    lines = [f"| {name} | {' | '.join(row(change))} |" for name, change in rows]
    st.caption(f"{messages.plain(run.name)}: {learned_words(found.rehearsal)}")
    st.markdown("\n".join(["| Right | Before | Now | What turned |", "|---|---|---|---|", *lines]))
    show_forgotten(found, now)
    return found


def show_forgotten(found: HandResult, test: Evaluation) -> None:
    """Test digits that it read right before and does not now."""
    if not found.forgotten:
        st.caption("It forgot no test digit.")
        return
    count = count_of(len(found.forgotten), "test digit")
    images, shown = load_test().images, found.forgotten[:MOST_TILES]
    seen = "the surest first" if len(shown) == len(found.forgotten) else f"here the {len(shown)} surest"
    st.markdown(f"**It forgot {count}**, {seen}. {forgotten_words(found.forgotten, test)}")
    live.digit_tiles(
        [images[index, 0].numpy() for index in shown],
        [f"✗ <b>{test.predictions[index]}</b><br>is {test.labels[index]}" for index in shown],
        [f"Test digit {i + 1:,}, a {test.labels[i]}, read as {test.predictions[i]}" for i in shown],
    )


def show_status(training: TrainingPage, run: Run) -> None:
    """Of a run on this hand: how far it is, or why it has not come to its end, and the way on."""
    if run.active:
        follow_run(run, show_progress)
    elif run.status != "finished":
        st.warning(messages.status_sentence(run), icon=":material/info:")
        if resumable(run.checkpoints) is not None:
            go_on = messages.guarded(training.page, training.go_on)
            st.button(
                "Go on",
                icon=":material/forward:",
                key=training.key("go_on"),
                on_click=go_on,
                args=(run.id, 0),
            )
