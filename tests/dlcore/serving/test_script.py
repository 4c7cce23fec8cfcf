"""The training script trains what the run trained, reads well, and needs nothing of the lab."""

from __future__ import annotations

import gzip
import math
import re
import runpy
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision.datasets import MNIST

from dlcore.events import EpochEnd, Evaluated
from dlcore.mnist.files import ASSETS, torchvision_root
from dlcore.mnist.splits import make_splits
from dlcore.nets.registry import NETS, chunk_of
from dlcore.serving import script_parts
from dlcore.serving.script import training_script
from dlcore.training.config import TrainConfig
from dlcore.training.loop import start, train
from dlcore.training.optimizers import lr_factor
from dlcore.training.recipes import PRESETS

SMALL = {"train_size": 640, "val_size": 0, "epochs": 1, "device": "cpu"}
# Every net, optimizer and schedule, and all that draws random numbers.
VARIED = {
    "one_cycle": TrainConfig(**SMALL, batch_size=64),
    "lesson": PRESETS["lesson"].config.replace(**SMALL, lr=0.01, nesterov=True),
    "cosine": TrainConfig(
        **SMALL, optimizer="adamw", schedule="cosine", dropout=0.3, augment=True, lr=0.001, weight_decay=0.1
    ),
    "shifted": TrainConfig(**SMALL, augment=True, augment_by="shift", batch_size=64),
    "step": TrainConfig(**SMALL, optimizer="rmsprop", schedule="step", lr=1e-4, seed=7),
    "more": TrainConfig(
        **SMALL | {"epochs": 2},
        optimizer="sgd",
        lr=0.02,
        schedule="cosine",
        label_smoothing=0.1,
        clip=1.0,
        warmup=0.2,
        ema=0.9,
        l1=1e-4,
        wrong_labels=0.2,
        rare_digit="7",
        rare_share=0.2,
    ),
    "blocks": TrainConfig(
        **SMALL,
        net="MyNetwork",
        layers="conv 8x3 pad 1, norm, relu, pool 2, residual 12, dropout 0.2, dense 32, relu, dense 10",
        lr=0.003,
        batch_size=64,
    ),
    "muon": TrainConfig(
        **SMALL,
        optimizer="muon",
        activation="tanh",
        norm="group",
        first_weights="he",
        lr=0.002,
        weight_decay=0.1,
        batch_size=64,
    ),
    "mixed": TrainConfig(**SMALL, precision="bfloat16", batch_size=64),
    "in chunks": TrainConfig(
        **SMALL | {"train_size": 256},
        net="MyNetwork",
        layers="conv 32x5 pad 2, relu, pool 2, conv 32x5, relu, pool 2, dropout 0.3, dense 10",
        augment=True,
        batch_size=128,
        label_smoothing=0.1,
        lr=0.003,
    ),
    "muon, dropped maps": TrainConfig(
        **SMALL,
        net="MyNetwork",
        layers="conv 8x3 pad 1, relu, pool 2, dropout 0.2, dense 10",
        optimizer="muon",
        momentum=0.0,
        first_weights="xavier",
        lr=0.002,
        batch_size=32,
    ),
}


def results_of_run(config: TrainConfig) -> tuple[list[float], float]:
    """The mean training loss of each epoch, and the test accuracy in per cent."""
    losses, tests = [], []
    for event in train(start(config), make_splits(config.train_size, config.val_size)):
        if isinstance(event, EpochEnd):
            losses.append(event.loss)
        if isinstance(event, Evaluated) and event.split == "test":
            tests.append(100 * event.accuracy)
    return losses, tests[0]


def results_of_script(
    config: TrainConfig,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: Sequence[str] = (str(ASSETS),),
) -> tuple[list[float], float]:
    """The same from what the script prints."""
    path = folder / "train.py"
    path.write_text(training_script(config), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", [str(path), *arguments])
    with torch.random.fork_rng(devices=[]):
        runpy.run_path(str(path), run_name="__main__")
    said = capsys.readouterr().out
    losses = [float(loss) for loss in re.findall(r"training loss ([\d.]+)", said)]
    return losses, float(re.search(r"test: ([\d.]+)% right", said)[1])  # type: ignore[index]


@pytest.mark.parametrize(
    "name", ["lesson", "cosine", "step", "more", "blocks", "muon", "mixed", "in chunks", "muon, dropped maps"]
)
def test_it_trains_as_the_run_did(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    losses, test = results_of_run(VARIED[name])
    found, found_test = results_of_script(VARIED[name], tmp_path, monkeypatch, capsys)
    assert found == pytest.approx(losses, rel=0.02)
    # Ten steps: far from settled, and numbers of two to three digits round farther apart.
    assert found_test == pytest.approx(test, abs=4.0 if name == "mixed" else 1.5)


def test_mixed_arithmetic_is_said_where_it_is_used() -> None:
    mixed, exact = training_script(VARIED["mixed"]), training_script(VARIED["lesson"])
    docstring = mixed.split('"""')[1]
    assert "Its arithmetic is mixed" in docstring
    assert "# Layers multiply bfloat16; weights, their gradients and updates stay float32." in mixed
    assert "bfloat16" not in exact


def test_a_batch_is_computed_in_the_runs_chunks() -> None:
    config = VARIED["in chunks"]
    chunk = chunk_of(config.net, config.layers)
    assert chunk < config.batch_size
    assert f"batch.split({chunk})" in training_script(config)
    assert "batch.split" not in training_script(config.replace(batch_size=chunk))


@pytest.mark.parametrize(
    ("schedule", "warmup", "epochs"),
    [
        *((schedule, 0.3, 1) for schedule in ("constant", "step", "cosine", "one_cycle")),
        *(("one_cycle", 0.0, epochs) for epochs in (1, 2, 3, 9)),  # each of one update
    ],
)
def test_where_torch_has_no_such_schedule_it_is_the_runs(schedule: Any, warmup: float, epochs: int) -> None:
    config = TrainConfig(**SMALL, schedule=schedule, warmup=warmup)
    if not warmup:
        config = config.replace(train_size=100, batch_size=100, epochs=epochs)
    found = re.search(r"^def factor\(step\):\n(    .*\n)+", training_script(config), re.MULTILINE)
    assert found is not None
    names: dict[str, Any] = {"math": math}
    exec(found[0], names)
    steps = range(config.total_steps)
    expected = [lr_factor(schedule, step, config.total_steps, warmup) for step in steps]
    assert [names["factor"](step) for step in steps] == pytest.approx(expected)


@pytest.mark.slow
def test_its_accuracy_is_the_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The preset Class, from the same seed: within 15 of 10,000 digits. With three seeds it was 1 or 2."""
    config = PRESETS["class"].config.replace(device="cpu")
    losses, test = results_of_run(config)
    found, found_test = results_of_script(config, tmp_path, monkeypatch, capsys)
    assert found == pytest.approx(losses, rel=0.02)
    assert found_test == pytest.approx(test, abs=0.15)


def test_it_says_what_a_hand_moved() -> None:
    moved = "lr 0.005 → 1 at step 150"
    text = training_script(VARIED["one_cycle"], moved)
    assert f"While it ran, a hand moved {moved}. This script does not." in text
    assert "a hand moved" not in training_script(VARIED["one_cycle"])


def test_it_is_clean_and_short(tmp_path: Path) -> None:
    configs = VARIED | {name: preset.config for name, preset in PRESETS.items()}
    configs |= {net: TrainConfig(net=net) for net in NETS}
    configs |= {"one step": TrainConfig(**SMALL | {"train_size": 100, "epochs": 1}, batch_size=4096)}
    shown = {f"{net} {n}": p.config.replace(net=net) for n, p in PRESETS.items() for net in NETS}
    for name, config in (configs | shown).items():
        text = training_script(config)
        assert "dlcore" not in text
        (tmp_path / f"{name.replace(' ', '_')}.py").write_text(text, encoding="utf-8")
        lines = [line for line in text.splitlines() if line.strip()]
        if config.net not in ("FastCNN", "SimpleCNN"):  # as long as its network
            continue
        # Augmenting is a function of its own; dropout has its own seed, another schedule its line. Ten are
        # for whoever names the wrong folder, or none where nothing can be fetched.
        # Muon is a class of its own, one cycle of a few updates a function.
        most = 61 if name in shown else 87 if name == "more" else 76 if config.augment else 63
        most += 36 if config.optimizer == "muon" else 0
        most += 5 if name == "one step" else 0
        most += 12 if config.augment and config.ema else 0
        assert len(lines) <= 10 + most, (name, len(lines))
    ruff = [sys.executable, "-m", "ruff"]
    rules = ["--isolated", "--line-length", "110"]
    lint = subprocess.run([*ruff, "check", *rules, "--select", "E,F,I,B,UP,SIM,RET,C4", "."], cwd=tmp_path)
    assert lint.returncode == 0
    form = subprocess.run([*ruff, "format", "--check", *rules, "."], cwd=tmp_path)
    assert form.returncode == 0


def test_without_a_folder_it_takes_torchvisions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it lies after torchvision has fetched it: packed and unpacked files side by side."""
    raw = torchvision_root(tmp_path) / "MNIST" / "raw"
    for path in ASSETS.glob("*.gz"):
        (raw / path.name).symlink_to(path)
    (tmp_path / "data").symlink_to(raw.parent.parent)
    config = VARIED["one_cycle"]
    monkeypatch.chdir(tmp_path)
    results = results_of_script(config, tmp_path, monkeypatch, capsys, arguments=[])
    losses, test = results_of_run(config)
    assert results[0] == pytest.approx(losses, rel=0.02)
    assert results[1] == pytest.approx(test, abs=1.5)


@pytest.mark.parametrize("installed", [True, False])
def test_what_cannot_be_fetched_is_a_sentence(
    installed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torchvision asks a port where nobody listens; or it is not there."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{nobody.getsockname()[1]}/"])
        if not installed:
            monkeypatch.setitem(sys.modules, "torchvision.datasets", None)
        (tmp_path / "train.py").write_text(training_script(VARIED["lesson"]), encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["train.py"])
        monkeypatch.chdir(tmp_path)
        with torch.random.fork_rng(devices=[]), pytest.raises(SystemExit) as ended:
            runpy.run_path(str(tmp_path / "train.py"), run_name="__main__")
    why = "RuntimeError" if installed else "ModuleNotFoundError"
    assert str(ended.value) == f"MNIST cannot be fetched ({why}): name the folder of its four files."


def _without(folder: Path) -> None:
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()


def _cut(folder: Path) -> None:
    file = folder / "t10k-images-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:1000])


def _short(folder: Path) -> None:
    """Packed soundly, but fewer labels."""
    file = folder / "t10k-labels-idx1-ubyte.gz"
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes())[:5000]))


def _garbled(folder: Path) -> None:
    file = folder / "t10k-images-idx3-ubyte.gz"
    packed = bytearray(file.read_bytes())
    packed[500:600] = bytes(100)
    file.write_bytes(packed)


def _html(folder: Path) -> None:
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(b"<html>404</html>")


@pytest.mark.parametrize("spoil", [_without, _cut, _short, _garbled, _html])
def test_files_that_are_not_whole_are_a_sentence(
    spoil: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ASSETS.glob("t10k*.gz"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    spoil(tmp_path)
    # The test digits are read by the same lines as the others, and take a tenth of the time.
    text = training_script(VARIED["lesson"]).replace('load("train", 60_000)', 'load("t10k", 10_000)')
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["train.py", str(tmp_path)])
    with torch.random.fork_rng(devices=[]), pytest.raises(SystemExit) as ended:
        runpy.run_path(str(tmp_path / "train.py"), run_name="__main__")
    said = str(ended.value)
    assert re.fullmatch(r".+-ubyte\.gz is not a whole file of MNIST \(.+\): name the folder of .+\.", said)


def test_a_bad_test_file_is_said_before_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be trained here: whoever began with it would fall over."""
    text = training_script(VARIED["lesson"]).replace('load("train", 60_000)', "(None, None)")
    (tmp_path / "train.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["train.py", str(tmp_path)])
    with torch.random.fork_rng(devices=[]), pytest.raises(SystemExit, match="t10k-images"):
        runpy.run_path(str(tmp_path / "train.py"), run_name="__main__")


def test_wrong_labels_are_of_as_many_classes_as_the_images_have(monkeypatch: pytest.MonkeyPatch) -> None:
    config = TrainConfig(wrong_labels=0.2)
    assert "torch.randint(1, 10, " in training_script(config)
    monkeypatch.setattr(script_parts, "count_classes", lambda dataset: 3)
    text = training_script(config)
    assert "torch.randint(1, 3, " in text
    assert ".to(device)) % 3" in text


def test_of_one_class_no_label_is_made_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script_parts, "count_classes", lambda dataset: 1)
    assert "randint" not in training_script(TrainConfig(wrong_labels=0.2))
