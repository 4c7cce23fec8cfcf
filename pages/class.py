"""The teacher's page: how students get in, who is here, what their runs do, and the class experiment."""

from functools import partial
from typing import Literal

import pandas as pd
import streamlit as st

from dlcore.classroom.overview import RunLine
from dlcore.classroom.room import GONE_SECONDS, Student
from dlcore.run import ACTIVE
from dlcore.runs.kinds import RUN_KINDS, lenses
from dlcore.words import count_of
from ui import form, joining, layout, messages, path, services, state, teaching
from ui.admission import admission
from ui.explain import explain
from ui.selections import picked_rows
from ui.views import class_experiment, class_joining, class_lesson, teachers_door

PAGE = teaching.PAGE
key = partial(form.key, PAGE)
TICK_SECONDS = 2.0
PICKED = key("picked")  # whose row it is, wherever that stands
ROOM, JOIN, LESSON, EXPERIMENT = "The room", "Joining", "Lesson plan", "Class experiment"


def buttons() -> None:
    room = services.room()
    if not room.is_open:
        st.button(
            "Open the room",
            type="primary",
            icon=":material/meeting_room:",
            key=key("open"),
            on_click=messages.guarded(PAGE, teaching.open_room),
        )
        return
    if room.paused:
        words, icon, name, change = "Let all go on", "play_arrow", "go_on", teaching.go_on
    else:
        words, icon, name, change = "Pause all trainings", "pause", "pause", teaching.pause_all
    on_click = messages.guarded(PAGE, change)
    weight: Literal["primary", "secondary"] = "primary" if room.paused or room.students() else "secondary"
    st.button(words, type=weight, icon=f":material/{icon}:", key=key(name), on_click=on_click)
    opened = room.answers_open
    st.button(
        "Shut the answers again" if opened else "Open the answers",
        icon=":material/lock:" if opened else ":material/lock_open:",
        key=key("answers"),
        on_click=messages.guarded(PAGE, teaching.open_answers),
        args=(not opened,),
        disabled=not (opened or room.answers_shut),
        help="Of the links that you handed out with shut answers, once a student has opened one.",
    )
    with st.popover("Clear the room", icon=":material/logout:", key=key("clear_box")):
        st.markdown("Names, pages and assignments are forgotten. Runs stay with their owners.")
        st.button("Clear it", key=key("clear"), on_click=messages.guarded(PAGE, teaching.clear))


def row(student: Student, line: RunLine | None, count: int) -> dict[str, object]:
    return {
        "Name": student.name,  # on a phone the first columns are seen at once
        "Status": line.status if line else None,
        "Test, %": 100 * line.accuracy if line and line.accuracy is not None else None,
        "Here": teaching.here(student),
        "Runs": count,
        "Newest run": line.name if line else None,
        "Loss": list(line.losses) if line else None,
        "Page": student.page,
    }


def show_table(found: list[tuple[Student, RunLine | None, int]]) -> Student | None:
    """Whose row is picked. When rows come or go, it is a new table: a click on the old one does nothing."""
    owners = [student.owner for student, _, _ in found]
    table = key(f"table_{hash(tuple(owners))}")
    picked = [row for row, owner in enumerate(owners) if owner == st.session_state.get(PICKED)]
    st.dataframe(
        pd.DataFrame([row(*each) for each in found]),
        height=38 + 35 * min(len(found), 12),
        hide_index=True,
        placeholder="–",
        key=table,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": picked}},
        column_config={
            "Name": st.column_config.TextColumn(width=130),
            "Here": st.column_config.CheckboxColumn(width=50, help="One of their pages is open now"),
            "Page": st.column_config.TextColumn(width=150),
            "Runs": st.column_config.NumberColumn(width=50),
            "Newest run": st.column_config.TextColumn(width=110),
            "Status": st.column_config.TextColumn(width=82),
            "Test, %": st.column_config.NumberColumn(
                format="%.2f", width=68, help="Per cent right of the test images of that run"
            ),
            "Loss": st.column_config.LineChartColumn(
                width=90, y_min=0.0, help="Training loss from its first step to now"
            ),
        },
        alt=f"{count_of(len(found), 'student')} with their page and their newest run",
    )
    rows = picked_rows(table, len(found))
    st.session_state[PICKED] = owners[rows[0]] if rows else None
    return found[rows[0]][0] if rows else None


def show_runs(student: Student, count: int) -> None:
    """The runs of one, the newest of `count`: to look at, or to stop."""
    runs = teaching.runs_of(student)
    many = f"the newest of {count_of(count, 'run')}" if count > len(runs) else count_of(count, "run")
    order = ", the newest first" if len(runs) > 1 else ""
    st.markdown(f"**{messages.plain(student.name)}** · {f'{many}{order}' if count else 'no run yet'}")
    for run in runs:
        with st.container(horizontal=True, vertical_alignment="center"):
            said = explain(messages.status_sentence(run, onlooker=True))
            st.markdown(f"{messages.plain(run.name)} · {said}")
            if run.kind in RUN_KINDS:
                lens = lenses(run.kind)[0]
                params = {state.RUN_PARAM: run.id}
                st.page_link(path.PAGES / lens.page, label="Look at it", icon=lens.icon, query_params=params)
            if run.status in ACTIVE:
                st.button(
                    "Stop it",
                    icon=":material/stop:",
                    key=key(f"stop_{run.id}"),
                    on_click=messages.guarded(PAGE, teaching.stop),
                    args=(run.id,),
                )


def show_gone(gone: list[Student]) -> None:
    """Whose pages have all been shut for minutes, folded: one switch brings them back into the table."""
    if gone:
        st.toggle(
            f"Show {count_of(len(gone), 'student')} not seen for {GONE_SECONDS / 60:.0f} minutes",
            key=key("gone"),
            help="Closed pages, and browsers that somebody has changed. Whoever comes back is shown again.",
        )


def follow_room() -> None:
    """Who is here and what they do, as it stands now."""
    if not state.teaches():
        st.rerun()
    teaching.hold()
    messages.show_refusal(PAGE)
    everybody = teaching.table()
    gone = [each for each in everybody if teaching.is_gone(each[0])]
    found = everybody if st.session_state.get(key("gone")) else [e for e in everybody if e not in gone]
    lines = [line for _, line, _ in everybody if line is not None]
    with st.container(horizontal=True, gap="large", vertical_alignment="center"):
        st.metric("Here now", sum(teaching.here(student) for student, _, _ in everybody), width="content")
        if waiting := admission.in_line:
            outside = "More people are here than this computer can answer quickly: they come in by themselves"
            st.metric("Outside", waiting, width="content", help=outside)
        stand = sum(line.status == "paused" for line in lines)
        training = sum(line.status in ACTIVE for line in lines) - stand
        st.metric("Training", training, width="content", help="Students whose newest run goes on")
        if stand:
            st.metric("Paused", stand, width="content", help="Students whose newest run stands still")
        finished = sum(line.status == "finished" for line in lines)
        st.metric("Finished", finished, width="content", help="Students whose newest run has finished")
    with st.container(horizontal=True):
        buttons()
    if not services.room().is_open:
        st.markdown("The room is cleared: nobody in it is seen. Open it for the next class.")
    elif not everybody:
        who = "Whoever opens the address stands here at once, as Student 1, 2, 3 …"
        st.markdown(f"Nobody is here yet. {who}" if joining.address() else "Nobody is here yet.")
    else:
        if (student := show_table(found) if found else None) is not None:
            show_runs(student, next(count for other, _, count in found if other == student))
        elif found:
            st.caption("Pick a row: its runs can be looked at and stopped.")
        show_gone([student for student, _, _ in gone])


SHOWN = {
    ROOM: follow_room,
    JOIN: class_joining.follow,
    LESSON: class_lesson.follow,
    EXPERIMENT: class_experiment.follow,
}


def first_shown() -> str:
    """How one gets in, as long as nobody has."""
    return JOIN if joining.address() and not services.room().students() else ROOM


path.title(__file__)
if not state.teaches():
    teachers_door.ask_code(PAGE)
else:
    room = services.room()
    if not (room.is_open or room.was_cleared):
        teaching.open_room()
    st.session_state.setdefault(key("show"), first_shown())
    st.write("Your class, as it works. Clear the room, and names, pages and links are forgotten.")
    shown = st.segmented_control(
        "Show", list(SHOWN), required=True, key=key("show"), label_visibility="collapsed"
    )
    follow = st.fragment(SHOWN.get(str(shown), follow_room), run_every=TICK_SECONDS)
    if shown == JOIN:
        follow()
    elif not joining.address():
        class_joining.small()  # a sentence alone: beside the class it would be a strip
        follow()
    else:
        side, stage = layout.side_and_stage(PAGE, (1, 4))
        with side:
            class_joining.small()
        with stage:
            follow()
path.next_link(__file__)
