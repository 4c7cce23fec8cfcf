"""The database or its journal is damaged in a random way: no finished run is lost without a word.

`pytest tests/attack/test_corruption.py --corruptions 300` does it longer and says what it came to.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from dlcore.errors import CheckpointError, StoreError
from dlcore.runs.storage.checkpoints import load_weights
from dlcore.runs.storage.disk import sweep
from dlcore.runs.storage.store import Store
from tests.attack.stored import CONFIG, begin, epoch_of

OWNERS = ("anna", "ben")
FINISHED = 5


@dataclass(frozen=True)
class Killed:
    """What a server left when it was killed, and what its files were some time before."""

    folder: Path
    earlier: Path
    finished: frozenset[str]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    place = tmp_path_factory.mktemp("killed")
    living, folder, earlier = place / "living", place / "left", place / "earlier"
    with closing(Store(living)) as store:
        finished = set()
        for n in range(FINISHED):
            run = begin(store, f"run {n}", OWNERS[n % len(OWNERS)])
            for epoch in range(1, CONFIG.epochs + 1):
                run = epoch_of(store, run, epoch)
                if (n, epoch) == (FINISHED // 2, 2):
                    shutil.copytree(living, earlier)
            finished.add(run.id)
        store.code_of("anna")
        epoch_of(store, begin(store, "under way", "anna"), 1)
        shutil.copytree(living, folder)  # the journal is not empty: nobody has closed it
    assert (folder / "runs.sqlite-wal").stat().st_size > 0
    return Killed(folder, earlier, frozenset(finished))


# --- Ways to damage a file ------------------------------------------------------------------------


def truncate(path: Path, chance: random.Random, killed: Killed) -> None:
    with path.open("rb+") as file:
        file.truncate(chance.randrange(path.stat().st_size))


def flip(path: Path, chance: random.Random, killed: Killed) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 1, 8, 200))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def zero(path: Path, chance: random.Random, killed: Killed) -> None:
    content = bytearray(path.read_bytes())
    at, length = chance.randrange(len(content)), chance.choice((1, 100, 4096, 20_000))
    content[at : at + length] = bytes(len(content[at : at + length]))
    path.write_bytes(content)


def delete(path: Path, chance: random.Random, killed: Killed) -> None:
    path.unlink()


def swap(path: Path, chance: random.Random, killed: Killed) -> None:
    """An older one, as a careless copy brings it back."""
    path.unlink()
    shutil.copy(killed.earlier / path.name, path)


def exchange_pages(path: Path, chance: random.Random, killed: Killed) -> None:
    """Two pages of the disk in each other's place."""
    content = bytearray(path.read_bytes())
    pages = len(content) // 4096
    if pages > 1:
        a, b = (4096 * page for page in chance.sample(range(pages), 2))
        content[a : a + 4096], content[b : b + 4096] = content[b : b + 4096], content[a : a + 4096]
    path.write_bytes(content)


DAMAGES: tuple[Callable[[Path, random.Random, Killed], None], ...] = (
    truncate,
    flip,
    zero,
    delete,
    swap,
    exchange_pages,
)


def outcome(folder: Path, finished: frozenset[str]) -> tuple[str, set[str]]:
    """Start on what was damaged: how it went, and which finished runs are neither listed nor spoken of."""
    try:
        store = Store(folder)
    except StoreError:
        return "refused with a sentence", set()
    with closing(store):
        store.interrupt_lost_runs()
        sweep(folder / "runs", store.known_checkpoints(), store.active_ids())  # as a server's start does
        listed = set()
        for run in (run for owner in OWNERS for run in store.runs_of(owner, limit=100)):
            whole = store.get(run.id)
            if whole is not None and run.id in finished and whole.status == "finished":
                try:
                    load_weights(whole.checkpoints[-1])
                except (CheckpointError, IndexError):
                    continue
                listed.add(run.id)
        aside = {path.name for path in folder.glob("damaged-*/runs/*")}
        said = aside if "weights were put into" in store.notice else set()
    lost = set(finished) - listed - said
    if said & finished:
        return "put aside with a sentence", lost
    return ("mended with a sentence" if store.notice else "as it was"), lost


def test_no_damage_of_the_record_loses_a_finished_run(
    killed: Killed, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    corruptions = int(pytestconfig.getoption("--corruptions"))
    counted: Counter[str] = Counter()
    lost: dict[str, set[str]] = {}
    for number in range(corruptions):
        chance = random.Random(number)
        damage = DAMAGES[number % len(DAMAGES)]
        name = chance.choice(("runs.sqlite", "runs.sqlite", "runs.sqlite-wal"))
        folder = tmp_path / str(number)
        shutil.copytree(killed.folder, folder)
        damage(folder / name, chance, killed)
        how, gone = outcome(folder, killed.finished)
        counted[how] += 1
        if gone:
            lost[f"{number}: {damage.__name__} of {name}, {how}"] = gone
        else:
            shutil.rmtree(folder)
    sys.stdout.write(f"{corruptions} corruptions, {len(lost)} silent losses; {dict(counted)}\n")
    assert lost == {}
    assert counted["refused with a sentence"] == 0, "the lab lists its runs after whatever damage"
