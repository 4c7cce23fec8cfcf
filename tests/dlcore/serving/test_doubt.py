"""What speaks against a picture, in a sentence, and that each way out leads to a digit."""

from __future__ import annotations

import numpy as np
import pytest

from dlcore.mnist.canvas import to_digit
from dlcore.mnist.files import load_test
from dlcore.mnist.photo import Photo, find_photo
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.serving.doubt import Doubt, doubt, turned
from dlcore.serving.predictor import Predictor, make_predictor
from dlcore.serving.unlike import Yardstick, make_yardstick
from tests.dlcore.mnist import doubtful, pictures

Network = tuple[Yardstick, Predictor]


@pytest.fixture(scope="module")
def network() -> Network:
    shipped = load_model(shipped_run("mnist").checkpoints[-1])
    return make_yardstick(*shipped), make_predictor(*shipped)


def digit(index: int) -> pictures.Ink:
    image: pictures.Ink = load_test().images[index, 0].numpy()
    return image


def read(network: Network, found: Doubt) -> list[int]:
    return [network[1].predict(to_digit(offer.ink)).digit for offer in found.offers]


def test_one_upright_digit_leaves_no_doubt(network: Network) -> None:
    for index in (0, 1, 2, 4):
        assert doubt(find_photo(pictures.plain(digit(index), np.random.default_rng(0))), *network) is None


def test_of_two_digits_each_is_offered(network: Network) -> None:
    photo = find_photo(doubtful.beside(digit(0), digit(1), np.random.default_rng(0)))
    found = doubt(photo, *network)
    assert found is not None
    assert found.sentence == "I see two digits in this picture: choose one of them."
    assert [offer.title for offer in found.offers] == ["The left one", "The right one"]
    assert [offer.option for offer in found.offers] == ["--choose 1", "--choose 2"]
    assert read(network, found) == [7, 2]


@pytest.mark.parametrize(
    ("quarters", "title", "option"), [(-1, "Turn it left", "left"), (1, "Turn it right", "right")]
)
def test_a_digit_on_its_side_is_offered_the_turn(
    network: Network, quarters: int, title: str, option: str
) -> None:
    photo = find_photo(doubtful.turned(digit(0), quarters, np.random.default_rng(0)))
    found = doubt(photo, *network)
    assert found is not None
    assert found.sentence == f"This digit lies on its side: {title.lower()}?"
    assert [offer.title for offer in found.offers] == [title, "It is upright"]
    assert read(network, found)[0] == 7
    np.testing.assert_array_equal(turned(photo.digits[0], option), found.offers[0].ink)


def test_what_is_no_digit_is_read_only_if_one_wants_to(network: Network) -> None:
    grid = np.zeros((140, 140), np.uint8)
    for line in (20, 60, 100):
        grid[line : line + 10, 15:125] = grid[15:125, line : line + 10] = 255
    found = doubt(Photo((grid,)), *network)
    assert found is not None
    assert found.sentence.startswith("This looks like no digit (")
    assert [offer.title for offer in found.offers] == ["Read it anyway"]
