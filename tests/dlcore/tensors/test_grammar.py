"""Expressions that anybody may type: what is understood, and one sentence for what is not."""

from __future__ import annotations

import re

import pytest

from dlcore.errors import ConfigError
from dlcore.tensors.grammar import MOST_OPERATIONS, read


@pytest.mark.parametrize(
    ("text", "names", "operations"),
    [
        ("x ** 2", ("x",), 1),
        ("x^2", ("x",), 1),
        ("x² + x³", ("x",), 3),
        ("ReLU(a·b − c)", ("a", "b", "c"), 3),
        ("a × b ÷ 2", ("a", "b"), 2),
        ("-x", ("x",), 1),
        ("-2 * x", ("x",), 1),
        ("relu(a * b + c)", ("a", "b", "c"), 3),
        ("detach(x ** 2) * x", ("x",), 3),
        ("(tanh(w_1) - exp(y)) / log(2 + sin(y))", ("w_1", "y"), 7),
    ],
)
def test_it_reads(text: str, names: tuple[str, ...], operations: int) -> None:
    node = read(text)
    assert (node.names, node.operations) == (names, operations)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is nothing here"),
        ("2a", "Between 2 and a a * is missing: write 2 * a."),
        ("x +", "This is no expression"),
        ("x\0", "This is no expression"),
        ("x + y" * 30, "at most 80 signs"),
        ("(" * 79, "This is no expression"),
        ("+".join("x" * (MOST_OPERATIONS + 2)), "at most 20 operations"),
        ("sin(" * 11 + "x" + ")" * 11, "10 of them inside each other"),
        ("3 + 4", "a name to move"),
        ("x", "something to compute"),
        ("a+b+c+d+e+f", "at most 5 names"),
        ("relu + x", "relu needs something in brackets"),
        ("X + 1", "at most 8 small letters"),
        ("__import__('os')", "An expression knows"),
        ("x.grad + 1", "An expression knows"),
        ("x if x else x", "An expression knows"),
        ("[x for x in x]", "An expression knows"),
        ("x % 2", "An expression knows"),
        ("x @ x", "An expression knows"),
        ("cos(x)", "An expression knows"),
        ("sin(x, x)", "An expression knows"),
        ("sin(x=x)", "An expression knows"),
        ("x + 'a'", "An expression knows"),
        ("x + 1j", "An expression knows"),
        ("x + True", "An expression knows"),
        ("x + 1e9", "at most 1,000,000"),
        ("x + 1e999", "at most 1,000,000"),
        ("lambda: x", "An expression knows"),
    ],
)
def test_what_it_does_not_read_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)) as raised:
        read(text)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 200
