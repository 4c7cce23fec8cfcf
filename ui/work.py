"""A result, or the task that works on it: asked for, waited for, tried again, dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from dlcore.events import Stage
from dlcore.run import Checkpoint
from dlcore.runs.tasks import Task
from ui import beginnings, form, messages, services, state, visits

TICK_SECONDS = 0.5
PASSING = "passing_tasks"

Result = TypeVar("Result")


@dataclass(frozen=True)
class Asked(Generic[Result]):
    """The result as far as it has come, and the task that works on it, or did; neither if nothing is asked.

    A task's events are `task.events`. It is "queued" until it has a place, "paused" while it gives way.
    """

    result: Result | None = None
    task: Task | None = None

    @property
    def active(self) -> bool:
        return self.task is not None and self.task.active

    @property
    def failed(self) -> bool:
        return self.result is None and self.task is not None and not self.task.active

    @property
    def reason(self) -> str:
        """Why there will be no result; "" as long as there may be one."""
        return (self.task.reason or "It was cancelled.") if self.task is not None and self.failed else ""


# --- Asking -----------------------------------------------------------------------------------


def named(checkpoint: Checkpoint) -> str:
    """For a key. Two runs may have the same weights and other settings: where it lies tells them apart."""
    return f"{checkpoint.path} {checkpoint.digest}"


def ask(
    result: type[Result],
    kind: str,
    key: str,
    payload: Callable[[], Mapping[str, Any]],
    *,
    session: str = "",
    owner: str = "",
) -> Asked[Result]:
    """The result of this work, or its task, which begins if there is none.

    `key` says which requests are the same work. `payload` is called only if it is new. With an `owner` of
    its own, all such work takes the turns of one visitor, whoever asks for it.

    Raises RunError if too much waits already, or was asked for just now.
    """
    whose = {"session": session} if session else _visitor(owner)
    task = services.tasks().find(kind, key, **whose)
    if task is None and not session:
        beginnings.check_task()
    while task is None:
        task_id = services.tasks().submit(kind, payload(), key=key, **whose)
        task = services.tasks().get(task_id)  # None: it was forgotten in between
    last = task.events[-1] if task.events else None
    return Asked(last if isinstance(last, result) else None, task)


def _visitor(owner: str) -> dict[str, str]:
    """This visit, as the one that asks."""
    return {"session": visits.session(), "owner": owner or state.owner(), "address": state.address()}


def begun(result: type[Result], task_id: str) -> Asked[Result]:
    """A task that was asked for before, as it stands: nothing begins anew. Neither if it is forgotten."""
    task = services.tasks().get(task_id)
    last = task.events[-1] if task is not None and task.events else None
    return Asked(last if isinstance(last, result) else None, task)


def events_of(task_id: str) -> tuple[Any, ...]:
    """What a task has said so far; nothing if it is forgotten."""
    task = services.tasks().get(task_id)
    return task.events if task is not None else ()


def retry(task: Task) -> None:
    """Somebody asks for a failed task: it is tried again at once."""
    services.tasks().retry(task.id)


def drop(task: Task) -> None:
    """This visit wants the task no longer; others may."""
    services.tasks().drop(task.id, visits.session())


def forget(task: Task) -> None:
    """Its result was taken: a large one need not be kept twice."""
    services.tasks().forget(task.id)


def only_task(page: str, *asked: Asked[Any]) -> None:
    """A page's long work: what it asked for before is dropped, and so is this once the page is left."""
    held = st.session_state.setdefault(PASSING, {})
    wanted = {one.task.id for one in asked if one.task is not None and one.active}
    for before in held.get(page, set()) - wanted:
        services.tasks().drop(before, visits.session())
    held[page] = wanted


def leave_other_pages(page: str) -> None:
    """This visit has come to a page: what it left running on the others is dropped."""
    held = st.session_state.get(PASSING, {})
    for other in [name for name in held if name != page]:
        for task_id in held.pop(other):
            services.tasks().drop(task_id, visits.session())


# --- Waiting ----------------------------------------------------------------------------------


def wait(
    page: str,
    asked: Asked[Any],
    said: Callable[[Task], Stage] | str,
    *,
    below: Callable[[Task], None] | None = None,
    on_cancel: Callable[[], None] | None = None,
    again: str = "",
    height: int = 0,
    cancel: str = "cancel",
) -> None:
    """How far the work is; when it has ended, the page is drawn again. If it failed, why.

    `said` is a bar with words, or words alone; `below` draws what has come so far. With `on_cancel` it can be
    cancelled, with `again`, which names the button, tried again once it has failed; `cancel` names the other,
    where a page waits for several. With a `height` it stands in the middle of the place that the result will
    take.
    """
    if asked.task is None or not asked.active:
        if asked.failed:
            with _middle(height):
                _show_failed(page, asked, again)
        return
    task_id = asked.task.id

    def draw() -> bool:
        task = services.tasks().get(task_id)
        if task is None or not task.active:
            return False
        now: tuple[Asked[Any]] = (Asked(task=task),)
        if isinstance(said, str):
            st.markdown(words(now, f"{said} …"))
        else:
            step = said(task)
            st.progress(step.share, text=words(now, f"{step.words} …"))
        if below is not None:
            below(task)
        if on_cancel is not None and st.button(
            "Cancel", key=form.key(page, cancel), on_click=_cancel, args=(task, on_cancel)
        ):
            st.rerun()  # others may want it still: it goes on, and this page does not wait
        return True

    def draw_in_the_middle() -> bool:
        with _middle(height):
            return draw()

    follow(draw_in_the_middle, active=True)


def follow(draw: Callable[[], bool], *, active: bool) -> None:
    """A part of the page, drawn again and again while work is `active`; when it begins or ends, all of it.

    `draw` says whether work is going on.
    """
    st.fragment(_tick, run_every=TICK_SECONDS if active else None)(draw, active)


def _tick(draw: Callable[[], bool], active: bool) -> None:
    if draw() != active:
        messages.redraw()


def words(asked: Iterable[Asked[Any]], doing: str) -> str:
    """What is being done; of work that only waits, the place in the line."""
    tasks = [one.task for one in asked if one.task is not None and one.active]
    if any(task.status not in ("queued", "paused") for task in tasks):
        return doing
    place = min((task.place for task in tasks), default=0)
    line = "" if place == 0 else ": yours is next" if place == 1 else f": {place - 1} before yours"
    if any(task.status == "paused" for task in tasks):
        return f"Giving way to somebody who has nothing yet{line} …"
    return f"Waiting for a free place{line} …"


def stage(task: Task, first: str = "Starting") -> Stage:
    """The step that a task has spoken of last; before that, the `first`."""
    said = (event for event in reversed(task.events) if isinstance(event, Stage))
    return next(said, Stage(0.0, first))


def _show_failed(page: str, asked: Asked[Any], again: str) -> None:
    st.error(messages.plain(asked.reason), icon=":material/error:")
    if again:
        key = form.key(page, again)
        st.button("Try again", icon=":material/refresh:", key=key, on_click=retry, args=(asked.task,))


def _middle(height: int) -> AbstractContextManager[object]:
    if not height:
        return nullcontext()
    return st.container(
        height=height, border=False, vertical_alignment="center", horizontal_alignment="center"
    )


def _cancel(task: Task, then: Callable[[], None]) -> None:
    drop(task)
    then()
