"""`train --data` and `evaluate --data`: a network learns a folder, and the run says what that was."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dlcore.cli.main import app
from dlcore.cli.mnist_other import on_set
from dlcore.datasets.catalogue import catalogue
from dlcore.errors import ConfigError, DataError, RunError
from dlcore.events import Event, Finished
from dlcore.figures.run_tables import difference_rows, run_rows
from dlcore.mnist import families
from dlcore.run import Run
from dlcore.runs.kinds import kind_named, make_job
from dlcore.runs.local import OWNER
from dlcore.runs.protocol import Submission
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.disk import resumable
from dlcore.runs.storage.store import Store
from dlcore.schema import knobs, parse
from dlcore.training.config import TrainConfig
from dlcore.training.images_config import ImagesConfig
from tests.dlcore.cli.call import answer, invoke
from tests.dlcore.mnist.own_images import write

SHORT = ("--epochs", "2", "--batch-size", "50", "--device", "cpu", "--threads", "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Digits that pass for Fashion-MNIST: what counts is which files somebody has."""
    folder = tmp_path_factory.mktemp("mine") / "fashion"
    write(folder, "train", 0, 800)
    return write(folder, "t10k", 800, 1000)


@pytest.fixture
def fashion(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    known = {hashlib.md5(file.read_bytes()).hexdigest(): "fashion" for file in folder.iterdir()}
    monkeypatch.setattr(families, "UNPACKED_MD5", {**families.UNPACKED_MD5, **known})
    return folder


def stored(run_id: str) -> Run:
    with closing(Store()) as store:
        run = store.get(run_id)
    assert run is not None
    return run


def trained(folder: Path, *more: str) -> dict[str, Any]:
    return answer(app, "mnist", "train", "--data", str(folder), *SHORT, *more)


def test_a_run_on_a_folder_says_what_it_learnt(fashion: Path) -> None:
    found = trained(fashion)
    run = stored(found["run_id"])
    assert (run.status, run.owner, run.kind, run.name) == (
        "finished",
        OWNER,
        "images",
        "FastCNN on Fashion-MNIST",
    )
    assert (found["family"], found["classes"][9]) == ("Fashion-MNIST", "Ankle boot")
    assert (found["images"], found["test_images"], found["test_wrong"] is not None) == (800, 200, True)
    assert (run.config["train_size"], run.config["val_size"]) == (734, 66)
    row = run_rows([run], [], {})[0]
    assert (row["Name"], row["Kind"]) == ("FastCNN on Fashion-MNIST", "Other images")
    compared = difference_rows([run, shipped_run("mnist")])
    assert [one["Images"] for one in compared] == ["Fashion-MNIST", "–"]

    own = answer(app, "mnist", "evaluate", "--run", run.id)
    same = answer(app, "mnist", "evaluate", "--run", run.id, "--data", str(fashion))
    assert own == same
    assert (own["digits"], own["right"]) == (200, 200 - found["test_wrong"])
    with pytest.raises(RunError, match=r"has learnt other images: measure it with mnist evaluate\.$"):
        invoke(app, "mnist", "export", "--run", run.id, "--format", "torchscript", "--out", "x.pt")


def test_a_network_is_not_asked_about_what_it_never_saw(fashion: Path, tmp_path: Path) -> None:
    run_id = trained(fashion)["run_id"]
    digits = write(tmp_path / "digits", "t10k", 0, 50)
    with pytest.raises(ConfigError, match=r"has learnt Fashion-MNIST, and these images are Unknown images"):
        invoke(app, "mnist", "evaluate", "--run", run_id, "--data", str(digits))


def test_what_is_learnt_is_told_before_it_begins(tmp_path: Path) -> None:
    mine = write(tmp_path / "mine", "emnist-digits-train", 0, 300, transposed=True)
    said = invoke(app, "mnist", "train", "--data", str(mine), *SHORT).splitlines()
    assert said[0] == (
        "EMNIST Digits: 300 images of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, none to test with. Its files hold them "
        "transposed; here they stand upright. It learns from 275 and chooses by 25."
    )
    turned = write(tmp_path / "turned", "train", 0, 300, transposed=True)
    said = invoke(app, "mnist", "train", "--data", str(turned), *SHORT).splitlines()
    assert said[1].startswith("These digits may be stored another way: as they are ")


def work(run: Run, folder: Path, epochs: int) -> list[Event]:
    """The rest of a run from its last whole epoch, as a worker does it."""
    config = {**run.config, "epochs": epochs}
    begun = Submission(run.id, OWNER, run.kind, config, folder, 1, resume=resumable(run.checkpoints))
    return list(make_job(begun).events())


def test_it_goes_on_with_the_same_images_packed_or_not_and_with_no_others(tmp_path: Path) -> None:
    mine = write(tmp_path / "mine", "train", 0, 400)
    run = stored(trained(mine)["run_id"])
    ended = work(run, tmp_path, 3)[-1]
    assert isinstance(ended, Finished)
    assert (ended.status, ended.epoch) == ("finished", 3)

    write(mine, "train", 400, 800)
    with pytest.raises(DataError, match=r"mine are not those this run learns from: put those back, or start"):
        work(run, tmp_path, 3)
    for file in mine.iterdir():
        file.unlink()
    with pytest.raises(DataError, match=r"mine holds no files in MNIST's format: put there"):
        work(run, tmp_path, 3)


def test_what_cannot_be_learnt_is_a_sentence_and_no_run(tmp_path: Path) -> None:
    letters = write(tmp_path / "letters", "emnist-balanced-train", 0, 200, more=20)
    few = write(tmp_path / "few", "train", 0, 50)
    tests = write(tmp_path / "tests", "t10k", 0, 200)
    enough = write(tmp_path / "enough", "train", 0, 200)
    mixed = write(write(tmp_path / "mixed", "train", 0, 200), "emnist-digits-test", 0, 50)
    for folder, sentence in {
        tmp_path / "nowhere": "nowhere cannot be read .No such file or directory.: name the folder",
        tmp_path: "holds no files in MNIST's format: put there images",
        letters: "^EMNIST Balanced has 30 classes or more, and a network here tells 10 apart: train it on",
        tests: "holds only files to test with: put those to learn from beside them",
        mixed: "holds Unknown images to learn from and EMNIST Digits to test with",
    }.items():
        with pytest.raises(DataError, match=sentence):
            trained(folder)
    with pytest.raises(ConfigError, match="Training images must be a whole number from 100 to 60,000"):
        trained(few)
    with pytest.raises(ConfigError, match=r"must be 200 together at most, as .+enough holds\. Got 5,150"):
        trained(enough, "--train-size", "150")
    with closing(Store()) as store:
        assert store.counts(OWNER)[0] == 0


def test_no_link_and_no_form_names_a_folder() -> None:
    assert knobs(ImagesConfig) == knobs(TrainConfig)
    with pytest.raises(ConfigError, match="'folder' is not a setting here"):
        parse(TrainConfig, {"folder": "/etc"})
    assert kind_named("images").page == ""  # type: ignore[attr-defined]
    assert json.loads(json.dumps(ImagesConfig().model_dump()))["images"] == "MNIST"


def test_a_set_of_the_lab_is_named_without_its_digest_and_gives_as_many_images_as_it_has() -> None:
    letters = catalogue().find("letters").id
    given = on_set("class", {"dataset": "letters", "epochs": "1"})
    assert given == {"dataset": letters, "epochs": "1", "train_size": "4167", "val_size": "833"}
    assert on_set("class", {"epochs": "1"}) == {"epochs": "1"}
    with pytest.raises(DataError, match="no set of images 'nothing' here: choose one of mnist, letters"):
        on_set("class", {"dataset": "nothing"})
