"""A command that is asked to end says in one line what is left of it, and a training can go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from dlcore.cli.ending import NOTHING, Asked, Ended
from dlcore.run import Run
from dlcore.runs.local import OWNER
from dlcore.runs.runner import Runner
from dlcore.runs.storage.disk import resumable
from dlcore.runs.storage.store import Store
from tests.dlcore.runs.lab import Lab, WaitUntil
from tests.forks import Forks

ROOT = Path(__file__).parents[3]
# Whoever runs the tests may have had Ctrl-C ignored, as a shell does for what it starts behind itself.
LAB = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
runpy.run_module("dlcore", run_name="__main__", alter_sys=True)
"""
DIGITS = "mnist train --train-size 500 --val-size 0 --epochs 200 --batch-size 50 --device cpu --threads 1"
PATCH = "black-patch train --epochs 200"


@contextmanager
def lab(folder: Path, arguments: str, *options: str) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"DLLAB_DATA_DIR": str(folder), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *options, "-c", LAB, *arguments.split()]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(folder: Path, arguments: str, number: signal.Signals) -> tuple[int, str, Run]:
    """A training that was told to end after its first epoch: exit code, what it complained, its run."""
    with lab(folder, arguments) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("epoch 1: ")
        process.send_signal(number)
        _, complaint = process.communicate()
    with closing(Store(folder)) as store:
        (run,) = store.runs_of(OWNER)
        full = store.get(run.id)
    assert full is not None
    return process.returncode, complaint, full


@pytest.mark.parametrize(
    ("number", "code", "arguments"), [(signal.SIGINT, 130, DIGITS), (signal.SIGHUP, 129, PATCH)]
)
def test_a_training_that_is_ended_can_go_on(
    tmp_path: Path,
    number: signal.Signals,
    code: int,
    arguments: str,
    forks: Forks,
    wait_until: WaitUntil,
) -> None:
    returned, complaint, run = ended(tmp_path, arguments, number)
    kept = run.checkpoints[-1]
    start = resumable(run.checkpoints)
    assert start is not None
    address = "mnist_train" if "mnist" in arguments else "black_patch_train"
    assert returned == code
    assert complaint == (
        f"Run {run.id} is stopped after step {run.step:,} of {run.total_steps:,}, its weights are in "
        f"{kept.path.parent}: to go on from epoch {start.epoch}, open /{address}?run={run.id} in the lab.\n"
    )
    assert (run.status, run.step, start.epoch >= 1) == ("stopped", kept.step, True)
    with closing(Store(tmp_path)) as store, closing(Runner(store, pool=forks.pool(), cores=1)) as runner:
        going = Lab(runner, wait_until)
        runner.resume(run.id)
        going.until(run.id, lambda now: now.step > start.step, "it goes on")


def test_what_is_ended_before_a_run_began_says_so(tmp_path: Path) -> None:
    with lab(tmp_path, DIGITS, "-X", "importtime") as process:
        assert process.stderr is not None
        while " typer" not in process.stderr.readline():  # it listens by now, and imports
            pass
        process.send_signal(signal.SIGTERM)
        *_, last = process.stderr.read().splitlines()
    assert (process.returncode, last) == (143, NOTHING)
    assert not any((tmp_path / "runs").glob("*"))


@pytest.fixture
def as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_first_signal_waits_for_a_steps_end_and_the_second_does_not(as_before: None) -> None:
    asked = Asked()
    asked.listen()
    with asked.between_steps():
        signal.raise_signal(signal.SIGTERM)
        assert asked.by == signal.SIGTERM
        with pytest.raises(Ended) as caught:
            signal.raise_signal(signal.SIGTERM)
    assert caught.value.number == signal.SIGTERM


def test_what_is_to_be_ignored_is(as_before: None) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # `nohup python -m dlcore …`
    asked = Asked()
    asked.listen()
    signal.raise_signal(signal.SIGHUP)
    assert not asked.by
