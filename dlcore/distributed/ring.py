"""The ring all-reduce, step by step: every rank ends with the mean of all, sent chunk by chunk.

Each vector is cut into as many chunks as there are ranks. In reduce-scatter, N - 1 times, every rank sends
one chunk to its neighbour, who adds it to its own: then each rank holds one finished chunk. In all-gather,
N - 1 times more, the finished chunks travel on. So each rank sends 2 (N - 1) / N of the vector, however many
ranks there are (Patarasuk and Yuan, 2009, "Bandwidth optimal all-reduce algorithms").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Vector = tuple[float, ...]


@dataclass(frozen=True)
class Hop:
    """One chunk on its way from a rank to its neighbour in the ring."""

    sender: int
    receiver: int
    chunk: int


@dataclass(frozen=True)
class Frame:
    """The ring after one step. `values` by rank; `parts` by rank and chunk: the sum of so many ranks."""

    words: str
    values: tuple[Vector, ...]
    parts: tuple[tuple[int, ...], ...]
    hops: tuple[Hop, ...] = ()


def chunks_of(length: int, ranks: int) -> tuple[range, ...]:
    """`length` places cut into `ranks` chunks; the first ones are longer where it does not come out even."""
    short, rest = divmod(length, ranks)
    ends = [short * chunk + min(chunk, rest) for chunk in range(ranks + 1)]
    return tuple(range(begin, end) for begin, end in pairwise(ends))


def ring_frames(vectors: Sequence[Vector]) -> tuple[Frame, ...]:
    """From each rank's own vector to the mean of all on every rank. As DDP, each divides first, then adds.

    Raises ValueError if the vectors are not of one length.
    """
    ranks, length = len(vectors), len(vectors[0])
    if any(len(vector) != length for vector in vectors):
        raise ValueError(f"Vectors must be of one length. Got {[len(vector) for vector in vectors]} instead.")
    chunks = chunks_of(length, ranks)
    own = tuple((1,) * ranks for _ in range(ranks))
    frames = [Frame("Each rank has its own gradient", tuple(map(tuple, vectors)), own)]
    if ranks == 1:
        return tuple(frames)
    held = [[value / ranks for value in vector] for vector in vectors]
    parts = [[1] * ranks for _ in range(ranks)]

    def keep(words: str, hops: tuple[Hop, ...] = ()) -> None:
        frames.append(Frame(words, tuple(map(tuple, held)), tuple(map(tuple, parts)), hops))

    keep(f"All-reduce, in a ring. Each divides its own by {ranks}: then the sum is the mean")
    for turn in range(2 * (ranks - 1)):
        gathers = turn >= ranks - 1
        # In turn t rank r sends chunk r - t: the one that has just come to it.
        hops = tuple(
            Hop(rank, (rank + 1) % ranks, (rank + gathers - turn % (ranks - 1)) % ranks)
            for rank in range(ranks)
        )
        sent = [[held[hop.sender][place] for place in chunks[hop.chunk]] for hop in hops]
        count = [parts[hop.sender][hop.chunk] for hop in hops]
        for hop, values, summed in zip(hops, sent, count, strict=True):
            for place, value in zip(chunks[hop.chunk], values, strict=True):
                held[hop.receiver][place] = value if gathers else held[hop.receiver][place] + value
            before = 0 if gathers else parts[hop.receiver][hop.chunk]
            parts[hop.receiver][hop.chunk] = before + summed
        word = "All-gather: a finished chunk replaces" if gathers else "Reduce-scatter: a chunk is added to"
        at = turn % (ranks - 1) + 1
        keep(f"{word} the neighbour's, {at} of {ranks - 1}", hops)
    return tuple(frames)
