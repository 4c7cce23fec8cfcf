"""What a line of blocks would be, before anything is made: shapes, parameters, multiply-adds, and faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from dlcore.errors import ConfigError
from dlcore.nets.blocks import ACTIVATIONS, KINDS, Block

Shape = tuple[int, ...]  # of one image: maps (C, H, W), or a row (N,)
IMAGE: Shape = (1, 28, 28)
CLASSES = 10
MAX_PARAMETERS = 5_000_000
# Of one image. FastCNN has 1.2 million multiply-adds and 26,000 numbers between its layers.
MAX_MULTIPLY_ADDS = 10_000_000
MAX_NUMBERS = 150_000
CHUNK = 128  # images per forward and backward pass: about 40 ms of SimpleCNN on one core


@dataclass(frozen=True)
class Problem:
    """Why a network cannot be: which block (from 0; its number of blocks if the end is missing), why, what
    helps."""

    position: int
    block: Block | None
    why: str
    way_out: str

    @property
    def sentence(self) -> str:
        where = f"Block {self.position + 1}, {self.block.text}" if self.block else "The end"
        return f"{where}: {self.why}; {self.way_out}."


@dataclass(frozen=True)
class Step:
    """One block at its place, for one image. `kept` is how many numbers training keeps of it."""

    block: Block
    given: Shape
    shape: Shape
    parameters: int
    multiply_adds: int
    kept: int
    remark: str = ""  # legal, but worth knowing


@dataclass(frozen=True)
class Plan:
    """The blocks up to the first that cannot be, and that one's problem."""

    blocks: tuple[Block, ...]
    steps: tuple[Step, ...]
    problem: Problem | None

    @property
    def parameters(self) -> int:
        return sum(step.parameters for step in self.steps)

    @property
    def multiply_adds(self) -> int:
        return sum(step.multiply_adds for step in self.steps)

    @property
    def kept(self) -> int:
        return sum(step.kept for step in self.steps)

    @property
    def chunk(self) -> int:
        """How many images one forward and backward pass takes: CHUNK, fewer where an image is much work."""
        return max(1, min(CHUNK, 200_000_000 // self.multiply_adds, 5_000_000 // self.kept))


def plan(blocks: Sequence[Block]) -> Plan:
    """Pure arithmetic: nothing is allocated, whatever the numbers are."""
    steps: list[Step] = []
    shape = IMAGE
    for position, block in enumerate(blocks):
        found = _step(block, shape, steps)
        problem = found if isinstance(found, tuple) else _too_large([*steps, found])
        if problem is not None:
            return Plan(tuple(blocks), tuple(steps), Problem(position, block, *problem))
        assert isinstance(found, Step)
        steps.append(found)
        shape = found.shape
    if not blocks or blocks[-1].kind != "dense" or shape != (CLASSES,):
        last = blocks[-1].text if blocks else "no block at all"
        why = f"a network ends in dense {CLASSES}, one number for each digit, and this one in {last}"
        return Plan(tuple(blocks), tuple(steps), Problem(len(blocks), None, why, "add dense 10"))
    return Plan(tuple(blocks), tuple(steps), None)


def checked_plan(blocks: Sequence[Block]) -> Plan:
    """Raises ConfigError that names the block if these can be no network."""
    found = plan(blocks)
    if found.problem is not None:
        raise ConfigError(found.problem.sentence)
    return found


def _too_large(steps: Sequence[Step]) -> tuple[str, str] | None:
    """Of all blocks up to here."""
    bounds = (
        ("parameters", MAX_PARAMETERS, "parameters"),
        ("multiply_adds", MAX_MULTIPLY_ADDS, "multiply-adds an image"),
        ("kept", MAX_NUMBERS, "numbers between its blocks"),
    )
    for name, most, words in bounds:
        total = sum(getattr(step, name) for step in steps)
        if total > most:
            way_out = "make it smaller, or pool before it"
            return f"with it the network has {total:,} {words}, and may have {most:,}", way_out
    return None


def _step(block: Block, given: Shape, before: Sequence[Step]) -> Step | tuple[str, str]:
    match block.kind:
        case "conv":
            return _conv(block, given)
        case "pool" | "average":
            return _pool(block, given)
        case "dense":
            return _dense(block, given, before)
        case "residual":
            return _residual(block, given)
        case "norm":
            channels, count = given[0], prod(given)
            if count == 1:
                why = "one number alone is its own mean, so nothing is left of it"
                return why, "take it out, or give it more numbers"
            return Step(block, given, given, 2 * channels, count, count)
        case _:
            again = before and before[-1].block.kind == block.kind and block.kind in (*ACTIVATIONS, "dropout")
            remark = f"Twice {KINDS[block.kind].title} in a row: once is enough." if again else ""
            return Step(block, given, given, 0, 0, prod(given), remark)


def _size(shape: Shape) -> str:
    return "×".join(map(str, shape[1:]))


def _rows_only(shape: Shape, what: str) -> tuple[str, str] | None:
    if len(shape) == 3:
        return None
    return f"{what} needs maps, and after a dense block there is a row of {shape[0]}", "move it before"


def _conv(block: Block, given: Shape) -> Step | tuple[str, str]:
    if fault := _rows_only(given, "a convolution"):
        return fault
    channels, height, width = given
    kernel, padding, stride = block["kernel"], block["padding"], block["stride"]
    if padding >= kernel:
        return f"a padding of {padding} is as wide as its kernel", f"take a padding below {kernel}"
    if height + 2 * padding < kernel:
        why = f"its kernel of {kernel}×{kernel} is larger than the maps, {_size(given)}"
        return why, "take a smaller kernel, more padding, or pool less before it"
    sides = tuple((side + 2 * padding - kernel) // stride + 1 for side in (height, width))
    shape = (block["channels"], *sides)
    weights = channels * kernel * kernel * block["channels"]
    return Step(block, given, shape, weights + block["channels"], weights * prod(sides), prod(shape))


def _pool(block: Block, given: Shape) -> Step | tuple[str, str]:
    if fault := _rows_only(given, "a pool"):
        return fault
    size = block["size"]
    if given[1] < size:
        why = f"maps of {_size(given)} have no window of {size}×{size}, so less than 1×1 would be left"
        return why, "take it out, or pool less before it"
    shape = (given[0], given[1] // size, given[2] // size)
    left = given[1] % size
    remark = f"The last {left} of {given[1]} rows and columns fit no window and are left out." if left else ""
    if left == 1:
        remark = f"The last of {given[1]} rows and columns fits no window and is left out."
    return Step(block, given, shape, 0, 0, prod(shape), remark)


def _dense(block: Block, given: Shape, before: Sequence[Step]) -> Step:
    inputs, units = prod(given), block["units"]
    linear = [step.block.kind for step in before if step.block.kind != "dropout"]
    remark = ""
    if linear and linear[-1] in ("dense", "conv"):
        remark = f"No activation since the last {linear[-1]} block: the two are together one linear layer."
    return Step(block, given, (units,), (inputs + 1) * units, inputs * units, units, remark)


def _residual(block: Block, given: Shape) -> Step:
    """y = ReLU(x + F(x)), F two layers with ReLU between; x by a layer of its own where widths differ.

    He, Zhang, Ren, Sun 2015, "Deep Residual Learning for Image Recognition", equations 1 and 2.
    """
    before, after = given[0], block["width"]
    window, places = (9, given[1] * given[2]) if len(given) == 3 else (1, 1)
    weights = window * (before * after + after * after)
    parameters = weights + 2 * after
    if before != after:
        weights += before * after
        parameters += (before + 1) * after
    layers = 5 if before == after else 6  # layer, ReLU, layer, sum, ReLU, and the way past them
    shape = (after, *given[1:])
    return Step(block, given, shape, parameters, weights * places, layers * prod(shape))
