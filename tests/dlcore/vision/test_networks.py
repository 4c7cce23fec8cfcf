"""The list of networks is torchvision's own; each prepares a picture as torchvision does."""

from __future__ import annotations

import pytest
import torch
from torchvision import models

from dlcore.errors import ConfigError
from dlcore.vision.config import RecogniserConfig
from dlcore.vision.networks import EARLY, FIRST, Network, for_a_class, network_named, networks
from dlcore.vision.photos import photos
from dlcore.vision.pictures import read_picture
from dlcore.vision.prepare import prepare


def every() -> list[Network]:
    return [one for one in networks().values() if one.builder]


def test_every_classifier_of_torchvision_is_there_and_lite0_first() -> None:
    names = list(networks())
    assert names[: 1 + len(EARLY)] == [FIRST, *EARLY]
    assert {one.builder for one in every()} == set(models.list_models(module=models))
    published = [
        weights
        for builder in models.list_models(module=models)
        for weights in models.get_model_weights(builder)
        if weights.meta.get("categories")
    ]
    assert len(every()) == len(published)
    assert len({one.title for one in networks().values()}) == len(names)


def test_a_network_says_what_is_published_of_it() -> None:
    found = network_named("resnet101-v2")
    assert found.title == "ResNet-101 V2"
    assert found.file == "resnet101-cd907fc2.pth"
    assert found.digest == "cd907fc2"
    assert found.parameters == 44_549_160
    assert found.bytes == pytest.approx(178.8e6, abs=1e5)
    assert found.accuracy == pytest.approx(0.81886)
    assert (found.recipe.resize, found.recipe.crop) == (232, 224)
    assert network_named("resnet101-v1").recipe.resize == 256
    assert network_named("mnasnet0_5").digest == "3ffadce67e"
    assert all(len(one.digest) >= 8 and int(one.digest, 16) >= 0 for one in networks().values())


def test_titles_are_read_easily() -> None:
    titles = {name: networks()[name].title for name in ("squeezenet1_1", "resnet18", "vgg16_bn", "alexnet")}
    assert list(titles.values()) == ["SqueezeNet1.1", "ResNet-18", "VGG-16 BN", "AlexNet"]
    assert networks()["regnet_x_1_6gf-v2"].title == "RegNet X 1.6GF V2"


def test_a_page_offers_what_a_class_can_share() -> None:
    offered = {one.name for one in for_a_class()}
    assert {FIRST, *EARLY} <= offered
    assert "vit_h_14-swag_e2e_v1" not in offered
    with pytest.raises(ValueError, match="no network of the page"):
        RecogniserConfig(network="vit_h_14-swag_e2e_v1")


@pytest.mark.parametrize("name", ["resnet101", "resnet-18", "", "../../etc/passwd", "x" * 5000])
def test_an_unknown_network_is_a_sentence_with_near_names(name: str) -> None:
    with pytest.raises(
        ConfigError, match=r"^Network must be a name of the list, as .+\. Got .{1,45} instead\.$"
    ):
        network_named(name)


def test_each_way_of_preparing_is_torchvisions() -> None:
    picture = read_picture(next(p for p in photos() if p.name == "dog").path.read_bytes())
    tried = set()
    for network in every():
        if network.recipe not in tried:
            tried.add(network.recipe)
            weights = models.get_model_weights(network.builder)[network.weights]
            theirs = weights.transforms()(picture)[None]
            torch.testing.assert_close(
                prepare(picture, None, network.recipe).batch, theirs, rtol=0, atol=2e-6
            )
    assert len(tried) > 15
