"""Every card of the black patch, and every diagnosis, on a real run that shows it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import cache

import pytest

from dlcore.blackpatch.config import PRESETS, PatchConfig
from dlcore.blackpatch.diagnostics import diagnose
from dlcore.blackpatch.train_cards import CARDS, ShownRun
from dlcore.run import Run
from dlcore.runs.jobs import blackpatch
from dlcore.runs.jobs.blackpatch import load_network
from dlcore.runs.local import iter_local_run
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.store import Store
from tests.dlcore.blackpatch.in_numpy import start_in_numpy

# How many epochs are enough to see it. The cards do not ask for a length.
SHORTER = {name: {"epochs": 4} for name in ("trap", "anywhere", "scatter", "init")} | {
    "too_big": {"epochs": 2}
}
RIGHT = {
    "trap": "About half",
    "anywhere": "No",
    "plateau": "A sudden fall",
    "init": "Gone",
    "too_big": "All units switch off",
    "scatter": "Mostly",
}
PLAIN_EPOCHS = 1  # of a longer run the network is the NumPy twin, which does the same
Train = Callable[..., Run]


def seen(run: Run) -> ShownRun:
    return ShownRun(run, load_network(run.checkpoints[-1])[0])


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> Train:
    """A recorded run of a preset with some knobs turned; each is trained once, a long one in NumPy."""
    folder = tmp_path_factory.mktemp("lab")

    @cache
    def trained(preset: str, **changes: object) -> Run:
        config: PatchConfig = PRESETS[preset].config.replace(test_size=100, **changes)
        with closing(Store(folder)) as store, pytest.MonkeyPatch.context() as patch:
            if config.epochs > PLAIN_EPOCHS:
                patch.setattr(blackpatch, "start", start_in_numpy)
            *_, (run_id, _) = iter_local_run(store, "black_patch", config, name=preset, threads=1)
            run = store.get(run_id)
        assert run is not None
        return run

    return trained


@pytest.mark.parametrize("name", CARDS)
def test_its_own_set_up_shows_the_effect(train: Train, name: str) -> None:
    setup = dict(CARDS[name].setup) | SHORTER.get(name, {})
    finding = CARDS[name].see(seen(train(setup.pop("preset"), **setup)))
    assert finding is not None
    assert finding.shown, finding.text
    assert finding.right == RIGHT[name]


@pytest.mark.parametrize("name", CARDS)
def test_it_says_nothing_of_another_set_up_or_of_a_run_under_way(train: Train, name: str) -> None:
    assert CARDS[name].see(seen(train("too_small", epochs=1))) is None
    setup = dict(CARDS[name].setup) | SHORTER.get(name, {})
    run = train(setup.pop("preset"), **setup)
    assert CARDS[name].see(replace(seen(run), run=replace(run, status="running"))) is None


def test_the_plateau_is_long_and_ends(train: Train) -> None:
    """A second hidden layer and small weights: nothing for more than twenty epochs, then all at once."""
    run = train("plateau")
    losses = [point.value for point in run.series["epoch_loss"]]
    assert min(losses[:20]) > 0.69
    assert losses[-1] < 0.02
    assert run.series["test_accuracy"][-1].value == 1.0


@pytest.mark.parametrize("name", CARDS)
def test_a_run_that_was_stopped_proves_nothing(train: Train, name: str) -> None:
    setup = dict(CARDS[name].setup) | SHORTER.get(name, {})
    run = train(setup.pop("preset"), **setup)
    assert CARDS[name].see(replace(seen(run), run=replace(run, status="stopped"))) is None


@pytest.mark.parametrize("name", ["plateau", "anywhere"])
def test_a_run_shorter_than_the_cards_own_bears_out_no_failure(train: Train, name: str) -> None:
    setup = dict(CARDS[name].setup) | {"epochs": 2}
    preset = setup.pop("preset")
    run = train(preset, **setup)
    few = tuple(replace(point, value=20.0) for point in run.series["positions"])
    run = replace(run, series=run.series | {"positions": few})
    finding = CARDS[name].found(seen(run))
    assert finding is not None
    assert (finding.shown, finding.right) == (False, "")
    losses = run.series["epoch_loss"]
    whole = losses + losses[-1:] * (PRESETS[preset].config.epochs - len(losses))
    finding = CARDS[name].found(seen(replace(run, series=run.series | {"epoch_loss": whole})))
    assert finding is not None
    assert finding.right == {"plateau": "Nothing more", "anywhere": "Yes"}[name]


def test_the_trap_reads_the_shipped_run() -> None:
    finding = CARDS["trap"].see(seen(shipped_run("black_patch")))
    assert finding is not None
    assert finding.shown
    assert "13 of 25 places" in finding.text


# --- Diagnoses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preset", "changes", "sentence", "cure"),
    [
        ("too_big", {"epochs": 2}, "All 56 hidden units give 0", {"lr": 0.01}),
        ("quick", {"init": 0.0, "epochs": 1}, "All weights began at 0.", {"init": 0.01}),
        ("too_small", {"epochs": 1}, "0.000001 is too small", {"lr": 0.01}),
    ],
)
def test_what_was_wrong_is_named_and_cured(
    train: Train, preset: str, changes: dict[str, object], sentence: str, cure: dict[str, float]
) -> None:
    """Dead units, zero weights (no fault of the learning rate), a step too small (no plateau)."""
    found = diagnose(train(preset, **changes))
    assert found is not None
    assert sentence in found.text
    assert found.cure == cure


def test_a_unit_that_was_never_on_is_given_another_seed(train: Train) -> None:
    unlucky = (train("quick", hidden="1", epochs=1, train_size=20, seed=seed) for seed in range(20))
    found = next(
        diagnose(run) for run in unlucky if run.series["alive"][-1].value == 0 and run.config["lr"] <= 0.01
    )
    assert found is not None
    assert "unlucky" in found.text
    assert list(found.cure) == ["seed"]


def test_a_plateau_is_given_more_epochs(train: Train) -> None:
    found = diagnose(train("plateau", epochs=2))
    assert found is not None
    assert "0.693 is coin-flipping" in found.text
    assert found.more_epochs == 20


def test_a_run_that_learned_is_left_alone(train: Train) -> None:
    assert diagnose(train("quick", epochs=4)) is None
    assert diagnose(shipped_run("black_patch")) is None
    assert diagnose(replace(train("too_big", epochs=2), status="running")) is None
