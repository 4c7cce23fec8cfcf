"""How commands speak: a progress bar for people, one JSON object for programs."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from dlcore.errors import RunError, UploadError
from dlcore.events import Stage
from dlcore.runs.follow import iter_task
from dlcore.schema import Config

Result = TypeVar("Result")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]


def progress_bar() -> Progress:
    """Only where somebody looks: a pipe gets none."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    return Progress(*columns, disable=not sys.stdout.isatty())


def measured(result: type[Result], kind: str, config: Config) -> Result:
    """The result of a measuring task. Raises RunError if it was stopped before."""
    with progress_bar() as bar:
        task = bar.add_task("starting", total=1.0)
        for event in iter_task(kind, {"config": config.model_dump()}):
            if isinstance(event, Stage):
                bar.update(task, completed=event.share, description=event.words)
            elif isinstance(event, result):
                return event
    raise RunError("The profile was stopped: start it again.")


def say(as_json: bool, answer: dict[str, Any], words: str) -> None:
    """JSON has no word for what is not finite: there it is null."""
    print(json.dumps(_finite(answer), allow_nan=False) if as_json else words)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list | tuple) else value


def write_file(path: Path, content: bytes | str) -> None:
    """Raises UploadError if the file cannot be written."""
    try:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    except OSError as error:
        raise UploadError(f"{path} cannot be written ({error.strerror}): name another file.") from error
