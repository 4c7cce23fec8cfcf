"""Legal networks at random, small enough to train a few steps of each."""

from __future__ import annotations

from hypothesis import strategies as st

from dlcore.nets.blocks import KINDS, Block, text_of, usual_block
from dlcore.nets.shapes import plan

DENSE = Block("dense", {"units": 10})
SMALL = {
    "channels": 6,
    "kernel": 5,
    "padding": 2,
    "stride": 2,
    "size": 3,
    "share": 0.5,
    "units": 24,
    "width": 8,
}


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """One block whose numbers are small."""
    block = usual_block(draw(st.sampled_from(sorted(KINDS))))
    for one in KINDS[block.kind].fields:
        most = SMALL[one.name]
        numbers = st.integers(int(one.low), int(most)) if one.whole else st.sampled_from([0.1, 0.25, most])
        block = block.with_number(one.name, draw(numbers))
    return block


@st.composite
def networks(draw: st.DrawFn) -> str:
    """Blocks that can follow each other; those that cannot are left out."""
    kept: list[Block] = []
    for block in draw(st.lists(blocks(), max_size=9)):
        found = plan([*kept, block, DENSE])
        if found.problem is None:
            kept.append(block)
    return text_of((*kept, DENSE))
