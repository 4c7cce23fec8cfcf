"""Runs in rows: all of them with their results, and the compared ones by what was set differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dlcore.datasets.catalogue import title_of
from dlcore.datasets.dataset import MNIST
from dlcore.figures.compare import LETTERS
from dlcore.gan.config import RATES
from dlcore.run import SET, Run
from dlcore.runs.compare import (
    MILESTONES,
    differing,
    milestone,
    milestone_split,
    setting_words,
)
from dlcore.runs.kinds import RUN_KINDS, config_type, preset_of, presets
from dlcore.runs.moves import knob_words, moves_of, moves_words, value_words
from dlcore.runs.shipped import OWNER as SHIPPED
from dlcore.schema import parse_leniently
from dlcore.training.config import MOVABLE
from dlcore.training.evaluation import band
from dlcore.words import duration, number, percent

SPLITS = {"val": "validation", "train": "training", "test": "test"}
BAND = "95 % band, ±"
MOVED = (*RATES, *MOVABLE)
RESULTS = ("test_correct", "test_total", *(f"{SET}{knob}" for knob in MOVED))  # what a row of runs needs

Row = dict[str, Any]  # by the column's title


def run_rows(
    runs: Sequence[Run], compared: Sequence[str], results: Mapping[str, Mapping[str, float]]
) -> list[Row]:
    """Every run. `compared` ids get their letters; `results` are, by a run's id, the last of RESULTS."""
    letters = dict(zip(compared, LETTERS, strict=False))
    return [{"": letters.get(run.id, ""), **_run_row(run, results.get(run.id, {}))} for run in runs]


def _run_row(run: Run, result: Mapping[str, float]) -> Row:
    total, correct = int(result.get("test_total", 0)), int(result.get("test_correct", 0))
    return {
        "Name": run.name,
        "Test, % right": 100 * correct / total if total else None,
        BAND: 100 * band(correct, total).half_width if total else None,
        "Seed": run.config.get("seed"),
        "Status": "silent" if run.silent else run.status,
        "Begun": datetime.fromtimestamp(run.created) if run.owner != SHIPPED else None,
        "Preset": preset_title(run, {knob: result[SET + knob] for knob in MOVED if SET + knob in result}),
        "Seconds": run.seconds,
        "Kind": kind_title(run),
        "Wrong": f"{total - correct:,} of {total:,}" if total else "",
    }


def kind_title(run: Run) -> str:
    """What it is about: of a run on other images than MNIST's digits, those."""
    dataset = str(run.config.get("dataset", MNIST))
    if run.kind == "mnist" and dataset != MNIST:
        return title_of(dataset)
    return RUN_KINDS[run.kind].title if run.kind in RUN_KINDS else run.kind


def preset_title(run: Run, moved_to: Mapping[str, float] | None = None) -> str:
    """The preset it was made from; what this version of the lab does not understand is nobody's.

    A run of which a hand has moved a knob is no preset's any more. `moved_to` is where each ended, for a
    run that comes without its series.
    """
    config, unknown = parse_leniently(config_type(run.kind)(), run.config)
    preset = None if unknown else preset_of(run.kind, config)
    title = presets(run.kind)[preset].title if preset else "own settings"
    joint = ", but" if preset else ","
    moved = moves_words(run) or ", ".join(
        f"{knob_words(knob)} moved to {value_words(knob, value)}" for knob, value in (moved_to or {}).items()
    )
    return f"{title}{joint} {moved}" if moved else title


def difference_rows(runs: Sequence[Run], chosen: str = "train") -> list[Row]:
    """One row a run: letter, name, only the settings that differ, then the milestones.

    Those are of the `chosen` split, as the curves are, where it can have some: see `milestone_split`.
    """
    settings, split = differing(runs), milestone_split(runs, chosen)
    types = [config_type(run.kind) for run in runs]  # one of which knows what a setting is called
    known = {name: next((t for t in types if name in t.model_fields), types[0]) for name in settings}
    rows = []
    for position, run in enumerate(runs):
        row = {"": LETTERS[position], "Run": run.name, "Status": "silent" if run.silent else run.status}
        if any(moves_of(other) for other in runs):
            row["Moved while it ran"] = moves_words(run) or "–"
        for name, values in settings.items():
            title, words = setting_words(known[name], name, values[position])
            row[title] = words
        for share in MILESTONES:
            row[f"To {percent(share)} ({SPLITS[split]})"] = _milestone(run, share, split)
        rows.append(row)
    return rows


def milestone_words(runs: Sequence[Run], chosen: str = "train") -> str:
    """What the milestones under `difference_rows` are."""
    first, images = percent(MILESTONES[0]), SPLITS[milestone_split(runs, chosen)]
    words = (
        f"To {first}: when a run first had so many of its {images} images right; within: it was not measured "
    )
    words += "before; –: not reached."
    if chosen == "train":
        words += " Training's own share is a mean on the way, and counts for none."
    return words


def _milestone(run: Run, share: float, split: str) -> str:
    if not run.series.get(f"{split}_accuracy"):
        return "not yet" if run.active else "not measured"
    reached = milestone(run, share, split)
    if reached is None:
        return "–"
    epochs = number(round(reached.epochs, 1))
    # What was measured for the first time after many epochs may have been so good long before.
    within = "within " if reached.epochs > 1 and reached.first else ""
    return f"{within}{epochs} epoch{'' if epochs == '1' else 's'}, {duration(reached.seconds)}"
