"""Sizes and shapes of the pair, and that the seed alone draws their first weights."""

from __future__ import annotations

import torch

from dlcore.gan.networks import Discriminator, Generator, build_pair
from dlcore.nets.registry import count_parameters


def test_their_sizes_are_those_of_their_docstrings() -> None:
    sizes = count_parameters(Generator()), count_parameters(Discriminator())
    assert sizes == (74_401, 25_745)
    assert f"{sizes[0]:,} parameters" in str(Generator.__doc__)
    assert f"{sizes[1]:,} parameters" in str(Discriminator.__doc__)


def test_noise_becomes_digits_and_digits_become_logits() -> None:
    forger, detective = build_pair(noise=7, width=4, seed=0)
    labels = torch.arange(6)
    drawings = forger(torch.randn(6, 7, generator=torch.Generator().manual_seed(0)), labels)
    assert drawings.shape == (6, 1, 28, 28)
    assert float(drawings.detach().abs().max()) <= 1
    assert detective(drawings, labels).shape == (6,)


def test_the_label_matters_to_both() -> None:
    forger, detective = build_pair(noise=7, width=4, seed=0)
    noise, zeros, ones = torch.ones(2, 7), torch.zeros(2, dtype=torch.int64), torch.ones(2, dtype=torch.int64)
    forger.eval()
    drawings = forger(noise, zeros)
    assert not torch.equal(drawings, forger(noise, ones))
    assert not torch.equal(detective(drawings, zeros), detective(drawings, ones))


def test_the_seed_alone_draws_their_first_weights() -> None:
    def weights(seed: int) -> torch.Tensor:
        return torch.cat(
            [p.flatten() for net in build_pair(noise=7, width=4, seed=seed) for p in net.parameters()]
        )

    before = torch.get_rng_state()
    first = weights(1)
    torch.manual_seed(9)
    assert torch.equal(first, weights(1))
    assert not torch.equal(first, weights(2))
    torch.set_rng_state(before)
    weights(3)
    assert torch.equal(before, torch.get_rng_state()), "nobody else's numbers were drawn"
