"""Real actors of a real cluster of two nodes on this machine: the same numbers, nothing lost with a node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="Ray is not installed: pip install -r requirements-cluster.txt")

import psutil
from ray.cluster_utils import Cluster

from dlcore.blackpatch.config import PatchConfig
from dlcore.run import Run
from dlcore.run_config import RunConfig
from dlcore.runs import ray_pool
from dlcore.runs.local import iter_local_run
from dlcore.runs.process import NICE
from dlcore.runs.protocol import Control
from dlcore.runs.ray_worker import RayWorker
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.runs.tasks import Tasks
from dlcore.training.config import TrainConfig

pytestmark = pytest.mark.filterwarnings("ignore")  # what Ray's own parts leave open
CONFIG = TrainConfig(
    train_size=320, val_size=0, epochs=3, batch_size=8, dropout=0.3, augment=True, device="cpu"
)
KINDS: dict[str, RunConfig] = {"mnist": CONFIG.replace(epochs=6), "black_patch": PatchConfig(epochs=6)}
WaitUntil = Callable[..., None]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A head that computes nothing, and two nodes of one core each."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    cluster.add_node(num_cpus=1)
    cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    ray_pool.connect(cluster.address)
    yield cluster
    ray_pool.disconnect()
    cluster.shutdown()


@pytest.fixture
def runner(cluster: Cluster, tmp_path: Path) -> Iterator[Runner]:
    pool = ray_pool.RayPool(nice=NICE)
    with (
        closing(Store(tmp_path)) as store,
        closing(Runner(store, pool=pool, cores=1, max_workers=ray_pool.cluster_cores())) as runner,
    ):
        yield runner


def get(runner: Runner, run_id: str) -> Run:
    run = runner.get(run_id)
    assert run is not None
    return run


def told(run: Run) -> object:
    """All that a run measured and kept, but for how long it took."""
    numbers = {name: [(m.step, m.value) for m in points] for name, points in run.series.items()}
    return numbers, [(c.epoch, c.step, c.digest) for c in run.checkpoints]


def test_the_same_numbers_as_in_this_process(runner: Runner, wait_until: WaitUntil, tmp_path: Path) -> None:
    run_id = runner.submit("anna", "mnist", CONFIG, name="a run", threads=1)
    wait_until(lambda: not get(runner, run_id).active, "it has ended")
    with closing(Store(tmp_path / "here")) as here:
        *_, (own, _) = iter_local_run(here, "mnist", CONFIG, name="a run", threads=1)
        alone = here.get(own)
        found = get(runner, run_id)
    assert alone is not None
    assert found.status == "finished"
    assert told(found) == told(alone)


def test_it_is_steered_and_stopped(runner: Runner, wait_until: WaitUntil) -> None:
    run_id = runner.submit("anna", "mnist", CONFIG.replace(epochs=50), name="a run")
    wait_until(lambda: get(runner, run_id).step > 5, "it trains")
    runner.control(run_id, Control("pause"))
    wait_until(lambda: get(runner, run_id).status == "paused", "it pauses")
    runner.control(run_id, Control("set", "lr", 0.001))
    runner.control(run_id, Control("resume"))
    wait_until(lambda: "set_lr" in get(runner, run_id).series, "the rate is moved")
    runner.control(run_id, Control("stop"))
    wait_until(lambda: get(runner, run_id).status == "stopped", "it stops")


def test_a_task_is_answered(cluster: Cluster, runner: Runner, wait_until: WaitUntil) -> None:
    run_id = runner.submit("anna", "mnist", CONFIG.replace(epochs=1), name="a run")
    wait_until(lambda: not get(runner, run_id).active, "it has ended")
    with closing(Tasks(ray_pool.RayPool(nice=NICE), processes=2)) as tasks:
        payload = {"checkpoint": get(runner, run_id).checkpoints[-1]}
        task_id = tasks.submit("evaluate", payload, key="a", session="one")

        def done() -> bool:
            task = tasks.get(task_id)
            assert task is not None
            return not task.active

        wait_until(done, "it is measured")
        task = tasks.get(task_id)
        assert task is not None
        assert (task.status, task.events[-1].total) == ("finished", 10_000)


def working() -> set[psutil.Process]:
    """The processes that work on the nodes of this test's cluster."""
    found = set()
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "dlcore.runs.worker" in process.cmdline():
                found.add(process)
    return found


def gone(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_its_process_is_no_nicer_than_asked_for_and_ends_with_it(
    cluster: Cluster, wait_until: WaitUntil
) -> None:
    before = working()
    worker = RayWorker(lambda report: None, lambda worker, how: None, nice=NICE)
    wait_until(lambda: working() - before, "its process has begun")
    (process,) = working() - before
    assert process.cmdline()[-1] == str(max(0, NICE - process.parent().nice())), "Ray's own counts too"
    worker.kill()
    wait_until(lambda: gone(process), "it has ended")


def test_runs_of_a_lost_node_go_on_on_another(
    cluster: Cluster, runner: Runner, wait_until: WaitUntil, pytestconfig: pytest.Config
) -> None:
    """Eight runs of both kinds on two nodes, one of which is gone; `--lost 20` does it twenty times."""
    over = ("finished", "failed")  # for a moment a lost one is interrupted
    for _ in range(int(pytestconfig.getoption("--lost"))):
        ids = [
            runner.submit("anna", kind, config, name="a run", threads=1)
            for kind, config in KINDS.items()
            for _ in range(4)
        ]
        wait_until(lambda ids=ids: all(get(runner, run_id).epoch >= 1 for run_id in ids), "all train")
        assert sum(get(runner, run_id).active for run_id in ids) >= 2, "some are under way"
        cluster.remove_node(cluster.worker_nodes.copy().pop(), allow_graceful=False)
        wait_until(lambda ids=ids: all(get(runner, run_id).status in over for run_id in ids), "all end")
        ended = [get(runner, run_id) for run_id in ids]
        assert {run.status for run in ended} == {"finished"}
        for run in ended:
            assert told(run) == told(next(first for first in ended if first.kind == run.kind))
        cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
