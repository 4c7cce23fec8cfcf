"""What a student sees of the class: their name, that they are seen, what the teacher asks of all."""

from __future__ import annotations

import streamlit as st

from dlcore.classroom.experiment import Experiment
from dlcore.classroom.nicknames import TYPED, told
from dlcore.classroom.room import Sent, Student
from dlcore.errors import RunError
from dlcore.run import Run
from dlcore.run_config import RunConfig
from dlcore.runs.kinds import preset_of
from ui import beginnings, form, joining, messages, path, plans, services, state, taken, visits

KEY = "lab__room"
TRAIN = "mnist_train"
LOOK_SECONDS = 5.0  # between two looks at what the teacher asks
SEEN = "Your teacher sees the page you are on and your runs, until the room is cleared."


def follow(stop: path.Stop) -> None:
    """This visitor is on this page, if there is a class and they do not hold it. Above the page: what the
    teacher asks of all. Before a page is run.
    """
    room = services.room()
    if state.teaches():
        return
    if not room.is_open:
        if joining.opened():  # whoever is here before the class begins is seen as soon as it does
            st.fragment(_now, run_every=LOOK_SECONDS)(stop, _asked())
        return
    student = room.enter(state.owner(), visits.session(), stop.label)
    if student is None:
        return
    with st.sidebar:
        _card(student)
    if room.paused:
        st.info("Your teacher speaks: all trainings are paused.", icon=":material/pause_circle:")
    if room.experiment is not None:
        _invite(student, room.experiment)
    st.fragment(_now, run_every=LOOK_SECONDS)(stop, _asked())


def _card(student: Student) -> None:
    """In the sidebar: who one is here, and another name if one likes."""
    with st.popover(f"In class: {messages.plain(student.name)}", icon=":material/badge:", type="tertiary"):
        st.text_input(
            "What shall your teacher call you? You may leave it empty.",
            max_chars=TYPED,  # longer than a name may be: Streamlit would take nothing, and say nothing
            key=f"{KEY}_name",
            on_change=_call,
            placeholder=f"Student {student.number}",
        )
        if said := st.session_state.get(f"{KEY}_told"):
            st.caption(messages.plain(said))
    st.caption(SEEN)


def own_name() -> str:
    """What this visitor wants to be called in class; "" if they have not said."""
    student = services.room().student(state.owner())
    return student.nickname if student is not None else ""


def _call() -> None:
    typed = str(st.session_state.get(f"{KEY}_name") or "")
    student = services.room().call(state.owner(), typed)
    st.session_state[f"{KEY}_told"] = told(typed, student.name) if student is not None else ""


def _asked() -> tuple[int, bool, bool, float, bool]:
    """What stands on a page: which room, is it open, do all pause, which experiment, do answers open."""
    room = services.room()
    since = room.experiment.since if room.experiment is not None else 0.0
    return room.opened, room.is_open, room.paused, since, room.answers_open


def _now(stop: path.Stop, shown: tuple[int, bool, bool, float, bool]) -> None:
    """Where the lesson is: on Home in a box, elsewhere in a quiet line. What is said there is not told.

    Whoever waits on a page sees at the next look what the teacher has asked meanwhile, and comes in again if
    the room was cleared and opened between two looks.
    """
    services.room().touch(state.owner())
    if _asked() != shown:
        messages.redraw()
    if (sent := services.room().sent) is not None:
        _sent(sent, stop)
    running = services.room().plan
    if running is None:
        return
    step = running.step
    if stop.file == (step.file or path.MY_WORK.file):
        st.caption(f"Now: this page · {step.todo}")
        return
    home = stop == path.STOPS[0]
    with st.container(border=home, key=f"{KEY}_now{'_home' if home else ''}"):
        plans.link(step, f"**Now: {plans.label(step)}**" if home else f"Now: {plans.label(step)}")


def _sent(sent: Sent, stop: path.Stop) -> None:
    """In a box, since it waits for a press, also on the page that it opens."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"{KEY}_sent"):
        st.markdown("**From your teacher**", width="content")
        what = "this page" if stop.file == sent.file else path.BY_FILE[sent.file].label
        st.page_link(
            path.PAGES / sent.file,
            label=f"Open {what}, set up for you",
            icon=":material/campaign:",
            query_params=dict(sent.query),
        )


def _invite(student: Student, experiment: Experiment) -> None:
    """One click runs the class experiment with one's own seed, and leads to where it is seen."""
    done = own_run(student, experiment)
    moved = done is not None and bool(done.controls())
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"{KEY}_experiment"):
        words = "Everybody trains the same, each with a seed of their own."
        if done is None or (moved and not done.active):
            again = "A knob of yours was moved: it does not count." if moved else words
            st.markdown(f"**Class experiment** · {again} Your seed is {student.number}.")
            begun = st.button(
                "Run it", type="primary", icon=":material/play_arrow:", key=f"{KEY}_run", disabled=_paused()
            )
            if begun:
                try:
                    run_id = begin(student, experiment)
                except RunError as error:  # its places are full, or all pause by now
                    st.error(messages.plain(str(error)), icon=":material/error:")
                else:
                    _open(run_id, experiment.seeded(student.number))
        else:
            stands = f"yours is on its way, with seed {student.number}." if done.active else ""
            st.markdown(f"**Class experiment** · {stands or messages.status_sentence(done)}")
            if st.button("See it", icon=":material/visibility:", key=f"{KEY}_see"):
                _open(done.id, experiment.seeded(student.number))


def _paused() -> bool:
    return services.room().paused


def _open(run_id: str, config: RunConfig) -> None:
    """Where it is seen, with its own settings beside it. Before the page is run."""
    form.open_with(TRAIN, config, preset_of("mnist", config))
    st.switch_page(path.PAGES / "mnist/train.py", query_params={state.RUN_PARAM: run_id})


def own_run(student: Student, experiment: Experiment) -> Run | None:
    """This visitor's newest run of the experiment that has not come to nothing."""
    found = services.store().runs_since([state.owner()], experiment.kind, experiment.since)
    held = [run for run in found if experiment.holds(run, student.number)]
    mine = [run for run in held if run.active or run.status == "finished"]
    return services.runner().get(mine[-1].id) if mine else None


def begin(student: Student, experiment: Experiment) -> str:
    """A run of it with the student's number as its seed; its id. Raises RunError while all are paused."""
    state.check_may_train()
    beginnings.check_run()
    with taken.TAKING.first():
        run_id = services.runner().submit(
            state.owner(),
            experiment.kind,
            experiment.seeded(student.number),
            name=f"{experiment.title}, seed {student.number}"[:60],
            address=state.address(),
            threads=experiment.threads,
        )
        taken.say(run_id)
    return run_id
