"""What can be set on the page of tensors: it stands in the address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import model_validator

from dlcore.errors import ConfigError
from dlcore.schema import Config, knob
from dlcore.tensors.grammar import read
from dlcore.words import short

PARTS = {"autograd": "Autograd", "tensors": "Tensors", "devices": "Devices"}
TOPICS = {
    "storage": "Shape and storage",
    "view": "View or copy",
    "broadcast": "Broadcasting",
    "index": "Indexing",
    "product": "Matrix product",
    "says": "What torch says",
}
SHARES = {
    "t": "a.t()",
    "view": "a.view(-1)",
    "slice": "a[:, ::2]",
    "index": "a[[0]]",
    "reshape": "a.reshape(-1)",
    "reshape_t": "a.t().reshape(-1)",
    "contiguous": "a.t().contiguous()",
}
FARTHEST = 10.0
VALUE = re.compile(r"([a-z][a-z0-9_]{0,7})=(-?\d{1,2}(?:\.\d{1,3})?)")


def values_of(text: str) -> dict[str, float]:
    """ "x=3 b=-1.5" -> {"x": 3.0, "b": -1.5}. Raises ConfigError if it is not that."""
    found = {}
    for word in text.split():
        match = VALUE.fullmatch(word)
        if match is None or abs(float(match[2])) > FARTHEST:
            raise ConfigError(
                f"Leaves must be such as x=3 b=-1.5, within {FARTHEST:g}. Got {short(text)} instead."
            )
        found[match[1]] = float(match[2])
    return found


def values_text(values: Mapping[str, float]) -> str:
    return " ".join(f"{name}={value:g}" for name, value in values.items())


class TensorsConfig(Config):
    """The part that is open, and what stands in it."""

    part: Literal["autograd", "tensors", "devices"] = knob(
        "autograd", title="Part", help="What this page shows.", options=PARTS
    )
    expression: str = knob(
        "x ** 2",
        title="Expression",
        help="Numbers, names, + - * / **, brackets, relu, tanh, sigmoid, exp, log, sin, detach.",
        form="an expression such as x ** 2",
        max_length=200,
    )
    leaves: str = knob(
        "x=3",
        title="Leaves",
        help="The values of the names.",
        form="values such as x=3 b=-1.5",
        max_length=120,
    )
    topic: Literal["storage", "view", "broadcast", "index", "product", "says"] = knob(
        "storage", title="What of tensors", help="What is shown of tensors.", options=TOPICS
    )
    a: str = knob(
        "[[1, 2, 3], [4, 5, 6]]",
        title="a",
        help="Up to 36 numbers in brackets.",
        form="values",
        max_length=1_000,
    )
    b: str = knob(
        "[10, 20, 30]", title="b", help="Up to 36 numbers in brackets.", form="values", max_length=1_000
    )
    factor: str = knob(
        "[[1, 0], [0, 1], [2, -1]]",
        title="b",
        help="The matrix on the right: up to 36 numbers in brackets.",
        form="values",
        max_length=1_000,
    )
    index: str = knob(
        ":, 1",
        title="Index",
        help="What stands between the brackets of a[ ].",
        form="an index",
        max_length=100,
    )
    share: Literal["t", "view", "slice", "index", "reshape", "reshape_t", "contiguous"] = knob(
        "t", title="b is", help="Some share the storage of a, others copy it.", options=SHARES
    )

    @model_validator(mode="after")
    def _it_can_be_read(self) -> TensorsConfig:
        try:
            read(self.expression)
            values_of(self.leaves)
        except ConfigError as error:
            raise ValueError(str(error)) from None
        return self


PRESETS: Mapping[str, TensorsConfig] = {
    "square": TensorsConfig(),
    "relu": TensorsConfig(expression="relu(a * b + c)", leaves="a=2 b=3 c=-1"),
    "neuron": TensorsConfig(expression="(sigmoid(w * x + b) - t) ** 2", leaves="w=0.5 x=2 b=-0.3 t=1"),
    "shared": TensorsConfig(expression="x * (x + 1)", leaves="x=2"),
    "detached": TensorsConfig(expression="detach(x ** 2) * x", leaves="x=3"),
}
PRESET_NAMES = {
    "square": "x²",
    "relu": "ReLU(a·b + c)",
    "neuron": "A neuron and its loss",
    "shared": "A leaf read twice",
    "detached": "A branch cut off",
}
