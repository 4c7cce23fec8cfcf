"""The ring: every rank ends with the mean, and sends what the formula says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcore.distributed.ring import chunks_of, ring_frames

VECTORS = st.integers(1, 6).flatmap(
    lambda ranks: st.lists(
        st.lists(st.floats(-100, 100), min_size=10, max_size=10).map(tuple), min_size=ranks, max_size=ranks
    )
)


@given(VECTORS)
def test_every_rank_ends_with_the_same_mean(vectors: list[tuple[float, ...]]) -> None:
    frames, ranks = ring_frames(vectors), len(vectors)
    assert len(frames) == (1 if ranks == 1 else 2 * ranks)
    last = frames[-1]
    assert len(set(last.values)) == 1
    assert last.parts == ((ranks,) * ranks,) * ranks
    mean = [sum(column) / ranks for column in zip(*vectors, strict=True)]
    assert last.values[0] == pytest.approx(mean, abs=1e-9)


@pytest.mark.parametrize("ranks", [2, 3, 4])
def test_a_rank_sends_two_shares_of_the_rest(ranks: int) -> None:
    length = 12
    frames = ring_frames([(float(rank),) * length for rank in range(ranks)])
    chunks = chunks_of(length, ranks)
    for rank in range(ranks):
        sent = sum(len(chunks[hop.chunk]) for frame in frames for hop in frame.hops if hop.sender == rank)
        assert sent == 2 * (ranks - 1) * length / ranks
    assert all(hop.receiver == (hop.sender + 1) % ranks for frame in frames for hop in frame.hops)


def test_what_is_finished_after_half_the_way_lies_on_one_rank_each() -> None:
    frames = ring_frames([(1.0, 2.0, 3.0)] * 3)
    middle = frames[1 + 2].parts
    assert [parts.count(3) for parts in middle] == [1, 1, 1]


def test_chunks_cover_all_places() -> None:
    assert chunks_of(10, 4) == (range(3), range(3, 6), range(6, 8), range(8, 10))


def test_vectors_must_be_alike() -> None:
    with pytest.raises(ValueError, match=r"Vectors must be of one length. Got \[1, 2\] instead."):
        ring_frames([(1.0,), (1.0, 2.0)])
