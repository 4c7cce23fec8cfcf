"""Who holds a run: a process that speaks, one that sleeps, one that is gone; and never two at a time."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from dlcore.errors import LeaseError, RunError
from dlcore.run import Checkpoint, Metric
from dlcore.runs.elsewhere import refuse_held
from dlcore.runs.storage.holding import STALE_SECONDS
from dlcore.runs.storage.store import Store
from dlcore.runs.storage.writer import News, write_down
from tests.dlcore.runs.storage.test_store import ELSEWHERE, age, make_run

ROOT = Path(__file__).parents[4]
ASLEEP = 20.0  # seconds, as a laptop with its lid closed
assert ASLEEP > STALE_SECONDS
HOLD = """
import sys
from pathlib import Path
from dlcore.runs.storage.store import Store
from tests.dlcore.runs.storage.test_store import make_run
store = Store(Path(sys.argv[1]))
store.create(make_run())
print("held", flush=True)
for line in sys.stdin:
    print(store.heartbeat(["one"]), flush=True)
"""
WaitUntil = Callable[..., None]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as store:
        yield store


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    """As of another process."""
    with closing(Store(tmp_path)) as store:
        yield store


@contextmanager
def holder(folder: Path, environment: dict[str, str], *before: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the run `one`, and beats for every line that it is sent."""
    with subprocess.Popen(
        [*before, sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    ) as process:
        try:
            assert said(process) == "held"
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def beat(process: subprocess.Popen[str]) -> str:
    assert process.stdin is not None
    process.stdin.write("beat\n")
    process.stdin.flush()
    return said(process)


def is_silent(store: Store) -> bool:
    run = store.get("one")
    assert run is not None
    (listed,) = store.runs_of("anna")
    assert listed.silent == run.silent
    return run.silent


def test_a_process_in_another_container_lives_while_it_speaks(
    store: Store, tmp_path: Path, python_environment: dict[str, str], wait_until: WaitUntil
) -> None:
    """Its number means nothing here, or another process has it."""
    apart = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    allowed = (
        shutil.which("unshare") and subprocess.run([*apart, "true"], capture_output=True).returncode == 0
    )
    if not allowed:
        pytest.skip("this account may not make a container")
    with holder(tmp_path, python_environment, *apart) as process:
        assert store.interrupt_lost_runs() == []
        assert not is_silent(store)
        with pytest.raises(RunError, match=r"on another computer or in another container, process \d+: stop"):
            refuse_held(store, "one")
        age(store, "one", seconds=ASLEEP)
        assert store.interrupt_lost_runs() == [], "it can be seen from here, suspended or not"
        assert is_silent(store)
        process.kill()
        process.wait()
        wait_until(lambda: store.interrupt_lost_runs() == ["one"], "it has died with its container")


def test_a_suspended_process_is_silent_and_its_run_goes_on_with_it(
    store: Store, tmp_path: Path, python_environment: dict[str, str], wait_until: WaitUntil
) -> None:
    """Ctrl-Z, or a closed lid."""
    with holder(tmp_path, python_environment) as process:
        process.send_signal(signal.SIGSTOP)
        stopped = psutil.Process(process.pid)
        wait_until(lambda: stopped.status() == psutil.STATUS_STOPPED, "it is suspended")
        age(store, "one", seconds=ASLEEP)
        assert store.interrupt_lost_runs() == []
        assert is_silent(store)
        with pytest.raises(
            RunError, match=rf"process {process.pid}, which is silent, perhaps suspended: let it"
        ):
            refuse_held(store, "one")
        with pytest.raises(LeaseError):
            store.take_up(make_run(status="queued"))
        process.send_signal(signal.SIGCONT)
        assert beat(process) == "{'one': 'running'}"
        assert not is_silent(store)


def test_a_killed_process_is_gone_at_once_though_nobody_buried_it(
    store: Store, tmp_path: Path, python_environment: dict[str, str], wait_until: WaitUntil
) -> None:
    with holder(tmp_path, python_environment) as process:
        process.kill()
        dead = psutil.Process(process.pid)
        wait_until(lambda: dead.status() == psutil.STATUS_ZOMBIE, "it is dead")
        assert store.interrupt_lost_runs() == ["one"]


def interrupt(store: Store) -> None:
    """The run was silent for long, in a place where nobody can see whether its process lives."""
    age(store, "one", place=ELSEWHERE, seconds=ASLEEP)
    assert store.interrupt_lost_runs() == ["one"]


def test_who_slept_while_another_took_the_run_up_writes_nothing_more(store: Store, other: Store) -> None:
    store.create(make_run())
    interrupt(other)
    other.take_up(make_run(status="queued"))
    taken = other.get("one")
    record = (store.run_folder("one") / "run.json").read_bytes()
    metrics = [Metric("train_loss", 5, 1, 0.5, 0.25)]
    weights = [Checkpoint(store.run_folder("one") / "a.safetensors", "d", 1, 5)]
    with pytest.raises(
        LeaseError, match=r"^This run was taken up by another process .+: it goes on there\.$"
    ):
        write_down(store, News(make_run(status="finished", step=5), metrics, weights))
    with pytest.raises(LeaseError):
        store.update(make_run(status="failed"))
    assert store.heartbeat(["one"]) == {}
    assert other.heartbeat(["one"]) == {"one": "queued"}
    assert other.get("one") == taken
    assert (store.run_folder("one") / "run.json").read_bytes() == record
    write_down(other, News(make_run(step=5), metrics, weights))


def test_who_slept_while_nobody_took_the_run_up_goes_on(store: Store, other: Store) -> None:
    store.create(make_run())
    interrupt(other)
    assert store.heartbeat(["one"]) == {"one": "interrupted"}
    store.update(make_run(step=7))
    assert other.get("one") == make_run(step=7)
    age(other, "one", seconds=0.0)
    assert other.interrupt_lost_runs() == []


@pytest.mark.parametrize("deed", ["stop", "delete"])
def test_who_slept_while_the_run_was_stopped_or_deleted_writes_nothing_more(
    store: Store, other: Store, deed: str
) -> None:
    store.create(make_run())
    interrupt(other)
    other.end_lost("one", "stopped") if deed == "stop" else other.delete("one")
    assert store.heartbeat(["one"]) == {}
    if deed == "stop":
        with pytest.raises(LeaseError):
            store.update(make_run(step=7))
    else:
        write_down(store, News(make_run(step=7), [Metric("train_loss", 7, 1, 0.5, 0.25)]))
    run = other.get("one")
    assert run == (make_run(status="stopped") if deed == "stop" else None)


def test_of_two_that_take_a_run_up_at_once_one_has_it(store: Store, other: Store) -> None:
    store.create(make_run(status="interrupted"))
    together = threading.Barrier(2)
    taken: list[Store] = []

    def take_up(who: Store) -> None:
        together.wait()
        try:
            who.take_up(replace(make_run(), status="queued"))
        except LeaseError:
            return
        taken.append(who)

    threads = [threading.Thread(target=take_up, args=(who,)) for who in (store, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (holds,) = taken
    assert holds.heartbeat(["one"]) == {"one": "queued"}
    (loser,) = {store, other} - {holds}
    assert loser.heartbeat(["one"]) == {}
