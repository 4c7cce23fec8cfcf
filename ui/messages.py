"""Errors and runs in words. The one place that turns an exception into a sentence on the page."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

import streamlit as st

from dlcore import words
from dlcore.errors import DlcoreError, EndedError, StoreError
from dlcore.events import Evaluated
from dlcore.run import Run
from dlcore.runs.placing import threads_for
from dlcore.runs.storage.disk import resumable
from dlcore.runs.storage.leases import WAITS
from dlcore.training.evaluation import Evaluation, band
from ui import coming_back, faults, services

log = logging.getLogger(__name__)


SHOWN = "lab__refusals"  # that stand on this page: sentences by the part that says them
JOINER = "\u2060"  # nothing to see, and no line is broken there


def plain(text: str) -> str:
    """Text from elsewhere, so that the page shows every sign of it and obeys none.

    A backslash takes the meaning from a sign of Markdown. Addresses, emoji and icons are looked for later,
    when the backslashes are gone: what would be one is parted by a sign that nobody sees.
    """
    parted = re.sub(r"(?<=:)(?=[/\w+-])|(?<=www)(?=\.)|(?=@)", JOINER, text, flags=re.IGNORECASE)
    return re.sub(r"([\\`*_{}\[\]()<>#|~$:!])", r"\\\1", parted)


def guarded(page: str, callback: Callable[..., None]) -> Callable[..., None]:
    """A callback whose error is said on the page by `show_refusal`, instead of taking the page's place.

    A click that came when the run had just ended is no error: that is said in passing.
    """

    @wraps(callback)
    def call(*args: Any) -> None:
        try:
            callback(*args)
        except EndedError:
            st.toast("This run had just ended by itself: nothing is left to steer.", icon=":material/info:")
        except DlcoreError as error:
            st.session_state[f"{page}__refusal"] = str(error)

    return call


def refused(page: str) -> bool:
    """Did the last click do nothing, and is that still to be said?"""
    return bool(st.session_state.get(f"{page}__refusal"))


def show_refusal(page: str) -> None:
    """Why the last click did nothing. It stands until somebody does something else, in a place of its own."""
    shown, told = st.session_state.setdefault(SHOWN, {}), st.container()
    shown.pop(page, None)
    sentence = st.session_state.pop(f"{page}__refusal", "")
    if sentence:
        shown[page] = sentence
        told.error(plain(sentence), icon=":material/error:")


def redraw() -> NoReturn:
    """The whole page anew, though nobody has clicked: what was refused stands there still."""
    for page, sentence in st.session_state.get(SHOWN, {}).items():
        st.session_state.setdefault(f"{page}__refusal", sentence)
    st.rerun()


def show_error(error: Exception) -> bool:
    """For `st.App(on_script_error=…)`: our errors are a sentence, anything else is logged under an id."""
    if isinstance(error, DlcoreError):
        st.error(plain(str(error)), icon=":material/error:")
        if isinstance(error, StoreError):
            coming_back.wait_for_store()
    else:
        reference = faults.note(error)
        log.error("page error %s", reference, exc_info=error)
        st.error(faults.sentence(reference), icon=":material/error:")
    return True


def status_sentence(run: Run, *, onlooker: bool = False) -> str:
    """Where a run stands, in one sentence, to its owner or to an `onlooker`."""
    teacher = "the teacher" if onlooker else "your teacher"
    match run.status:
        case _ if run.silent:
            return f"Silent at step {run.step:,}: its process lives, but does nothing. Let it go on there."
        case "queued" | "running" | "paused" if run.stopping:
            return f"Stopping at step {run.step:,}: its weights are being kept."
        case "queued" if services.held_by_teacher(run.owner):
            return f"Waiting: {teacher} has paused all trainings."
        case "queued" if run.queue_position > 1:
            ahead = run.queue_position - 1
            return f"Waiting: {words.count_of(ahead, 'run')} ahead of {'it' if onlooker else 'yours'}."
        case "queued":
            return "Starting: a process of its own is loading what it needs."
        case "running" if 0 < run.total_steps <= run.step:
            return f"All {run.total_steps:,} steps are made: its results come."
        case "running":
            return f"Training: step {run.step:,} of {run.total_steps:,}."
        case "paused":
            return f"Paused after step {run.step:,} of {run.total_steps:,}."
        case "finished":
            return f"Finished: {score}" if (score := test_score(run)) else "Finished."
        case "stopped" if services.stopped_by_teacher(run.id):
            return f"{teacher.capitalize()} stopped it after step {run.step:,}.{_weights(run)}"
        case "stopped":
            return f"Stopped after step {run.step:,} of {run.total_steps:,}.{_weights(run)}"
        case "diverged":
            return plain(run.reason)
        case "interrupted" if run.reason in WAITS:
            return plain(run.reason)
        case "interrupted":
            way = "Its owner can resume it" if onlooker else "Resume it"
            return f"Interrupted at step {run.step:,}: the server stopped. {way}, nothing is lost."
        case "failed":
            return plain(run.reason) or "The run failed. Start it again."


def _weights(run: Run) -> str:
    """Of one that was stopped; where something went wrong with them, its reason says it."""
    return " Its weights are kept." if run.checkpoints and not run.reason else ""


def threads_words(run: Run, under_way: bool, fixed: int) -> str:
    """On how many a run trains: the last digits hang on it. `fixed`: whatever else runs, else 0."""
    if under_way and run.threads:
        return f"On {words.count_of(run.threads, 'thread')}; on another number the last digits differ."
    if fixed:
        return f"Always on {words.count_of(fixed, 'thread')}: equal seeds give equal numbers in a full room."
    active = len(services.runner().active_runs()) + (not under_way)
    free = words.count_of(threads_for(os.cpu_count() or 1, active), "thread")
    return f"Started now it gets {free}; on another number the last digits of its results differ."


def going_on(run: Run) -> str:
    """What going on with an ended run does: it takes up its newest weights that lie between two epochs."""
    newest = resumable(run.checkpoints)
    return "Go on from its last whole epoch" if newest and newest.epoch else "Train it again from its start"


def show_reason(run: Run) -> None:
    """What troubles a run under way, or one that has ended, unless its status says it already."""
    if run.reason and run.status not in ("diverged", "failed", "interrupted"):
        st.warning(plain(run.reason), icon=":material/save:")


def test_score(run: Run) -> str:
    """The test result with its count and its band; empty before the test."""
    correct, total = run.last("test_correct"), run.last("test_total")
    if correct is None or total is None:
        return ""
    return f"{score(int(correct.value), int(total.value), 'test images')}, epoch {correct.epoch}."


def score(correct: int, total: int, of: str) -> str:
    """ "98.34 % (±0.25) of 10,000 test images, 166 wrong"."""
    return words.score(correct, total, band(correct, total), of)


def evaluation_score(result: Evaluation | Evaluated) -> str:
    return score(result.correct, result.total, "test images")
