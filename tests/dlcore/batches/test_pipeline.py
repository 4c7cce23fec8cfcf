"""What is shown on the way is what the loader gives."""

from __future__ import annotations

import pytest
import torch

from dlcore.batches.pipeline import BATCH, SHOWN, Digits, Normalized, first_batch, make_loader
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE

TRANSFORM = Normalized(*NORMALIZE["mnist"])


@pytest.mark.parametrize("shuffle", [True, False])
def test_the_passage_is_the_loaders_first_batch(shuffle: bool) -> None:
    samples = load_test()
    seen = first_batch(samples, TRANSFORM, shuffle=shuffle, seed=3)
    images, labels = next(iter(make_loader(Digits(samples, TRANSFORM), shuffle=shuffle, seed=3)))
    assert seen.shape == tuple(images.shape) == (BATCH, 1, 28, 28)
    assert [item.label for item in seen.items] == labels.tolist()
    indices = [item.index for item in seen.items]
    torch.testing.assert_close(NORMALIZE["mnist"](samples.images[indices]), images, atol=1e-6, rtol=0)
    assert (seen.pixels == samples.images[indices, 0].numpy()).all()
    assert (indices == list(range(BATCH))) == (not shuffle)
    assert sum(seen.labels) == BATCH
    assert seen.batches == 313
    assert (seen.low, seen.high) == (float(images.min()), float(images.max()))


def test_each_image_shows_pixels_from_paper_to_ink_before_and_after() -> None:
    for item in first_batch(load_test(), TRANSFORM, shuffle=True, seed=0).items:
        assert len(item.raw) == len(item.scaled) == SHOWN
        assert item.raw[0] == 0
        assert list(item.raw) == sorted(item.raw)
        assert list(item.scaled) == pytest.approx([(x / 255 - 0.1307) / 0.3081 for x in item.raw], abs=1e-5)


def test_the_same_epoch_draws_the_same_and_nobodys_random_numbers_move() -> None:
    before = torch.get_rng_state()
    one, same, other = (
        [item.index for item in first_batch(load_test(), TRANSFORM, shuffle=True, seed=seed).items]
        for seed in (1, 1, 2)
    )
    assert one == same != other
    assert torch.equal(torch.get_rng_state(), before)
