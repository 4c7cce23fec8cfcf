"""Expressions that anybody may type: a small grammar, read without ever running what was typed."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from dlcore.errors import ConfigError
from dlcore.words import short

MOST_SIGNS, MOST_DEPTH, MOST_OPERATIONS, MOST_NAMES = 80, 10, 20, 5
LARGEST = 1e6  # a number that stands in an expression
FUNCTIONS = ("relu", "tanh", "sigmoid", "exp", "log", "sin", "detach")
OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
# As the page itself writes them, and as keyboards of phones do.
SPELLINGS = str.maketrans({"^": "**", "²": "**2", "³": "**3", "·": "*", "×": "*", "÷": "/", "−": "-"})
KNOWN = f"numbers, names, + - * / **, brackets and {', '.join(FUNCTIONS)}"
FUNCTION = re.compile(rf"\b({'|'.join(FUNCTIONS)})(?=\s*\()", re.IGNORECASE)
NAME = re.compile("[a-z][a-z0-9_]{0,7}")


@dataclass(frozen=True)
class Node:
    """What an expression is made of. `operation` is "" for a number or a name."""

    text: str  # as it is written
    operation: str = ""
    parts: tuple[Node, ...] = ()
    name: str = ""
    value: float = 0.0  # of a number

    @property
    def names(self) -> tuple[str, ...]:
        """The leaves, in the order in which they first stand there."""
        own = (self.name,) if self.name else ()
        return tuple(dict.fromkeys((*own, *(name for part in self.parts for name in part.names))))

    @property
    def operations(self) -> int:
        return bool(self.operation) + sum(part.operations for part in self.parts)

    @property
    def depth(self) -> int:
        return max((part.depth for part in self.parts), default=0) + bool(self.operation)


def read(text: str) -> Node:
    """The tree of an expression. Raises ConfigError, one sentence, if it is too long or not understood."""
    if len(text) > MOST_SIGNS:
        raise ConfigError(
            f"An expression has at most {MOST_SIGNS} signs, this one {len(text):,}: write a shorter one."
        )
    if not text.strip():
        raise ConfigError("There is nothing here: write an expression such as (a * b + c) ** 2.")
    written = FUNCTION.sub(lambda found: found[0].lower(), text.translate(SPELLINGS).strip())
    try:
        tree = ast.parse(written, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        if together := re.search(r"(?<![\w.])(\d+)\s*([a-z(])", written):
            number, name = together.groups()
            raise ConfigError(
                f"Between {number} and {name} a * is missing: write {number} * {name}."
            ) from None
        raise ConfigError(
            f"This is no expression: {short(text)}. Write one such as (a * b + c) ** 2."
        ) from None
    node = _node(tree.body)
    if not node.operation:
        raise ConfigError("There must be something to compute: write an expression such as x ** 2.")
    if not node.names:
        raise ConfigError("There must be a name to move: write an expression with one, such as x ** 2.")
    if len(node.names) > MOST_NAMES:
        raise ConfigError(f"An expression has at most {MOST_NAMES} names, this one {len(node.names)}.")
    if node.operations > MOST_OPERATIONS or node.depth > MOST_DEPTH:
        raise ConfigError(
            f"An expression has at most {MOST_OPERATIONS} operations, {MOST_DEPTH} of them inside each other."
        )
    return node


def _node(tree: ast.expr) -> Node:
    text = ast.unparse(tree)
    match tree:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            if not abs(value) <= LARGEST:
                got = f" Got {short(text)} instead." if abs(value) < float("inf") else ""
                raise ConfigError(f"A number must be at most {LARGEST:,.0f}.{got}")
            return Node(text, value=float(value))
        case ast.Name(id=name):
            return _name(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            part = _node(operand)
            if not part.operation and not part.name:
                return Node(text, value=-part.value)
            return Node(text, "neg", (part,))
        case ast.BinOp(op=op, left=left, right=right) if type(op) in OPERATORS:
            return Node(text, OPERATORS[type(op)], (_node(left), _node(right)))
        case ast.Call(func=ast.Name(id=function), args=[argument], keywords=[]) if function in FUNCTIONS:
            return Node(text, function, (_node(argument),))
    raise ConfigError(f"An expression knows {KNOWN}. Got {short(text)} instead.")


def _name(name: str) -> Node:
    if name in FUNCTIONS:
        raise ConfigError(f"{name} needs something in brackets, as in {name}(x).")
    if not NAME.fullmatch(name):
        raise ConfigError(
            f"A name is at most 8 small letters, digits or _, a letter first. Got {short(name)} instead."
        )
    return Node(name, name=name)
