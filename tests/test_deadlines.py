"""No test gives up on a machine that is merely slow: a deadline only ends a hang."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dlcore.runs import test_kills
from tests.waiting import DEADLINE_SECONDS

TESTS = Path(__file__).parent
LIMITS = {"timeout", "deadline", "default_timeout", "patience"}
POSITIONS = {"timeout": 0, "join": 0, "wait": 0, "wait_for": 1}  # of the limit, if it is the last
PAUSES = {"pause", "bucket"}  # the one is as long as it says, the other is asked of a moment


def too_short(source: str) -> Iterator[str]:
    """ "line: word=seconds" for every limit that a starved machine may meet."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.keyword(arg=str(word), value=ast.Constant(value=int() | float() as seconds)):
                found = word in LIMITS
            case ast.Call(
                func=ast.Attribute(attr=word, value=whose),
                args=[*before, ast.Constant(value=int() | float() as seconds)],
            ):
                found = POSITIONS.get(word) == len(before) and not pauses(whose)
            case _:
                continue
        if found and 0 < seconds < DEADLINE_SECONDS:  # 0: it only looks
            yield f"{node.lineno}: {word}={seconds:g}"


def pauses(whose: ast.expr) -> bool:
    """Is a wait of this no deadline? An Event made on the spot is set by nobody: it is a pause, too."""
    match whose:
        case ast.Call(func=ast.Name(id="Event") | ast.Attribute(attr="Event")):
            return True
        case _:
            return isinstance(whose, ast.Name) and whose.id in PAUSES


def test_every_deadline_is_one_that_only_a_hang_meets() -> None:
    paths = sorted(TESTS.rglob("*.py"))
    assert Path(test_kills.__file__) in paths
    found = {str(path.relative_to(TESTS)): [*too_short(path.read_text("utf-8"))] for path in paths}
    assert {path: short for path, short in found.items() if short} == {}


def test_kills_have_an_hour_for_each_thing_they_wait_for(tmp_path: Path) -> None:
    """Servers and workers are started hundreds of times, on a machine that may do much else."""
    seen = []

    def wait_until(condition: object, what: str, every: float = 0, deadline: float = math.nan) -> None:
        seen.append(deadline)

    lab = test_kills.Killed(tmp_path, None, None, wait_until)  # type: ignore[arg-type]
    lab.wait_until(lambda: True, "something is trained", every=0.05)
    assert seen[0] >= 3600


@pytest.mark.parametrize(
    "source",
    [
        "run(command, timeout=120)",
        "lab.wait_until(done, 'it is done', deadline=60.0)",
        "asyncio.timeout(60)",
        "writer._thread.join(10)",
        "go.wait(60)",
        "Barrier(2).wait(0.2)",
        "asyncio.wait_for(page(), 60)",
    ],
)
def test_a_short_one_is_seen(source: str) -> None:
    assert len([*too_short(source)]) == 1


@pytest.mark.parametrize(
    "source",
    [
        "run(command, timeout=300)",
        "wait_until(done, deadline=math.inf)",
        "f(wait=1)",
        "thread.join(300)",
        "thread.join(0.0)",
        "go.wait(DEADLINE_SECONDS)",
        "asyncio.wait_for(page(), 300)",
        "pause.wait(0.1)",
        "threading.Event().wait(0.05)",
    ],
)
def test_a_long_one_passes(source: str) -> None:
    assert [*too_short(source)] == []
