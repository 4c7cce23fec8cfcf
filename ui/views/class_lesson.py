"""A lesson plan, for the teacher: step by step, with what to say, what to ask and what to expect."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dlcore.classroom.lesson_plans import LESSON_PLANS, Step
from dlcore.classroom.running_plan import RunningPlan, clock, pace_words
from ui import assignments, form, messages, path, plans, present, services, state, teaching, worksheets
from ui.explain import explain

PAGE = teaching.PAGE
key = partial(form.key, PAGE)


def follow() -> None:
    """The plan under way as it stands now; else a choice of plans."""
    if not state.teaches():
        st.rerun()
    teaching.hold()
    messages.show_refusal(PAGE)
    running = teaching.plan()
    if running is None:
        choose()
    else:
        lead(running)


def choose() -> None:
    st.markdown("A plan leads the class from page to page. Students see where to go and what to do, no more.")
    is_open = services.room().is_open
    if not is_open:
        st.caption("The room is cleared: open it, then a plan can begin.")
    for column, (minutes, plan) in zip(st.columns(len(LESSON_PLANS)), LESSON_PLANS.items(), strict=True):
        with column, st.container(border=True, gap="small"):
            st.markdown(f"**{minutes} minutes.** {explain(plan.goal)}")
            st.markdown("\n".join(f"1. {plans.with_minutes(step)}" for step in plan.steps))
            st.button(
                f"Begin {minutes} minutes",
                type="primary",
                icon=":material/play_arrow:",
                key=key(f"begin_plan_{minutes}"),
                on_click=messages.guarded(PAGE, teaching.begin_plan),
                args=(minutes,),
                disabled=not is_open,
            )
    all_sheets()


def lead(running: RunningPlan) -> None:
    now, steps = services.room().clock(), running.plan.steps
    with st.container(horizontal=True, gap="large"):
        here, whole = clock(running.used_here(now)), clock(running.used_in_all(now))
        st.metric("This step", f"{here} of {running.step.minutes} min", width="content")
        st.metric("Lesson", f"{whole} of {running.plan.minutes} min", width="content")
    with st.container(horizontal=True):
        _button("Back", "skip_previous", running.place - 1, shut=running.place == 0)
        _button("Next", "skip_next", running.place + 1, shut=running.place == len(steps) - 1, primary=True)
        with st.popover("End the plan", icon=":material/stop:", key=key("end_plan_box")):
            st.markdown("Students are led no longer. The room stays open.")
            st.button("End it", key=key("end_plan"), on_click=messages.guarded(PAGE, teaching.end_plan))
    st.caption(f"Step {running.place + 1} of {len(steps)}. {pace_words(running, now)}")
    left, right = st.columns((2, 1), gap="large")
    with left:
        _step(running.step)
    with right, st.container(gap="xsmall"):
        for place, step in enumerate(steps):
            _line(step, place - running.place, running.used.get(place, 0.0))


def _button(label: str, icon: str, place: int, *, shut: bool, primary: bool = False) -> None:
    st.button(
        label,
        type="primary" if primary else "secondary",
        icon=f":material/{icon}:",
        key=key(f"plan_{label.lower()}"),
        on_click=messages.guarded(PAGE, teaching.move_plan),
        args=(place,),
        disabled=shut,
    )


def _step(step: Step) -> None:
    """What is projected holds no answer."""
    plans.link(step, f"**{plans.label(step)}**")
    projected = present.on()
    page = assignments.page_of(path.BY_FILE[step.file]) if step.file else ""
    if sheets := _sheets(page, answers=not projected):
        st.markdown(sheets)
    if not projected:
        st.markdown(f"**Say.** {explain(step.say)}")
    for question in step.questions:
        st.markdown(f"**Ask.** {explain(question.text)}")
        if not projected:
            st.markdown(f":gray[**Expect.**] {explain(question.expected)}")


def _sheets(page: str, *, answers: bool) -> str:
    """The worksheet of a page, and its answers; "" where it has no cards."""
    found = [worksheets.link(page, "Worksheet", empty=True)]
    found += [worksheets.link(page, "Answers", answers=True)] if answers else []
    return " · ".join(filter(None, found))


def all_sheets() -> None:
    with st.expander("Worksheets to print, one A4 page each", key=key("worksheets")):
        rows = [
            f"{stop.label}: {_sheets(page, answers=not present.on())}"
            for page, stop in worksheets.PAGES.items()
        ]
        st.markdown("\n".join(f"- {row}" for row in rows))


def _line(step: Step, away: int, used: float) -> None:
    """Of the list of steps: done, now or to come."""
    words = plans.with_minutes(step)
    if away == 0:
        st.markdown(f":material/play_arrow: **{words}**")
    elif away < 0:
        st.markdown(f":gray[:material/check: {words}, took {clock(used)}]")
    else:
        st.markdown(f":gray[:material/circle: {words}]")
