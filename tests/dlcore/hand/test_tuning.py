"""A hand is learned in a few epochs; old digits beside it keep the others; what changed is counted."""

from __future__ import annotations

import copy
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from dlcore.data import Samples, Splits
from dlcore.errors import DataError
from dlcore.events import Finished
from dlcore.hand.cards import CARDS
from dlcore.hand.config import OWN, HandConfig
from dlcore.hand.drawings import Hand, parted
from dlcore.hand.made_up import ODD, made_up_hand
from dlcore.hand.outcome import HandResult, outcome, read_hand, rights
from dlcore.hand.tuning import begin, hand_splits
from dlcore.hand.words import change_words, drawing_words, forgotten_words, prompt
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.training.change import Change, change
from dlcore.training.evaluation import Evaluation, evaluate
from dlcore.training.loop import train

NORMAL = NORMALIZE["mnist"]
HAND = ODD[0]
TEST = 3000  # test digits, here


@cache
def shipped() -> nn.Module:
    return load_model(shipped_run("mnist").checkpoints[-1])[0]


def tuned(config: HandConfig) -> nn.Module:
    state = begin(config, copy.deepcopy(shipped()))
    splits = hand_splits(config.hand, config.rehearsal)
    *_, last = train(state, Splits(splits.train, splits.val, splits.test[:0]))
    assert isinstance(last, Finished)
    return state.model.eval()


@cache
def read(rehearsal: int) -> tuple[np.ndarray, Evaluation]:
    model = shipped() if rehearsal < 0 else tuned(HandConfig(rehearsal=rehearsal, made_up=HAND))
    with torch.inference_mode():
        return read_hand(model, NORMAL, made_up_hand(HAND, 150)), evaluate(model, load_test()[:TEST], NORMAL)


def result(rehearsal: int) -> HandResult:
    (was, known), (now, found) = read(-1), read(rehearsal)
    return outcome(made_up_hand(HAND), (was[:50], now[:50]), (known, found), rehearsal)


def test_a_hand_is_learned_and_the_test_digits_are_kept() -> None:
    """What it must reach: 80 % of what was misread is mended, at most 0.3 points of the test are lost."""
    hand = made_up_hand(HAND, 150)
    was, now = (rights(hand, read(rehearsal)[0]) for rehearsal in (-1, HandConfig().rehearsal))
    assert (~was).sum() >= 15, "else there is nothing to mend"
    assert now[50:][~was[50:]].mean() >= 0.8, "of drawings that it never saw"
    found = result(HandConfig().rehearsal)
    assert found.test.after - found.test.before >= -0.003 * TEST
    assert found.learned_from.total == 40
    assert found.set_aside.total == 10


def test_without_old_digits_it_forgets() -> None:
    alone, both = result(0), result(HandConfig().rehearsal)
    assert alone.test.forgot > alone.test.learned
    assert not alone.test.within_chance
    assert alone.test.after < both.test.after
    assert len(alone.forgotten) == alone.test.forgot
    found = CARDS["alone"].see(alone)
    assert found is not None
    assert found.shown
    assert CARDS["alone"].see(both) is None


def test_the_drawings_set_aside_are_read_better_too() -> None:
    found = CARDS["aside"].see(result(HandConfig().rehearsal))
    assert found is not None
    assert found.shown
    assert CARDS["aside"].see(result(0)) is None


def test_the_same_seed_and_drawings_give_the_same_network() -> None:
    config = HandConfig(epochs=1, rehearsal=0, made_up=HAND)
    first, second = (tuned(config).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = tuned(config.replace(seed=1)).state_dict()
    assert not torch.equal(first["fc2.weight"], other["fc2.weight"])


def test_it_learns_from_the_hand_and_old_digits_and_from_none_set_aside() -> None:
    hand = made_up_hand(HAND)
    splits = hand_splits(hand, 100)
    mine, away = parted(hand)
    assert len(splits.train) == OWN + 100 == HandConfig(rehearsal=100).training().train_size
    seen = {image.numpy().tobytes() for image in splits.train.images[:OWN]}
    assert seen == {drawing.pixels.tobytes() for drawing in mine}
    assert [int(label) for label in splits.val.labels] == [drawing.label for drawing in away]


@pytest.mark.parametrize("hand", [(), made_up_hand(HAND, 1)], ids=["empty", "one class"])
def test_a_hand_of_one_class_is_refused_before_it_begins(hand: Hand) -> None:
    with pytest.raises(DataError, match=r"^(Draw some digits first|All your drawings are a 0)"):
        hand_splits(hand, 0)


def test_turned_images_are_counted_and_weighed_against_chance() -> None:
    before, after = np.array([True, True, False, False]), np.array([True, False, True, True])
    found = change(before, after)
    assert found == Change(4, 2, 2, 1)
    assert found.after == 3
    assert found.by_chance == pytest.approx(1.0)
    assert Change(10, 4, 6, 0).by_chance == pytest.approx(2 / 64)
    assert Change(10_000, 9949, 3, 17).by_chance == pytest.approx(2 * (1 + 20 + 190 + 1140) / 2**20)
    assert not Change(10_000, 9949, 3, 17).within_chance
    assert Change(10, 9, 0, 0).within_chance


def test_the_words_are_of_these_counts() -> None:
    assert change_words(Change(10, 4, 6, 0)) == "6 turned right: more than chance."
    assert change_words(Change(10, 8, 2, 1)) == "2 turned right, 1 turned wrong: within chance."
    assert change_words(Change(10, 8, 0, 0)) == "Nothing turned."
    hand = made_up_hand(HAND)
    assert prompt(hand[:13]) == "Write a 3 · 14 of 50"
    assert prompt(hand) == "Write a 0 · drawing 51"
    votes = [np.eye(10, dtype=np.float32)[8], np.eye(10, dtype=np.float32)[3]]
    said = drawing_words(hand[3], aside=False, votes=votes)
    assert said.startswith("A 3, to learn from. Before, it read 8 with ")
    known = read(-1)[1]
    (label,) = set(known.labels[:1].tolist())
    assert forgotten_words((0, 0), known) == f"Of them 2 labelled {label}."


def test_an_unread_sample_is_no_sample() -> None:
    assert read_hand(shipped(), NORMAL, ()).shape == (0, 10)
    assert isinstance(hand_splits(made_up_hand(HAND), 0).val, Samples)
