"""Each card's own set-up shows its effect; and the story tells the numbers that were computed."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from dlcore.figures.vision import (
    COLUMNS,
    LOOKED,
    contact_sheet,
    crop_square,
    guesses_chart,
    looked_scale,
    looked_sheet,
)
from dlcore.vision.cards import CARDS, ShownNamed
from dlcore.vision.config import TITLES, RecogniserConfig
from dlcore.vision.look import class_map
from dlcore.vision.photos import photos
from dlcore.vision.pictures import read_picture
from dlcore.vision.recogniser import Named, name_picture
from dlcore.vision.story import Step, steps
from dlcore.vision.weights import pretrained
from dlcore.vision.words import answer_words


def named(config: RecogniserConfig) -> Named:
    network = pretrained()
    photo = next(photo for photo in photos() if photo.name == config.photo)
    if config.mode == "train":
        network.train()
    return name_picture(network, read_picture(photo.path.read_bytes()), 5, config)


@pytest.mark.parametrize(
    ("card", "right", "words"),
    [
        ("unknown", "Something else, and sure", "grey whale, 6"),
        ("crop", "It changes", "it says warthog, 5"),
        ("scale", "Something else", "of a picture that it named ice bear"),
        ("mode", "It knows nothing any more", "the highest share of all thousand is"),
    ],
)
def test_its_own_set_up_shows_the_effect(card: str, right: str, words: str) -> None:
    config = RecogniserConfig().replace(**CARDS[card].setup)
    found = CARDS[card].found(ShownNamed(config, named(config)))
    assert found is not None
    assert found.shown
    assert found.right == right
    assert words in found.text


def test_with_the_square_in_the_middle_the_pig_is_a_hog() -> None:
    assert named(RecogniserConfig(photo="pig")).guesses[0].name == "hog"


def test_a_card_says_nothing_of_another_picture() -> None:
    shown = named(RecogniserConfig())
    for card in CARDS.values():
        assert card.found(ShownNamed(RecogniserConfig(), shown)) is None
        config = RecogniserConfig().replace(**card.setup)
        assert card.found(ShownNamed(config, shown, own=True)) is None


def test_what_the_places_say_adds_up_to_the_logit() -> None:
    found = named(RecogniserConfig())
    for guess in found.guesses:
        says, bias = class_map(pretrained(), found.prepared.batch, guess.place)
        assert says.shape == (7, 7)
        assert float(says.sum()) + bias == pytest.approx(guess.logit, abs=1e-4)


@pytest.mark.parametrize("slip", [{}, {"scale": "none"}, {"scale": "imagenet"}, {"channels": "bgr"}])
def test_the_story_tells_what_was_computed(slip: dict[str, str]) -> None:
    config = RecogniserConfig().replace(**slip)
    found = named(config)
    told = steps(found, (480, 360), config)
    assert [step.title for step in told] == [
        "Open", "Resize", "Crop", "To numbers", "Scale", "Batch", "Logits", "Softmax",
    ]  # fmt: skip
    by_title = {step.title: step for step in told}
    assert "480×360" in by_title["Open"].words
    assert "341×256" in by_title["Resize"].words
    assert "58, 16, 282, 240" in by_title["Crop"].code
    assert ("# left out" in by_title["Scale"].code) == (slip.get("scale") == "none")
    assert ("OpenCV" in by_title["To numbers"].code) == ("channels" in slip)
    assert f"{found.guesses[0].logit:.2f}" in by_title["Logits"].words
    assert torch.allclose(as_the_code_says(told[1:6]), found.prepared.batch, atol=1e-4)


def as_the_code_says(told: tuple[Step, ...]) -> torch.Tensor:
    """From the picture to the batch, by the lines that stand on the page."""
    bear = next(photo for photo in photos() if photo.name == "polar_bear")
    names = {"img": read_picture(bear.path.read_bytes()), "Image": Image, "np": np, "torch": torch}
    for step in told:
        exec(step.code, names)
    batch: torch.Tensor = names["x"]
    return batch


def test_an_answer_is_judged_by_what_the_list_knows() -> None:
    guesses = named(RecogniserConfig()).guesses
    assert answer_words(guesses, None) == "It says **ice bear**, 99.2 %."
    assert answer_words(guesses, ("ice bear",)).endswith("That is right.")
    assert answer_words(guesses, ("Arctic fox",)).endswith("The right one stands further down.")
    assert answer_words(guesses, ("jaguar", "leopard")).endswith("Right would have been jaguar or leopard.")
    assert "has no class for this" in answer_words(guesses, ())


def test_the_contact_sheet_frames_the_chosen_one() -> None:
    names = [photo.name for photo in photos()]
    assert sorted(names) == list(TITLES)
    sheet = contact_sheet("polar_bear")
    assert (sheet.count, sheet.columns) == (24, COLUMNS)
    (box,) = sheet.boxes
    assert names[box.row * COLUMNS + box.column] == "polar_bear"
    assert contact_sheet(None).boxes == ()


def test_the_chart_and_the_crop_show_the_answer() -> None:
    found = named(RecogniserConfig())
    chart = guesses_chart(found.guesses, "light")
    assert chart.columns["name"][0] == "ice bear"
    assert chart.columns["first"] == [True, False, False, False, False]
    assert "ice bear 99.2 %" in chart.alt
    square = crop_square(found.prepared, "A bear")
    assert (square.size, square.side, square.corner) == ((341, 256), 224, (58, 16))
    picture = Image.open(io.BytesIO(base64.b64decode(square.uri.partition(",")[2])))
    assert picture.size == square.size


def test_where_it_looked_is_one_hue_over_a_grey_picture_with_a_scale() -> None:
    values = np.array([[0.0, 2.0], [-1.0, 1.0]], np.float32)
    sheet = looked_sheet(named(RecogniserConfig()).prepared, values, " points", "Lost", "light")
    assert sheet.tips == (
        "Row 1, column 1: +0 points",
        "Row 1, column 2: +2 points",
        "Row 2, column 1: -1 points",
        "Row 2, column 2: +1 points",
    )
    assert (sheet.rows, sheet.columns) == (2, 2)
    assert sheet.alt == "Lost: 2×2 places. The most: 2 points, row 1, column 2"
    content = Image.open(io.BytesIO(base64.b64decode(sheet.uri.partition(",")[2])))
    red, green, blue = (np.asarray(content.convert("RGB"), np.int32)[..., at] for at in range(3))
    colour = np.maximum(abs(red - green), abs(green - blue)).reshape(2, LOOKED // 2, 2, -1).mean((1, 3))
    assert colour[0, 0] == colour[1, 0] == 0, "what does not speak for it stays grey"
    assert colour[0, 1] > 1.5 * colour[1, 1] > 0
    scale = np.asarray(looked_scale("dark"), np.int32)
    assert (np.diff(abs(scale[0, :, 0] - scale[0, :, 2])) >= -1).all(), (
        "it grows from grey to the full colour"
    )
    nothing = looked_sheet(named(RecogniserConfig()).prepared, -abs(values), "", "Lost", "dark")
    assert nothing.boxes == ()
