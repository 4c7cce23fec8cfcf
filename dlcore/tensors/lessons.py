"""Small programs that torch runs the moment they are asked for: what they print, and what torch refuses.

A lesson's source is what a page shows: `say` stands for `print`. That is why they are plain functions.
"""

from __future__ import annotations

import inspect
import textwrap
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

Say = Callable[..., None]


@dataclass(frozen=True)
class Lesson:
    """`means` is torch's message in plain words, `way_out` what to write instead."""

    title: str
    run: Callable[[Say], Any]
    means: str
    way_out: str = ""

    @property
    def source(self) -> str:
        lines = inspect.getsource(self.run).splitlines()[1:]
        return textwrap.dedent("\n".join(lines)).replace("say(", "print(")


@dataclass(frozen=True)
class Said:
    """What torch printed, warned of and refused, at that moment."""

    printed: tuple[str, ...]
    warned: str = ""
    error: str = ""

    @property
    def text(self) -> str:
        return "\n".join([*self.printed, *filter(None, (self.warned, self.error))])


def run(lesson: Lesson) -> Said:
    """Run it now."""
    printed: list[str] = []
    error = ""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            lesson.run(lambda *values: printed.append(" ".join(map(str, values))))
        except (RuntimeError, IndexError, ValueError, TypeError) as refused:
            error = f"{type(refused).__name__}: {_first(str(refused))}"
    warned = f"{caught[0].category.__name__}: {_first(str(caught[0].message))}" if caught else ""
    return Said(tuple(printed), warned, error)


def _first(message: str) -> str:
    """Two sentences are enough: what follows are hints on how torch was built."""
    return ". ".join(message.strip().splitlines()[0].split(". ")[:2])


# --- Of autograd ----------------------------------------------------------------------------------


def again(say: Say) -> None:
    x = torch.tensor(3.0, requires_grad=True)
    for _ in range(3):
        (x**2).backward()
        say(x.grad)
    x.grad = None  # what optimizer.zero_grad() does
    (x**2).backward()
    say(x.grad)


def no_grad(say: Say) -> None:
    x = torch.tensor(3.0, requires_grad=True)
    with torch.no_grad():
        y = x**2
    say(y.requires_grad, y.grad_fn)
    y.backward()


def detach(say: Say) -> None:
    x = torch.tensor(3.0, requires_grad=True)
    ((x**2).detach() * x).backward()
    say(x.grad)
    x.grad = None
    (x**2 * x).backward()
    say(x.grad)


def in_place(say: Say) -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    y += 1  # exp needs its own result to go back
    y.sum().backward()


def leaf_in_place(say: Say) -> None:
    x = torch.tensor(3.0, requires_grad=True)
    x += 1


def twice(say: Say) -> None:
    x = torch.tensor(3.0, requires_grad=True)
    y = x**2
    y.backward()
    say(x.grad)
    y.backward()


def many(say: Say) -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x**2
    y.backward()


def to_numpy(say: Say) -> None:
    x = torch.tensor(3.0, requires_grad=True)
    say(x.detach().numpy())
    x.numpy()


AUTOGRAD = {
    "again": Lesson(
        "Backward again",
        again,
        "backward() adds to .grad: 6, 12, 18. Nothing clears it by itself.",
        "Call optimizer.zero_grad() before each backward().",
    ),
    "no_grad": Lesson(
        "no_grad",
        no_grad,
        "Inside no_grad torch notes no operation. So there is nothing to go back through.",
        "Compute the loss outside of no_grad. Use no_grad to measure, not to train.",
    ),
    "detach": Lesson(
        "detach",
        detach,
        "detach() keeps the value and cuts the graph. x² counts as the fixed number 9: slope 9, not 27.",
        "Use it where no gradient should flow; leave it out elsewhere.",
    ),
    "in_place": Lesson(
        "In place",
        in_place,
        "The way back of exp needs its result. That number was overwritten.",
        "Write y = y + 1: a new tensor, and the old one stays.",
    ),
    "leaf_in_place": Lesson(
        "A leaf in place",
        leaf_in_place,
        "x is where gradients are kept. To overwrite it would be an operation that torch cannot note there.",
        "Change it inside with torch.no_grad(), as an optimizer does.",
    ),
    "twice": Lesson(
        "Backward twice",
        twice,
        "After going back once, torch frees the graph with the numbers it had kept.",
        "Compute y again, then go back.",
    ),
    "many": Lesson(
        "Not one number",
        many,
        "Two results have no single slope: torch does not know which of them should fall.",
        "Make one number of it first: y.sum() or y.mean().",
    ),
    "to_numpy": Lesson(
        "To NumPy",
        to_numpy,
        "NumPy keeps no graph. Torch does not drop it silently.",
        "Write x.detach().numpy().",
    ),
}


# --- Of tensors -----------------------------------------------------------------------------------


def stretched(say: Say) -> None:
    guess = torch.tensor([1.0, 2.0, 3.0])
    truth = torch.tensor([[1.0], [2.0], [3.0]])
    say((guess - truth).shape)
    say(torch.nn.functional.mse_loss(guess, truth))


def sizes(say: Say) -> None:
    torch.zeros(3) + torch.zeros(4)


def inner(say: Say) -> None:
    a, b = torch.ones(2, 3), torch.ones(2, 3)
    say((a @ b.t()).shape)
    a @ b


def dtypes(say: Say) -> None:
    say(torch.tensor([1, 2]).dtype, torch.tensor([1.0, 2]).dtype)
    say((torch.tensor([1, 2]) + 0.5).dtype, (torch.tensor([1, 2]) / 2).dtype)
    torch.ones(2, 2, dtype=torch.float64) @ torch.ones(2, 2)


def bytes_only(say: Say) -> None:
    say(torch.tensor(200, dtype=torch.uint8) + torch.tensor(100, dtype=torch.uint8))
    say(torch.tensor(16_777_216.0) + 1)
    say(torch.tensor(0.1).item())
    say(torch.tensor(-7) // 2)


def devices(say: Say) -> None:
    a = torch.ones(2, 2)
    b = torch.ones(2, 2, device="meta")
    say(a.device, b.device, b.shape)
    a + b


def viewed(say: Say) -> None:
    b = torch.tensor([[1, 2, 3], [4, 5, 6]])
    say(b.t().reshape(6))
    b.t().view(6)


def labels(say: Say) -> None:
    logits, label = torch.zeros(1, 3), torch.tensor([3])
    torch.nn.functional.cross_entropy(logits, label)


TENSORS = {
    "stretched": Lesson(
        "(3,) with (3, 1)",
        stretched,
        "All three are equal, and yet the loss is 1.33: the difference became a 3×3 table.",
        "Give both the same shape: truth.squeeze(1). Print shapes before a loss.",
    ),
    "sizes": Lesson(
        "(3,) with (4,)",
        sizes,
        "From the right, two lengths must be equal, or one of them 1. 3 and 4 are neither.",
        "Print both shapes, and cut or pad one of them.",
    ),
    "inner": Lesson(
        "2×3 with 2×3",
        inner,
        "In a product the columns of the left must be as many as the rows of the right: 3 is not 2.",
        "Turn one over: a @ b.t() is 2×2.",
    ),
    "dtypes": Lesson(
        "Kinds of numbers",
        dtypes,
        "Sums bring both to one kind. A matrix product does not: float64 and float32 must not meet.",
        "Make one kind of them: b.double() or a.float().",
    ),
    "bytes_only": Lesson(
        "Too small a kind",
        bytes_only,
        "A byte ends at 255 and begins again: 300 − 256 = 44. float32 has about seven digits.",
        "Use float32 for values and int64 for counting.",
    ),
    "devices": Lesson(
        "Two devices",
        devices,
        "Tensors must lie on the same device to meet. meta has shapes and no values: a calculator of shapes.",
        "Bring one over: b.to(a.device), before the loop rather than in it.",
    ),
    "viewed": Lesson(
        "view after t()",
        viewed,
        "A view needs storage in the right order. t() reads it in another.",
        "Write reshape: it copies where it must.",
    ),
    "labels": Lesson(
        "A label too large",
        labels,
        "Three classes have the labels 0, 1 and 2. There is no 3.",
        "Count from 0, or give the last layer one more output.",
    ),
}
