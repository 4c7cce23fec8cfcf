"""The cards of the game on digits, read from the shipped game and from its records on three seeds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dlcore.events import drained
from dlcore.gan.cards import CARDS
from dlcore.gan.config import PRESETS, GanConfig
from dlcore.gan.data import digits_to_learn
from dlcore.gan.diagnosis import diagnose
from dlcore.gan.frechet import cloud_of, frechet_distance
from dlcore.gan.home_cards import CARDS as HOME_CARDS
from dlcore.gan.home_cards import SOON, ShownForger, apart
from dlcore.gan.judging import read
from dlcore.gan.measured import FILE, measured, spread_words
from dlcore.mnist.files import load_test, load_train
from dlcore.run import Metric, Run
from dlcore.runs.jobs.gan import iter_shipped_reader, load_pair
from dlcore.runs.local import iter_local_run
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.store import Store
from dlcore.schema import parse


def recorded(seed: int) -> Run:
    """The preset with ten digits as it went with this seed."""
    series = json.loads(FILE.read_text())["series"][str(seed)]
    shipped = shipped_run("gan")
    metrics = {
        name: tuple(Metric(name, step, step // 100, 0.0, value) for step, value in points)
        for name, points in series.items()
    }
    return replace(shipped, config={**shipped.config, "seed": seed}, series=metrics)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("name", "right"), [("appear", "About 500"), ("goal", "It hardly moves")])
def test_its_effect_appears_on_three_seeds(name: str, right: str, seed: int) -> None:
    found = CARDS[name].found(recorded(seed))
    assert found is not None
    assert found.shown, found.text
    assert found.right == right


def test_the_shipped_game_is_one_of_the_three() -> None:
    shipped = shipped_run("gan")
    assert shipped.config == PRESETS["digits"].config.model_dump()
    assert CARDS["appear"].found(shipped) == CARDS["appear"].found(recorded(0))
    last = shipped.last("final_frechet")
    assert last is not None
    assert last.value == pytest.approx(measured().frechet[0], abs=0.1)


def test_a_game_that_was_moved_or_set_otherwise_is_not_read() -> None:
    shipped = shipped_run("gan")
    moved = replace(shipped, series={**shipped.series, "set_lr_g": (Metric("set_lr_g", 5, -1, 0.0, 1.0),)})
    for card in ("appear", "goal"):
        assert CARDS[card].found(moved) is None
        assert CARDS[card].found(replace(shipped, config={**shipped.config, "loss": "hinge"})) is None
        assert CARDS[card].found(replace(shipped, status="running")) is None


@pytest.mark.parametrize(("score", "told"), [(1e-9, "less than 0.01 %"), (0.004, "0.4 %")])
def test_a_detective_never_holds_fakes_for_real_to_nothing(score: float, told: str) -> None:
    shipped = shipped_run("gan")
    gradients = enumerate((1.0, 1e-5, 1e-5, 1e-5))
    faded = {
        "generator_gradient": tuple(Metric("generator_gradient", at, at, 0.0, of) for at, of in gradients),
        "fake_score": (Metric("fake_score", 3, 3, 0.0, score),),
    }
    found = diagnose(replace(shipped, config={**shipped.config, "loss": "saturating"}, series=faded))
    assert found is not None
    assert found.text.startswith(f"The detective holds fakes for real to {told}, and")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_detective_asleep_teaches_nothing(tmp_path: Path, seed: int) -> None:
    store = Store(tmp_path)
    config = PRESETS["asleep"].config.replace(seed=seed)
    *_, (run_id, _) = iter_local_run(store, "gan", config, name="asleep", threads=1)
    run = store.get(run_id)
    store.close()
    assert run is not None
    found = CARDS["asleep"].found(run)
    assert found is not None
    assert found.shown, found.text


def test_three_seeds_reach_what_is_said_of_them() -> None:
    found = measured()
    assert found.seeds == (0, 1, 2)
    assert min(found.asked_read) >= 0.85
    assert max(found.frechet) <= 117
    assert f"{max(found.frechet):.0f}" in spread_words()


def test_real_digits_lie_where_is_said() -> None:
    reader = drained(iter_shipped_reader())  # type: ignore[arg-type]
    images = reader.prepare(load_train().images[:2_000])
    features = torch.cat([read(reader.network, some)[0] for some in images.split(100)])
    assert frechet_distance(cloud_of(features), reader.real[None]) == pytest.approx(measured().real, abs=0.1)


def shown(step: int) -> ShownForger:
    run = shipped_run("gan")
    checkpoint = next(c for c in run.checkpoints if c.step == step)
    config = parse(GanConfig, run.config)
    return ShownForger(run, step, load_pair(checkpoint)[0], config.digit, digits_to_learn(None), load_test())


def test_it_does_not_copy() -> None:
    drawings, digits = apart(shown(3_000))
    assert drawings > 0.5 * digits
    found = HOME_CARDS["copy"].found(shown(3_000))
    assert found is not None
    assert (found.shown, found.right) == (True, "It draws new ones")
    assert HOME_CARDS["copy"].found(shown(200)) is None


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_reader_is_sure_of_smears(seed: int) -> None:
    found = HOME_CARDS["sure"].found(replace(shown(SOON), run=recorded(seed)))
    assert found is not None
    assert (found.shown, found.right) == (True, "Yes, of many")


def test_later_they_are_no_smears() -> None:
    assert HOME_CARDS["sure"].found(shown(3_000)) is None
