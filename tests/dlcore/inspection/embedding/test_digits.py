"""The digits of a layer: the right numbers, a true plane, honest neighbours, and the cards that read them."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from dlcore.errors import ConfigError
from dlcore.figures.digit_embedding import digit_alt, digit_figure, digit_text
from dlcore.inspection.embedding.digit_cards import CARDS, ShownDigits
from dlcore.inspection.embedding.digit_words import about
from dlcore.inspection.embedding.digits import (
    NEIGHBOURS,
    SHOWN,
    DigitConfig,
    DigitLayer,
    layer_names,
    look_at_layer,
    nearest,
    picture_of,
    place_digit,
    shown_digits,
)
from dlcore.nets.registry import build_model
from dlcore.nets.variants import CALLED, ActivationName
from dlcore.words import percent
from tests.dlcore.inspection.nets import NETS, digit, network


@pytest.fixture(scope="module")
def layers() -> dict[str, DigitLayer]:
    model, normalize = network("FastCNN")
    return {name: look_at_layer(model, normalize, name) for name in layer_names(model)}


def test_the_digits_are_sixty_of_each_and_always_the_same() -> None:
    images, labels = shown_digits()
    assert np.bincount(labels).tolist() == [60] * 10
    assert len({image.tobytes() for image in images}) == SHOWN
    assert not images.flags.writeable


def test_a_layer_is_what_the_network_has_there(layers: dict[str, DigitLayer]) -> None:
    model, normalize = network("FastCNN")
    x = normalize(torch.from_numpy(shown_digits()[0].copy())[:, None])
    with torch.no_grad():
        expected = {"input": x, "conv1": F.relu(model.pool(model.conv1(x)))}  # type: ignore[operator]
        expected["fc2"] = model(x)
    for name, values in expected.items():
        assert np.allclose(layers[name].activations, values.flatten(1).numpy(), atol=1e-4)
    assert np.array_equal(layers["conv1"].predictions, expected["fc2"].argmax(1).numpy())


@pytest.mark.parametrize("activation", get_args(ActivationName))
def test_a_layer_is_seen_after_any_activation(activation: ActivationName) -> None:
    _, normalize = network("FastCNN")
    does = getattr(F, CALLED[activation].removeprefix("F."))
    x = normalize(torch.from_numpy(shown_digits()[0].copy())[:, None])
    dense = build_model("BookMLP", activation=activation, first_weights="large")
    convolutional = build_model("FastCNN", activation=activation)
    with torch.no_grad():
        fc1 = does(dense.fc1(x.flatten(1)))  # type: ignore[operator]
        conv1 = does(convolutional.pool(convolutional.conv1(x)))  # type: ignore[operator]
        logits = dense(x)
    for model, layer, expected in (
        (dense, "fc1", fc1),
        (convolutional, "conv1", conv1),
        (dense, "fc3", logits),
    ):
        found = look_at_layer(model, normalize, layer).activations
        assert np.allclose(found, expected.flatten(1).numpy(), atol=1e-4)


def test_the_input_is_the_pixels_whatever_comes_first() -> None:
    _, normalize = network("FastCNN")
    model = build_model("MyNetwork", layers="pool 2, conv 4x3, tanh, average 2, dense 10")
    assert look_at_layer(model, normalize, "input").activations.shape == (SHOWN, 784)
    assert look_at_layer(model, normalize, "conv1").activations.shape == (SHOWN, 4 * 6 * 6)


@pytest.mark.parametrize("name", ["input", "fc1", "fc2"])
def test_the_plane_is_the_principal_one(layers: dict[str, DigitLayer], name: str) -> None:
    layer = layers[name]
    pca = PCA(2, svd_solver="full").fit(layer.activations.astype(np.float64))
    assert layer.plane.shares == pytest.approx(pca.explained_variance_ratio_.tolist(), rel=1e-6)
    assert np.abs(np.sum(layer.plane.directions * pca.components_, axis=1)) == pytest.approx(1, abs=1e-6)
    assert np.allclose(
        picture_of(layer, DigitConfig(layer=name)).points, layer.plane.place(layer.activations.astype(float))
    )


def test_neighbours_are_the_nearest(layers: dict[str, DigitLayer]) -> None:
    rows = layers["fc1"].activations.astype(np.float64)
    near = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(rows).kneighbors(return_distance=False)
    same = [len(np.intersect1d(a, b)) for a, b in zip(near, nearest(rows), strict=True)]
    assert np.mean(same) > NEIGHBOURS - 0.01
    labels = layers["fc1"].labels
    assert layers["fc1"].purity == pytest.approx((labels[near] == labels[:, None]).mean(), abs=0.002)


@pytest.mark.parametrize("net", NETS)
def test_a_shown_digit_lands_on_itself(net: str) -> None:
    model, normalize = network(net)
    layer = look_at_layer(model, normalize, "fc1")
    mine = place_digit(model, normalize, layer, layer.images[17])
    assert mine.neighbours[0] == 17
    points = picture_of(layer, DigitConfig()).points
    assert mine.point == pytest.approx(tuple(points[17]), abs=1e-3)


def test_a_layer_that_is_not_there_is_a_sentence() -> None:
    model, normalize = network("SimpleCNN")
    with pytest.raises(ConfigError, match=r"^Layer must be one of input, conv1, fc1, fc2\. Got 'conv2' inst"):
        look_at_layer(model, normalize, "conv2")


def test_the_next_wrong_goes_round(layers: dict[str, DigitLayer]) -> None:
    layer = layers["fc1"]
    wrong = np.flatnonzero(~layer.right).tolist()
    assert layer.next_wrong(-1) == wrong[0]
    assert layer.next_wrong(wrong[-1]) == wrong[0]


# --- The picture ------------------------------------------------------------------------------


def test_every_digit_is_on_the_picture_once(layers: dict[str, DigitLayer]) -> None:
    layer = layers["fc1"]
    model, normalize = network("FastCNN")
    picture = picture_of(layer, DigitConfig())
    mine = place_digit(model, normalize, layer, digit(0))
    figure = digit_figure(layer, picture, "light", picked=3, mine=mine)
    drawn = sorted(
        image for trace in figure.data if trace.customdata is not None for image in trace.customdata
    )
    assert drawn == list(range(SHOWN))
    for trace in figure.data:
        if trace.customdata is not None:
            signs = [text.removeprefix("<b>").removesuffix("✗</b>") for text in trace.text]
            assert [int(sign) for sign in signs] == layer.labels[list(trace.customdata)].tolist()
    assert (figure.data[-1].x[0], figure.data[-1].y[0]) == mine.point
    assert percent(layer.purity) in digit_alt(layer, picture)
    assert "█" in digit_text(layer.images[0].tobytes())


# --- Cards ------------------------------------------------------------------------------------


def seen(layers: dict[str, DigitLayer], name: str, epoch: int) -> ShownDigits:
    picture = picture_of(layers[name], DigitConfig(layer=name))
    return ShownDigits(layers[name], picture, f"epoch {epoch}", epoch == 0, layers["input"])


def test_layer_by_layer_neighbours_share_their_label(layers: dict[str, DigitLayer]) -> None:
    purities = [layer.purity for layer in layers.values()]
    assert purities == sorted(purities)
    finding = CARDS["layers"].see(seen(layers, "fc1", 20))
    assert finding is not None
    assert finding.shown
    assert finding.right == "Nearly all"
    assert CARDS["layers"].see(seen(layers, "input", 20)) is None


def test_what_is_within_an_epoch_is_called_so(layers: dict[str, DigitLayer]) -> None:
    layer = layers["fc2"]
    picture = picture_of(layer, DigitConfig(layer="fc2"))
    within = ShownDigits(layer, picture, "step 104, within epoch 1", False, layers["input"])
    assert CARDS["untrained"].see(within) is None, "they are not untrained"
    assert "test images, step 104, within epoch 1)" in about(layer, picture, within.when)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_untrained_logits_keep_fewer(seed: int) -> None:
    _, normalize = network("FastCNN")
    model = build_model("FastCNN", seed=seed)
    found = {name: look_at_layer(model, normalize, name) for name in ("input", "fc2")}
    finding = CARDS["untrained"].see(seen(found, "fc2", 0))
    assert finding is not None
    assert finding.shown
    assert finding.right == "Less often"


def test_another_seed_moves_the_islands_and_keeps_neighbours(layers: dict[str, DigitLayer]) -> None:
    one, two = (picture_of(layers["fc1"], DigitConfig(method="tsne", seed=seed)) for seed in (1, 2))
    finding = CARDS["seeds"].see(ShownDigits(layers["fc1"], two, "epoch 20", False, layers["input"], one))
    assert finding is not None
    assert finding.shown
    assert finding.right == "Who is beside whom"
    assert one.purity > picture_of(layers["fc1"], DigitConfig()).purity
    with pytest.raises(ConfigError, match=r"^Perplexity must be below 600"):
        picture_of(layers["fc1"], DigitConfig(method="tsne").model_copy(update={"perplexity": 600}))
