"""The cards of the drawing page. Each reads what the network makes of the digit on the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlcore.cards import Card, Finding
from dlcore.mnist.canvas import to_digit
from dlcore.serving.predictor import Prediction, Predictor
from dlcore.words import percent, vote_percent


@dataclass(frozen=True)
class Look:
    """One drawing, prepared as MNIST does and only shrunk, and what the network makes of both."""

    centred: Prediction
    shrunk: Prediction
    moved: bool  # is the ink's centre over 15 % of the canvas away from the canvas's centre?


def look(ink: NDArray[np.uint8], predictor: Predictor) -> Look:
    """`ink`: the drawing (H, W) uint8. Raises UploadError if there is none."""
    centred = predictor.predict(to_digit(ink))
    shrunk = predictor.predict(to_digit(ink, centered=False))
    rows, columns = np.nonzero(ink > 127)
    away = np.hypot(rows.mean() / ink.shape[0] - 0.5, columns.mean() / ink.shape[1] - 0.5)
    return Look(centred, shrunk, bool(away > 0.15))


def _corner(seen: Look) -> Finding | None:
    if not seen.moved:
        return None
    with_, without = seen.centred, seen.shrunk
    return Finding(
        f"centred it reads {with_.digit} with {vote_percent(with_.probabilities[with_.digit])}; only shrunk "
        f"it reads {without.digit} with {vote_percent(without.probabilities[without.digit])}.",
        shown=without.digit != with_.digit
        or without.probabilities[without.digit] < with_.probabilities[with_.digit] - 0.1,
        right="Yes" if without.digit == with_.digit else "No",
    )


def _letter(seen: Look) -> Finding | None:
    total = sum(seen.centred.probabilities)
    share = seen.centred.probabilities[seen.centred.digit]
    return Finding(
        f"the ten shares add up to {percent(total)}, and {seen.centred.digit} gets {vote_percent(share)} of "
        "them.",
        shown=abs(total - 1) < 1e-3,
        right="100 %" if abs(total - 1) < 1e-3 else "Less than 100 %" if total > 0 else "0 %",
    )


CARDS: Mapping[str, Card] = {
    "corner": Card(
        "Draw it in a corner",
        "Does it still read your digit?",
        ("Yes", "No"),
        setup={"centered": False},
        setup_words="centring off; then draw a digit in one corner",
        see=_corner,
        why="All training digits were scaled and centred. Preparing yours the same way is part of the model.",
    ),
    "letter": Card(
        "Draw a B",
        "What do the ten bars add up to for something that is no digit?",
        ("0 %", "Less than 100 %", "100 %"),
        setup={"centered": True},
        setup_words="centring on; then draw a letter",
        see=_letter,
        why="It must pick one of ten: softmax shares 100 % among them. It is a share, not a chance of "
        "being right.",
    ),
}
