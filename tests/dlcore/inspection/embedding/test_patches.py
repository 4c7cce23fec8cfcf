"""The black patch seen layer by layer: the same numbers as the plain network's, and what they show."""

from __future__ import annotations

import numpy as np
import pytest

from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.network import Dense, Network, build_network
from dlcore.blackpatch.training import make_data
from dlcore.errors import ConfigError
from dlcore.inspection.embedding.patches import EmbedConfig, embed, go_on, layer_name, layers_of
from dlcore.runs.jobs.blackpatch import load_network
from dlcore.runs.shipped import shipped_run

TWO = PatchConfig(hidden="7-5", test_size=40)
NETWORK = build_network(TWO.widths, init=0.5, seed=3)


def test_many_images_at_once_are_one_after_the_other() -> None:
    fair = make_data(TWO.maker, train_size=0, test_size=40, seed=TWO.seed).fair
    flow = layers_of(NETWORK, np.array(fair.images))
    for number, image in enumerate(fair.images):
        for theirs, ours in zip(NETWORK.forward(image), flow, strict=True):
            np.testing.assert_allclose(ours[number], theirs, atol=1e-12)


@pytest.mark.parametrize("layer", range(4))
def test_going_on_from_any_layer_ends_at_the_same_logit(layer: int) -> None:
    fair = make_data(TWO.maker, train_size=0, test_size=40, seed=TWO.seed).fair
    flow = layers_of(NETWORK, np.array(fair.images))
    np.testing.assert_allclose(go_on(NETWORK, layer, flow[layer]), flow[-1][:, 0], atol=1e-12)


@pytest.mark.parametrize(("images", "split"), [("fair", "fair"), ("test", "test")])
def test_it_shows_the_runs_own_test_images(images: str, split: str) -> None:
    result = embed(NETWORK, TWO, EmbedConfig(images=images))  # type: ignore[arg-type]
    examples = getattr(make_data(TWO.maker, train_size=5, test_size=40, seed=TWO.seed), split)
    np.testing.assert_allclose(result.images.reshape(40, -1), np.array(examples.images), rtol=1e-6)
    assert result.labels.tolist() == [label == 1 for label in examples.labels]
    assert result.logits.tolist() == pytest.approx([NETWORK.logit(image) for image in examples.images])


def test_the_layers_have_names_and_no_more_of_them() -> None:
    names = [layer_name(layer, tuple(TWO.widths)) for layer in range(4)]
    assert names == ["Input", "Layer 1", "Layer 2", "Output"]
    with pytest.raises(ConfigError, match=r"^Layer must be a whole number from 0 to 3\. Got 4 instead\.$"):
        embed(NETWORK, TWO, EmbedConfig(layer=4))


def test_perplexity_is_checked_against_the_images() -> None:
    with pytest.raises(ConfigError, match=r"^Perplexity must be below 40 \(images\)\. Got 40 instead\.$"):
        embed(NETWORK, TWO, EmbedConfig(method="tsne", perplexity=40))


def test_the_weights_are_those_of_layer_1() -> None:
    filters = embed(NETWORK, TWO, EmbedConfig()).filters
    assert filters.shape == (7, 9, 9)
    assert filters[2, 1].tolist() == pytest.approx(NETWORK.layers[0].weights[2][9:18], rel=1e-6)


def test_the_last_hidden_layer_is_cut_where_the_network_cuts() -> None:
    """There the network is a straight line: only what the plane leaves out can lie across it."""
    network, trained = load_network(shipped_run("black_patch").checkpoints[-1])
    result = embed(network, trained, EmbedConfig(layer=1))
    assert result.plane is not None
    assert result.plane.held > 0.99
    assert result.astray == 0
    through_the_input = embed(network, trained, EmbedConfig(layer=0))
    assert through_the_input.astray > 50  # a plane of 36 % leaves much out


def test_a_dead_network_lies_on_one_point() -> None:
    dead = Network([Dense([[-1.0] * 81] * 4, [-1.0] * 4), Dense([[1.0] * 4], [0.5])])
    result = embed(dead, PatchConfig(hidden="4", test_size=40), EmbedConfig())
    assert result.plane is not None
    assert result.plane.held == 0
    assert result.dots.max() == 0
    assert result.correct == 20


def test_the_wrong_ones_come_round_and_round() -> None:
    network, trained = load_network(shipped_run("black_patch").checkpoints[-1])
    result = embed(network, trained, EmbedConfig())
    wrong = np.flatnonzero((result.logits > 0) != result.labels).tolist()
    assert result.first_seen() == wrong[0]
    assert result.next_wrong(wrong[0]) == wrong[1]
    assert result.next_wrong(wrong[-1]) == wrong[0]
    its_own = embed(network, trained, EmbedConfig(images="test"))
    assert its_own.correct == 600
    assert its_own.labels[its_own.first_seen()]
    assert its_own.next_wrong(5) == 5
