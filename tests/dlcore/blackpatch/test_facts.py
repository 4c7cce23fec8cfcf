"""What the lesson says the network does, it does: each sentence of the presets, measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from dlcore.blackpatch.config import PRESETS, PatchConfig
from dlcore.blackpatch.training import TrainState, make_data, start, train
from dlcore.events import EpochEnd, Evaluated, Event, Finished, Measured, Split
from tests.dlcore.blackpatch.in_numpy import start_in_numpy

GUESSING = math.log(2)  # the loss of who says 0.5 to everything: 0.693


@dataclass(frozen=True)
class Lesson:
    """Everything that a run said."""

    events: list[Event]

    @property
    def losses(self) -> list[float]:
        """The training loss of each epoch; the first has number 0."""
        return [event.loss for event in self.events if isinstance(event, EpochEnd)]

    def accuracy(self, split: Split) -> float:
        return [e for e in self.events if isinstance(e, Evaluated) and e.split == split][-1].accuracy

    def measured(self, name: str) -> float:
        return [e for e in self.events if isinstance(e, Measured) and e.name == name][-1].value

    @property
    def finished(self) -> bool:
        last = self.events[-1]
        return isinstance(last, Finished) and last.status == "finished"


def learn(config: PatchConfig, begin: Callable[..., TrainState] = start) -> Lesson:
    """A whole run; to save time it reports once an epoch and is tested in earnest after the last one."""
    data = make_data(config.maker, train_size=config.train_size, test_size=config.test_size, seed=config.seed)
    hardly_tested = replace(data, test=data.probes, fair=data.probes)
    state = begin(config.widths, init=config.init, lr=config.lr, seed=config.seed)
    recipe = replace(config.recipe, report_every=config.steps_per_epoch)
    first = train(state, hardly_tested, replace(recipe, epochs=config.epochs - 1))
    return Lesson([*first, *train(state, data, recipe)])


@pytest.fixture(scope="module")
def book() -> Lesson:
    """All 50 epochs, in NumPy: the plain network would take half a minute."""
    return learn(PRESETS["book"].config, start_in_numpy)


def test_the_plain_network_sets_out_as_the_book_does(book: Lesson) -> None:
    plain = learn(PRESETS["book"].config.replace(epochs=2))
    assert plain.losses == pytest.approx(book.losses[:2], abs=1e-9)
    assert plain.losses[0] == pytest.approx(GUESSING, abs=0.001)


@pytest.mark.parametrize(("epoch", "loss"), [(5, 0.254), (10, 0.023), (49, 0.0014)])
def test_the_book_loses_what_the_book_says(book: Lesson, epoch: int, loss: float) -> None:
    assert book.losses[0] == pytest.approx(GUESSING, abs=0.001)
    assert book.losses[epoch] == pytest.approx(loss, rel=0.1)


def test_a_hundred_percent_on_its_own_test_hide_half_the_task(book: Lesson) -> None:
    assert book.accuracy("test") == 1.0
    assert book.accuracy("fair") == pytest.approx(0.75, abs=0.05)
    assert book.measured("positions") == pytest.approx(13, abs=2)


def test_trained_on_all_places_it_finds_the_patch_everywhere() -> None:
    lesson = learn(PatchConfig(where="anywhere", lr=0.01, epochs=3))
    assert lesson.accuracy("test") >= 0.99
    assert lesson.accuracy("fair") >= 0.99
    assert lesson.measured("positions") == 25


def test_ten_times_the_learning_rate_needs_a_tenth_of_the_time() -> None:
    lesson = learn(PRESETS["quick"].config.replace(epochs=2))
    assert lesson.losses[-1] < 0.1
    assert lesson.accuracy("test") == 1.0


def test_too_small_a_step_leads_nowhere() -> None:
    lesson = learn(PRESETS["too_small"].config.replace(epochs=2))
    assert lesson.losses == pytest.approx([GUESSING] * 2, abs=0.001)
    assert max(lesson.losses) - min(lesson.losses) < 1e-4
    assert lesson.finished


def test_too_big_a_step_kills_every_unit() -> None:
    lesson = learn(PRESETS["too_big"].config.replace(epochs=2))
    assert lesson.measured("alive") == 0.0
    assert lesson.accuracy("test") == pytest.approx(0.5, abs=0.05)
    assert all(math.isfinite(loss) for loss in lesson.losses)
    assert lesson.finished
