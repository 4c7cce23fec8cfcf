"""A script is run as it stands, and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
from itertools import islice, pairwise
from pathlib import Path

import pytest
import torch

from dlcore.buglab.bugs import RIGHT
from dlcore.buglab.running import digits, iter_run
from dlcore.buglab.script import script_text
from dlcore.buglab.symptoms import DIGITS, EPOCHS, JUDGED, LAYERS, STEPS, WINDOW, Judged, Losses, Symptoms
from dlcore.errors import ConfigError
from tests.dlcore.buglab.runs import trained

SEED = 7


def test_it_learns_and_says_all_there_is_to_say() -> None:
    seen = trained(RIGHT, SEED)
    assert len(seen.losses) == EPOCHS * STEPS
    assert [judged.epoch for judged in seen.judged] == [1, 2, 3]
    assert len(seen.windows) == EPOCHS * STEPS // WINDOW
    assert seen.last.test > 0.92
    assert sum(map(sum, seen.confusion)) == sum(seen.said) == JUDGED
    assert sum(seen.confusion[digit][digit] for digit in range(10)) == round(JUDGED * seen.last.test)
    assert len(seen.last.moved) == len(seen.windows[0].gradients) == len(LAYERS)
    assert seen.given_training == pytest.approx((-0.13 / 0.31, 0.87 / 0.31), abs=1e-3)
    assert seen.given_test == pytest.approx(seen.given_training, abs=1e-3)
    assert seen.asked_twice == 0


def test_digits_come_sorted_and_each_is_as_it_is_kept() -> None:
    train, test = digits()
    assert len(train) == len(test) == DIGITS == STEPS * 50
    assert all(first <= second for first, second in pairwise(train.labels.tolist()))
    assert train.images.dtype == torch.uint8


def test_two_trainings_in_one_process_do_not_disturb_each_other() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    one, other = iter_run(RIGHT, SEED), iter_run("no_eval", 1)
    losses: list[float] = []
    for event in islice(one, 2 * WINDOW):
        losses += event.values if isinstance(event, Losses) else ()
        next(other)
    assert torch.equal(torch.get_rng_state(), before)
    assert tuple(losses) == trained(RIGHT, SEED).losses[: 2 * WINDOW]


def test_it_says_how_far_it_is() -> None:
    events = list(islice(iter_run(RIGHT, SEED), WINDOW))
    assert [event for event in events if isinstance(event, Losses)] == [
        Losses(WINDOW, trained(RIGHT, SEED).losses[:WINDOW])
    ]
    assert not any(isinstance(event, (Judged, Symptoms)) for event in events)


def test_the_text_alone_gives_the_same_losses(python_environment: dict[str, str], tmp_path: Path) -> None:
    """Saved as a file and run by a Python that knows no bug lab."""
    ending = (
        "\nfrom itertools import islice\n"
        "from dlcore.buglab.running import digits\n"
        "train, test = digits()\n"
        f"torch.manual_seed({SEED})\n"
        "steps = training((train.images, train.labels), (test.images, test.labels))\n"
        "print(*(loss.item() for _, loss in islice(steps, 5)))\n"
    )
    file = tmp_path / "training.py"
    file.write_text(script_text("sorted") + ending)
    root = str(Path(__file__).resolve().parents[3])
    environment = python_environment | {"PYTHONPATH": root}
    done = subprocess.run(
        [sys.executable, str(file)], env=environment, capture_output=True, text=True, check=True, timeout=300
    )
    found = [float(word) for word in done.stdout.split()]
    expected = next(event.values for event in iter_run("sorted", SEED) if isinstance(event, Losses))
    assert found == pytest.approx(expected[:5], rel=1e-5)


def test_an_unknown_script_is_said_at_once() -> None:
    with pytest.raises(ConfigError, match="A script must be one of"):
        iter_run("nobody", 0)
