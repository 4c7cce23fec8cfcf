"""The ring all-reduce with its numbers: played, or step by step, forth and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dlcore.distributed.ring import chunks_of, ring_frames
from dlcore.distributed.shares import Share
from dlcore.figures.batches import grid_image
from dlcore.figures.digits import data_uri
from ui.components.parts import part

COLUMNS = 16  # of a share's digits
_ring = st.components.v2.component(
    "ring",
    html=part("ring/ring.html"),
    css=part("ring/ring.css"),
    js=part("ring/ring.js"),
)


def show_ring(shares: Sequence[Share], key: str) -> None:
    """Each rank's share of the batch, its gradient, and how it becomes the mean of all.

    A component's key may not contain "__".
    """
    frames = ring_frames([share.gradient for share in shares])
    data: dict[str, Any] = {
        "ranks": [
            {
                "uri": data_uri(grid_image(share.pixels, min(COLUMNS, len(share.pixels)))),
                "alt": f"The digits of rank {rank}: {', '.join(map(str, share.labels))}",
                "words": f"{len(share.labels)} digits, loss {share.loss:.3f}",
                "counts": [share.labels.count(digit) for digit in range(10)],
            }
            for rank, share in enumerate(shares)
        ],
        "frames": [
            {
                "words": frame.words,
                "values": frame.values,
                "parts": frame.parts,
                "hops": [[hop.sender, hop.receiver, hop.chunk] for hop in frame.hops],
            }
            for frame in frames
        ],
        "chunks": [[chunk.start, chunk.stop] for chunk in chunks_of(10, len(shares))],
        "largest": max(abs(value) for share in shares for value in share.gradient),
    }
    _ring(key=key, data=data)
