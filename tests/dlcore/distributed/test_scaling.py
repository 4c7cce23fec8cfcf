"""The model of N GPUs: its limits, and that it reads a measurement back."""

from __future__ import annotations

import pytest

from dlcore.distributed.scaling import COUNTS, Machine, bandwidth_of

MACHINE = Machine(compute=1e-4, fixed=0.0, bandwidth=1e9, latency=5e-5, weights=860_776)


def test_without_a_price_of_the_way_each_one_more_helps() -> None:
    free = Machine(1e-4, 0.0, 1e15, 0.0, 860_776)
    assert free.shared(8, 256) == pytest.approx(8 * free.shared(1, 256), rel=1e-3)
    assert free.pays_until(256) == COUNTS[-1]


def test_latency_ends_it_and_a_larger_batch_puts_it_off() -> None:
    assert 1 < MACHINE.pays_until(256) < MACHINE.pays_until(4096)
    assert MACHINE.shared(128, 256) < MACHINE.shared(MACHINE.pays_until(256), 256)


def test_own_batches_scale_better_than_a_shared_one() -> None:
    for gpus in COUNTS[1:]:
        assert MACHINE.grown(gpus, 256) > MACHINE.shared(gpus, 256)


def test_a_slow_way_makes_two_slower_than_one() -> None:
    slow = Machine(1e-4, 0.0, 1e6, 0.0, 860_776)
    assert slow.pays_until(256) == 1


@pytest.mark.parametrize("ranks", [2, 4])
def test_a_measured_reduction_is_read_back(ranks: int) -> None:
    small = 2 * (ranks - 1) * MACHINE.latency
    bandwidth, latency = bandwidth_of(ranks, MACHINE.weights, small, MACHINE.reduction(ranks))
    assert bandwidth == pytest.approx(MACHINE.bandwidth)
    assert latency == pytest.approx(MACHINE.latency)


def test_noise_gives_no_negative_bandwidth() -> None:
    bandwidth, _ = bandwidth_of(2, 1_000, 2e-3, 1e-3)
    assert bandwidth > 0
