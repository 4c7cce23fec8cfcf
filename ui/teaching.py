"""What the teacher does: every action asks again whether this visitor holds the class."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from streamlit import runtime

from dlcore.classroom.experiment import Experiment, Result, result_of
from dlcore.classroom.lesson_plans import LESSON_PLANS
from dlcore.classroom.overview import RunLine, line_of
from dlcore.classroom.room import STUDENTS, Sent, Student
from dlcore.classroom.running_plan import RunningPlan
from dlcore.errors import DlcoreError, EndedError, LeaseError, RunError
from dlcore.journal import event
from dlcore.run import Run
from dlcore.runs.protocol import Control
from dlcore.schema import parse_leniently
from dlcore.training.config import TrainConfig
from dlcore.training.recipes import PRESETS
from ui import services, state
from ui.reached import reached

PAGE = "class"
KIND = "mnist"  # of class experiments

# Of ended runs, which do not change: a line of the table, a result. Only numbers of runs, no names.
_lines: OrderedDict[tuple[str, float], RunLine] = OrderedDict()
_results: OrderedDict[tuple[str, float], Result | None] = OrderedDict()


def require() -> None:
    """Raises RunError for whoever does not hold the class, and says nothing more."""
    if not state.teaches():
        raise RunError("Only whoever holds the class may do this: ask your teacher.")


def key() -> bytes:
    """With which links are signed."""
    require()
    return services.room().key


def take(typed: str) -> None:
    services.teachers().take(typed, state.owner(), state.address())
    services.room().leave(state.owner())


# --- who is here ------------------------------------------------------------------------------


def here(student: Student) -> bool:
    """Is one of their pages open now?"""
    return runtime.exists() and any(map(runtime.get_instance().is_active_session, student.sessions))


def is_gone(student: Student) -> bool:
    """No page of theirs is open, and none was for some minutes."""
    return services.room().is_gone(student) and not here(student)


def table() -> list[tuple[Student, RunLine | None, int]]:
    """Every student with the line of their newest run, and how many runs they have."""
    require()
    students = services.room().students()
    newest = services.store().latest_of([student.owner for student in students])
    found = []
    for student in students:
        run, count = newest.get(student.owner, (None, 0))
        found.append((student, _line(run) if run is not None else None, count))
    return found


def _line(run: Run) -> RunLine:
    """From memory where it has ended."""
    key = (run.id, run.seconds)
    if (known := _lines.get(key)) is not None and known.status == run.status:
        return replace(known, name=run.name)
    line = line_of(services.runner().get(run.id) or run)
    if not run.active and line.status == run.status:
        _remember(_lines, key, line)
    return line


def _remember(kept: OrderedDict, key: tuple[str, float], value: object) -> None:  # type: ignore[type-arg]
    kept[key] = value
    while len(kept) > 2 * STUDENTS:
        kept.popitem(last=False)


def runs_of(student: Student, most: int = 6) -> list[Run]:
    require()
    found = services.store().runs_of(student.owner, limit=most)
    return [services.runner().get(run.id) or run for run in found]  # with their results


# --- what the teacher does with runs ------------------------------------------------------------


def stop(run_id: str) -> None:
    """Stop a student's run, and with it the sweep that it is of: else the next run takes its place.

    Raises RunError for any other, and for one that has ended and is of no sweep under way.
    """
    require()
    run = services.runner().get(run_id)
    if run is None or services.room().student(run.owner) is None:
        raise RunError("This run is nobody's in this room: look at the table again.")
    try:
        services.runner().control(run_id, Control("stop"))
    except EndedError:
        if not services.feeder().stop_sweep_of(run):
            raise
    else:
        services.room().stopped(run_id)
        services.feeder().stop_sweep_of(run)


def pause_all() -> None:
    """Pause every training until `go_on`, but the teacher's own and those that whoever teaches too begins."""
    require()
    services.room().pause()
    hold()


def hold() -> None:
    """While all are paused: what has got a place meanwhile is paused too."""
    require()
    room = services.room()
    if not room.paused:
        return
    for run in _trainings():
        if run.status == "running":
            with suppress(RunError):  # it has ended at this moment
                services.runner().control(run.id, Control("pause"))
                if not room.hold(run.id):  # all go on since: another page of the teacher's said so
                    services.runner().control(run.id, Control("resume"))


def go_on() -> None:
    """Whatever `pause_all` has paused goes on; what somebody had paused before stays so."""
    require()
    refused: DlcoreError | None = None
    for run_id in services.room().let_go():
        try:
            services.runner().control(run_id, Control("resume"))
        except (EndedError, LeaseError):  # stopped meanwhile, or another server's now
            continue
        except DlcoreError as error:  # the others go on
            refused = refused or error
    if refused is not None:
        raise refused


def _trainings() -> Iterator[Run]:
    mine, room = state.owners(), services.room()
    return (
        run for run in services.runner().active_runs() if run.owner not in mine and not room.spares(run.owner)
    )


def open_answers(opened: bool) -> None:
    """Whatever links have shut: the cards of all students say their answers now, or as their link has it."""
    require()
    services.room().open_answers(opened)


def open_room() -> None:
    require()
    services.room().open()
    event("room opened")


def clear() -> None:
    """The lesson is over. Runs stay with their owners; nothing else of anybody does."""
    go_on()
    event("room cleared", students=len(services.room().students()))
    services.room().clear()
    reached.forget()
    _lines.clear()
    _results.clear()


# --- the lesson plan ----------------------------------------------------------------------------


def begin_plan(minutes: int) -> None:
    require()
    if minutes not in LESSON_PLANS:
        raise RunError(f"There is no plan of {minutes} minutes: choose one that is shown.")
    services.room().lead(RunningPlan(LESSON_PLANS[minutes], services.room().clock()))


def plan() -> RunningPlan | None:
    """The plan that leads the class, with all that is to be said and expected."""
    require()
    return services.room().plan


def move_plan(place: int) -> None:
    """To this step, however often it is asked."""
    running = plan()
    if running is not None:
        services.room().lead(running.moved(place - running.place, services.room().clock()))


def end_plan() -> None:
    require()
    services.room().lead(None)


# --- a set-up for all -----------------------------------------------------------------------------


def send(sent: Sent | None) -> None:
    """Every page of the room links to it from now on; None takes it back."""
    require()
    if sent is not None and not services.room().is_open:
        raise RunError("The room is shut: open it on the page Class, then send this.")
    services.room().send(sent)


# --- the class experiment -----------------------------------------------------------------------


def set_ups() -> dict[str, tuple[TrainConfig, int]]:
    """What can be handed out: a title, its configuration and threads. The presets, then one's own runs."""
    order = ["class", *(name for name in PRESETS if name != "class")]
    found = {PRESETS[name].title: (PRESETS[name].config, PRESETS[name].threads) for name in order}
    for run in state.my_runs(KIND, limit=5):
        config, wrong = parse_leniently(TrainConfig(), run.config)
        if not wrong:
            found.setdefault(f"As {run.name}", (config, run.threads))  # of one name the newest
    return found


def hand_out(title: str) -> None:
    require()
    if title not in (known := set_ups()):
        raise RunError("This run is no longer there: choose another set-up.")
    config, threads = known[title]
    services.room().hand_out(Experiment(KIND, config, title, time.time(), threads))


def end_experiment() -> None:
    require()
    services.room().hand_out(None)


def results(experiment: Experiment) -> tuple[list[Result], list[float], int]:
    """Of each student the newest finished run with their own seed, in the order of beginning; of the runs
    under way the share that each has behind it; how many do not count since a hand moved something.
    """
    require()
    seeds: dict[str, int | None] = dict.fromkeys(state.owners())  # the teacher's own may have any
    seeds |= {student.owner: student.number for student in services.room().students()}
    newest: dict[str, Result] = {}
    under_way, moved = list[float](), 0
    for run in services.store().runs_since(list(seeds), experiment.kind, experiment.since):
        if not experiment.holds(run, seeds[run.owner]):
            continue
        if run.active:
            under_way.append(run.step / max(1, run.total_steps))
        if run.status == "finished" and (found := _result(run)) is not None:
            newest[run.owner] = found
        else:
            moved += run.status == "finished"
    return list(newest.values()), under_way, moved


def _result(run: Run) -> Result | None:
    key = (run.id, run.seconds)
    if key not in _results:
        _remember(_results, key, result_of(services.runner().get(run.id) or run))
    return _results[key]
