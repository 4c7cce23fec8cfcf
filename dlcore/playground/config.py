"""What can be chosen in the playground, and the presets that it opens with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self, get_args

from pydantic import model_validator

from dlcore.playground.activations import NAMES, ActivationName
from dlcore.playground.inputs import INPUTS
from dlcore.schema import Config, knob

DataName = Literal["circle", "xor", "gauss", "spiral", "moons", "line", "and", "or", "plane", "hills", "own"]
InitName = Literal["uniform", "xavier", "he", "torch", "tiny", "zero", "large"]
OptimizerName = Literal["sgd", "momentum", "rmsprop", "adam"]
REGRESSION = ("plane", "hills")  # a number is to be predicted, not one of two classes
MOST_LAYERS, MOST_UNITS = 6, 8
EACH_INPUT = "(?:" + "|".join(INPUTS) + ")"
EACH_ACTIVATION = "(?:" + "|".join(get_args(ActivationName)) + ")"


class PlaygroundConfig(Config):
    """Points, network and training, complete: the same config gives the same frames on the same machine."""

    data: DataName = knob(
        "circle",
        options={
            "circle": "Circle",
            "xor": "Exclusive or",
            "gauss": "Two clouds",
            "spiral": "Spiral",
            "moons": "Moons",
            "line": "A line apart",
            "and": "And: both high",
            "or": "Or: one high",
            "plane": "Plane (regression)",
            "hills": "Hills (regression)",
            "own": "Your own points",
        },
        title="Data",
        help="Which points the network learns from.",
    )
    noise: int = knob(0, ge=0, le=50, unit="%", title="Noise", help="How far points stray from their shape.")
    points: int = knob(
        500, ge=20, le=1000, title="Points", help="How many points there are, test points included."
    )
    test_share: int = knob(
        50, ge=10, le=90, unit="%", title="Test share", help="Of the points; nothing is learned from them."
    )
    data_seed: int = knob(0, ge=0, le=9999, title="Seed of the points", help="Another seed, other points.")
    inputs: str = knob(
        "x1 x2",
        pattern=rf"^{EACH_INPUT}(?: {EACH_INPUT}){{0,6}}$",
        form="some of " + ", ".join(INPUTS),
        title="Inputs",
        help="What the first layer sees of a point.",
    )
    layers: str = knob(
        "4 2",
        pattern=rf"^(?:[1-{MOST_UNITS}](?: [1-{MOST_UNITS}]){{0,{MOST_LAYERS - 1}}})?$",
        form=f"up to {MOST_LAYERS} numbers from 1 to {MOST_UNITS}",
        title="Hidden layers",
        help="The units of each hidden layer, from the input on.",
    )
    activation: ActivationName = knob(
        "tanh", options=NAMES, title="Activation", help="What each hidden unit does with its sum."
    )
    activations: str = knob(
        "",
        pattern=rf"^(?:(?:{EACH_ACTIVATION}|-)(?: (?:{EACH_ACTIVATION}|-)){{0,{MOST_LAYERS - 1}}})?$",
        form="an activation or - for each hidden layer",
        title="Activation by layer",
        help="Another activation for single layers; - leaves a layer as it is.",
    )
    init: InitName = knob(
        "uniform",
        options={
            "uniform": "Uniform ±0.5",
            "xavier": "Xavier",
            "he": "He",
            "torch": "PyTorch's own",
            "tiny": "Tiny, N(0, 0.01)",
            "zero": "All zero",
            "large": "Large, N(0, 1)",
        },
        title="First weights",
        help="How the weights are drawn before the first step.",
    )
    loss: Literal["square", "entropy"] = knob(
        "square",
        options={"square": "Square error", "entropy": "Cross-entropy"},
        title="Loss",
        help="What training lowers. Predicting a number always takes the square error.",
    )
    optimizer: OptimizerName = knob(
        "sgd",
        options={"sgd": "SGD", "momentum": "Momentum 0.9", "rmsprop": "RMSprop", "adam": "Adam"},
        title="Optimizer",
        help="The rule that turns a gradient into a nudge.",
    )
    lr: float = knob(
        0.03, ge=1e-5, le=10.0, scale="log", title="Learning rate", help="The size of each nudge."
    )
    schedule: Literal["constant", "halves", "root"] = knob(
        "constant",
        options={"constant": "Constant", "halves": "Halved every 100 epochs", "root": "Falls as 1/√epoch"},
        title="Schedule",
        help="How the learning rate changes from epoch to epoch.",
    )
    batch_size: int = knob(10, ge=1, le=100, title="Batch size", help="Points behind each nudge.")
    penalty: Literal["none", "l1", "l2"] = knob(
        "none",
        options={"none": "None", "l1": "L1", "l2": "L2"},
        title="Regularisation",
        help="A price on large weights: their size (L1) or their square (L2).",
    )
    penalty_rate: float = knob(
        0.001, ge=0.0, le=10.0, scale="log", title="Regularisation rate", help="How high that price is."
    )
    seed: int = knob(0, ge=0, le=9999, title="Seed", help="Draws the first weights and the order of points.")

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if len(set(self.input_names)) < len(self.input_names):
            raise ValueError(f'Inputs must be named once each. Got "{self.inputs}" instead.')
        if self.activations and len(self.activations.split()) != len(self.hidden):
            raise ValueError(
                f"Activation by layer must name {len(self.hidden)}, one for each hidden layer. "
                f'Got "{self.activations}" instead.'
            )
        return self

    @property
    def hidden(self) -> tuple[int, ...]:
        return tuple(int(units) for units in self.layers.split())

    @property
    def input_names(self) -> tuple[str, ...]:
        return tuple(self.inputs.split())

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every layer: the inputs, the hidden layers, the one output."""
        return (len(self.input_names), *self.hidden, 1)

    @property
    def hidden_activations(self) -> tuple[str, ...]:
        own = self.activations.split() or ["-"] * len(self.hidden)
        return tuple(self.activation if name == "-" else name for name in own)

    @property
    def train_points(self) -> int:
        """Of the shapes that are drawn by seed."""
        return max(1, self.points - max(1, round(self.points * self.test_share / 100)))

    @property
    def steps_per_epoch(self) -> int:
        return -(-self.train_points // self.batch_size)

    @property
    def regression(self) -> bool:
        return self.data in REGRESSION

    @property
    def criterion(self) -> Literal["number", "square", "entropy"]:
        """What the output is judged by: as a number, or as one of two classes by either loss."""
        return "number" if self.regression else self.loss

    def lr_at(self, epoch: int) -> float:
        """The learning rate of this epoch, counted from 0."""
        if self.schedule == "halves":
            return float(self.lr * 0.5 ** (epoch // 100))
        return float(self.lr / (epoch + 1) ** 0.5) if self.schedule == "root" else self.lr


PRESETS: Mapping[str, PlaygroundConfig] = {
    "xor": PlaygroundConfig(data="xor", lr=0.1),
    "circle": PlaygroundConfig(),
    "gauss": PlaygroundConfig(data="gauss", layers="2"),
    "spiral": PlaygroundConfig(
        data="spiral",
        layers="8 8",
        inputs="x1 x2 sin_x1 sin_x2",
        optimizer="adam",
        lr=0.01,
        init="xavier",
    ),
}
