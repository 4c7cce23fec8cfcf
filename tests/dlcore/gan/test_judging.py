"""What the reader makes of drawings: of real digits nearly all is read, and the distance is small."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from dlcore.events import Tick, drained
from dlcore.gan.data import as_drawn, as_pixels, digits_to_learn
from dlcore.gan.judging import Judged, Reader, asked_labels, iter_judged, iter_reader, read
from dlcore.gan.networks import Generator
from dlcore.mnist.files import load_test, load_train
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.fast_cnn import FastCNN
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model


class Copyist(nn.Module):
    """Draws training digits of the label that is asked for: a forger that nobody can tell."""

    noise = 1

    def __init__(self) -> None:
        super().__init__()
        digits = load_train()
        self.of = [as_drawn(digits.images[digits.labels == label][:200]) for label in range(10)]
        self.eval()

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        places = (noise[:, 0].abs() * 1e4).long() % 200
        return torch.stack([self.of[label][place] for label, place in zip(labels, places, strict=True)])


@pytest.fixture(scope="module")
def reader() -> Reader:
    network, config = load_model(shipped_run("mnist").checkpoints[-1])
    assert isinstance(network, FastCNN)
    return drained(iter_reader(network, NORMALIZE[config.normalize], load_test()[:2_000]))  # type: ignore[arg-type]


def test_it_reads_as_the_network_itself_does(reader: Reader) -> None:
    images = reader.prepare(load_test().images[:20])
    features, logits = read(reader.network, images)
    assert features.shape == (20, 256)
    assert torch.allclose(logits, reader.network(images), atol=1e-5)


def test_a_forger_that_copies_is_read_as_asked_and_lies_near(reader: Reader) -> None:
    copied = drained(iter_judged(Copyist(), reader, None, count=400, seed=0))  # type: ignore[arg-type]
    assert copied.count == sum(copied.read_as) == 400
    assert copied.asked_read > 0.98
    assert copied.classes == 10
    assert copied.smallest_class > 0.09
    fresh = drained(iter_judged(Generator(4, 4).eval(), reader, None, count=400, seed=0))  # type: ignore[arg-type]
    assert fresh.asked_read < 0.3
    assert fresh.frechet > 10 * copied.frechet


def test_one_digit_alone_is_asked_for(reader: Reader) -> None:
    found = drained(iter_judged(Copyist(), reader, 7, count=100, seed=0))  # type: ignore[arg-type]
    assert found.asked_read > 0.95
    assert found.read_as[7] == round(100 * found.asked_read)
    assert found.classes < 10


def test_the_same_seed_gives_the_same_numbers_and_another_others(reader: Reader) -> None:
    forger = Generator(4, 4).eval()
    one, again, other = (
        drained(iter_judged(forger, reader, None, count=100, seed=seed))  # type: ignore[arg-type]
        for seed in (0, 0, 1)
    )
    assert one == again
    assert one != other


def test_it_gives_way_and_torch_records_gradients_meanwhile(reader: Reader) -> None:
    for tick in iter_judged(Generator(4, 4).eval(), reader, None, count=100, seed=0):
        assert isinstance(tick, Tick)
        assert torch.is_grad_enabled()


def test_classes_count_from_a_tenth_of_an_even_share() -> None:
    judged = Judged(100, (90, 1, 0, 0, 0, 0, 0, 0, 0, 9), 0.5, 0.5, 1.0)
    assert (judged.classes, judged.smallest_class) == (3, 0.0)


def test_all_digits_are_asked_for_in_turn_or_one() -> None:
    assert asked_labels(12, None).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert asked_labels(3, 4).tolist() == [4, 4, 4]


def test_digits_go_to_drawings_and_back_unchanged() -> None:
    images = load_train().images[:50]
    drawings = as_drawn(images)
    assert (float(drawings.min()), float(drawings.max())) == (-1, 1)
    assert torch.equal(as_pixels(drawings), images)


def test_one_digits_samples_are_all_of_it() -> None:
    fives = digits_to_learn(5)
    assert len(fives) == 5_421
    assert set(fives.labels.tolist()) == {5}
    assert len(digits_to_learn(None)) == 60_000
