"""A command in this process, as a person would call it."""

from __future__ import annotations

import json
from typing import Any

import typer
from typer.testing import CliRunner

from dlcore.errors import DlcoreError


def invoke(app: typer.Typer, *arguments: str) -> str:
    """What it printed; its error, where it has one of ours."""
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, DlcoreError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def answer(app: typer.Typer, *arguments: str) -> dict[str, Any]:
    """With --json: the object on its last line."""
    found: dict[str, Any] = json.loads(invoke(app, *arguments, "--json").splitlines()[-1])
    return found
