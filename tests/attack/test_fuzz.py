"""Made-up input at every border: a value of ours or an error of ours, nothing else, and never for long.

`pytest tests/attack/test_fuzz.py --examples 1000000 -s` tries a million, other ones than with another number,
and says how many of which.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dlcore.errors import DlcoreError
from tests.attack.fuzz import asked, files, kept, results
from tests.attack.fuzz.making import Fuzz

BORDERS: Mapping[str, tuple[Callable[[Fuzz, Path], None], int]] = {  # and how many of 100,000
    "query": (asked.query, 18_000),
    "widget": (asked.widget, 14_000),
    "message": (asked.message, 2_000),
    "photo": (files.photo, 9_000),
    "gathered": (files.gathered, 500),
    "dropped": (files.dropped, 500),
    "canvas": (files.canvas, 8_000),
    "click": (asked.click, 7_000),
    "board": (asked.board, 4_000),
    "assignment": (asked.assignment, 2_000),
    "cookie": (asked.cookie, 5_000),
    "host": (asked.host, 5_000),
    "blocks": (asked.blocks, 7_000),
    "sweep": (asked.sweep, 3_500),
    "images": (files.images, 2_000),
    "archive": (files.archive, 1_000),
    "checkpoint": (kept.checkpoint, 3_000),
    "weights": (kept.weights, 500),
    "sheet": (asked.sheet, 1_000),
    "camera": (files.camera, 1_000),
    "kind": (kept.kind, 1_000),
    "reopened": (kept.reopened, 2_500),
    "rows": (kept.rows, 200),
    "written": (kept.written, 300),
    "card": (results.card, 2_000),
}


@pytest.mark.filterwarnings("ignore")  # Pillow warns of some damage and goes on
@pytest.mark.parametrize("border", BORDERS)
def test_made_up_input_is_taken_or_refused(border: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    cross, count = BORDERS[border]
    examples = int(pytestconfig.getoption("--examples"))
    count = max(1, count * examples // 100_000)
    sentences: list[str] = []
    for seed in range(examples, examples + count):
        try:
            cross(Fuzz(seed), tmp_path)
        except DlcoreError as error:
            sentences.append(str(error))
        except Exception as error:
            raise AssertionError(f"{border}, seed {seed}: {error!r}") from error
    assert all(sentence.endswith(".") and len(sentence) < 2000 for sentence in sentences)
    sys.stdout.write(f"{border}: {count} made up, {len(sentences)} refused in a sentence, the others taken\n")


def test_there_are_a_hundred_thousand() -> None:
    assert sum(count for _, count in BORDERS.values()) == 100_000
