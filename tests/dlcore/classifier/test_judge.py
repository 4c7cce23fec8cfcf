"""Heads, folds, the learning curve, cleaning: the figures that the page rests on, on the lab's pictures."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from dlcore.classifier.cleaning import found_among, learned_by_heart, suspects
from dlcore.classifier.curve import Curve, iter_curve
from dlcore.classifier.examples import example_features, examples
from dlcore.classifier.features import NEAR, features_of, groups_of
from dlcore.classifier.folds import folds_of
from dlcore.classifier.head import DECAY, LR, train_heads
from dlcore.classifier.judge import calibration
from dlcore.classifier.pictures import near_copy
from dlcore.classifier.project import Decision
from dlcore.errors import DataError
from dlcore.training.evaluation import band
from dlcore.vision.lite0 import EfficientNetLite0
from tests.dlcore.classifier.conftest import SetUp

SEEDS = (0, 1, 2)


def test_the_shipped_features_are_what_the_network_finds(lite0: EfficientNetLite0) -> None:
    shipped = example_features()
    for place in range(0, 93, 31):
        found = features_of(lite0, examples()[place], "pad")
        torch.testing.assert_close(found, torch.from_numpy(shipped.values[place]), rtol=2e-3, atol=2e-3)


def test_a_head_is_the_one_that_autograd_trains() -> None:
    generator = torch.Generator().manual_seed(0)
    features, labels = torch.randn(12, 6, generator=generator), torch.arange(12) % 5 % 3
    learns = torch.ones(2, 12, dtype=torch.bool)
    learns[1, :3] = False
    heads = train_heads(features, labels, 3, learns, steps=20)
    layer = torch.nn.Linear(6, 3)
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    optimizer = torch.optim.AdamW(layer.parameters(), lr=LR, weight_decay=DECAY)
    for _ in range(20):
        optimizer.zero_grad()
        F.cross_entropy(layer(features[3:]), labels[3:]).backward()
        optimizer.step()
    torch.testing.assert_close(heads.weight[1], layer.weight.detach(), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(heads.logits(features)[1], layer(features).detach(), rtol=1e-4, atol=1e-4)


def test_near_copies_are_told_from_different_pictures(lite0: EfficientNetLite0) -> None:
    shipped = torch.from_numpy(example_features().values)
    assert len(groups_of(shipped).unique()) == 93, "no two of the lab's pictures are near-copies"
    unit = F.normalize(shipped, dim=1)
    found = [
        float(F.normalize(features_of(lite0, near_copy(examples()[place], 1, 0), "pad"), dim=0) @ unit[place])
        for place in range(0, 93, 6)
    ]
    assert sum(cosine > NEAR for cosine in found) >= len(found) - 1


def test_a_chain_of_near_copies_is_one_group() -> None:
    angles = torch.tensor([0.0, 0.5, 1.0, 3.0])  # neighbours are near, the ends are not
    points = torch.stack((angles.cos(), angles.sin()), 1)
    assert groups_of(points, near=0.8).tolist() == [0, 0, 0, 3]


def test_folds_hold_groups_together_and_classes_apart() -> None:
    labels = torch.tensor([0] * 10 + [1] * 10)
    groups = torch.arange(20) // 2
    folds = folds_of(labels, groups, seed=3)
    assert int(folds.max()) == 4
    assert all(len(folds[groups == group].unique()) == 1 for group in groups.unique())
    assert all(torch.bincount(folds[labels == label], minlength=5).tolist() == [2] * 5 for label in (0, 1))


def test_a_class_of_one_picture_cannot_be_judged() -> None:
    labels = torch.tensor([0, 0, 0, 1, 1])
    with pytest.raises(DataError, match="at least two different pictures"):
        folds_of(labels, torch.tensor([0, 1, 2, 3, 3]), seed=0)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_labs_pictures_are_told_apart(set_up: SetUp, seed: int) -> None:
    _, _, judged = set_up(seed=seed)
    assert judged.total == 93
    assert judged.right >= 91
    assert judged.confusion.sum() == 93
    assert sum(one.count for one in calibration(judged)) == 93


def test_a_few_pictures_of_each_class_are_enough(set_up: SetUp) -> None:
    collection, found, _ = set_up()
    curve = list(iter_curve(found, collection.labels, 3))[-1]
    assert isinstance(curve, Curve)
    reached = {point.per_class: point.mean for point in curve.points}
    for per_class, least in {1: 0.86, 3: 0.93, 5: 0.94, 10: 0.95, 15: 0.96, 20: 0.97}.items():
        assert reached[per_class] >= least, reached


@pytest.mark.parametrize("seed", SEEDS)
def test_near_copies_across_the_split_make_a_score_of_labels_that_mean_nothing(
    set_up: SetUp, seed: int
) -> None:
    settings = {"take": "10", "copies": "three", "labels": "shuffled", "seed": seed}
    _, _, at_random = set_up(split="random", **settings)
    _, _, by_content = set_up(split="content", **settings)
    assert at_random.total == by_content.total == 120
    assert at_random.right / 120 > 0.95
    assert by_content.right / 120 < 0.55


@pytest.mark.parametrize(("labels", "count"), [("noise_10", 9), ("noise_30", 28)])
@pytest.mark.parametrize("seed", SEEDS)
def test_heads_that_never_saw_a_picture_find_its_wrong_label(
    set_up: SetUp, labels: str, count: int, seed: int
) -> None:
    collection, _, judged = set_up(labels=labels, seed=seed)
    wrong = collection.wrong
    assert int(wrong.sum()) == count
    order = suspects(judged)
    assert found_among(order, wrong, 2 * count) >= 0.86 * count
    assert found_among(order, wrong, count) > found_among(learned_by_heart(judged), wrong, count)
    before = judged.right_by(collection.truth) / judged.total
    decisions = {
        collection.pictures[place].digest: Decision("relabel", collection.classes[collection.truth[place]])
        for place in order[: 2 * count].tolist()
        if wrong[place]
    }
    mended, _, again = set_up(decisions, labels=labels, seed=seed)
    assert again.right_by(mended.truth) / again.total > max(before, 0.95)


def test_decisions_delete_and_relabel_their_pictures_only(set_up: SetUp) -> None:
    first, second = examples()[0], examples()[1]
    decisions = {first.digest: Decision("delete"), second.digest: Decision("relabel", "tools")}
    collection, _, _ = set_up(decisions)
    labels = {picture.digest: picture.label for picture in collection.pictures}
    assert first.digest not in labels
    assert labels[second.digest] == "tools"
    assert collection.counts == (26, 27, 39)


def test_ones_own_decision_is_no_wrong_label(set_up: SetUp) -> None:
    decisions = {examples()[0].digest: Decision("relabel", "tools")}
    own, _, _ = set_up(decisions)
    assert not bool(own.wrong.any())
    spoiled, _, _ = set_up(labels="noise_10")
    mended = {
        spoiled.pictures[place].digest: Decision("relabel", spoiled.classes[spoiled.truth[place]])
        for place in spoiled.wrong.nonzero().flatten().tolist()
    }
    assert not bool(set_up(mended, labels="noise_10")[0].wrong.any())


def test_near_copies_make_no_number_surer(set_up: SetUp) -> None:
    _, _, alone = set_up(take="10")
    _, _, copied = set_up(take="10", copies="three")
    assert copied.total == 4 * alone.total
    groups = len(copied.groups.unique())
    assert groups < copied.total
    share = copied.right / copied.total
    assert copied.band.half_width > band(round(share * copied.total), copied.total).half_width


def test_a_class_that_would_come_into_one_fold_is_refused() -> None:
    labels = torch.tensor([0, 0, 0, 0, 1, 1, 1, 1])
    groups = torch.tensor([0, 1, 2, 3, 0, 0, 0, 1])
    for seed in range(20):
        try:
            folds = folds_of(labels, groups, seed)
        except DataError:
            continue
        assert all(len(folds[labels == label].unique()) > 1 for label in (0, 1))
