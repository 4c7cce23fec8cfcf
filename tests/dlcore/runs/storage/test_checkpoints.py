"""Weights come back bit for bit, or not at all and with a sentence that says so."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save
from torch import Tensor

from dlcore.errors import CheckpointError
from dlcore.nets.registry import NETS, NetName, build_model
from dlcore.run import Checkpoint
from dlcore.runs.storage.checkpoint_files import read_checkpoint
from dlcore.runs.storage.checkpoints import load_model, load_weights, save_checkpoint
from dlcore.runs.storage.disk import write_whole
from dlcore.training.config import TrainConfig


def weights(net: NetName = "FastCNN", seed: int = 1) -> dict[str, Tensor]:
    return build_model(net, seed=seed).state_dict()


def saved(folder: Path, tensors: dict[str, Tensor] | None = None) -> Checkpoint:
    return save_checkpoint(folder / "run", tensors or weights(), TrainConfig(), epoch=2, step=860)


@pytest.mark.parametrize("net", NETS)
def test_weights_come_back_bit_for_bit(tmp_path: Path, net: NetName) -> None:
    config, given = TrainConfig(net=net, lr=0.001, dropout=0.2), weights(net)
    checkpoint = save_checkpoint(tmp_path / "run", given, config, epoch=2, step=860)
    model, found = load_model(checkpoint)
    assert found == config
    assert model.state_dict().keys() == given.keys()
    assert all(torch.equal(given[name], value) for name, value in model.state_dict().items())
    assert not any(module.training for module in model.modules())
    assert not any(p.requires_grad for p in model.parameters())


def test_weights_of_a_channels_last_model_come_back(tmp_path: Path) -> None:
    model = build_model("FastCNN").to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    loaded = load_weights(saved(tmp_path, model.state_dict()))
    assert all(torch.equal(loaded[name], value) for name, value in model.state_dict().items())


def test_a_checkpoint_is_two_files_and_a_record_of_them(tmp_path: Path) -> None:
    checkpoint = saved(tmp_path)
    assert (checkpoint.epoch, checkpoint.step) == (2, 860)
    assert checkpoint.digest == hashlib.sha256(checkpoint.path.read_bytes()).hexdigest()
    assert {path.name for path in checkpoint.path.parent.iterdir()} == {
        "epoch-002-step-000860.safetensors",
        "epoch-002-step-000860.json",
    }
    assert read_checkpoint(checkpoint.path) == checkpoint
    assert load_file(checkpoint.path).keys() == weights().keys()  # safetensors itself reads it


# --- Damage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 9, 5_000, -1])
def test_one_damaged_byte_is_noticed(tmp_path: Path, place: int) -> None:
    checkpoint = saved(tmp_path)
    content = bytearray(checkpoint.path.read_bytes())
    content[place] ^= 1
    checkpoint.path.write_bytes(content)
    with pytest.raises(
        CheckpointError, match=r"^The checkpoint epoch-002-step-000860\.safetensors is damaged"
    ):
        load_model(checkpoint)


@pytest.mark.parametrize("content", [b"", b"not weights", b"\xff" * 40])
def test_a_file_that_never_held_weights_is_refused(tmp_path: Path, content: bytes) -> None:
    checkpoint = saved(tmp_path)
    checkpoint.path.write_bytes(content)
    record = Checkpoint(checkpoint.path, hashlib.sha256(content).hexdigest(), 2, 860)
    with pytest.raises(CheckpointError, match="holds no weights: choose another one"):
        load_model(record)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    checkpoint = saved(tmp_path)
    checkpoint.path.unlink()
    with pytest.raises(CheckpointError, match=r"000860\.safetensors cannot be read \(No such file"):
        load_model(checkpoint)


def changed(about: dict[str, Any], **changes: Any) -> str:
    return json.dumps(about | changes)


ABOUT = {"sha256": "", "epoch": 2, "step": 860, "config": TrainConfig().model_dump()}


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "{",
        "[]",
        "7",
        '"config"',
        "\xff",
        json.dumps({"sha256": "", "epoch": 2, "step": 860}),
        changed(ABOUT, config=7),
        changed(ABOUT, config=None),
        changed(ABOUT, config={"net": "LeNet"}),
        changed(ABOUT, config={"epochs": 10_000}),
    ],
)
def test_a_description_that_is_none_is_refused(tmp_path: Path, text: str | None) -> None:
    checkpoint = saved(tmp_path)
    description = checkpoint.path.with_suffix(".json")
    description.unlink()
    if text is not None:
        description.write_text(text, encoding="latin-1")
    sentence = r"^The description of the checkpoint epoch-002-step-000860\.safetensors cannot be read: "
    with pytest.raises(CheckpointError, match=sentence):
        load_model(checkpoint)


@pytest.mark.parametrize("changes", [{"epoch": "two"}, {"step": None}, {"epoch": []}])
def test_a_record_that_makes_no_sense_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    checkpoint = saved(tmp_path)
    checkpoint.path.with_suffix(".json").write_text(changed(ABOUT, **changes))
    with pytest.raises(CheckpointError, match="cannot be read: choose another one"):
        read_checkpoint(checkpoint.path)


def test_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    tensors = weights()
    tensors["fc3.weight"] = tensors.pop("fc2.weight")
    tensors["conv1.bias"] = torch.zeros(7)
    with pytest.raises(CheckpointError) as refused:
        load_model(saved(tmp_path, tensors))
    assert str(refused.value) == (
        "The checkpoint epoch-002-step-000860.safetensors does not fit FastCNN: "
        "conv1.bias is 7 instead of 24; fc2.weight is missing; fc3.weight is unknown to it. "
        "Choose another checkpoint."
    )


def test_another_nets_weights_do_not_fit(tmp_path: Path) -> None:
    sentence = r"does not fit FastCNN: conv1\.weight is 32×1×3×3 instead of 24×1×5×5; .*; and 3 more\. "
    with pytest.raises(CheckpointError, match=sentence):
        load_model(saved(tmp_path, weights("SimpleCNN")))


# --- Writing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_an_interrupted_write_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(OSError, match="No space left"):
        saved(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "file"
    write_whole(path, b"old")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_file_reaches_the_disk_before_it_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def watched(call: str) -> Callable[..., None]:
        real = getattr(os, call)

        def wrapper(*arguments: object) -> None:
            calls.append(call)
            real(*arguments)

        return wrapper

    for call in ("fsync", "replace"):
        monkeypatch.setattr(os, call, watched(call))
    write_whole(tmp_path / "file", b"content")
    assert calls[:2] == ["fsync", "replace"]
    assert (tmp_path / "file").read_bytes() == b"content"


def test_writing_again_gives_the_same_record(tmp_path: Path) -> None:
    assert saved(tmp_path) == saved(tmp_path)
    assert save(weights()) == saved(tmp_path).path.read_bytes()
