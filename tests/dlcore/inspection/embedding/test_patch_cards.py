"""Every card of the embedding page, tried on real networks: the effect it promises is there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlcore.blackpatch.config import PatchConfig
from dlcore.blackpatch.network import Network
from dlcore.blackpatch.training import make_data, start, train_step
from dlcore.events import drained
from dlcore.inspection.embedding.patch_cards import CARDS, ShownPatches
from dlcore.inspection.embedding.patches import EmbedConfig, PatchEmbedding, embed
from dlcore.runs.jobs.blackpatch import load_network
from dlcore.runs.shipped import shipped_run

SHIPPED = shipped_run("black_patch")


def set_up(name: str, network: Network, trained: PatchConfig, **more: object) -> PatchEmbedding:
    """What the page shows after one click on the card."""
    fields = {field: value for field, value in CARDS[name].setup.items() if field in EmbedConfig.model_fields}
    return embed(network, trained, EmbedConfig(**fields | more))


@pytest.fixture(scope="module")
def shipped() -> tuple[Network, PatchConfig]:
    return load_network(SHIPPED.checkpoints[-1])


@pytest.fixture(scope="module", params=[1, 2, 3])
def after_an_epoch(request: pytest.FixtureRequest) -> tuple[Network, PatchConfig]:
    """Trained anywhere with the learning rate 0.01 for one epoch, with three seeds."""
    config = PatchConfig(where="anywhere", seed=request.param)
    state = start(config.widths, init=config.init, lr=config.lr, seed=config.seed)
    data = make_data(config.maker, train_size=config.train_size, test_size=0, seed=config.seed)
    for pair in data.train.pairs():
        drained(train_step(state, [pair]))
    return state.network, config


@pytest.mark.parametrize(("where", "dots"), [("diagonal", 6), ("anywhere", 26)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_images_lie_on_few_dots(shipped, where: str, dots: int, seed: int) -> None:
    result = set_up("dots", shipped[0], PatchConfig(where=where, seed=seed))  # type: ignore[arg-type]
    finding = CARDS["dots"].see(ShownPatches(result, when="epoch 10"))
    assert finding is not None
    assert finding.shown
    assert f"600 images lie on {dots} dots" in finding.text
    assert finding.right == "Fewer than 30"
    held = 0.61 if where == "diagonal" else 0.36
    assert result.plane is not None
    assert result.plane.held == pytest.approx(held, abs=0.02)


def test_where_every_image_is_its_own_the_card_admits_it(shipped) -> None:
    noisy = replace(set_up("dots", *shipped), dots=np.arange(600))
    finding = CARDS["dots"].see(ShownPatches(noisy, when="epoch 10"))
    assert finding is not None
    assert not finding.shown
    assert finding.right == "One for each image"


def test_one_direction_holds_nearly_all_of_layer_1(after_an_epoch) -> None:
    finding = CARDS["one_number"].see(ShownPatches(set_up("one_number", *after_an_epoch), when="epoch 1"))
    assert finding is not None
    assert finding.shown
    assert "of the variance of 56 units" in finding.text
    assert finding.right == "Over 95 %"


def test_and_so_of_the_shipped_network(shipped) -> None:
    result = set_up("one_number", *shipped)
    finding = CARDS["one_number"].see(ShownPatches(result, when="epoch 10"))
    assert finding is not None
    assert finding.shown
    assert "one direction holds 99.4 %" in finding.text
    assert CARDS["one_number"].see(ShownPatches(result, "epoch 0", untrained=True)) is None, (
        "nothing was learned yet"
    )


def test_another_seed_moves_the_islands_and_keeps_the_neighbours(shipped) -> None:
    one, two = (set_up("seeds", *shipped, seed=seed) for seed in (1, 2))
    finding = CARDS["seeds"].see(ShownPatches(two, when="epoch 10", other=one))
    assert finding is not None
    assert finding.shown
    assert "from seed 1 to 2" in finding.text
    assert finding.right == "Who is beside whom"
    assert CARDS["seeds"].see(ShownPatches(one, when="epoch 10")) is None, "one picture alone moves nothing"


@pytest.mark.parametrize("name", CARDS)
def test_a_card_keeps_silent_about_another_picture(shipped, name: str) -> None:
    for other in CARDS:
        if other != name and "tsne" not in CARDS[other].setup.values():
            assert CARDS[name].see(ShownPatches(set_up(other, *shipped), when="epoch 10")) is None
