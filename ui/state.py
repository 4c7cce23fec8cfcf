"""What a visitor is looking at: who they are, which run, which of its checkpoints, which digit."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dlcore.datasets.catalogue import class_names, noun_of, samples
from dlcore.datasets.dataset import MNIST
from dlcore.errors import RunError
from dlcore.run import Checkpoint, Run
from dlcore.runs import kinds
from dlcore.runs.local import OWNER as LOCAL_OWNER
from dlcore.runs.protocol import Control
from dlcore.runs.shipped import shipped_named, shipped_run
from dlcore.runs.storage.checkpoint_files import is_there
from dlcore.words import short
from ui import identity, services
from ui.messages import SHOWN, plain

RUN_PARAM, STEP_PARAM = "run", "step"
VISITOR = "lab__visitor"
SEEN_AGAIN_SECONDS = 60.0


def owner() -> str:
    """This browser's name from its cookie; without cookies, one for this visit."""
    cookie = st.context.cookies.get(identity.OWNER_COOKIE)
    if identity.is_owner(cookie):
        return str(cookie)
    return str(st.session_state.setdefault("owner", identity.new_owner()))


def forget_another() -> None:
    """Somebody else's browser now, while a page stood open: nothing of whoever it was is shown or kept."""
    now = owner()
    if st.session_state.setdefault(VISITOR, now) != now:
        st.session_state.clear()
        st.session_state[VISITOR] = now


def theme() -> Literal["light", "dark"]:
    return "dark" if st.context.theme.type == "dark" else "light"


def run_named(run_id: str) -> Run:
    """One of this visitor's runs, the shipped one, one that its owner shares, or one of the teacher's class.

    Raises RunError for an unknown id and, alike, for somebody else's.
    """
    if (shipped := shipped_named(run_id)) is not None:
        return shipped
    run = services.runner().get(run_id)
    if run is None or not (run.shared or mine(run) or _of_my_class(run)):
        raise RunError(
            "There is no such run of yours on this computer: if a link led here, ask its sender to share it."
        )
    return run


def mine(run: Run) -> bool:
    """May this visitor steer it? A shared run is only to be looked at."""
    return run.owner in owners()


def steer(run: Run, control: Control) -> None:
    """Raises RunError if the run is somebody else's, or cannot do that now."""
    if not mine(run):
        raise RunError("This run is shared with you to look at: start one of your own to steer it.")
    if control.action in ("resume", "step"):
        check_may_train()
    services.runner().control(run.id, control, address())


def teaches() -> bool:
    """Does this visitor hold the class: at the machine itself, or with the teacher's code?"""
    return at_the_machine() or services.teachers().holds(owner(), address())


def _of_my_class(run: Run) -> bool:
    return services.room().student(run.owner) is not None and teaches()


def check_may_train() -> None:
    """Raises RunError while the teacher has paused all trainings; whoever teaches too is let be."""
    if not services.room().paused:
        return
    if not teaches():
        raise RunError("Your teacher has paused all trainings: start yours when they go on.")
    services.room().spare(owner())


def choose_run(run_id: str) -> None:
    """From now on every lens looks at this run; the URL says so too."""
    if st.query_params.get(RUN_PARAM) != run_id:
        st.query_params.pop(STEP_PARAM, None)
    st.session_state[RUN_PARAM] = st.query_params[RUN_PARAM] = run_id


@dataclass
class Begun:
    """The run that a click has begun and nothing has chosen yet.

    A second click breaks the first off wherever that touches what Streamlit keeps of a visit. Between a run's
    beginning and its choice nothing may: so it is noted here, where nobody else looks.
    """

    run_id: str = ""


def _begun() -> Begun:
    return st.session_state.setdefault("lab__begun", Begun())  # type: ignore[no-any-return]


def begin_run(submit: Callable[[], str]) -> str:
    """Begin a run, which is the chosen one from now on; its id."""
    begun = _begun()
    run_id = begun.run_id = submit()
    choose_run(run_id)
    begun.run_id = ""
    return run_id


def chosen_run() -> Run | None:
    """The run that `?run=` names, or that was chosen before in this visit; None if none was.

    An unknown id in the URL is said in a sentence and taken out of it.
    """
    if (left := _begun()).run_id:
        choose_run(left.run_id)
        left.run_id = ""
    in_url = st.query_params.get(RUN_PARAM)
    run_id = in_url or st.session_state.get(RUN_PARAM)
    if not run_id:
        if st.query_params.pop(STEP_PARAM, None) is not None:
            _say("This address names a step, but no run: the step is left out.")
        return None
    try:
        run = run_named(run_id)
    except RunError as error:
        st.session_state.pop(RUN_PARAM, None)
        if in_url:
            del st.query_params[RUN_PARAM]
            st.query_params.pop(STEP_PARAM, None)
        st.warning(plain(str(error)), icon=":material/link_off:")
        return None
    choose_run(run_id)
    _take_step(run)
    return run


def owners() -> tuple[str, ...]:
    """Whose runs this visitor has: one's own, and at the machine itself those of its command line."""
    return (owner(), LOCAL_OWNER) if at_the_machine() else (owner(),)


def at_the_machine() -> bool:
    """Does the browser run on the server's own machine?"""
    address, headers = st.context.ip_address, st.context.headers.to_dict()
    return identity.at_the_machine(address, headers, behind_proxy=identity.behind_proxy())


def address() -> str:
    """From where this browser comes; "" is the server's own machine."""
    forwarded_for = ",".join(st.context.headers.get_all("X-Forwarded-For"))
    return identity.address(str(st.context.ip_address or ""), forwarded_for)


def my_runs(kind: str | None = None, *, limit: int = 50) -> list[Run]:
    """This visitor's runs, of one kind or all, newest first, without their series."""
    _here()
    runs = [run for name in owners() for run in services.store().runs_of(name, kind=kind, limit=limit)]
    runs.sort(key=lambda run: run.created, reverse=True)
    return runs[:limit]


def _here() -> None:
    """This owner is here: their runs stay. A page looks at its runs many times: that counts once."""
    who, until = st.session_state.get("lab__seen", ("", 0.0))
    if who != owner() or time.monotonic() >= until:
        services.store().saw(owner())
        st.session_state["lab__seen"] = owner(), time.monotonic() + SEEN_AGAIN_SECONDS


def runs_to_look_at(kind: str) -> list[Run]:
    """The shipped run of a kind, then one's own, newest first; those that its pages show too among them."""
    mine = [run for name in kinds.shown_with(kind) for run in my_runs(name)]
    return [shipped_run(kind), *sorted(mine, key=lambda run: run.created, reverse=True)]


def last_trained(runs: Sequence[Run]) -> Run | None:
    """The first of these, newest first, that has weights of its own making to look at."""
    for run in runs:
        whole = services.runner().get(run.id) if run.step else None
        if whole is not None and any(c.step and is_there(c) for c in whole.checkpoints):
            return whole
    return None


def chosen_checkpoint(run: Run) -> Checkpoint:
    """The checkpoint that all lenses look at: the one chosen in this visit or by its link, else the last."""
    step = st.session_state.get(_chosen_step(run))
    return next((c for c in run.checkpoints if c.step == step), run.checkpoints[-1])


def choose_checkpoint(run: Run, checkpoint: Checkpoint) -> None:
    """From now on every lens looks at these weights; at the last ones, whichever these come to be."""
    if st.session_state.get(RUN_PARAM) is None:  # another stays chosen for the pages of its kind
        choose_run(run.id)
    st.session_state[_chosen_step(run)] = None if checkpoint == run.checkpoints[-1] else checkpoint.step


def _take_step(run: Run) -> None:
    """Of a link that names a step of this run, on its first visit, the weights after it."""
    asked = st.query_params.get(STEP_PARAM)
    if asked is None or _chosen_step(run) in st.session_state or not run.checkpoints:
        return
    found = {str(checkpoint.step): checkpoint for checkpoint in run.checkpoints}
    choose_checkpoint(run, found.get(asked, run.checkpoints[-1]))
    if asked not in found:
        _say(f"The address asks for step {short(asked)}: no weights were kept there, the last are shown.")


def _say(what: str) -> None:
    """A passing note about the address."""
    st.toast(plain(what), icon=":material/link_off:", duration="long")


def _chosen_step(run: Run) -> str:
    return f"checkpoint_of_{run.id}"


@dataclass(frozen=True)
class CurrentDigit:
    """The digit every lens looks at: (28, 28) uint8, where it came from, and its label if it has one."""

    pixels: NDArray[np.uint8]
    source: str
    label: int | None = None
    index: int | None = None  # among the test digits, if it is one of them
    dataset: str = MNIST  # or among the test images of another set


def enter(page: str) -> None:
    """This visit shows that page now."""
    if st.session_state.get("entry", ("", 0))[0] != page:
        st.session_state.pop(SHOWN, None)
        st.session_state["entry"] = (page, entry() + 1)


def entry() -> int:
    """Counts the pages that this visit has come to."""
    return int(st.session_state.get("entry", ("", 0))[1])


def shown_images() -> str:
    """The set of images that the network on this page has learnt."""
    return str(st.session_state.get("shown_images", MNIST))


def show_images(dataset: str) -> None:
    """From now on test images are of this set. One of another set is the current digit no more."""
    st.session_state["shown_images"] = dataset
    digit = current_digit()
    if digit is not None and digit.index is not None and digit.dataset != dataset:
        set_current_digit(test_image(dataset, 0))


def test_image(dataset: str, index: int) -> CurrentDigit:
    """The test image of this number, counted from 0 and beyond the last from the first again.

    Raises DataError if there is no such set here.
    """
    test, names = samples(dataset, "test"), class_names(dataset)
    index %= len(test)
    label = int(test.labels[index])
    noun = noun_of(dataset)
    source = f"Test {noun} {index + 1:,}, labelled {names[label]}."
    return CurrentDigit(test.images[index, 0].numpy(), source, label, index, dataset)


def current_digit() -> CurrentDigit | None:
    return st.session_state.get("current_digit")


def set_current_digit(digit: CurrentDigit | None) -> None:
    st.session_state["current_digit"] = digit
