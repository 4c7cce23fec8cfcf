"""Each card of the two pages shows its effect, on three seeds where chance has a part."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlcore.classifier import app_cards
from dlcore.classifier.cards import CARDS, ShownClassifier
from dlcore.classifier.collection import collect
from dlcore.classifier.config import ClassifierConfig
from dlcore.classifier.curve import Curve, iter_curve
from dlcore.classifier.examples import examples
from dlcore.classifier.features import features_of
from dlcore.classifier.pictures import picture_of
from dlcore.classifier.scratch import Scratch, iter_scratch
from dlcore.vision.lite0 import EfficientNetLite0
from dlcore.vision.photos import photo_of
from tests.dlcore.classifier.conftest import SetUp

SEEDS = (0, 1, 2)
NAMES = set(ClassifierConfig.model_fields)


def settings_of(name: str, seed: int) -> dict[str, object]:
    return {name: value for name, value in CARDS[name].setup.items() if name in NAMES} | {"seed": seed}


def seen(set_up: SetUp, name: str, seed: int, **more: object) -> ShownClassifier:
    settings = settings_of(name, seed)
    collection, _, judged = set_up(**settings)
    return ShownClassifier(ClassifierConfig().replace(**settings), collection, judged, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", SEEDS)
def test_three_pictures_of_each_class_are_nearly_enough(set_up: SetUp, seed: int) -> None:
    collection, found, _ = set_up(seed=seed)
    curve = list(iter_curve(found, collection.labels, 3, seed))[-1]
    assert isinstance(curve, Curve)
    finding = CARDS["few"].found(seen(set_up, "few", seed, curve=curve))
    assert finding is not None
    assert finding.shown
    assert finding.right == "About 95 %"
    assert CARDS["few"].found(seen(set_up, "few", seed)) is None, "the curve was not drawn"


@pytest.mark.parametrize("seed", SEEDS)
def test_shuffled_labels_come_out_right_where_copies_are_on_both_sides(set_up: SetUp, seed: int) -> None:
    finding = CARDS["copies"].found(seen(set_up, "copies", seed))
    assert finding is not None
    assert finding.shown
    assert finding.right == "Nearly all"
    collection, _, judged = set_up(take="10", copies="three", labels="shuffled", seed=seed)
    honest = ShownClassifier(ClassifierConfig(labels="shuffled", copies="three"), collection, judged)
    assert CARDS["copies"].found(honest) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_who_never_saw_a_wrong_label_finds_more_of_them(set_up: SetUp, seed: int) -> None:
    finding = CARDS["clean"].found(seen(set_up, "clean", seed))
    assert finding is not None
    assert finding.shown
    assert finding.right == "One that never saw the picture"


def test_nobody_finds_more_wrong_labels_where_both_find_as_many(set_up: SetUp) -> None:
    shown = seen(set_up, "clean", 0)
    alike = replace(shown.judged, losses_by_heart=shown.judged.losses)
    finding = CARDS["clean"].found(replace(shown, judged=alike))
    assert finding is not None
    assert not finding.shown
    assert finding.right == ""


@pytest.mark.parametrize("seed", SEEDS)
def test_from_nothing_far_fewer_are_right(set_up: SetUp, seed: int) -> None:
    shown = seen(set_up, "scratch", seed)
    collection, judged = shown.collection, shown.judged
    made = list(iter_scratch(collection.pictures, collection.labels, judged.folds, "pad", seed))[-1]
    assert isinstance(made, Scratch)
    finding = CARDS["scratch"].found(seen(set_up, "scratch", seed, scratch=made))
    assert finding is not None
    assert finding.shown
    assert finding.right == "About 75 %"


def test_the_same_folds_and_seed_train_the_same_network_from_scratch() -> None:
    collection = collect(examples(), ClassifierConfig(take="3"), {})
    folds = collection.labels.new_tensor(range(len(collection.labels))) % 2
    once, again = (
        list(iter_scratch(collection.pictures, collection.labels, folds, "pad", 3)) for _ in range(2)
    )
    assert once == again


def test_a_giraffe_is_surely_something_that_it_is_not(set_up: SetUp, lite0: EfficientNetLite0) -> None:
    _, _, judged = set_up()
    giraffe = picture_of(photo_of("giraffe").path.read_bytes(), "giraffe", "")
    shares = (judged.head.logits(features_of(lite0, giraffe, "pad")[None])[0, 0]).softmax(0).tolist()
    shown = app_cards.ShownApp(judged.classes, "giraffe", dict(zip(judged.classes, shares, strict=True)))
    finding = app_cards.CARDS["stranger"].found(shown)
    assert finding is not None
    assert finding.shown
    assert finding.right == "Over 80 % sure"
    assert (
        app_cards.CARDS["stranger"].found(app_cards.ShownApp(judged.classes, "moose", shown.shares)) is None
    )
