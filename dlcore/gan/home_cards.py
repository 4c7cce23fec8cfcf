"""The cards of the page where one judges drawings. They read the game and the moment that it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch

from dlcore.cards import Card, Finding
from dlcore.data import Samples
from dlcore.gan.drawing import drawn, nearest
from dlcore.gan.networks import CLASSES, Generator
from dlcore.run import Run
from dlcore.words import percent

COMPARED = 10  # drawings, and as many real digits that nobody learned from
SOON = 200  # steps: the drawings are smears yet
LEARNED = 1_000  # steps


@dataclass(frozen=True)
class ShownForger:
    """A forger after `step` steps of a run; `digit` is the one it draws, None: all. `learned` is what it has
    learned from, `held_out` what it has not.
    """

    run: Run
    step: int
    forger: Generator
    digit: int | None
    learned: Samples
    held_out: Samples

    @cached_property
    def apart(self) -> tuple[float, float]:
        return apart(self)


def apart(seen: ShownForger) -> tuple[float, float]:
    """How far on average the nearest training digit lies from drawings, and from held-out digits."""
    of_drawings, of_digits = [], []
    labels = [place % CLASSES if seen.digit is None else seen.digit for place in range(COMPARED)]
    pictures = drawn(seen.forger, seen.digit, count=COMPARED, seed=11)
    for place, label in enumerate(labels):
        same = _of_label(seen.learned, label)
        of_drawings.append(nearest(pictures[place], same)[1])
        new = _of_label(seen.held_out, label).images[place, 0].numpy()
        of_digits.append(nearest(new, same)[1])
    return sum(of_drawings) / COMPARED, sum(of_digits) / COMPARED


def _of_label(samples: Samples, label: int) -> Samples:
    places: torch.Tensor = (samples.labels == label).nonzero().flatten()
    return samples[places]


def _copy(seen: ShownForger) -> Finding | None:
    if seen.step < LEARNED:
        return None
    drawings, digits = seen.apart
    copies = drawings < 0.2 * digits
    return Finding(
        f"the nearest training digit differs from {COMPARED} drawings by {drawings:.0f} of 255 grey levels "
        f"on average, from {COMPARED} digits of the test set, which are new too, by {digits:.0f}.",
        shown=not copies,
        right="It copies them" if copies else "It draws new ones",
    )


def _sure(seen: ShownForger) -> Finding | None:
    sure = next((point for point in seen.run.series.get("sure", ()) if point.step == SOON), None)
    read = next((point for point in seen.run.series.get("asked_read", ()) if point.step == SOON), None)
    distance = next((point for point in seen.run.series.get("frechet", ()) if point.step == SOON), None)
    if sure is None or read is None or distance is None or seen.step > SOON:
        return None
    return Finding(
        f"after {SOON} steps it was over 90 % sure of {percent(sure.value)} of 500 drawings, and took "
        f"{percent(read.value)} for the asked digit. The distance, {distance.value:.0f}, gives it away.",
        shown=sure.value > 0.1 and read.value < 0.3,
        right="Yes, of many" if sure.value > 0.1 else "No, of none",
    )


CARDS: Mapping[str, Card] = {
    "copy": Card(
        "Does it copy?",
        "The forger has never seen a digit, only the detective's answers. Are its drawings training digits?",
        ("It copies them", "It draws new ones"),
        setup={"way": "Does it copy?"},
        setup_words="a click on a drawing shows the nearest training digit",
        see=_copy,
        why="It gets gradients, no pictures. What it draws lies between digits, as new ones do.",
    ),
    "sure": Card(
        "A sure reader",
        f"Go back to step {SOON}: the drawings are smears. Is the lab's reader of digits sure of some?",
        ("Yes, of many", "No, of none"),
        setup={"way": "All its moments"},
        setup_words="all moments of the game; then move Both have learned, above, to 2",
        see=_sure,
        why="It must name one of ten, whatever it sees. So a score of a reader alone proves little.",
    ),
}
