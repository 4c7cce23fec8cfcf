"""A script is run as it stands, step by step, and watched: what it is given, how it moves, what it says."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlcore.buglab.script import script_text
from dlcore.buglab.symptoms import (
    DIGITS,
    JUDGED,
    LAYERS,
    STEPS,
    WINDOW,
    Judged,
    Losses,
    Symptoms,
    Window,
)
from dlcore.data import Samples
from dlcore.events import Tick
from dlcore.mnist.files import load_test
from dlcore.mnist.splits import make_splits
from dlcore.training.modes import OwnRandom

CHUNK = 250  # digits asked between two yields

Event = Tick | Losses | Judged | Symptoms


@lru_cache(maxsize=1)
def digits() -> tuple[Samples, Samples]:
    """DIGITS to learn from, sorted by class, and DIGITS to be tested with. Do not write into them."""
    train = make_splits(DIGITS, 0).train
    return train[train.labels.argsort(stable=True)], load_test()[:DIGITS]


@dataclass(frozen=True)
class _Script:
    """The two functions of a script."""

    training: Callable[..., Iterator[tuple[nn.Module, Tensor]]]
    answers: Callable[[nn.Module, Tensor], Tensor]


def _read(name: str) -> _Script:
    """From our own files alone: `name` is one of the registry's."""
    space: dict[str, Any] = {}
    exec(compile(script_text(name), f"<{name}>", "exec"), space)
    return _Script(space["training"], space["answers"])


@dataclass
class _Watch:
    """What is noted on the way. Nothing here changes the training."""

    net: nn.Module
    losses: list[float] = field(default_factory=list)
    gradients: list[tuple[float, ...]] = field(default_factory=list)
    alike: list[float] = field(default_factory=list)
    given: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.weights = [getattr(self.net, layer).weight for layer in LAYERS]
        self.first = [weight.detach().clone() for weight in self.weights]
        self.before: Tensor | None = None
        self.asked = False
        self.hook = self.net.register_forward_pre_hook(self._note)

    def _note(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        what, x = "test" if self.asked else "training", inputs[0]
        low, high = self.given.get(what, (math.inf, -math.inf))
        self.given[what] = min(low, float(x.min())), max(high, float(x.max()))

    def step(self, loss: Tensor) -> None:
        self.losses.append(float(loss.detach()))
        grads = [weight.grad for weight in self.weights]
        self.gradients.append(tuple(0.0 if grad is None else float(grad.norm()) for grad in grads))
        last = grads[-1]
        if last is not None:
            if self.before is not None:
                self.alike.append(float(F.cosine_similarity(last.flatten(), self.before.flatten(), dim=0)))
            self.before = last.clone()

    def moved(self) -> tuple[float, ...]:
        pairs = zip(self.weights, self.first, strict=True)
        return tuple(float((weight.detach() - first).norm() / first.norm()) for weight, first in pairs)

    def windows(self) -> tuple[Window, ...]:
        found = []
        for first in range(0, len(self.losses), WINDOW):
            rows = self.gradients[first : first + WINDOW]
            norms = tuple(sum(column) / len(rows) for column in zip(*rows, strict=True))
            alike = self.alike[max(0, first - 1) : first + WINDOW - 1]  # the first step has none before it
            found.append(Window(norms, sum(alike) / len(alike) if alike else 0.0))
        return tuple(found)


def iter_run(name: str, seed: int) -> Iterator[Event]:
    """The training of this script; its last event is what it showed. Nobody else's random numbers move.

    Raises ConfigError at the call if there is no such script.
    """
    return _run(_read(name), OwnRandom(seed, torch.device("cpu")))


def _run(script: _Script, random: OwnRandom) -> Iterator[Event]:
    train, test = digits()
    steps = script.training((train.images, train.labels), (test.images, test.labels))
    watch: _Watch | None = None
    judged: list[Judged] = []
    every = DIGITS // JUDGED
    asked = train[::every], test[::every]
    while True:
        with random():
            stepped = next(steps, None)
        if stepped is None:
            break
        net, loss = stepped
        watch = watch or _Watch(net)
        watch.step(loss)
        step = len(watch.losses)
        if step % WINDOW == 0:
            yield Losses(step, tuple(watch.losses[-WINDOW:]))
        else:
            yield Tick()
        if step % STEPS == 0:
            watch.asked = True
            of_train = yield from _ask(script, net, asked[0], random)
            of_test = yield from _ask(script, net, asked[1], random)
            watch.asked = False
            judged.append(_judge(step // STEPS, asked, of_train, of_test, watch))
            yield judged[-1]
    assert watch is not None
    watch.asked = True
    again = yield from _ask(script, net, asked[1], random)
    watch.hook.remove()
    yield _symptoms(watch, judged, asked[1].labels, of_test, again)


def _ask(
    script: _Script, net: nn.Module, samples: Samples, random: OwnRandom
) -> Generator[Tick, None, Tensor]:
    """Logits (JUDGED, 10), as the script itself asks its network."""
    parts = []
    for images in samples.images.split(CHUNK):
        with random():
            parts.append(script.answers(net, images))
        yield Tick()
    return torch.cat(parts)


def _judge(
    epoch: int, asked: tuple[Samples, Samples], of_train: Tensor, of_test: Tensor, watch: _Watch
) -> Judged:
    train, test = (
        float((logits.argmax(1) == samples.labels).float().mean())
        for logits, samples in zip((of_train, of_test), asked, strict=True)
    )
    loss = float(F.cross_entropy(of_test, asked[1].labels))
    return Judged(epoch, train, test, loss, watch.moved())


def _symptoms(watch: _Watch, judged: list[Judged], labels: Tensor, said: Tensor, again: Tensor) -> Symptoms:
    first, second = said.argmax(1), again.argmax(1)
    counts = torch.bincount(10 * labels + first, minlength=100).reshape(10, 10)
    return Symptoms(
        losses=tuple(watch.losses),
        judged=tuple(judged),
        windows=watch.windows(),
        confusion=tuple(map(tuple, counts.tolist())),
        given_training=watch.given["training"],
        given_test=watch.given["test"],
        asked_twice=float((first != second).float().mean()),
    )
