"""What every test gets: a data folder of its own, one thread, and ways to wait that do not count seconds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

# NumPy reads this when it is first imported: on busy cores threads for small matrices wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
import torch
from hypothesis import settings

from dlcore.data import Splits
from dlcore.mnist.splits import make_splits
from dlcore.runs.storage.writer import Writer
from tests import postgres as scratch
from tests import s3, waiting
from tests.forks import Forks

settings.register_profile("lab", deadline=None)  # speed never stands in a test
settings.load_profile("lab")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", default=4, type=int, help="how often test_kills.py kills; a long run: 200")
    parser.addoption(
        "--lost", default=1, type=int, help="how often test_ray_pool.py loses a node; a long run: 20"
    )
    parser.addoption(
        "--corruptions", default=30, type=int, help="how often test_corruption.py damages; a long run: 300"
    )
    parser.addoption(
        "--examples", default=1000, type=int, help="how much test_fuzz.py makes up; for a night: 1000000"
    )
    parser.addoption(
        "--corpora", action="store_true", help="tests/attack tries every input it has: half an hour"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For two processes: one begins with the browser's tests, the other, in the middle, with the pages'.

    Each takes from the end of the other's list once its own is done: what waits for workers or ranks, or is
    slow, stands first.
    """
    rooms = {item: item.path.relative_to(Path(__file__).parent).parts for item in items}
    browser = [item for item in items if rooms[item][0] == "e2e"]
    pages = [item for item in items if rooms[item][0] == "app"]
    others = [item for item in items if rooms[item][0] not in ("e2e", "app")]
    others.sort(key=lambda item: {"runs", "distributed"}.isdisjoint(rooms[item]))
    others.sort(key=lambda item: item.get_closest_marker("slow") is None)
    half = max(0, len(items) // 2 - len(browser))
    items[:] = [*browser, *others[:half], *pages, *others[half:]]


@pytest.fixture(scope="session", autouse=True)
def _house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Before anything else: never the user's folder, one thread, and children whose threads sleep. What is
    written is waited for, however slow a busy disk is.
    """
    close = Writer.close
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLLAB_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.delenv("DLLAB_DATABASE_URL", raising=False)
        patch.delenv("DLLAB_BLOBS", raising=False)
        patch.setenv("OMP_WAIT_POLICY", "PASSIVE")
        patch.setattr(Writer.flush, "__defaults__", (waiting.DEADLINE_SECONDS,))
        patch.setattr(Writer, "close", lambda writer, timeout: close(writer, waiting.DEADLINE_SECONDS))
        torch.set_num_threads(1)
        yield


@pytest.fixture(autouse=True)
def data_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The data folder of this one test."""
    monkeypatch.setenv("DLLAB_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="session")
def wait_until() -> Callable[[Callable[[], object], str], None]:
    """`wait_until(condition, what)`: return once it holds."""
    return waiting.wait_until


@pytest.fixture(scope="session")
def small_splits() -> Callable[..., Splits]:
    """`small_splits(train, val, test)`: real digits, few of them."""

    def make(train: int = 200, val: int = 100, test: int = 150) -> Splits:
        splits = make_splits(train, val)
        few = splits.test[:test]
        return Splits(splits.train, splits.val, few)

    return make


@pytest.fixture(scope="session")
def forks(_house: None) -> Iterator[Forks]:
    """Where workers are forked for all tests that do not ask how one starts."""
    forks = Forks()
    yield forks
    forks.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[scratch.Cluster]:
    """A PostgreSQL server of the tests' own."""
    yield from scratch.one_for_all_tests()


@pytest.fixture
def schema(postgres: scratch.Cluster) -> Iterator[str]:
    """The URL of an empty schema on that server."""
    with postgres.schema() as url:
        yield url


@pytest.fixture(scope="session")
def s3_server() -> Iterator[s3.S3]:
    """An S3 server of the tests' own."""
    yield from s3.one_for_all_tests()


@pytest.fixture
def python_environment(data_dir: Path) -> dict[str, str]:
    """For a Python started by a test: this test's data folder, one thread."""
    return os.environ | {"DLLAB_DATA_DIR": str(data_dir), "OMP_NUM_THREADS": "1"}
