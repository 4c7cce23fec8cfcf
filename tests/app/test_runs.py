"""Runs: found, compared, repeated, renamed, shared, deleted and taken away."""

from __future__ import annotations

import io
import json
import shutil
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dlcore.figures.run_tables import BAND
from dlcore.run import Metric, Run
from dlcore.runs.protocol import Control
from dlcore.runs.storage.archive import archive, tensorboard_installed
from dlcore.training.config import TrainConfig
from dlcore.training.images_config import ImagesConfig
from tests.app import at_work as work
from tests.dlcore.mnist import own_images
from tests.waiting import wait_until
from ui import services

OpenPage = Callable[..., Any]
SHIPPED = ["The shipped model", "The shipped patch finder"]
PATH = "runs.py"
TINY = {"train_size": 200, "val_size": 100, "epochs": 2, "batch_size": 50, "device": "cpu"}
LONG = {"train_size": 20_000, "val_size": 0, "epochs": 100, "batch_size": 50, "device": "cpu"}


def submit(owner: str, name: str = "a run", **changes: Any) -> str:
    config = TrainConfig().replace(**TINY | changes)
    runner = services.runner()
    return runner.submit(owner, "mnist", config, name=name)


def get(run_id: str) -> Run:
    run = services.runner().get(run_id)
    assert run is not None
    return run


@pytest.fixture(scope="module")
def trained(lab: Any) -> Callable[..., Run]:
    """`trained(lr=0.002)`: a finished run with this setting; each is trained once."""

    @cache
    def train(**changes: Any) -> Run:
        run = submit("test_trained", **changes)
        wait_until(lambda: get(run).status == "finished", "it has finished")
        work.write_down()
        return get(run)

    return train


@pytest.fixture
def ended(trained: Callable[..., Run]) -> Callable[..., list[str]]:
    """`ended(owner, {...}, {...})`: runs with these settings, finished, oldest first."""

    def make(owner: str, *settings: dict[str, Any]) -> list[str]:
        return [copy(trained(**changes), owner, f"run-{n}") for n, changes in enumerate(settings)]

    return make


def copy(run: Run, owner: str, name: str) -> str:
    """The same run once more, as somebody else's: its record, its series, its weights."""
    store = services.store()
    other = replace(run, id=f"{owner}-{name}", owner=owner, name=name, created=time.time())
    folder = shutil.copytree(store.run_folder(run.id), store.run_folder(other.id))
    store.create(other)
    store.record(
        other.id,
        [metric for points in run.series.values() for metric in points],
        [replace(checkpoint, path=folder / checkpoint.path.name) for checkpoint in run.checkpoints],
    )
    store.update(other)
    return other.id


def test_a_newcomer_sees_the_shipped_run(open_page: OpenPage) -> None:
    page = open_page(PATH)
    runs, differences = page.tables()
    assert [row["Name"] for row in runs] == SHIPPED
    assert runs[0]["Test, % right"] == 99.49
    assert runs[0]["Wrong"] == "51 of 10,000"
    assert round(runs[0][BAND], 2) == 0.14
    assert "epoch" in differences[0]["To 99 % (validation)"]


def test_the_two_newest_are_compared_by_what_differs(open_page: OpenPage, ended: Any) -> None:
    first, second = ended("test_two", {"lr": 0.002}, {"lr": 0.004})
    page = open_page(PATH, owner="test_two")
    runs, differences = page.tables()
    assert [row["Name"] for row in runs] == ["run-1", "run-0", *SHIPPED]
    assert [row[""] for row in runs] == ["A", "B", *("" for _ in SHIPPED)]
    assert [row["Learning rate"] for row in differences] == ["0.004", "0.002"]
    titles = {"", "Run", "Status", "Learning rate"}
    assert set(differences[0]) == titles | {f"To {n} % (validation)" for n in (97, 98, 99)}
    dots, accuracy, loss = page.charts()
    assert dots["setting"] == ["Learning rate 0.002", "Learning rate 0.004"]
    assert set(accuracy["run"]) == set(loss["run"]) == {"A", "B"}
    expected = [m.value for run in (second, first) for m in get(run).series["train_loss"]]
    assert loss["value"] == pytest.approx(expected)
    assert page.at.query_params["runs__pinned"] in (f"{second},{first}", [f"{second},{first}"])


def test_more_than_one_knob_is_said(open_page: OpenPage, ended: Any) -> None:
    ended("test_knobs", {"lr": 0.002}, {"lr": 0.004, "batch_size": 25, "seed": 4})
    assert open_page(PATH, owner="test_knobs").sentences == [
        "**2 knobs differ: this comparison cannot say which one helped.**"
    ]


def test_luck_or_learning_rate_is_judged_after_one_press(open_page: OpenPage, ended: Any) -> None:
    owner = "test_luck"
    first, second = ended(owner, {"lr": 0.002}, {"lr": 0.004})
    page = open_page(PATH, owner=owner)
    (sentence,) = page.sentences
    assert "Learning rate 0.002 → 0.004: " in sentence
    assert "From one seed each nobody can tell" in sentence
    assert "The verdict compares settings. Only finished runs count." in page.words
    page.click("runs__next_seeds")
    pins = page.state("runs__pinned")
    assert {first, second} < set(pins), "what was ticked stays ticked"
    added = [get(run_id) for run_id in pins if run_id not in (first, second)]
    assert [run.config["seed"] for run in added] == [1, 1]
    assert {run.name for run in added} == {"run-0 · seed 1", "run-1 · seed 1"}
    page.after(lambda: all(not get(run.id).active for run in added), "both are over")
    (sentence,) = [box.value for box in (*page.at.success, *page.at.info)]
    assert "seeds alone" in sentence
    assert sentence.endswith("2 seeds.**")
    assert "The verdict compares settings, by the mean over their seeds." in page.words
    assert "runs__next_seeds" not in {button.key for button in page.at.button}


@pytest.mark.usefixtures("twice")
def test_a_second_click_repeats_no_run_once_more(open_page: OpenPage, ended: Any) -> None:
    owner = "test_twice"
    ended(owner, {"lr": 0.002}, {"lr": 0.004})
    page = open_page(PATH, owner=owner).click("runs__next_seeds")
    assert len(services.store().runs_of(owner)) == 4
    page.click("runs__again")
    assert len(services.store().runs_of(owner)) == 5


def test_a_short_run_is_drawn_by_its_training(open_page: OpenPage, ended: Any) -> None:
    """Two validation points make no curve."""
    (run,) = ended("test_short", {})
    page = open_page(PATH, owner="test_short", runs__pinned=run)
    accuracy, _ = page.charts()
    assert len(accuracy["x"]) == len(get(run).series["train_accuracy"]) > 2
    page.at.segmented_control(key="runs__split_few").set_value("val").run()
    assert len(page.charts()[0]["x"]) == 2


def test_the_same_again_is_the_same_to_the_last_bit(open_page: OpenPage, ended: Any) -> None:
    """Also what was changed while it ran comes again, at the same step."""
    owner = "test_again"
    (run,) = ended(owner, {"epochs": 1})
    config = TrainConfig().replace(**TINY)
    planned = ((3, "lr", 0.001),)
    moved = services.runner().submit(owner, "mnist", config, name="moved", planned=planned)
    page = open_page(PATH, owner=owner)
    page.after(lambda: get(moved).status == "finished", "it is over")
    page = open_page(PATH, owner=owner, runs__pinned=moved)
    page.at.selectbox(key="runs__variation").set_value("same").run()
    page.click("runs__again")
    assert len(page.state("runs__pinned")) == 2, "both are compared"
    again = page.state("runs__pinned")[1]
    page.after(lambda: get(again).status == "finished", "it is over")
    assert get(again).controls() == planned
    assert [c.digest for c in get(again).checkpoints] == [c.digest for c in get(moved).checkpoints]
    assert "The same settings and the same seed" in " ".join(page.sentences)
    assert run not in page.state("runs__pinned")


def test_one_knob_is_turned(open_page: OpenPage, ended: Any) -> None:
    (run,) = ended("test_knob", {"lr": 0.002})
    page = open_page(PATH, owner="test_knob", runs__pinned=run)
    page.at.selectbox(key="runs__variation").set_value("lr_double").run()
    page.click("runs__again")
    assert len(page.state("runs__pinned")) == 2, "both are compared"
    again = get(page.state("runs__pinned")[1])
    assert again.config == {**get(run).config, "lr": 0.004}
    assert again.name == "run-0 · lr 0.004"


def test_whoever_comes_back_sees_what_was_made_of_one_run_together(open_page: OpenPage, ended: Any) -> None:
    """Not the two newest: the verdict of a comparison outlives a reload."""
    second, first = ended("test_back", {"lr": 0.002}, {"lr": 0.004})
    page = open_page(PATH, owner="test_back", runs__pinned=second)
    page.at.selectbox(key="runs__variation").set_value("next_seed").run()
    page.click("runs__again")
    (again,) = set(page.state("runs__pinned")) - {second}
    assert set(open_page(PATH, owner="test_back").state("runs__pinned")) == {second, again}
    assert first not in page.state("runs__pinned")


def test_a_run_gets_another_name(open_page: OpenPage, ended: Any) -> None:
    (run,) = ended("test_name", {})
    page = open_page(PATH, owner="test_name", runs__pinned=run)
    page.at.text_input(key=f"runs__name_{run}").set_value("lr (small) ü").run()
    assert get(run).name == "lr (small) ü"
    page.at.text_input(key=f"runs__name_{run}").set_value("<img src=x>").run()
    assert page.sentences == [
        "A name must be 1 to 40 letters, digits, spaces or . , + - · ( ) _. Got '<img src=x>' instead."
    ]
    assert get(run).name == "lr (small) ü"


def test_a_run_is_deleted_for_good(open_page: OpenPage, ended: Any) -> None:
    (run,) = ended("test_delete", {})
    folder = services.store().run_folder(run)
    assert folder.exists()
    page = open_page(PATH, owner="test_delete", runs__pinned=run)
    page.set("runs", **{f"delete_box_{run}": True})
    page.click(f"runs__keep_{run}")
    assert page.state(f"runs__delete_box_{run}") is False, "the question is shut"
    assert services.runner().get(run) is not None
    page.click(f"runs__delete_{run}")
    assert services.runner().get(run) is None
    assert not folder.exists()
    assert [row["Name"] for row in page.tables()[0]] == SHIPPED


def test_a_run_under_way_cannot_be_deleted_and_moves_on_the_page(open_page: OpenPage) -> None:
    run = submit("test_live", **LONG)
    page = open_page(PATH, owner="test_live", runs__pinned=run)
    page.after(lambda: get(run).status == "running", "it runs")
    assert page.tables()[0][0]["Status"] == "running"
    assert f"runs__delete_{run}" not in {button.key for button in page.at.button}
    page.wait(lambda: any(chart["x"] for chart in page.charts()), "its curve begins", work.news)
    services.runner().control(run, Control("stop"))
    page.after(lambda: get(run).status == "stopped", "it stopped")
    assert page.tables()[0][0]["Status"] == "stopped"


def test_a_shared_run_has_a_link_that_opens_it_for_others(open_page: OpenPage, ended: Any) -> None:
    (run,) = ended("test_share", {})
    page = open_page(PATH, owner="test_share", runs__pinned=run)
    page.at.toggle(key=f"runs__share_{run}").set_value(True).run()
    assert any(f"/mnist_train?run={run}" in code.value for code in page.at.code)
    assert not open_page("mnist/train.py", owner="test_guest", run=run).sentences
    guest = open_page(PATH, owner="test_guest")
    assert [row["Name"] for row in guest.tables()[0]] == SHIPPED


def test_a_run_on_a_folders_images_goes_on_here_for_it_has_no_page(
    open_page: OpenPage, tmp_path: Path
) -> None:
    folder = own_images.write(tmp_path / "mine", "train", 0, 1000)
    settings = {**LONG, "train_size": 900, "batch_size": 1, "folder": str(folder), "images": "Unknown images"}
    config = ImagesConfig().replace(**settings)
    runner, owner = services.runner(), "test_images"
    run = runner.submit(owner, "images", config, name="FastCNN on Unknown images")
    wait_until(lambda: get(run).epoch >= 1, "it has weights to go on from")
    runner.control(run, Control("stop"))
    wait_until(lambda: get(run).status == "stopped", "it has stopped")
    stopped = get(run).step
    page = open_page(PATH, owner=owner)
    assert page.tables()[0][0]["Kind"] == "Other images"
    assert "Share" not in page.words
    page.click("runs__go_on")
    page.after(lambda: get(run).step > stopped, "it goes on")
    assert "Stopping" not in page.words
    runner.control(run, Control("stop"))
    wait_until(lambda: get(run).status == "stopped", "it has stopped again")
    folder.rename(tmp_path / "elsewhere")
    open_page(PATH, owner=owner).click("runs__go_on")
    wait_until(lambda: get(run).status == "failed", "it misses its images")
    assert "mine cannot be read (No such file or directory): name the folder" in get(run).reason


def test_the_code_leads_back_to_the_owner(open_page: OpenPage) -> None:
    page = open_page(PATH, owner="test_code")
    (code,) = [code.value for code in page.at.code]
    assert services.store().owner_of(code) == "test_code"
    assert services.store().owner_of(code.lower().replace("-", " ")) == "test_code"
    assert services.store().owner_of("AAAA-AAAA") is None
    (again,) = [code.value for code in open_page(PATH, owner="test_code").at.code]
    assert again == code


def test_a_thousand_runs_open(open_page: OpenPage) -> None:
    for n in range(1000):
        services.store().create(
            Run(
                f"many-{n}",
                "test_many",
                "mnist",
                f"run {n}",
                TrainConfig().model_dump(),
                "finished",
                created=n,
            )
        )
    page = open_page(PATH, owner="test_many")
    assert len(page.tables()[0]) == 1000 + len(SHIPPED)
    assert not page.sentences


# --- To take away ---------------------------------------------------------------------------------


def test_the_zip_has_settings_measurements_and_weights(ended: Any) -> None:
    (run_id,) = ended("test_zip", {"lr": 0.002})
    run = get(run_id)
    with zipfile.ZipFile(io.BytesIO(archive(run))) as file:
        names = set(file.namelist())
        about = json.loads(file.read("config.json"))
        lines = file.read("metrics.csv").decode().splitlines()
        weights = file.read(f"checkpoints/{run.checkpoints[-1].path.name}")
    assert about["config"] == dict(run.config)
    assert lines[0] == "name,step,epoch,seconds,value"
    assert len(lines) == 1 + sum(map(len, run.series.values()))
    assert weights == run.checkpoints[-1].path.read_bytes()
    for checkpoint in run.checkpoints:
        assert f"checkpoints/{checkpoint.path.with_suffix('.json').name}" in names
    assert any(name.startswith("tensorboard/events") for name in names) == tensorboard_installed()


# --- What is not as it should be ------------------------------------------------------------------


def test_runs_of_different_kinds_are_compared_only_where_they_can(open_page: OpenPage, ended: Any) -> None:
    (run_id,) = ended("test_kinds", {})
    other = replace(get(run_id), id="another-kind", kind="something", config={"width": 3}, series={})
    services.store().create(other)
    services.store().record(other.id, [Metric("val_loss", 5, 1, 0.5, 0.25)], [])
    page = open_page(PATH, owner="test_kinds", runs__pinned=f"{run_id},{other.id}")
    assert page.sentences == ["These runs are of different kinds. What both have measured: val_loss."]


@pytest.mark.usefixtures("fresh_lab")
def test_a_data_folder_that_cannot_be_used_is_said_and_the_lab_goes_on(
    open_page: OpenPage, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("DLLAB_DATA_DIR", str(tmp_path / "file" / "data"))
    page = open_page(PATH, owner="test_folder")
    (sentence,) = page.sentences
    assert sentence.startswith("Runs are not kept beyond this start of the lab. The data folder ")
    run = submit("test_folder")
    page.after(lambda: get(run).status == "finished", "it trains all the same")
