"""What each operation of the grammar is in torch, and its slope written out in numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch

Value = torch.Tensor | float


def _power(base: Value, exponent: Value) -> torch.Tensor:
    if isinstance(base, torch.Tensor):
        return base.pow(exponent)
    assert isinstance(exponent, torch.Tensor)  # one of the two is
    return torch.pow(base, exponent)


def _divided(left: Value, right: Value) -> torch.Tensor:
    """A number over a tensor would be two operations for torch: first 1 / b, then a product."""
    top = left if isinstance(left, torch.Tensor) else torch.tensor(left, dtype=torch.float64)
    return torch.div(top, right)


def _minus(left: Value, right: Value) -> torch.Tensor:
    top = left if isinstance(left, torch.Tensor) else torch.tensor(left, dtype=torch.float64)
    return torch.sub(top, right)


OPERATIONS: Mapping[str, Callable[..., torch.Tensor]] = {
    "+": lambda a, b: a + b,
    "-": _minus,
    "*": lambda a, b: a * b,
    "/": _divided,
    "**": _power,
    "neg": lambda a: -a,
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "exp": torch.exp,
    "log": torch.log,
    "sin": torch.sin,
    "detach": lambda a: a.detach(),
}
SYMBOLS: Mapping[str, str] = {"*": "×", "/": "÷", "-": "−", "neg": "−"}


def said(value: float) -> str:
    """A number in a picture: four digits, a true minus."""
    text = f"{value:.4g}" if abs(value) < 1e5 else f"{value:.3g}"
    return text.replace("-", "−") if float(text) else "0"


def local_words(operation: str, values: Sequence[float], gives: float, place: int, slope: float) -> str:
    """The rule by which an operation has this slope in one of its inputs, with the numbers in it."""
    a, b = values[0], values[1] if len(values) > 1 else 0.0
    result, is_slope = _factor(gives), f"= {said(slope)}"
    match operation, place:
        case "+", _:
            return "1, whatever the other is"
        case "-", 0:
            return "1, whatever the other is"
        case ("-", _) | ("neg", _):
            return "−1, it is taken away"
        case "*", _:
            return f"the other factor, {said(slope)}"
        case "/", 0:
            return f"1 ÷ {_factor(b)} {is_slope}"
        case "/", _:
            return f"−{_factor(a)} ÷ {_factor(b)}² {is_slope}"
        case "**", 0 if b == 0:
            return "0, since the exponent is 0"
        case "**", 1 if a == 0:
            return "0, as torch has it at 0"
        case "**", 0:
            power = "" if b == 2 else f"^{_factor(b - 1)}"
            return f"{_factor(b)} × {_factor(a)}{power} {is_slope}"
        case "**", _:
            return f"{result} × ln {_factor(a)} {is_slope}"
        case "relu", _:
            return f"1, since {said(a)} > 0" if a > 0 else f"0, since {said(a)} ≤ 0"
        case "tanh", _:
            return f"1 − {result}² {is_slope}"
        case "sigmoid", _:
            return f"{result} × (1 − {result}) {is_slope}"
        case "exp", _:
            return f"the result itself, {said(slope)}"
        case "log", _:
            return f"1 ÷ {_factor(a)} {is_slope}"
        case _:
            return f"cos {_factor(a)} {is_slope}"


def _factor(value: float) -> str:
    return f"({said(value)})" if value < 0 else said(value)
