"""What was built: its arithmetic as a table, and what became of it in training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlcore.builder.config import training_of
from dlcore.nets.blocks import parse_blocks
from dlcore.nets.shapes import IMAGE, Plan, Step, plan
from dlcore.presets import FREE
from dlcore.run import Run
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import band
from dlcore.words import banded, shape_words


@dataclass(frozen=True)
class Score:
    """A trained network on the 10,000 test digits."""

    correct: int
    total: int

    @property
    def share(self) -> float:
        return self.correct / self.total

    @property
    def words(self) -> str:
        """ "95.20 % (±0.42)"."""
        return banded(self.share, band(self.correct, self.total))


@dataclass(frozen=True)
class Built:
    """A line of blocks, and by their blocks the newest of this visitor's runs that bear on it."""

    layers: str
    runs: Mapping[str, Run]

    @property
    def plan(self) -> Plan:
        return plan(parse_blocks(self.layers))

    def score_of(self, layers: str) -> Score | None:
        """None if there is no run of these blocks that was trained to its end."""
        run = self.runs.get(layers)
        correct, total = (run.last(f"test_{name}") for name in ("correct", "total")) if run else (None, None)
        return Score(int(correct.value), int(total.value)) if correct and total else None


def newest_of(runs: Sequence[Run], layers: Iterable[str]) -> dict[str, Run]:
    """Of `runs`, newest first: for each of these lines of blocks the newest one that was trained as the
    builder's page trains. Its seed is free.
    """
    found, defaults = dict[str, Run](), TrainConfig().model_dump()
    for text in layers:
        wanted = {k: v for k, v in training_of(text).model_dump().items() if k not in FREE}
        run = next((run for run in runs if wanted.items() <= (defaults | dict(run.config)).items()), None)
        if run is not None:
            found[text] = run
    return found


def blocks_table(found: Plan) -> list[dict[str, object]]:
    """A row for the image and for each block; of one that cannot be, and those behind it, what is known."""
    parameters, work = found.parameters or 1, found.multiply_adds or 1
    rows = [_row("image", shape_words(IMAGE))]
    rows += [_step_row(step, parameters, work) for step in found.steps]
    for position, block in enumerate(found.blocks[len(found.steps) :], start=len(found.steps)):
        broken = found.problem is not None and found.problem.position == position
        rows.append(_row(block.text, "✗ cannot be" if broken else "?"))
    return rows


def narrow_table(found: Plan) -> list[dict[str, str]]:
    """The same in three columns, for a phone."""
    return [
        {
            "Block": f"{row['Block']} → {row['Shape after it']}",
            "Parameters": _with_share(row["Parameters"], row["of all"]),
            "Multiply-adds": _with_share(row["Multiply-adds"], row["of all work"]),
        }
        for row in blocks_table(found)
    ]


def _with_share(count: Any, share: Any) -> str:
    return "" if count is None else f"{count:,} ({share:.1f}\N{NO-BREAK SPACE}%)" if count else "0"


def _row(block: str, shape: str) -> dict[str, object]:
    return {
        "Block": block,
        "Shape after it": shape,
        "Parameters": None,
        "of all": None,
        "Multiply-adds": None,
        "of all work": None,
    }


def _step_row(step: Step, parameters: int, work: int) -> dict[str, object]:
    return _row(step.block.text, shape_words(step.shape)) | {
        "Parameters": step.parameters,
        "of all": 100 * step.parameters / parameters,
        "Multiply-adds": step.multiply_adds,
        "of all work": 100 * step.multiply_adds / work,
    }
