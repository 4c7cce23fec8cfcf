"""A function compiled once more from its own source, with a clock around each of its statements."""

from __future__ import annotations
import __future__

import ast
import inspect
import textwrap
from types import FunctionType
from typing import Any


def with_clock(function: FunctionType, clock: Any) -> FunctionType:
    """The same function, but it calls `clock.begin()` and `clock.end(function, line, owner)`.

    `owner` is the object whose method it is, or None. No generators: their statements can be interrupted.
    """
    source, first = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(source)))
    ast.increment_lineno(tree, first - 1)
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    arguments = [argument.arg for argument in definition.args.args]
    owner = "self" if arguments[:1] == ["self"] else "None"
    definition.body = _timed(definition.body, function.__qualname__, owner)
    code = compile(
        ast.fix_missing_locations(tree),
        function.__code__.co_filename,
        "exec",
        flags=__future__.annotations.compiler_flag,
        dont_inherit=True,
    )
    namespace: dict[str, Any] = {**function.__globals__, "_clock": clock}
    exec(code, namespace)  # the source of this project, as it stands in its own file
    made: FunctionType = namespace[definition.name]
    made.__qualname__ = function.__qualname__
    return made


def _timed(body: list[ast.stmt], function: str, owner: str) -> list[ast.stmt]:
    """begin, try the statement, finally end: for each, and for those within it."""
    made: list[ast.stmt] = []
    for statement in body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):  # a docstring
            made.append(statement)
            continue
        if isinstance(statement, ast.For | ast.While | ast.If):
            statement.body = _timed(statement.body, function, owner)
            statement.orelse = _timed(statement.orelse, function, owner)
        end = f"_clock.end({function!r}, {statement.lineno}, {owner})"
        around = ast.parse(f"_clock.begin()\ntry: pass\nfinally: {end}")
        for node in ast.walk(around):
            if hasattr(node, "lineno"):
                ast.copy_location(node, statement)
        attempt = around.body[1]
        assert isinstance(attempt, ast.Try)
        attempt.body = [statement]
        made += around.body
    return made
