"""Every card of the drawing page, tried on real digits: the effect it promises is there."""

from __future__ import annotations

import string

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dlcore.errors import UploadError
from dlcore.mnist.files import load_test
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.serving.draw_cards import CARDS, Look, look
from dlcore.serving.predictor import Predictor, make_predictor

Ink = NDArray[np.uint8]

CANVAS = 280  # pixels, as the page's
SMALL = 80  # of them: a digit drawn into a corner
MARGIN = 6
DIGITS = 60
CORNERS = {
    "top left": (MARGIN, MARGIN),
    "top right": (MARGIN, CANVAS - SMALL - MARGIN),
    "bottom left": (CANVAS - SMALL - MARGIN, MARGIN),
    "bottom right": (CANVAS - SMALL - MARGIN, CANVAS - SMALL - MARGIN),
}
MIDDLE = ((CANVAS - SMALL) // 2, (CANVAS - SMALL) // 2)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return make_predictor(*load_model(shipped_run("mnist").checkpoints[-1]))


def drawn(index: int, place: tuple[int, int], side: int = SMALL) -> Ink:
    """A test digit on the canvas, (280, 280), its field's top left corner at `place`."""
    field = Image.fromarray(load_test().images[index, 0].numpy())
    canvas = Image.new("L", (CANVAS, CANVAS))
    canvas.paste(field.resize((side, side), Image.Resampling.BICUBIC), (place[1], place[0]))
    return np.asarray(canvas)


def letter(name: str) -> Ink:
    canvas = Image.new("L", (CANVAS, CANVAS))
    font = ImageFont.load_default(size=200)
    ImageDraw.Draw(canvas).text((CANVAS / 2, CANVAS / 2), name, fill=255, font=font, anchor="mm")
    return np.asarray(canvas)


# --- A corner ---------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=CORNERS)
def looks(request: pytest.FixtureRequest, predictor: Predictor) -> list[tuple[int, Look]]:
    """Some dozens of labels and looks, all drawn small into one corner."""
    labels = load_test().labels.tolist()
    place = CORNERS[request.param]
    return [(labels[index], look(drawn(index, place), predictor)) for index in range(DIGITS)]


def test_centred_a_corner_does_no_harm(looks: list[tuple[int, Look]]) -> None:
    right = sum(seen.centred.digit == label for label, seen in looks)
    assert right >= 0.95 * DIGITS


def test_only_shrunk_far_fewer_are_right(looks: list[tuple[int, Look]]) -> None:
    right = sum(seen.shrunk.digit == label for label, seen in looks)
    assert right <= 0.5 * DIGITS


def test_the_corner_card_shows_it(looks: list[tuple[int, Look]]) -> None:
    findings = [CARDS["corner"].see(seen) for _, seen in looks]
    assert all(finding is not None for finding in findings)
    assert sum(finding is not None and finding.shown for finding in findings) >= 0.8 * DIGITS


def test_the_corner_card_tells_both_readings(looks: list[tuple[int, Look]]) -> None:
    for _, seen in looks[:10]:
        finding = CARDS["corner"].see(seen)
        assert finding is not None
        assert f"reads {seen.centred.digit} " in finding.text
        assert f"reads {seen.shrunk.digit} " in finding.text
        assert finding.right == ("Yes" if seen.shrunk.digit == seen.centred.digit else "No")


def test_the_corner_card_is_not_about_a_digit_in_the_middle(predictor: Predictor) -> None:
    for index in range(10):
        assert CARDS["corner"].see(look(drawn(index, MIDDLE), predictor)) is None
        assert CARDS["corner"].see(look(drawn(index, (0, 0), side=CANVAS), predictor)) is None


def test_no_drawing_is_no_look(predictor: Predictor) -> None:
    with pytest.raises(UploadError, match="an empty canvas is not a zero"):
        look(np.zeros((CANVAS, CANVAS), np.uint8), predictor)


# --- A letter ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", string.ascii_uppercase)
def test_a_letter_is_shared_out_in_full(predictor: Predictor, name: str) -> None:
    seen = look(letter(name), predictor)
    finding = CARDS["letter"].see(seen)
    assert sum(seen.centred.probabilities) == pytest.approx(1)
    assert finding is not None
    assert finding.shown
    assert f"{seen.centred.digit} gets" in finding.text
    assert finding.right == "100 %"


def test_the_net_is_sure_of_letters_that_are_no_digits(predictor: Predictor) -> None:
    """What the card teaches: a large share is no sign that the thing is a digit at all."""
    shares = [max(look(letter(name), predictor).centred.probabilities) for name in string.ascii_uppercase]
    assert sum(share > 0.9 for share in shares) >= 5
