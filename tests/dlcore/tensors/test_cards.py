"""The cards of tensors: each shows its effect on what torch itself says."""

from __future__ import annotations

import pytest
import torch

from dlcore.tensors.broadcasting import broadcast
from dlcore.tensors.cards import CARDS, ShownTensors
from dlcore.tensors.config import TensorsConfig, values_of
from dlcore.tensors.graph import trace
from dlcore.tensors.values import read_tensor
from tests.dlcore.tensors.test_devices import made


def shown(name: str) -> ShownTensors:
    """What the page shows, once a card has set it up."""
    config = TensorsConfig().replace(**CARDS[name].setup)
    if config.part == "autograd":
        return ShownTensors(traced=trace(config.expression, values_of(config.leaves), 3))
    if config.part == "tensors":
        return ShownTensors(broadcast=broadcast(read_tensor(config.a), read_tensor(config.b)))
    return ShownTensors(devices=made((1e-6, 1e-5, 9e-3), (2e-6, 3e-5, 5e-3)))


@pytest.mark.parametrize(
    ("name", "right", "text"),
    [
        ("again", "12", ".grad was 6, then 12, then 18: 6 + 6 + 6 = 18."),
        ("stretched", "1.33", "the loss is 1.3333."),
        ("detached", "9", "the value was 27, the slope 9."),
        ("small", "One thread", "64×64 took 0.010 ms on one thread and 0.030 ms on all threads."),
    ],
)
def test_it_shows_its_effect(name: str, right: str, text: str) -> None:
    finding = CARDS[name].found(shown(name))
    assert finding is not None
    assert (finding.shown, finding.right) == (True, right)
    assert finding.text.endswith(text)


def test_nothing_is_said_of_another_set_up() -> None:
    for name, card in CARDS.items():
        assert card.found(ShownTensors()) is None
        for other in CARDS:
            assert (card.found(shown(other)) is None) == (name != other)
    assert CARDS["stretched"].found(ShownTensors(broadcast=broadcast(torch.ones(3), torch.ones(4)))) is None


def test_where_more_is_faster_the_card_says_so() -> None:
    finding = CARDS["small"].found(ShownTensors(devices=made((1, 2, 9), (1, 1, 5))))
    assert finding is not None
    assert (finding.shown, finding.right) == (False, "All it has")
