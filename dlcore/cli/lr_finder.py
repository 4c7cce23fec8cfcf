"""`lr-finder`: search for a learning rate, and try it."""

from __future__ import annotations

import math
from typing import Annotated, Any

import typer

from dlcore.cli.options import with_options
from dlcore.cli.talk import AsJson, progress_bar, say
from dlcore.cli.training import config_from
from dlcore.events import Stage
from dlcore.lr_finder.result import STEPS, RangeTest, Tries, Try, rate_at, rates_to_try
from dlcore.lr_finder.search import Probe, iter_search, iter_tries
from dlcore.lr_finder.words import ended_words, found_words, tries_words, verdict_words
from dlcore.training.config import TrainConfig
from dlcore.training.recipes import PRESETS

lr_finder = typer.Typer(help="Search for a learning rate.", invoke_without_command=True)


@lr_finder.callback()
@with_options(TrainConfig)
def search(
    preset: Annotated[str, typer.Option(help="|".join(PRESETS))] = "fast",
    attempt: Annotated[bool, typer.Option("--try", help="Train 100 steps at it, and far off it.")] = False,
    as_json: AsJson = False,
    **given: str | bool,
) -> None:
    """Train once while the learning rate grows, until the loss explodes. Settings start from the preset."""
    config = config_from(PRESETS, preset, given)
    found = _searched(config)
    tries = _tried(config, found.suggestion) if attempt and found.suggestion is not None else None
    answer: dict[str, Any] = {
        "suggestion": found.suggestion,
        "lowest": rate_at(found.lowest),
        "steepest": rate_at(found.steepest),
        "ended_early": found.why,
        "rates": found.rates,
        "losses": found.losses,
        "smoothed": found.smoothed,
        "tries": [_told(one) for one in tries.tries] if tries else [],
        "config": config.model_dump(),
    }
    lines = [
        found_words(found),
        ended_words(found),
        *([tries_words(tries), verdict_words(tries, found.suggestion)] if tries and found.suggestion else []),
    ]
    say(as_json, answer, "\n".join(lines).replace("**", ""))


def _told(one: Try) -> dict[str, float | None]:
    """A loss that broke is null: JSON knows no other word for it."""
    loss = one.loss if math.isfinite(one.loss) else None
    return {"lr": one.rate, "loss": loss, "accuracy": one.share}


def _searched(config: TrainConfig) -> RangeTest:
    with progress_bar() as bar:
        task = bar.add_task("searching", total=STEPS)
        for event in iter_search(config):
            if isinstance(event, Probe):
                bar.update(task, advance=1, description=f"loss {event.loss:.3f}")
            elif isinstance(event, RangeTest):
                return event
    raise AssertionError("a search ends in its result")


def _tried(config: TrainConfig, suggestion: float) -> Tries:
    with progress_bar() as bar:
        task = bar.add_task("trying", total=1.0)
        for event in iter_tries(config, rates_to_try(suggestion)):
            if isinstance(event, Stage):
                bar.update(task, completed=event.share, description=event.words)
            elif isinstance(event, Tries):
                return event
    raise AssertionError("tries end in their result")
