"""What goes wrong in a training in the plane: one sentence, and the change that cures it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.inputs import inputs_of
from dlcore.playground.network import Network, losses
from dlcore.playground.points import Points
from dlcore.playground.training import Frames
from dlcore.words import number, percent

FLAT = 0.01  # of a slope's largest: a unit below that on nearly all points hardly learns
NEARLY_ALL = 0.9  # of the points
ENOUGH = 20  # epochs before a network that cannot do it is told so
STUCK = 0.9  # of the training points right: a line that gets more has done well
WORSE = 1.2  # times the loss of guessing
RISEN = 1.3  # times its lowest: the test loss rises
SLOWEST = 1e-5  # that can be set
SAFE = 0.03  # a learning rate that hardly ever overshoots here
BENT = ("xor", "circle", "spiral", "moons", "own")  # no line parts them, or nobody knows
LEAST = 0.02  # loss: below that nobody minds


@dataclass(frozen=True)
class Trouble:
    """From this `epoch` on. `changes` of the config cure it, begun anew if `from_start`; or going `back_to`
    an epoch before it does.
    """

    epoch: int
    what: str
    cure: str
    changes: Mapping[str, Any]
    from_start: bool = True
    back_to: int | None = None


def diagnose(config: PlaygroundConfig, points: Points, frames: Frames) -> list[Trouble]:
    """What is wrong at the end of these frames, the plainest first."""
    if frames.last is None:
        return [_overshot(config, frames)]
    network = Network(config, frames.weights[-1], points.train)
    with np.errstate(all="ignore"):  # weights may be near to what can be no number
        network.forward(inputs_of(points.places[: points.train], config.input_names))
    return [
        *_worse(config, points, frames),
        *_equal(config, network, frames),
        *_mute(config, network, frames),
        *_line(config, frames),
        *_rising(frames),
    ]


def _end(frames: Frames) -> int:
    return frames.epoch + len(frames.weights) - 1


def _overshot(config: PlaygroundConfig, frames: Frames) -> Trouble:
    epoch, lower = _end(frames), max(SLOWEST, min(SAFE, config.lr / 10))
    what = f"Epoch {epoch}: the weights are no longer numbers. Learning rate {number(config.lr)} overshoots."
    return Trouble(epoch, what, f"Again with {number(lower)}", {"lr": lower})


def _worse(config: PlaygroundConfig, points: Points, frames: Frames) -> Iterator[Trouble]:
    """A loss above that of an output that is always 0 was not reached by small nudges."""
    targets = points.targets[: points.train]
    guessing, loss = float(losses(config, np.zeros_like(targets), targets).mean()), frames.scores[-1, 0]
    if loss > WORSE * guessing and config.lr > SAFE:
        what = f"Training loss is {loss:.2f}, worse than always answering 0 ({guessing:.2f}): "
        what += f"learning rate {number(config.lr)} overshoots."
        yield Trouble(_end(frames), what, f"Again with {number(SAFE)}", {"lr": SAFE})


def _equal(config: PlaygroundConfig, network: Network, frames: Frames) -> Iterator[Trouble]:
    """Units that began equal are blamed equally and stay so."""
    first = network.layers[0].weights
    if config.hidden and config.hidden[0] > 1 and (first == first[:, :1]).all():
        what = "All units of a layer are equal, and equal blame keeps them so: nothing sets them apart."
        yield Trouble(frames.epoch, what, "Draw the first weights", {"init": "xavier"})


def _mute(config: PlaygroundConfig, network: Network, frames: Frames) -> Iterator[Trouble]:
    for place, name in enumerate(config.hidden_activations):
        layer, units = network.layers[place], config.hidden[place]
        if name == "relu":
            dead = int((layer.sums <= 0).all(axis=1).sum())
            if dead:
                what = f"{dead} of {units} units of layer {place + 1} give 0 on every point: "
                what += "no blame reaches them any more."
                yield Trouble(
                    _end(frames), what, "Leaky ReLU", {"activation": "leaky", "activations": ""}, False
                )
                return
        if name in ("tanh", "sigmoid"):
            largest = 1.0 if name == "tanh" else 0.25
            slope = np.empty_like(layer.sums)
            layer.activation.slope(layer.sums, layer.gives, slope)
            flat = int(((slope < FLAT * largest).mean(axis=1) > NEARLY_ALL).sum())
            if flat:
                what = f"{flat} of {units} units of layer {place + 1} are saturated: their slope is under "
                what += f"{percent(FLAT)} of its largest on nearly all points."
                changes = {"init": "xavier", "lr": min(config.lr, 0.03)}
                yield Trouble(_end(frames), what, "Smaller first weights", changes)
                return


def _line(config: PlaygroundConfig, frames: Frames) -> Iterator[Trouble]:
    linear = all(name == "linear" for name in config.hidden_activations)
    right = float(frames.scores[-1, 2])
    line = linear and config.data in BENT and set(config.input_names) <= {"x1", "x2"}
    if line and _end(frames) >= ENOUGH and right < STUCK:
        why = "Layers without activation draw" if config.hidden else "Without a hidden layer it draws"
        what = f"{why} one straight line: so far {percent(right)} of the training points are right."
        changes = {"layers": config.layers or "4 2", "activation": "tanh", "activations": ""}
        yield Trouble(max(ENOUGH, frames.epoch), what, "Bend it: tanh", changes)


def _rising(frames: Frames) -> Iterator[Trouble]:
    test: NDArray[Any] = frames.scores[:, 1]
    lowest = int(np.argmin(test))
    risen = test[-1] > max(LEAST, RISEN * test[lowest]) and frames.scores[-1, 0] <= frames.scores[lowest, 0]
    if risen:
        what = (
            f"Test loss was {test[lowest]:.3f} at epoch {frames.epoch + lowest} and is {test[-1]:.3f} now, "
        )
        what += "while training loss fell: it learns the training points by heart."
        back = frames.epoch + lowest
        yield Trouble(_end(frames), what, f"Stop at epoch {back}", {}, back_to=back)
