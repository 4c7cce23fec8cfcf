"""Features that are kept for whoever brings the same picture: so many rows, and no more than those."""

from __future__ import annotations

import numpy as np

from dlcore.classifier.features import Features
from ui.lenses.classifier import Known


def batch(first: int, size: int) -> Features:
    digests = tuple(f"picture {first + place}" for place in range(size))
    return Features(digests, np.full((size, 1280), first, np.float32))


def test_a_kept_row_does_not_keep_its_batch() -> None:
    known = Known(2)
    known.add(batch(0, 100), "pad")
    rows = [known.of(f"picture {number}", "pad") for number in (98, 99)]
    assert known.of("picture 97", "pad") is None
    assert all(row is not None and row.base is None for row in rows)


def test_what_was_asked_for_last_stays_longest() -> None:
    known = Known(2)
    known.add(batch(0, 2), "pad")
    assert known.of("picture 0", "crop") is None, "squared in another way it is another picture"
    assert known.of("picture 0", "pad") is not None
    known.add(batch(2, 1), "pad")
    kept = [number for number in range(3) if known.of(f"picture {number}", "pad") is not None]
    assert kept == [0, 2]
