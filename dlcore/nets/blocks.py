"""A network as a line of text: its blocks from the image to the ten logits.

The text is data, never code: a kind that is known here, and bounded numbers. A block's numbers have a fixed
order; those that are as usual are left out, as in "conv 16x3, relu, pool 2, dense 64, relu, dense 10".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from dlcore.errors import ConfigError
from dlcore.words import number, short

BlockKind = Literal[
    "conv", "pool", "average", "norm", "relu", "tanh", "sigmoid", "dropout", "dense", "residual"
]
MOST_BLOCKS = 40
MOST_TEXT = 1_200  # letters
LAYERS = "conv 16x3, relu, pool 2, dense 64, relu, dense 10"  # what a builder begins with
ACTIVATIONS = ("relu", "tanh", "sigmoid")


@dataclass(frozen=True)
class Field:
    """One number of a block, with its bounds."""

    name: str
    title: str
    low: float
    high: float
    usual: float
    help: str

    @property
    def whole(self) -> bool:
        return isinstance(self.usual, int)


@dataclass(frozen=True)
class Kind:
    """What a kind of block is called, what it does, and which numbers it has, in their order."""

    title: str
    help: str
    form: str  # how it is written
    pattern: str  # its numbers, a group each
    fields: tuple[Field, ...] = ()


CHANNELS = Field("channels", "Maps", 1, 256, 16, "How many maps it puts out, each with a kernel of its own.")
POOLED = Field("size", "Window", 2, 14, 2, "The side of the square that becomes one number.")
KINDS: Mapping[BlockKind, Kind] = {
    "conv": Kind(
        "Convolution",
        "Small patterns slide over the maps; each gives a new map.",
        "conv 16x3, conv 16x3 pad 1 stride 2",
        r"(\d+)x(\d+)(?: pad (\d+))?(?: stride (\d+))?",
        (
            CHANNELS,
            Field("kernel", "Kernel", 1, 11, 3, "The side of the pattern, in pixels."),
            Field("padding", "Padding", 0, 5, 0, "Rows and columns of zeros laid round each map."),
            Field("stride", "Stride", 1, 4, 1, "How far the pattern moves at a time."),
        ),
    ),
    "pool": Kind("Max-pool", "The largest number of each square stays.", "pool 2", r"(\d+)", (POOLED,)),
    "average": Kind("Average-pool", "Each square becomes its mean.", "average 2", r"(\d+)", (POOLED,)),
    "norm": Kind(
        "Norm",
        "Group norm: each image's numbers get mean 0 and deviation 1, then a scale and shift of their own.",
        "norm",
        "",
    ),
    "relu": Kind("ReLU", "What is negative becomes 0.", "relu", ""),
    "tanh": Kind("Tanh", "Squeezed between -1 and 1.", "tanh", ""),
    "sigmoid": Kind("Sigmoid", "Squeezed between 0 and 1.", "sigmoid", ""),
    "dropout": Kind(
        "Dropout",
        "In training, some numbers are switched off at random.",
        "dropout 0.1",
        r"(0|0?\.\d{1,3})",
        (Field("share", "Share", 0.0, 0.9, 0.1, "How many of the numbers are switched off."),),
    ),
    "dense": Kind(
        "Dense",
        "Every unit reads all numbers before it.",
        "dense 64",
        r"(\d+)",
        (Field("units", "Units", 1, 4096, 64, "How many numbers it puts out."),),
    ),
    "residual": Kind(
        "Residual",
        "Two layers with ReLU between, added to what they read, then ReLU.",
        "residual 16",
        r"(\d+)",
        (Field("width", "Width", 1, 512, 16, "How many maps or units it puts out."),),
    ),
}


@dataclass(frozen=True)
class Block:
    """One block. Its numbers are named as in `KINDS`."""

    kind: BlockKind
    numbers: Mapping[str, float] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        """A whole number of it."""
        return int(self.numbers[name])

    @property
    def text(self) -> str:
        said = {name: number(value) for name, value in self.numbers.items()}
        if self.kind == "conv":
            pad = f" pad {self['padding']}" if self["padding"] else ""
            stride = f" stride {self['stride']}" if self["stride"] > 1 else ""
            return f"conv {self['channels']}x{self['kernel']}{pad}{stride}"
        if self.kind == "dropout":
            return f"dropout {self.numbers['share']:g}"
        return " ".join([self.kind, *(value.replace(",", "") for value in said.values())])

    def with_number(self, name: str, value: float) -> Block:
        return replace(self, numbers={**self.numbers, name: value})


def usual_block(kind: BlockKind) -> Block:
    """What a click on its kind adds."""
    return Block(kind, {one.name: one.usual for one in KINDS[kind].fields})


def parse_blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a text. Raises ConfigError, which names the block that cannot be read."""
    if len(text) > MOST_TEXT:
        raise ConfigError(f"Blocks must be at most {MOST_TEXT} letters. Got {len(text):,} instead.")
    parts = [" ".join(part.split()) for part in text.lower().split(",")]
    parts = [] if parts == [""] else parts
    if len(parts) > MOST_BLOCKS:
        raise ConfigError(f"A network must have at most {MOST_BLOCKS} blocks. Got {len(parts)} instead.")
    return tuple(_block(position, part) for position, part in enumerate(parts, start=1))


def _block(position: int, part: str) -> Block:
    word, _, rest = part.partition(" ")
    kind = KINDS.get(word)  # type: ignore[call-overload]
    if kind is None:
        raise ConfigError(f"Block {position} must be one of {', '.join(KINDS)}. Got {short(part)} instead.")
    match = re.fullmatch(kind.pattern, rest, re.ASCII)
    if match is None and (next_ := next((one for one in rest.split() if one in KINDS), None)):
        raise ConfigError(f"Block {position} must have a comma before {next_}. Got {short(part)} instead.")
    if match is None:
        raise ConfigError(f"Block {position} must be written as in {kind.form}. Got {short(part)} instead.")
    numbers: dict[str, float] = {}
    for one, said in zip(kind.fields, match.groups(), strict=True):
        value = one.usual if said is None else int(said[:9]) if one.whole else float(said)
        if not one.low <= value <= one.high:
            raise ConfigError(
                f"{one.title} of block {position}, {short(part)}, must be from {number(one.low)} to "
                f"{number(one.high)}. Got {said[:9]} instead."
            )
        numbers[one.name] = value
    return Block(word, numbers)  # type: ignore[arg-type]


def text_of(blocks: tuple[Block, ...]) -> str:
    """The text that `parse_blocks` reads."""
    return ", ".join(block.text for block in blocks)
