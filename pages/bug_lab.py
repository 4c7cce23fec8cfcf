"""A training that is wrong without an error: name its bug by the symptoms, find the line, mend it."""

from functools import partial
from typing import Any

import streamlit as st

from dlcore.buglab.bugs import BUGS, HARMLESS, SLIPS
from dlcore.buglab.cards import CARDS, ShownCase
from dlcore.buglab.config import MYSTERY, PRESETS, BugLabConfig, Case, case_of
from dlcore.buglab.recorded import recorded
from dlcore.buglab.script import mend_of, mended, script_text
from dlcore.buglab.symptoms import EPOCHS, STEPS, Losses, Symptoms
from dlcore.buglab.words import not_words, scores_words, yes_words
from dlcore.events import Stage
from dlcore.figures.buglab import Curve
from dlcore.figures.code_lines import Mark, code_lines
from dlcore.runs.tasks import Task
from dlcore.schema import knobs
from ui import assignments, cards, form, messages, path, work
from ui.components.code_lines.component import show_code_lines
from ui.explain import explain
from ui.layout import side_and_stage
from ui.lenses import buglab
from ui.views.buglab import curves, show_cure, show_inside, show_losses
from ui.work import Asked

PAGE = "bug_lab"
key = partial(form.key, PAGE)
KNOBS = knobs(BugLabConfig)
FRESH: dict[str, Any] = {"guess": None, "line": None, "hinted": False, "told": False, "mended": False}


# --- callbacks ----------------------------------------------------------------------------


def next_mystery() -> None:
    before = st.session_state[key("number")] if st.session_state[key("script")] == MYSTERY else 0
    st.session_state[key("number")] = before % 999 + 1
    st.session_state[key("script")] = MYSTERY


def mark(name: str, value: Any = True) -> None:
    st.session_state[key(name)] = value


def mend() -> None:
    """Nothing is left to guess; the picture comes into sight, where the mended curve will grow."""
    mark("told")
    mark("mended")
    cards.come_to(PAGE, "picture")


# --- the page -----------------------------------------------------------------------------


def begin(case: Case) -> None:
    """Another script: nothing is found yet."""
    if st.session_state.get(key("of")) != case:
        st.session_state[key("of")] = case
        for name, value in FRESH.items():
            st.session_state[key(name)] = value


def is_named(config: BugLabConfig, case: Case) -> bool:
    """Does the visitor know what is wrong?"""
    known = config.script != MYSTERY or st.session_state[key("told")]
    return bool(known or st.session_state.get(key("guess")) == case.name)


def is_found(case: Case) -> bool:
    """Has the line been clicked?"""
    return bool(st.session_state[key("told")] or st.session_state[key("line")] in mend_of(case.name).culprits)


def script(case: Case) -> None:
    """The script as it runs: with the slip, or mended."""
    mend, is_mended = mend_of(case.name), st.session_state[key("mended")]
    marks: dict[int, Mark] = {}
    if is_mended:
        marks |= dict.fromkeys(mend.put_at, "mended")
    elif is_found(case):
        marks |= dict.fromkeys(mend.culprits, "found")
    elif (line := st.session_state[key("line")]) is not None:
        marks[line] = "wrong"
    text = script_text(mended(case.name) if is_mended else case.name)
    pick = None if is_mended else partial(mark, "line")
    show_code_lines(code_lines(text, marks), f"{PAGE}-script", pick)


def next_one(name: str) -> None:
    """Another mystery, unless a link keeps this script."""
    fixed, icon = assignments.fixed(PAGE), ":material/casino:"
    kept = "number" in fixed or fixed.get("script", MYSTERY) != MYSTERY
    st.button("Next mystery", icon=icon, key=name, on_click=next_mystery, disabled=kept)


def choices() -> None:
    """Which script: another mystery, its number, or a slip that is named."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        next_one(key("next"))
        form.widget(PAGE, KNOBS["number"])
        form.widget(PAGE, KNOBS["script"])


def training(case: Case, seen: Symptoms, asked: Asked[Symptoms]) -> None:
    """While the mended script trains: its curve grows over the other."""

    def so_far(task: Task) -> list[float]:
        return [loss for event in task.events if isinstance(event, Losses) for loss in event.values]

    def said(task: Task) -> Stage:
        step = len(so_far(task))
        return Stage(step / (EPOCHS * STEPS), f"Step {step} of {EPOCHS * STEPS}")

    def below(task: Task) -> None:
        broken = Curve(f"seed {case.seed}", seen.losses, "broken")
        show_losses(PAGE, [broken, Curve("training now", so_far(task), "mended")])

    work.wait(PAGE, asked, said, below=below, on_cancel=partial(mark, "mended", False), again="again")


def name_it(config: BugLabConfig, case: Case, seen: Symptoms) -> None:
    """The choices, and what tells a wrong one apart."""
    if config.script == MYSTERY and not st.session_state[key("told")]:
        st.markdown("**1 · What is wrong with it?**")
        st.pills(
            "What is wrong",
            list(BUGS),
            format_func=lambda name: BUGS[name].title,
            key=key("guess"),
            label_visibility="collapsed",
            persist_state="session",
            wrap=True,
        )
    guess: str = st.session_state.get(key("guess")) or ""
    if is_named(config, case):
        right = "Right. " if guess == case.name else ""
        st.markdown(explain(right + yes_words(case.name, seen)))
    elif guess in BUGS:
        st.markdown(explain(not_words(guess, seen, recorded(Case(guess, case.seed)))))


def find_it(case: Case) -> None:
    """What the clicked line is, and the mend."""
    line, mend = st.session_state[key("line")], mend_of(case.name)
    if is_found(case):
        gone = "\n".join(f"- {text.strip()}" for text in mend.taken)
        come = "\n".join(f"+ {text.strip()}" for text in mend.put)
        st.code("\n".join(part for part in (gone, come) if part), language="diff", wrap_lines=True)
    elif line is None:
        st.markdown("**2 · Click the line.** Where one is missing, click above or below the gap.")
    else:
        st.markdown(f"**2 · Click the line.** Line {int(line)} is as it should be.")


def ways(case: Case, *, named: bool) -> None:
    """The next click: a hint, the answer, or the mend."""
    found, is_mended = is_found(case), st.session_state[key("mended")]
    with st.container(horizontal=True):
        if found and named:
            words = "Take the slip out and run it" if case.name in HARMLESS else "Mend it and run it"
            name, icon = key("mend"), ":material/build:"
            st.button(words, type="primary", icon=icon, key=name, on_click=mend, disabled=is_mended)
            if is_mended:
                next_one(key("on"))
            return
        hinted = st.session_state[key("hinted")]
        hint = partial(mark, "hinted")
        st.button("A hint", icon=":material/lightbulb:", key=key("hint"), on_click=hint, disabled=hinted)
        told = partial(mark, "told")
        st.button("Show the answer", icon=":material/visibility:", key=key("tell"), on_click=told)
    if st.session_state[key("hinted")]:
        st.info(SLIPS[case.name].hint, icon=":material/lightbulb:")


path.title(__file__)
st.write(explain("This script ran without an error, and something in it is wrong. Its curves are symptoms."))
messages.show_refusal(PAGE)
form.prepare(PAGE, BugLabConfig, PRESETS)
config = form.read(PAGE, BugLabConfig)
case = case_of(config)
begin(case)
seen = recorded(case)
asked: Asked[Symptoms] = Asked()
if st.session_state[key("mended")]:
    asked = buglab.trained(Case(mended(case.name), case.seed))
work.only_task(PAGE, asked)
side, stage = side_and_stage(PAGE, (1, 1))
with stage:
    with st.container(key=key("picture")):
        if asked.active or asked.failed:
            training(case, seen, asked)
        else:
            show_losses(PAGE, curves(case, seen, asked.result, st.session_state.get(key("guess")) or ""))
    if asked.result is not None:
        show_cure(seen, asked.result)
    else:
        st.markdown(explain(scores_words(seen)))
    name_it(config, case, seen)
    find_it(case)
    ways(case, named=is_named(config, case))
with side:
    script(case)
    choices()
show_inside(PAGE, seen)
form.share(PAGE, BugLabConfig, PRESETS)
cards.show(PAGE, CARDS, ShownCase(case.name, seen, asked.result), busy=asked.active)
with st.expander("Check yourself: test 99 %, training 96 %. Good news?", key=key("check")):
    st.markdown(
        explain(
            "If both were measured on the finished network: no. Nobody is better on what they never saw. "
            "Look for test digits among those it learned from. Measured while it learned, with dropout on, "
            "training may be lower without a fault."
        )
    )
path.next_link(__file__)
