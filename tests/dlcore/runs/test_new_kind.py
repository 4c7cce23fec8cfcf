"""A kind of run that the lab has never seen is one entry: submitted, steered, stored and taken up again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dlcore.cli.training import config_from
from dlcore.errors import ConfigError
from dlcore.events import Finished
from dlcore.run import Run
from dlcore.runs import kinds
from dlcore.runs.compare import differing, setting_words
from dlcore.runs.local import iter_local_run
from dlcore.runs.runner import Runner
from dlcore.runs.storage.checkpoints import load_weights
from dlcore.runs.storage.store import Store
from tests.dlcore.runs.lab import Lab, WaitUntil
from tests.dlcore.runs.tug import PRESETS, TugConfig, register
from tests.forks import Forks

ENDLESS = TugConfig(epochs=1000, lr=0.001)


@pytest.fixture
def lab(
    tmp_path: Path, wait_until: WaitUntil, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Lab]:
    register(monkeypatch)
    store = Store(tmp_path)
    runner = Runner(store, pool=forks.pool(), max_workers=1)
    yield Lab(runner, wait_until)
    runner.close()
    store.close()


def digests(run: Run) -> dict[int, str]:
    return {checkpoint.epoch: checkpoint.digest for checkpoint in run.checkpoints}


def test_it_trains_in_a_worker_and_is_stored(lab: Lab) -> None:
    run_id = lab.runner.submit("anna", "tug", TugConfig(), name="tug-1")
    run = lab.status(run_id, "finished")
    assert (run.step, run.total_steps, run.epoch, run.device) == (15, 15, 3, "plain Python")
    assert run.steps_per_epoch == 5
    lab.wait_until(lambda: lab.stored(run_id).status == "finished", "the store knows")
    stored = lab.stored(run_id)
    assert (stored.kind, stored.epoch, stored.config) == ("tug", 3, TugConfig().model_dump())
    assert set(stored.series) == {"train_loss", "critic_loss", "epoch_loss"}
    assert [len(stored.series[name]) for name in ("train_loss", "critic_loss", "epoch_loss")] == [15, 15, 3]
    assert digests(stored).keys() == {0, 1, 2, 3}
    left, right = load_weights(stored.checkpoints[-1])["both"].tolist()
    assert (left**2, right**2) == (
        stored.series["train_loss"][-1].value,
        stored.series["critic_loss"][-1].value,
    )


def test_it_is_paused_stepped_steered_and_stopped(lab: Lab) -> None:
    run_id = lab.runner.submit("anna", "tug", ENDLESS, name="steered")
    lab.until(run_id, lambda run: run.epoch > 1, "it trains")
    lab.control(run_id, "pause")
    paused = lab.status(run_id, "paused")
    lab.control(run_id, "step")
    stepped = lab.until(run_id, lambda run: run.step > paused.step and run.status == "paused", "one step")
    assert stepped.step == paused.step + 1
    assert stepped.series["critic_loss"][-1].step == stepped.series["train_loss"][-1].step == stepped.step
    lab.control(run_id, "set", "lr", 0.002)
    lab.control(run_id, "set", "lr", 7.0)
    lab.until(run_id, lambda run: "Learning rate must be" in run.reason, "a wrong value is refused")
    lab.control(run_id, "step")
    lab.until(run_id, lambda run: run.step == stepped.step + 1, "one step more")
    lab.stop(run_id)
    assert lab.get(run_id).controls() == ((stepped.step, "lr", 0.002),)


def test_more_epochs_are_as_if_they_had_been_asked_for_at_once(lab: Lab) -> None:
    planned = ((3, "lr", 0.5),)
    whole = lab.runner.submit("anna", "tug", TugConfig(), name="whole", planned=planned)
    run_id = lab.runner.submit("anna", "tug", TugConfig(epochs=1), name="short", planned=planned)
    lab.status(run_id, "finished")
    lab.runner.resume(run_id, config=TugConfig())
    assert (lab.get(run_id).epoch, lab.get(run_id).total_steps) == (1, 15)
    assert digests(lab.status(run_id, "finished")) == digests(lab.status(whole, "finished"))


def test_a_server_that_ends_interrupts_it_and_the_next_takes_it_up(lab: Lab, forks: Forks) -> None:
    run_id = lab.runner.submit("anna", "tug", ENDLESS, name="a run")
    lab.until(run_id, lambda run: run.epoch > 1, "it trains")
    lab.runner.close()
    before = lab.stored(run_id)
    assert before.status == "interrupted"
    next_lab = Lab(Runner(lab.runner.store, pool=forks.pool(), max_workers=1), lab.wait_until)
    try:
        next_lab.control(run_id, "resume")
        now = next_lab.until(run_id, lambda run: run.epoch > before.epoch, "it trains on")
        epochs = [point.epoch for point in now.series["epoch_loss"]]
        assert epochs == list(range(1, now.epoch + 1)), "none is lost, none counted twice"
    finally:
        next_lab.runner.close()


def test_it_runs_in_this_process_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch)
    store = Store(tmp_path)
    *_, (run_id, last) = iter_local_run(store, "tug", TugConfig(), name="here", threads=1)
    run = store.get(run_id)
    store.close()
    assert run is not None
    assert last == Finished(15, 3, "finished")
    assert (run.status, run.step, run.epoch, run.total_steps) == ("finished", 15, 3, 15)


def test_its_entry_says_all_that_others_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch)
    assert kinds.config_type("tug") is TugConfig
    assert kinds.preset_of("tug", TugConfig(seed=4)) == "even"
    assert kinds.preset_of("tug", TugConfig(lr=0.2)) is None
    assert set(kinds.variations("tug")) == {"lr_double", "lr_half", "next_seed", "same"}
    assert [lens.page for lens in kinds.lenses("tug")] == ["runs.py"]
    settings = [TugConfig(lr=lr).model_dump() for lr in (0.1, 0.2)]
    runs = [Run(f"{number}", "anna", "tug", "", own, "finished") for number, own in enumerate(settings)]
    assert differing(runs) == {"lr": (0.1, 0.2)}
    assert setting_words(kinds.config_type("tug"), "lr", 0.2) == ("Learning rate", "0.2")
    assert config_from(PRESETS, "even", {"seed": "3"}) == TugConfig(seed=3)
    with pytest.raises(ConfigError, match="Preset must be one of even"):
        config_from(PRESETS, "odd", {})


def test_a_kind_that_nobody_knows_has_no_knobs() -> None:
    assert kinds.config_type("tug").model_fields.keys() == {"schema_version"}
    assert kinds.presets("tug") == {}
    assert kinds.variations("tug") == {}
    assert kinds.lenses("tug") == ()
