"""The shipped network on other people's digits: the score, and the suspicion that they were turned."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import torch
from torch import Tensor

from dlcore.cli.main import app
from dlcore.data import Samples
from dlcore.mnist.families import FAMILIES, Family
from dlcore.mnist.files import load_test
from dlcore.mnist.image_sets import ImageSet
from dlcore.mnist.normalize import NORMALIZE
from dlcore.serving.other_images import TURNS, Standing, judge, standing
from tests.dlcore.cli.call import answer, invoke
from tests.dlcore.serving.exports import shipped

UNDO = {"a quarter to the left": "a quarter to the right", "a quarter to the right": "a quarter to the left"}


def a_set(images: Tensor, family: Family = FAMILIES["mnist"]) -> ImageSet:
    return ImageSet(family, Samples(images, load_test().labels[: len(images)]), turned=False)


def stands(images: Tensor, family: Family = FAMILIES["mnist"]) -> Standing:
    trained = shipped()
    return standing(trained.model, NORMALIZE[trained.config.normalize], a_set(images, family))


@pytest.mark.parametrize("turn", TURNS)
def test_turned_digits_are_suspected_and_upright_ones_are_not(turn: str) -> None:
    found = stands(TURNS[turn](load_test().images[:100]).contiguous())
    better = UNDO.get(turn, turn)
    assert found.better == ("" if turn == "as they are" else better)
    assert (better in found.suspicion) == (turn != "as they are")


def test_noise_is_not_suspected_of_anything() -> None:
    noise = torch.randint(
        0, 256, (100, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    assert stands(noise).suspicion == ""


def test_what_is_not_digits_is_not_judged() -> None:
    trained = shipped()
    fashion = a_set(load_test().images[:50], FAMILIES["fashion"])
    judged = judge(trained.model, NORMALIZE[trained.config.normalize], fashion)
    assert (judged.right, judged.total) == (0, 0)
    assert stands(load_test().images[:50], FAMILIES["fashion"]).shares == {}


def write(folder: Path, images: Tensor, prefix: str) -> None:
    head = struct.pack(">BBBBIII", 0, 0, 8, 3, len(images), 28, 28)
    (folder / f"{prefix}-images-idx3-ubyte").write_bytes(head + images.numpy().tobytes())
    labels = load_test().labels[: len(images)].to(torch.uint8)
    head = struct.pack(">BBBBI", 0, 0, 8, 1, len(labels))
    (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(head + labels.numpy().tobytes())


def test_the_command_turns_emnist_upright_and_names_its_classes(tmp_path: Path) -> None:
    write(tmp_path, load_test().images[:200].transpose(2, 3).contiguous(), "emnist-balanced-test")
    found = answer(app, "mnist", "evaluate", "--data", str(tmp_path))
    assert (found["family"], found["turned_upright"]) == ("EMNIST Balanced", True)
    assert found["classes"][9:12] == ["9", "A", "B"]
    assert (found["digits"], found["suspicion"]) == (200, "")
    assert found["right"] >= 196


def test_the_command_suspects_digits_that_nobody_knows(tmp_path: Path) -> None:
    write(tmp_path, load_test().images[:200].transpose(2, 3).contiguous(), "mine-test")
    said = invoke(app, "mnist", "evaluate", "--data", str(tmp_path))
    assert "These digits may be stored another way" in said
    assert "transposed" in said
