"""Command-line options made from a schema: what the fields say, and nothing written twice."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Annotated, Any

import typer

from dlcore.schema import Config, Knob, knobs
from dlcore.words import number


def with_options(
    config: type[Config], only: Collection[str] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one option per field, or for these `only`. It receives the given ones, as text, as
    `**given`.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        made = [_parameter(knob) for knob in knobs(config).values() if not only or knob.name in only]

        def run(**values: Any) -> None:
            mine = {p.name: values.pop(p.name) for p in own}
            command(**mine, **{name: value for name, value in values.items() if value is not None})

        run.__doc__ = command.__doc__
        run.__signature__ = signature.replace(parameters=[*own, *made])  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in [*own, *made]}
        return run

    return decorate


def _parameter(knob: Knob) -> inspect.Parameter:
    kind = bool | None if knob.kind is bool else str | None
    option = typer.Option(help=knob.help, metavar=None if knob.kind is bool else _metavar(knob))
    return inspect.Parameter(
        knob.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option]
    )


def _metavar(knob: Knob) -> str:
    if knob.options:
        return "|".join(knob.options)
    if knob.form:
        return "TEXT"
    if knob.low is None or knob.high is None:
        return knob.kind.__name__.upper()
    return f"{number(knob.low)}..{number(knob.high)}"
