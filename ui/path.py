"""The path through the lab: its pages in their order, what each is called and where it is found."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import streamlit as st

from dlcore.run import Run
from ui import cards, state, taught
from ui.stop import Stop as Stop
from ui.stops import SECTIONS as SECTIONS

PAGES = Path(__file__).parents[1] / "pages"

STOPS = tuple(stop for stops in SECTIONS.values() for stop in stops)
BY_FILE = {stop.file: stop for main in STOPS for stop in (main, *main.also)}
PATH = tuple(stop for stop in STOPS if stop.number)
WORDS = BY_FILE["words.py"]
CLASS = BY_FILE["class.py"]
MACHINE = BY_FILE["machine.py"]
MY_WORK = BY_FILE["my_work.py"]
NEXT = {here.file: there for here, there in pairwise((*PATH, BY_FILE["runs.py"]))}
NEXT |= dict.fromkeys(("runs.py", MY_WORK.file, CLASS.file, MACHINE.file, WORDS.file), PATH[0])


def stop_of(script: str) -> tuple[Stop, Stop]:
    """The page of this script, and the one that stands in the sidebar for it."""
    file = Path(script).relative_to(PAGES).as_posix()
    main = next(stop for stop in STOPS if file in {stop.file, *(other.file for other in stop.also)})
    return BY_FILE[file], main


def summary() -> str:
    """What the lab is and for whom, in a sentence."""
    return f"For whoever wonders how neural networks learn: {len(PATH)} experiments."


def title(script: str) -> None:
    """The page's heading; where the question is asked of several subjects, a switch between them."""
    here, main = stop_of(script)
    st.title(here.heading)
    if main.also:
        with st.container(horizontal=True, key=f"path__switch_{main.address}"):
            for stop in (*main.also, main):
                st.page_link(PAGES / stop.file, label=stop.subject, icon=f":material/{stop.icon}:")


def next_link(script: str, run: Run | None = None) -> None:
    """What every page ends with: its words, and the next page, to which the run comes along if seen there.
    A page counts as done once one of its cards has said something.
    """
    here, main = stop_of(script)
    following = NEXT[main.file]
    done = f"{main.number} done · next: " if main.number and cards.answered(here.address) else "Next: "
    sees_it = following.file == "runs.py" or following.folder == here.folder
    params = {state.RUN_PARAM: run.id} if run is not None and sees_it else {}
    taught.foot(here.file)
    with st.container(horizontal=True):
        st.page_link(
            PAGES / following.file,
            label=f"{done}{following.label}",
            icon=":material/arrow_forward:",
            query_params=params,
        )
        if main != WORDS:
            st.page_link(PAGES / WORDS.file, label="All words", icon=f":material/{WORDS.icon}:")
