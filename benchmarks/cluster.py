"""Workers of a Ray cluster beside processes of this machine: the same runs, the same surface, in turns.

The cluster has two nodes of one core each, on this machine; the other side has two workers. One run alone is
measured again on the cluster that DLLAB_ENGINE=ray begins (`own`): it has one of Ray's node managers, as a
machine has, and not three. Needs Ray: `pip install -r requirements-cluster.txt`.

    python -m benchmarks.cluster [--full] [--json]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from ray.cluster_utils import Cluster

from benchmarks.common import alternate, arguments, report
from benchmarks.runs import event_ms, first_point, steps_per_second, stop
from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.picture import assemble_picture
from dlcore.landscape.plan import Part, plan
from dlcore.runs import ray_pool
from dlcore.runs.pool import LocalPool, Pool
from dlcore.runs.process import NICE
from dlcore.runs.runner import Runner
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.store import Store
from dlcore.runs.tasks import Tasks
from dlcore.training.config import TrainConfig

CONFIG = TrainConfig(net="SimpleCNN", train_size=55_000, val_size=0, epochs=20, batch_size=64, device="cpu")
SURFACE = SurfaceConfig(resolution="41", samples=1000)
WORKERS = 2
SECONDS = 8.0  # of training that are counted
POLL_SECONDS = 0.002


@contextmanager
def cluster() -> Iterator[None]:
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(WORKERS):
        nodes.add_node(num_cpus=1)
    nodes.wait_for_nodes()
    ray_pool.connect(nodes.address)
    yield
    ray_pool.disconnect()
    nodes.shutdown()


@contextmanager
def own() -> Iterator[None]:
    """As the lab begins it."""
    ray_pool.connect(None, num_cpus=WORKERS)
    yield
    ray_pool.disconnect()


def on(where: str) -> Pool:
    return ray_pool.RayPool(nice=NICE) if where == "ray" else LocalPool(nice=NICE)


@contextmanager
def lab(where: str) -> Iterator[Runner]:
    """A runner whose workers have trained before."""
    with (
        tempfile.TemporaryDirectory(prefix="dllab-benchmark-") as name,
        closing(Store(Path(name))) as store,
        closing(Runner(store, pool=on(where), cores=1, max_workers=WORKERS)) as runner,
    ):
        warm = [begin(runner, owner) for owner in ("warm", "warm too")]
        for run_id in warm:
            first_point(runner, run_id)
        for run_id in warm:
            stop(runner, run_id)
        yield runner


def begin(runner: Runner, owner: str) -> str:
    return runner.submit(owner, "mnist", CONFIG, name=owner)


def run(where: str, name: str, results: dict[str, list[float]]) -> None:
    """One run alone: how soon it begins, its pace, how soon what it did is read, how soon it stops."""
    with lab(where) as runner:
        began = time.perf_counter()
        run_id = begin(runner, "alone")
        results[f"{name}_first_event_ms"].append(1000 * (first_point(runner, run_id) - began))
        results[f"{name}_steps_per_second"].append(steps_per_second(runner, [run_id], SECONDS))
        results[f"{name}_asked_to_seen_ms"] += event_ms(runner, [run_id])
        results[f"{name}_stop_ms"].append(stop(runner, run_id))


def runs(name: str, beside: str, pairs: int, results: dict[str, list[float]]) -> None:
    """On the cluster there is and, beside it, in processes of this machine."""
    alternate(lambda _: run("ray", name, results), lambda _: run("local", beside, results), pairs)
    for figure in ("first_event_ms", "steps_per_second"):
        ours, theirs = (np.median(results[f"{side}_{figure}"]) for side in (name, beside))
        results[f"{name}_{figure}_ratio"] = [float(ours / theirs)]


def surface(where: str) -> float:
    """Seconds until all points of the shipped path's surface are there; the first, small one warms it up."""
    with closing(Tasks(on(where), processes=WORKERS)) as tasks:
        for config in (SURFACE.replace(resolution="11"), SURFACE):
            began = time.perf_counter()
            events: list[object] = []
            for parts in plan(config):
                events += measured(tasks, parts)
            picture = assemble_picture(events)
            assert picture is not None
            assert picture.whole
        return time.perf_counter() - began


def measured(tasks: Tasks, parts: Iterable[Part]) -> list[object]:
    """All that these parts of one level say."""
    checkpoints = shipped_run("mnist").checkpoints
    ids = []
    for part in parts:
        payload = {"checkpoints": checkpoints, "config": part.config.model_dump(), "redraw": 0}
        key = f"{part.config.points} {part.share}"
        ids.append(tasks.submit("surface", payload | {"share": part.share}, key=key, session=""))
    while True:
        found = [task for task in map(tasks.get, ids) if task is not None]
        if not any(task.active for task in found):
            break
        time.sleep(POLL_SECONDS)
    for task in found:
        if task.status != "finished":
            sys.exit(f"The surface's task has {task.status}: {task.reason}")
    return [event for task in found for event in task.events]


def main() -> None:
    options = arguments(__doc__).parse_args()
    results: dict[str, list[float]] = defaultdict(list)
    pairs = 10 if options.full else 4
    with cluster():
        runs("ray", "local", pairs, results)
        both = alternate(lambda _: surface("ray"), lambda _: surface("local"), 4 if options.full else 2)
    results["ray_surface_s"], results["local_surface_s"] = map(list, zip(*both, strict=True))
    results["surface_ratio"] = [
        float(np.median(results["ray_surface_s"]) / np.median(results["local_surface_s"]))
    ]
    with own():
        runs("own", "beside_own", pairs, results)
    report("cluster", results, options.json, threads=1)


if __name__ == "__main__":
    main()
