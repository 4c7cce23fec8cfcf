"""A hand: what is set aside, what comes next, what cannot be learned from, and how a run keeps it."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest

from dlcore.errors import ConfigError, DataError
from dlcore.figures.hand import hand_sheet, places
from dlcore.hand.config import HandConfig
from dlcore.hand.drawings import (
    MOST,
    MOST_LETTERS,
    Drawing,
    Hand,
    aside,
    next_digit,
    pack,
    parted,
    refusal,
    samples,
    unpack,
)
from dlcore.hand.glyphs import GLYPHS
from dlcore.hand.made_up import made_up_hand, style_of
from dlcore.mnist.canvas import is_dot


def hand_of(*labels: int, seed: int = 0) -> Hand:
    rng = np.random.default_rng(seed)
    return tuple(Drawing(label, rng.integers(0, 256, (28, 28), dtype=np.uint8)) for label in labels)


def test_every_fifth_of_a_digit_is_set_aside() -> None:
    hand = hand_of(*range(10), *range(10), *range(10), *range(10), *range(10), 3)
    assert aside(hand).tolist() == 40 * [False] + 10 * [True] + [False]
    learned, away = parted(hand)
    assert (len(learned), sorted(drawing.label for drawing in away)) == (41, list(range(10)))
    assert not aside(hand_of(1, 1, 1, 1, 2, 2)).any()


def test_the_digit_of_which_there_are_fewest_comes_next() -> None:
    assert next_digit(()) == 0
    assert next_digit(hand_of(0, 1, 2)) == 3
    assert next_digit(hand_of(*range(10))) == 0
    assert next_digit(hand_of(*range(10), *(d for d in range(10) if d != 7))) == 7


def test_what_cannot_be_learned_from_is_said() -> None:
    assert refusal(()).startswith("Draw some digits first")
    assert refusal(hand_of(3, 3, 3)).startswith("All your drawings are a 3: it would learn to read 3")
    assert refusal(hand_of(3, 4)) == ""


@pytest.mark.parametrize(("side", "dot"), [(1, True), (20, True), (40, True), (41, False), (200, False)])
def test_a_dot_is_no_digit(side: int, dot: bool) -> None:
    ink = np.zeros((280, 280), np.uint8)
    ink[50 : 50 + side, 90] = 255
    assert is_dot(ink) is dot
    assert not is_dot(np.zeros((280, 280), np.uint8))


def test_a_hand_is_the_same_after_a_run_has_kept_it() -> None:
    hand = hand_of(*(index % 10 for index in range(MOST)))  # noise: nothing makes it smaller
    text = pack(hand)
    assert len(text) <= MOST_LETTERS
    again = HandConfig().replace(drawings=text).hand
    assert [drawing.label for drawing in again] == [drawing.label for drawing in hand]
    assert (samples(again).images == samples(hand).images).all()
    assert (pack(()), unpack("")) == ("", ())


def packed(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "?",
        "AAAA",
        packed(b""),
        packed(bytes(784)),
        packed(b"\x0a" + bytes(784)),
        packed(bytes(785 * (MOST + 1))),
        packed(bytes(10**7)),
        pack(hand_of(1, 2))[:-8],
    ],
    ids=["letters", "no zip", "empty", "short", "a ten", "too many", "bomb", "cut off"],
)
def test_what_is_no_hand_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"^These drawings cannot be read: a hand is 1 to 200 drawings\."):
        unpack(text)
    with pytest.raises(ConfigError, match="These drawings cannot be read"):
        HandConfig().replace(drawings=text)


def test_a_made_up_hand_writes_in_one_way_and_more_of_it_begins_alike() -> None:
    few, many = made_up_hand(7, 20), made_up_hand(7, 40)
    assert [drawing.label for drawing in few] == [*range(10), *range(10)]
    assert all((a.pixels == b.pixels).all() for a, b in zip(few, many, strict=False))
    assert all(drawing.pixels.max() > 200 for drawing in many)
    alike = np.abs(many[3].pixels.astype(int) - many[13].pixels).mean()
    others = [
        abs(many[3].pixels.astype(int) - made_up_hand(seed, 4)[3].pixels).mean() for seed in range(8, 20)
    ]
    assert 0 < alike < np.median(others), "no two drawings are the same, and other hands differ more"
    assert len({style_of(seed) for seed in range(20)}) == 20
    assert all(form < len(GLYPHS[digit]) for digit, form in enumerate(style_of(3).forms))


def test_a_sheet_has_a_column_for_each_digit_and_frames_what_is_misread() -> None:
    hand = hand_of(0, 3, 3)
    assert places(hand) == [0, 3, 13]
    sheet = hand_sheet("now", hand, np.array([True, True, False]), "light", title="Now:", note="", picked=2)
    assert (sheet.rows, sheet.columns, sheet.count) == (5, 10, 50)
    assert [(box.row, box.column) for box in sheet.boxes] == [(1, 3)]
    assert sheet.alt.startswith("3 drawings, 2 of them read right")
    all_right = hand_sheet("now", hand, np.ones(3, bool), "light", title="Now:", note="")
    assert all_right.uri != sheet.uri
    assert hand_sheet("now", (), np.ones(0, bool), "dark", title="Now:", note="").rows == 5
