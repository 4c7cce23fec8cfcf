"""What a training showed, from outside and from inside: the numbers a bug is told by."""

from __future__ import annotations

from dataclasses import dataclass

LAYERS = ("conv1", "conv2", "fc1", "fc2")
WINDOW = 10  # steps whose gradients are averaged
EPOCHS, STEPS = 3, 120  # of each training, and of each epoch
DIGITS, BATCH = 6_000, 50  # digits to learn from, as many to be tested with; in one step
JUDGED = 2_000  # of each, when it is asked


@dataclass(frozen=True)
class Losses:
    """The losses of the steps up to this one, in nats."""

    step: int
    values: tuple[float, ...]


@dataclass(frozen=True)
class Judged:
    """After an epoch: its shares right, 0 to 1, of JUDGED training digits and as many test digits.

    `moved`: how far each layer's weights lie from where the first step left them, as a share of their size
    then.
    """

    epoch: int
    train: float
    test: float
    test_loss: float  # nats
    moved: tuple[float, ...]  # by layer


@dataclass(frozen=True)
class Window:
    """The mean of WINDOW steps. `alike`: the cosine of the last layer's gradients of two steps in a row."""

    gradients: tuple[float, ...]  # norms of the weights' gradients, by layer
    alike: float


@dataclass(frozen=True)
class Symptoms:
    """All that a training showed.

    `given_training`, `given_test`: the smallest and largest number that the network was given.
    `confusion`: of the test digits at the end, rows are the true digits, columns what it said.
    """

    losses: tuple[float, ...]  # of each step, nats
    judged: tuple[Judged, ...]  # after each epoch
    windows: tuple[Window, ...]
    confusion: tuple[tuple[int, ...], ...]  # 10 × 10
    given_training: tuple[float, float]
    given_test: tuple[float, float]
    asked_twice: float  # the share of test digits that it answers otherwise when it is asked again

    @property
    def last(self) -> Judged:
        return self.judged[-1]

    @property
    def said(self) -> tuple[int, ...]:
        """How often it said each digit."""
        return tuple(sum(row[digit] for row in self.confusion) for digit in range(10))
