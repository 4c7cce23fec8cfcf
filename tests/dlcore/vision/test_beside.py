"""Several networks on one picture: each with its own preparation; one that cannot answer says why."""

from __future__ import annotations

from pathlib import Path

import torch

from dlcore.events import Stage
from dlcore.vision.beside import TOP, SideBySide, iter_beside
from dlcore.vision.networks import networks
from dlcore.vision.photos import photos
from dlcore.vision.pictures import read_picture
from dlcore.vision.prepare import PrepareConfig
from dlcore.vision.recogniser import name_in_training, name_picture
from dlcore.vision.weights import load, pretrained
from dlcore.vision.words import beside_words, mode_words
from tests.dlcore.vision.published import SMALL, drawn, publish

PANDA = read_picture(next(photo for photo in photos() if photo.name == "panda").path.read_bytes())


def test_each_answers_with_its_own_preparation_or_says_why_not(tmp_path: Path) -> None:
    small = publish(SMALL, tmp_path)
    gone = networks()["alexnet"]
    asked = [
        (networks()["efficientnet_lite0"], None),
        (small, tmp_path / small.file),
        (gone, tmp_path / gone.file),
    ]
    events = list(iter_beside(asked, PANDA, PrepareConfig(), threads=1))
    assert [event.words for event in events if isinstance(event, Stage)] == [
        "Asking EfficientNet-Lite0", "Asking SqueezeNet1.1", "Asking AlexNet",
    ]  # fmt: skip
    found = events[-1]
    assert isinstance(found, SideBySide)
    first, second, third = found.rows
    assert first.guesses[0].name == "giant panda"
    expected = name_picture(load(small, tmp_path / small.file), PANDA, TOP, None, small.recipe)
    assert second.guesses == expected.guesses
    assert min(first.milliseconds, second.milliseconds) > 0
    assert third.guesses == ()
    assert "cannot be read" in third.problem
    assert "on 1 thread of the machine" in beside_words(found)


def test_in_training_mode_a_copy_answers_the_same_each_time() -> None:
    network, random = drawn("alexnet"), torch.get_rng_state()
    recipe = networks()["alexnet"].recipe
    once, again = (name_in_training(network, PANDA, 5, None, recipe) for _ in range(2))
    assert torch.equal(once.logits, again.logits), "what it drops is drawn by the same seed"
    assert not torch.equal(once.logits, name_in_training(network, PANDA, 5, None, recipe, seed=1).logits)
    assert not any(part.training for part in network.modules())
    shuffle = drawn("shufflenet_v2_x0_5")
    before = [buffer.clone() for buffer in shuffle.buffers()]
    name_in_training(shuffle, PANDA, 5, None, recipe)
    assert all(map(torch.equal, before, shuffle.buffers())), "what batch norm gathered was the copy's"
    assert torch.equal(random, torch.get_rng_state())


def test_it_is_said_what_training_mode_changes() -> None:
    assert mode_words(pretrained()).startswith("It has 49 layers of batch norm:")
    assert mode_words(drawn("alexnet")).startswith("It has 2 layers that drop something at random:")
    assert mode_words(torch.nn.Linear(2, 2)) == "It has no layer that training mode changes."
