"""A real server for those who attack it, and how much of a corpus is tried."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from benchmarks.server import Server, serve
from tests.waiting import DEADLINE_SECONDS

Input = TypeVar("Input")
ROOT = Path(__file__).resolve().parents[2]


def _addresses() -> list[str]:
    """Of all pages, as ui/router.py names them."""
    files = sorted(path.relative_to(ROOT / "pages") for path in (ROOT / "pages").glob("**/*.py"))
    return ["" if file.name == "home.py" else "_".join(file.with_suffix("").parts) for file in files]


PAGES = _addresses()


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    """`streamlit run app.py`; `server.store` reads and writes its runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLLAB_NICE", "0")  # on a busy machine who steps back gets next to nothing
        with serve(start_seconds=DEADLINE_SECONDS) as server:
            yield server


@pytest.fixture
def some(pytestconfig: pytest.Config) -> Callable[[Sequence[Input], int], list[Input]]:
    """`some(corpus, count)`: so many of a corpus, the same every time; with --corpora all of it."""

    def pick(corpus: Sequence[Input], count: int) -> list[Input]:
        if pytestconfig.getoption("--corpora") or len(corpus) <= count:
            return list(corpus)
        return random.Random(count).sample(corpus, count)

    return pick
