"""A line of blocks with one thing changed: pure, position by position from 0."""

from __future__ import annotations

from dlcore.errors import ConfigError
from dlcore.nets.blocks import MOST_BLOCKS, Block, BlockKind, usual_block

Blocks = tuple[Block, ...]


def added(blocks: Blocks, after: int, kind: BlockKind) -> Blocks:
    """With a usual block of that kind behind position `after`; -1 is the image.

    Raises ConfigError if there are MOST_BLOCKS already.
    """
    if len(blocks) >= MOST_BLOCKS:
        raise ConfigError(f"A network has at most {MOST_BLOCKS} blocks: take one out first.")
    return (*blocks[: after + 1], usual_block(kind), *blocks[after + 1 :])


def removed(blocks: Blocks, at: int) -> Blocks:
    return (*blocks[:at], *blocks[at + 1 :])


def moved(blocks: Blocks, at: int, by: int) -> Blocks:
    """The block `by` places later, or earlier below 0; at an end it stays there."""
    to = max(0, min(len(blocks) - 1, at + by))
    rest = removed(blocks, at)
    return (*rest[:to], blocks[at], *rest[to:])


def changed(blocks: Blocks, at: int, name: str, value: float) -> Blocks:
    """With another number in one block; of a share, three decimals can be written."""
    return (*blocks[:at], blocks[at].with_number(name, round(value, 3)), *blocks[at + 1 :])


def ended(blocks: Blocks) -> Blocks:
    """With ten logits at its end."""
    return (*blocks, usual_block("dense").with_number("units", 10))
