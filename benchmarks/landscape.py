"""Loss surfaces: ours against loss-landscapes 3.0.6 and against the processor's own speed.

Seconds per point of a 41×41 surface on 1,000 digits, of the same model, as one batch for theirs, on the same
threads. On one thread they are the processor's seconds, so that other work on the machine does not count; on
two, and for the first picture, the clock's. Theirs are timed on 4×4 points, ours on the first 33 of 41×41: in
both, every point costs the same (`last_rows` compares the last rows of 11×11 with the first), and what comes
before the first point is not counted. With two threads, ours are two threads that share the rows, theirs is
torch's own two.

Both must measure the same: the network's own loss, to 1e-4. And on our own directions a naive call of the
network at every point that was timed must find the same losses to 1e-4.

    python -m benchmarks.landscape [--full] [--json]
"""

from __future__ import annotations

import copy
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import loss_landscapes
import torch
import torch.nn.functional as F
from loss_landscapes.metrics import Loss
from torch import Tensor, nn
from torch.func import functional_call

from benchmarks.common import alternate, arguments, report
from benchmarks.landscape_memory import wandering
from dlcore.events import drained
from dlcore.landscape.config import SurfaceConfig
from dlcore.landscape.directions import weights_of
from dlcore.landscape.engines import Engine, judge_one, make_engine
from dlcore.landscape.generic_engine import GenericEngine
from dlcore.landscape.picture import Moment, assemble_picture, iter_picture
from dlcore.landscape.plan import COARSE, shares
from dlcore.landscape.planes import Plane, random_plane
from dlcore.landscape.samples import pick_samples
from dlcore.landscape.surfaces import Row, iter_level
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.registry import NetName, build_model
from dlcore.run import Checkpoint
from dlcore.runs.jobs.landscape import moments
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import save_checkpoint
from dlcore.runs.tasks import Tasks
from dlcore.training.config import TrainConfig

RESOLUTION = 41
SAMPLES = 1000
ROWS = 3  # of 11 points each
THEIR_STEPS = 4
PAIRS = {"simplecnn": 4, "generic_fastcnn": 4}  # of the others, 2
AGREE = 1e-4
SGEMM = 2048
FLOP = 2 * 1_029_888  # of SimpleCNN, for one digit
MEGABYTES = 400
MEMORY = {  # network, resolution, digits, checkpoints, rows measured
    "memory_81": ("SimpleCNN", 81, 32, 6, 154),
    "memory_10000": ("SimpleCNN", 11, 10_000, 40, 2),
    "memory_stored": ("SimpleCNN", 11, 3_100, 40, 2),
}

MNIST = NORMALIZE["mnist"]


@dataclass(frozen=True)
class Subject:
    """A network, the digits, and a plane through it."""

    model: nn.Module
    samples: tuple[Tensor, Tensor]
    plane: Plane


def subject(net: NetName) -> Subject:
    model = build_model(net, seed=0).eval()
    plane = random_plane(weights_of(model), seed=0, extent=1.0)
    return Subject(model, pick_samples("train", SAMPLES, MNIST, seed=0), plane)


# --- Seconds per point ----------------------------------------------------------------------------


def rows_of(engine: Engine, plane: Plane, count: int, part: int = 0, parts: int = 1) -> Iterator[Row]:
    """The first rows of the coarsest points, as a picture measures them."""
    found = 0
    for event in iter_level(engine, plane, RESOLUTION, 0, part=part, parts=parts):
        if isinstance(event, Row):
            yield event
            found += 1
            if found == count:
                return


def ours(engines: list[Engine], plane: Plane, number: int) -> float:
    """Seconds per point; several engines work in as many threads, each on its share of the rows."""
    del number
    parts = len(engines)
    rows = ROWS if parts == 1 else 4  # two pairs

    def work(part: int) -> int:
        return sum(len(row.columns) for row in rows_of(engines[part], plane, rows // parts, part, parts))

    clock = clock_of(parts)
    began = clock()
    with ThreadPoolExecutor(parts) as pool:
        points = sum(pool.map(work, range(parts)))
    return (clock() - began) / points


def clock_of(threads: int) -> Callable[[], float]:
    return time.process_time if threads == 1 else time.perf_counter


class Timed(Loss):  # type: ignore[misc]
    """Their metric, which remembers when it was asked."""

    def __init__(self, images: Tensor, labels: Tensor, threads: int = 1) -> None:
        super().__init__(F.cross_entropy, images, labels)
        self._clock = clock_of(threads)
        self.asked: list[float] = []

    def __call__(self, wrapper: Any) -> float:
        with torch.no_grad():
            value: float = super().__call__(wrapper)
        self.asked.append(self._clock())
        return value


def theirs(it: Subject, threads: int, number: int) -> float:
    """Seconds from one point to the next."""
    del number
    metric = Timed(*it.samples, threads)
    with thread_count(threads):
        loss_landscapes.random_plane(it.model, metric, steps=THEIR_STEPS, deepcopy_model=True)
    return (metric.asked[-1] - metric.asked[0]) / (len(metric.asked) - 1)


@contextmanager
def thread_count(threads: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def sgemm() -> float:
    """Floating-point operations per second of one large product."""
    a = torch.rand(SGEMM, SGEMM)
    torch.mm(a, a)
    began = time.process_time()
    torch.mm(a, a)
    return 2 * SGEMM**3 / (time.process_time() - began)


def fraction(engine: Engine, plane: Plane) -> float:
    """Of the processor's own speed at products, in the same moment."""
    before = sgemm()
    seconds = ours([engine], plane, 0)
    return FLOP * SAMPLES / seconds / ((before + sgemm()) / 2)


def last_rows(engine: Engine, plane: Plane) -> float:
    """Seconds of the last rows of a grid by those of the first: 1 if each point costs the same."""
    seconds, began = [], time.process_time()
    for _ in rows_of(engine, plane, 11):
        seconds.append(time.process_time() - began)
        began = time.process_time()
    return median(seconds[-4:]) / median(seconds[1:5])


# --- The same numbers -----------------------------------------------------------------------------


@torch.no_grad()
def naive(it: Subject) -> list[float]:
    """The losses at the points that are timed, as one would write it at first."""
    images, labels = it.samples
    alphas, betas = (axis[:: RESOLUTION // 10] for axis in it.plane.window.axes(RESOLUTION))
    return [
        F.cross_entropy(functional_call(it.model, moved(it.plane, alpha, beta), (images,)), labels).item()
        for beta in betas[:ROWS]
        for alpha in alphas
    ]


def moved(plane: Plane, alpha: float, beta: float) -> dict[str, Tensor]:
    return {
        name: value + alpha * plane.first[name] + beta * plane.second[name]
        for name, value in plane.origin.items()
    }


def difference(it: Subject, engine: Engine, expected: list[float]) -> float:
    """The largest relative one between our losses and the naive ones."""
    found = [loss for row in rows_of(engine, it.plane, ROWS) for loss in row.losses]
    return max(abs(a - b) / abs(b) for a, b in zip(found, expected, strict=True))


def check_equal(it: Subject, engine: Engine, name: str) -> None:
    own = loss_landscapes.point(copy.deepcopy(it.model), Timed(*it.samples))
    found = drained(judge_one(engine, engine.vector(it.plane.origin))).loss
    if not abs(found - own) <= AGREE * own:
        sys.exit(
            f"The work is not equal: the loss of {name} must agree with that of loss-landscapes "
            f"to {AGREE:g}. Got {found:.7g} and {own:.7g} instead."
        )


# --- The first picture ----------------------------------------------------------------------------


def first_picture(model: nn.Module, run: Callable[[], list[Moment]]) -> float:
    """From the call to the first 11×11 grid of a path, 256 digits, in this process."""
    config = SurfaceConfig()
    began = time.perf_counter()
    samples = pick_samples(config.digits, config.samples, MNIST, seed=0)
    events = []
    for event in iter_picture(model, run(), config, samples, share=COARSE):
        events.append(event)
        if isinstance(event, Row):
            picture = assemble_picture(events)
            if picture is not None and picture.surface is not None:
                return time.perf_counter() - began
    raise AssertionError("There is no picture.")


def first_pictures_of_tasks(checkpoints: tuple[Checkpoint, ...], times: int) -> list[float]:
    """The same through the pool of tasks, as the page asks for it. The first one only warms it up."""
    seconds = []
    tasks = Tasks()
    try:
        for number in range(times + 1):
            config = SurfaceConfig(seed=number)
            config = config.replace(resolution="11")  # as the page asks for the coarsest grid
            payload = {"checkpoints": checkpoints, "config": config.model_dump(), "redraw": 0}
            began = time.perf_counter()
            task_ids = [
                tasks.submit("surface", payload | {"share": share}, key=f"{number} {share.part}", session="")
                for share in shares(11, config.samples)
            ]
            while not _drawn(tasks, task_ids):
                time.sleep(0.005)
            seconds.append(time.perf_counter() - began)
    finally:
        tasks.close()
    return seconds[1:]


def _drawn(tasks: Tasks, task_ids: list[str]) -> bool:
    found = [task for task in map(tasks.get, task_ids) if task is not None]
    for task in found:
        if task.reason:
            sys.exit(f"The surface's task failed: {task.reason}")
    picture = assemble_picture(event for task in found for event in task.events)
    return picture is not None and picture.surface is not None


def saved(run: list[Moment], folder: Path) -> tuple[Checkpoint, ...]:
    config = TrainConfig(net="SimpleCNN")
    return tuple(
        save_checkpoint(folder, moment.weights, config, epoch=moment.epoch, step=moment.step, durable=False)
        for moment in run
    )


# --- Memory ---------------------------------------------------------------------------------------


def megabytes(name: str) -> float:
    command = [sys.executable, "-m", "benchmarks.landscape_memory", *map(str, MEMORY[name])]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    options = arguments(__doc__).parse_args()
    torch.set_num_threads(1)
    times = 5 if options.full else 1
    results: dict[str, list[float]] = {}

    subjects: dict[NetName, Subject] = {"SimpleCNN": subject("SimpleCNN"), "FastCNN": subject("FastCNN")}
    engines: dict[str, tuple[Subject, Engine]] = {}
    for net, it in subjects.items():
        engines[net.lower()] = it, make_engine(it.model, *it.samples)
        engines[f"generic_{net.lower()}"] = it, GenericEngine(it.model, *it.samples)
    expected = {net.lower(): naive(it) for net, it in subjects.items()}
    for name, (it, engine) in engines.items():
        check_equal(it, engine, name)
        results[f"difference_{name}"] = [difference(it, engine, expected[name.removeprefix("generic_")])]
        pairs = PAIRS.get(name, 2) * times
        measured = alternate(partial(ours, [engine], it.plane), partial(theirs, it, 1), pairs)
        results[f"vs_{name}"] = [a / b for a, b in measured]
        results[f"point_ms_{name}"] = [a * 1e3 for a, _ in measured]
        results.setdefault(f"their_point_ms_{it.model.__class__.__name__.lower()}", []).extend(
            b * 1e3 for _, b in measured
        )
    apart = max(results[f"difference_{name}"][0] for name in engines)
    if not apart <= AGREE:
        sys.exit(f"The work is not equal: losses must agree to {AGREE:g}. Got {apart:.2g} instead.")

    it, engine = engines["simplecnn"]
    two = [engine, make_engine(it.model, *it.samples)]
    measured = alternate(partial(ours, two, it.plane), partial(theirs, it, 2), 4 * times)
    results["vs_simplecnn_2_threads"] = [a / b for a, b in measured]
    results["gemm_fraction"] = [fraction(engine, it.plane) for _ in range(6 * times)]
    results["last_rows"] = [last_rows(engine, it.plane) for _ in range(2 * times)]

    shipped = shipped_run("mnist").checkpoints
    walk = wandering(weights_of(it.model), len(shipped))
    runs = {"simplecnn": lambda: walk, "fastcnn": lambda: moments(shipped)}
    for name, run in runs.items():
        model = engines[name][0].model
        seconds = [first_picture(model, run) for _ in range(4 * times + 1)]
        results[f"first_picture_s_{name}"] = seconds[1:]
    with tempfile.TemporaryDirectory() as folder:
        for name, checkpoints in {"simplecnn": saved(walk, Path(folder)), "fastcnn": shipped}.items():
            results[f"first_picture_task_s_{name}"] = first_pictures_of_tasks(checkpoints, 3 * times)
    for name in MEMORY:
        results[f"{name}_mb"] = [megabytes(name)]
    report(
        "landscape",
        results,
        options.json,
        threads=1,
        vs_loss_landscapes=median(results["vs_simplecnn"]),
        generic_vs_loss_landscapes=median(results["vs_generic_fastcnn"]),
        max_relative_difference=apart,
        first_picture_s=max(median(results[f"first_picture_task_s_{name}"]) for name in runs),
        memory_mb=max(results[f"{name}_mb"][0] for name in MEMORY),
    )


if __name__ == "__main__":
    main()
