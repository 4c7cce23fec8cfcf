"""Runs beside pages: what training costs a page, and what a page costs training."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.browser import open_browser
from benchmarks.client import open_page
from benchmarks.common import alternate
from benchmarks.server import ROOT, Server, environment, new_owner
from dlcore.blackpatch.config import PRESETS as PATCH_PRESETS
from dlcore.presets import Preset
from dlcore.runs.placing import threads_for
from dlcore.runs.process import NICE
from dlcore.training.recipes import PRESETS

ENDLESS = 200  # epochs
THREADS = threads_for(os.cpu_count() or 1, active=1)


@dataclass(frozen=True)
class Subject:
    """A training page, the preset to start there, and the same on the command line."""

    page: str
    preset: str
    presets: Mapping[str, Preset[Any]]
    command: tuple[str, ...]

    def setup(self, epochs: int) -> str:
        """The query string that sets the training page up."""
        return f"{self.page}__preset={self.preset}&{self.page}__epochs={epochs}"


DIGITS = Subject("mnist_train", "class", PRESETS, ("mnist", "train", "--threads", str(THREADS)))
BLACK_PATCH = Subject("black_patch_train", "book", PATCH_PRESETS, ("black-patch", "train"))


def training_and_idle(
    server: Server, phases: int, measure: Callable[[Server], list[float]]
) -> list[tuple[list[float], list[float]]]:
    """Measure in turn while one run trains, its page open and updated, and while nothing does."""

    def training(_: int) -> list[float]:
        server.settle()
        owner = new_owner()
        with open_page(server, DIGITS.page, DIGITS.setup(ENDLESS), owner) as page:
            _start_run(server, DIGITS, owner, page.click)
            with page.updating():
                values = measure(server)
            page.click(f"{DIGITS.page}__stop")
        return values

    def idle(_: int) -> list[float]:
        server.settle()
        return measure(server)

    return alternate(training, idle, phases)


def steps_with_page(server: Server, epochs: int, updates: list[float], subject: Subject = DIGITS) -> float:
    """Steps a second of a run started on a page that stays open and is updated.

    The client draws nothing, as if the browser were on another machine. `updates` takes how often a second
    the page was updated.
    """
    server.settle()
    owner = new_owner()
    with open_page(server, subject.page, subject.setup(epochs), owner) as page:
        run_id = _start_run(server, subject, owner, page.click)
        began = time.perf_counter()
        with page.updating() as ticks:
            _wait_for_end(server, owner)
        updates.append(len(ticks) / (time.perf_counter() - began))
    return _steps_per_second(server, subject, run_id, epochs)


def steps_with_browser(server: Server, epochs: int) -> float:
    """The same with a browser that draws the page on this machine, without the help of a GPU."""
    server.settle()
    owner = new_owner()
    with open_browser(server, owner) as page:
        page.goto(f"{server.url}/{DIGITS.page}?{DIGITS.setup(epochs)}")
        run_id = _start_run(server, DIGITS, owner, lambda key: page.locator(f".st-key-{key} button").click())
        _wait_for_end(server, owner)
    return _steps_per_second(server, DIGITS, run_id, epochs)


def steps_without(server: Server, epochs: int, subject: Subject = DIGITS) -> float:
    """The same run on the command line, at a worker's priority, while the server stands idle."""
    server.settle()
    command = [sys.executable, "-m", "dlcore", *subject.command, "--preset", subject.preset]
    done = subprocess.run(
        [*command, "--epochs", str(epochs), "--json"],
        cwd=ROOT,
        env=environment(server.folder),
        preexec_fn=partial(os.nice, NICE) if hasattr(os, "nice") else None,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    run_id = json.loads(done.stdout.splitlines()[-1])["run_id"]
    return _steps_per_second(server, subject, run_id, epochs)


def _start_run(server: Server, subject: Subject, owner: str, click: Callable[[str], object]) -> str:
    """Press Start on the page and wait for the first step of this owner's first run; returns its id."""
    click(f"{subject.page}__start")
    server.wait_until(lambda: any(run.step > 0 for run in server.store.runs_of(owner)))
    return server.store.runs_of(owner)[0].id


def _wait_for_end(server: Server, owner: str) -> None:
    server.wait_until(lambda: not any(run.active for run in server.store.runs_of(owner)))


def _steps_per_second(server: Server, subject: Subject, run_id: str, epochs: int) -> float:
    """From a run's first report to its last, as the store has them; it must be the run that was meant."""
    run = server.store.get(run_id)
    assert run is not None
    meant = (subject.presets[subject.preset].config.replace(epochs=epochs).model_dump(), "finished")
    found = (dict(run.config), run.status)
    if "--threads" in subject.command and run.threads != THREADS:
        sys.exit(f"The run must have {THREADS} threads. Got {run.threads} instead.")
    if found != meant:
        sys.exit(f"The run must be {meant}. Got {found} instead.")
    reports = run.series["train_loss"]
    return (reports[-1].step - reports[0].step) / (reports[-1].seconds - reports[0].seconds)
