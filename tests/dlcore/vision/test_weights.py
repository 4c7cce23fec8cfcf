"""Published weights are loaded once their digest is right, and only as weights of their own network."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from dlcore.errors import VisionError
from dlcore.vision import files, weights
from dlcore.vision.networks import networks
from dlcore.vision.weights import build, load
from tests.dlcore.vision.published import SMALL, WITH_MEAN, drawn, named_after, packed, publish

NOISE = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("old", [False, True], ids=["zip", "old"])
@pytest.mark.parametrize("name", [SMALL, WITH_MEAN, "mobilenet_v3_small", "mnasnet0_5"])
def test_a_network_answers_as_torchvisions_does(tmp_path: Path, name: str, old: bool) -> None:
    network = publish(name, tmp_path, old=old)
    before = torch.get_rng_state()
    loaded = load(network, tmp_path / network.file)
    assert torch.equal(before, torch.get_rng_state()), "nothing is drawn to build it"
    assert not any(part.training for part in loaded.modules())
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    with torch.inference_mode():
        torch.testing.assert_close(loaded(NOISE), drawn(name)(NOISE))


def test_what_helped_the_training_alone_is_left_out_and_the_picture_scaled_again(tmp_path: Path) -> None:
    network = publish("googlenet", tmp_path)
    loaded = load(network, tmp_path / network.file)
    assert sum(parameter.numel() for parameter in loaded.parameters()) == network.parameters
    assert loaded.transform_input is True
    with torch.inference_mode():
        assert loaded.train()(NOISE.expand(2, -1, -1, -1)).shape == (2, 1000)


def test_halves_become_whole_numbers_and_old_names_new_ones(tmp_path: Path) -> None:
    state = drawn("densenet121").state_dict()
    old = {name.replace(".norm1.", ".norm.1."): value for name, value in state.items()}
    assert old.keys() != state.keys()
    network = publish(
        "densenet121", tmp_path, {n: v.half() if v.is_floating_point() else v for n, v in old.items()}
    )
    loaded = load(network, tmp_path / network.file)
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.float32}


@pytest.mark.parametrize(
    "name", ["resnet101-v2", "vit_b_16-v1", "swin_t", "regnet_y_400mf-v2", "inception_v3"]
)
def test_its_layers_are_those_that_were_published(name: str) -> None:
    network = networks()[name]
    before = torch.get_rng_state()
    assert sum(parameter.numel() for parameter in build(network).parameters()) == network.parameters
    assert torch.equal(before, torch.get_rng_state())


# --- What is no such file -------------------------------------------------------------------


class Evil:
    """Unpickled by a reader of programs, it would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty: it is not the one that was published"),
        (b"x" * 9_000_000, "is 9.0 MB long, not 5.0 MB"),
        (b"PK\x03\x04 words", "holds no weights that can be read"),
        (packed([torch.zeros(3)]), "holds something else than weights"),
        (packed({"weight": 3}), "holds something else than weights"),
        (packed({"weight": torch.zeros(3)}), "holds the weights of another network"),
    ],
    ids=["nothing", "long", "words", "list", "number", "few"],
)
def test_a_file_with_the_right_digest_and_no_weights_is_a_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    network = named_after(networks()[SMALL], content)
    (tmp_path / network.file).write_bytes(content)
    with pytest.raises(VisionError, match=sentence):
        load(network, tmp_path / network.file)


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    network = publish("squeezenet1_0", tmp_path)
    posing = replace(networks()[SMALL], file=network.file)
    with pytest.raises(VisionError, match="holds the weights of another network: remove it"):
        load(posing, tmp_path / posing.file)


def test_a_program_in_place_of_weights_does_not_run(tmp_path: Path) -> None:
    made = tmp_path / "made"
    content = packed({"weight": Evil(made)})
    network = named_after(networks()[SMALL], content)
    (tmp_path / network.file).write_bytes(content)
    with pytest.raises(VisionError, match="holds no weights that can be read"):
        load(network, tmp_path / network.file)
    assert not made.exists()


def test_one_wrong_byte_is_seen(tmp_path: Path) -> None:
    network = publish(SMALL, tmp_path)
    path = tmp_path / network.file
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    with pytest.raises(VisionError, match="is damaged, or not the file that was published"):
        load(network, path)


def test_without_memory_or_a_file_nothing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = networks()["alexnet"]
    with pytest.raises(VisionError, match="are not here"):
        load(network, None)
    with pytest.raises(VisionError, match=r"cannot be read \(No such file"):
        load(network, tmp_path / network.file)

    class Full:
        available = 300_000_000

    monkeypatch.setattr(weights.psutil, "virtual_memory", Full)
    with pytest.raises(VisionError, match="AlexNet needs 367 MB of memory, 300 MB are free"):
        load(network, tmp_path / network.file)


# --- Where it is looked for -----------------------------------------------------------------


def test_the_named_folder_comes_before_what_was_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(files.VARIABLE, raising=False)
    data, own = tmp_path / "data", tmp_path / "own"
    (data / files.FETCHED).mkdir(parents=True)
    own.mkdir()
    network = networks()[SMALL]
    assert files.find(network, data) is None
    assert not files.here(network, data)
    assert files.here(networks()["efficientnet_lite0"], data)
    fetched, named = data / files.FETCHED / network.file, own / network.file
    fetched.touch()
    assert files.find(network, data) == fetched
    monkeypatch.setenv(files.VARIABLE, str(own))
    assert files.find(network, data) == fetched
    named.touch()
    assert files.find(network, data) == named


@pytest.mark.parametrize("folder", ["", "/nowhere at all", "\0", "x" * 5000])
def test_a_folder_that_makes_no_sense_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    if "\0" not in folder:
        monkeypatch.setenv(files.VARIABLE, folder)
    assert files.find(networks()[SMALL], tmp_path) is None


def test_links_and_what_is_no_file_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(files.VARIABLE, str(tmp_path))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    network = publish(SMALL, elsewhere)
    path = tmp_path / network.file
    path.symlink_to(elsewhere / network.file)
    assert load(network, files.find(network, tmp_path))
    for make in (
        lambda: path.symlink_to(tmp_path / "gone"),
        lambda: path.symlink_to(path),
        lambda: path.symlink_to("/dev/zero"),
        lambda: path.mkdir(),
        lambda: (path.rmdir(), os.mkfifo(path)),
    ):
        if path.is_symlink():
            path.unlink()
        make()
        assert files.find(network, tmp_path / "data") is None
