"""How many students until which part of the lab has no more to give, and how long they wait until then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.playground import CHUNK, EPOCHS_A_SECOND
from benchmarks.room import MB
from benchmarks.scale_model import BETWEEN_RUNS, LEAST, Pages, RunWaits, train, workers_of
from benchmarks.scale_record import Record
from benchmarks.students import HABITS, LOOK_SECONDS, RELOAD_SECONDS, STROKE_SECONDS
from dlcore.runs.neighbours import ROUND_SECONDS
from dlcore.runs.placing import MAX_WORKERS, RUNS_PER_WORKER
from dlcore.runs.tasks import MAX_PROCESSES
from ui import limits

SHARE = {habit.__name__: count / sum(HABITS.values()) for habit, count in HABITS.items()}
NETWORK_MB = 1e9 / 8 / MB  # a second: one gigabit, between servers and the shared folder
DATABASE_CORES = 16
MOST = 10_000_000  # students that are looked for

LESSON_SECONDS, WARM_SECONDS = 120.0, 60.0
TRAINED_SECONDS = 3600.0
LOOKED_AT = 90  # students are simulated for a lab at least, if there are so many


@dataclass(frozen=True)
class Lab:
    """Machines that are alike, each with so many servers, behind one address."""

    name: str
    machines: int
    cores: int  # of each machine
    servers: int = 1  # on each machine

    @property
    def in_all(self) -> int:
        return self.machines * self.servers

    @property
    def cores_each(self) -> float:
        """For each server, its pages and its workers."""
        return self.cores / self.servers


LABS = (
    Lab("One machine, 2 cores", 1, 2),
    Lab("One machine, 16 cores", 1, 16),
    Lab("The same, 8 servers on it", 1, 16, 8),
    Lab("10 such machines, 8 servers each", 10, 16, 8),
    Lab("100 such machines, 8 servers each", 100, 16, 8),
)


def pages_load(record: Record, lab: Lab, students: float) -> float:
    """Of the core that one server's pages have, if nobody waited for anything.

    Python runs one thread at a time, so that a server's pages share one core however many there are.
    """
    acts, n = record.acts, students / lab.in_all
    tasks = max(LEAST, min(MAX_PROCESSES, lab.cores_each - 1))
    ticks = {
        name: n * SHARE[habit] / acts[name].every
        for habit, name in (("train", "tick_train"), ("home", "tick_home"), ("runs", "tick_runs"))
        if acts[name].every
    }
    asked = sum(ticks.values())
    dear = sum(rate * acts[name].cpu for name, rate in ticks.items()) / asked if asked else 0.0
    hands = {
        "stroke": SHARE["draw"] / STROKE_SECONDS,
        "stroke_activations": SHARE["activations"] / STROKE_SECONDS,
        "open_train": SHARE["train"] / RELOAD_SECONDS,
        "rerun_runs": SHARE["runs"] / LOOK_SECONDS,
        "play": SHARE["play"] / (CHUNK / EPOCHS_A_SECOND),
    }
    surfaces = min(n * SHARE["surface"], tasks) / record.surface.cpu
    return (
        n * record.session.cpu
        + n * sum(rate * acts[name].cpu for name, rate in hands.items())
        + min(asked, limits.TICKS_PER_SECOND) * dear
        + surfaces * acts["open_surface"].cpu
        + min(under_way(record, lab, students) / lab.in_all, _train_cores(lab)) * record.run.server_share
    )


def _train_cores(lab: Lab) -> float:
    """Of one server, for its runs; its pages have theirs."""
    return float(max(LEAST, min(MAX_WORKERS, lab.cores_each - 1)))


def begun_a_second(record: Record, lab: Lab, students: float) -> float:
    """Runs that begin, and end, in the whole lab."""
    wanted = students * SHARE["train"] / (BETWEEN_RUNS + record.run.cpu)
    return min(wanted, lab.in_all * _train_cores(lab) / record.run.cpu)


def under_way(record: Record, lab: Lab, students: float) -> float:
    """Runs that a worker has, in the whole lab; Little's law, or all places."""
    load = runs_load(record, lab, students)
    if load < 1:
        return begun_a_second(record, lab, students) * record.run.cpu
    places = lab.in_all * RUNS_PER_WORKER * max(1, min(int(lab.cores_each), MAX_WORKERS))
    return min(students * SHARE["train"], places)


def runs_load(record: Record, lab: Lab, students: float) -> float:
    wanted = students * SHARE["train"] / (BETWEEN_RUNS + record.run.cpu) * record.run.cpu
    return wanted / (lab.in_all * _train_cores(lab))


def writes_a_second(record: Record, lab: Lab, students: float) -> float:
    acts = record.acts
    opened = students * SHARE["train"] / RELOAD_SECONDS * acts["open_train"].writes
    strokes = students * SHARE["draw"] / STROKE_SECONDS * acts["stroke"].writes
    runs = under_way(record, lab, students)
    beats = min(runs, lab.in_all) / ROUND_SECONDS if lab.in_all > 1 else 0.0  # of servers that have runs
    return runs * record.run.writes_a_second + opened + strokes + beats


def database_load(record: Record, lab: Lab, students: float) -> float:
    return writes_a_second(record, lab, students) / record.database.writes_a_second


def looks_load(record: Record, lab: Lab, students: float) -> float:
    """Every server looks at all other servers' runs once a second: of the database's cores."""
    if lab.in_all == 1:
        return 0.0
    rows = lab.in_all * under_way(record, lab, students) / ROUND_SECONDS
    return rows * record.database.look / DATABASE_CORES


def weights_load(record: Record, lab: Lab, students: float) -> float:
    """Checkpoints on their way into a shared folder: of the network."""
    if lab.machines == 1:
        return 0.0
    return begun_a_second(record, lab, students) * record.run.mb / NETWORK_MB


def places_load(record: Record, lab: Lab, students: float) -> float:
    return students / (lab.in_all * limits.PAGES)


def memory_gb(record: Record, lab: Lab) -> float:
    """Of one machine with all pages open and all its processes at work; what they share counts each time."""
    workers = max(1, min(int(lab.cores_each), MAX_WORKERS)) + MAX_PROCESSES
    memory = record.memory
    each = memory.server_mb + limits.PAGES * record.session.mb + workers * memory.worker_mb
    return lab.servers * each / 1000


Load = Callable[[Record, Lab, float], float]
WALLS: dict[str, Load] = {
    "pages' core": pages_load,
    "open pages": places_load,
    "cores for runs": runs_load,
    "database's writes": database_load,
    "looks at neighbours": looks_load,
    "network of weights": weights_load,
}


def wall(load: Load, record: Record, lab: Lab) -> int | None:
    """The fewest students for whom this part has no more to give; None if that never happens."""
    low, high = 0, MOST
    if load(record, lab, high) < 1:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if load(record, lab, middle) >= 1 else (middle, high)
    return high


@dataclass(frozen=True)
class Prediction:
    """Of so many students in a lab. Seconds; nan where nobody draws or trains."""

    students: int
    let_in: int
    core_share: float  # of one server's pages
    stroke: tuple[float, float]  # p50, p95
    begins: tuple[float, float]  # of a run: from Start until a worker has it
    ends: tuple[float, float]


def predict(record: Record, lab: Lab, students: int) -> Prediction:
    """The servers are alike: some of them stand for all."""
    each = min(-(-students // lab.in_all), limits.PAGES)
    looked_at = min(lab.in_all, max(1, LOOKED_AT // each), students)
    strokes: list[float] = []
    runs, shares = RunWaits([], []), []
    for server, names in enumerate(_parted(min(students, lab.in_all * limits.PAGES), lab.in_all, looked_at)):
        pages = Pages(record, lab.cores_each, seed=server)
        shares.append(pages.spend(names, LESSON_SECONDS, WARM_SECONDS))
        strokes += pages.waits["stroke"]
        workers = workers_of(lab.cores_each, shares[-1])
        waits = train(record.run.cpu, names.count("train"), workers, until=TRAINED_SECONDS, seed=server)
        runs.begins.extend(waits.begins)
        runs.ends.extend(waits.ends)
    return Prediction(
        students=students,
        let_in=min(students, lab.in_all * limits.PAGES),
        core_share=float(np.mean(shares)),
        stroke=_both(strokes),
        begins=_both(runs.begins),
        ends=_both(runs.ends),
    )


def _parted(students: int, servers: int, looked_at: int) -> list[list[str]]:
    """The habits of the students of some servers. Over all of them they are spread as in a class."""
    whole = [name for name, share in SHARE.items() for _ in range(round(30 * share))]
    each = students / servers
    names, found = [whole[(7 * number) % len(whole)] for number in range(students)], []
    for server in range(looked_at):
        found.append(names[round(server * each) : round((server + 1) * each)])
    return [some for some in found if some]


def _both(seconds: Sequence[float]) -> tuple[float, float]:
    if not seconds:
        return float("nan"), float("nan")
    p50, p95 = np.quantile(seconds, [0.5, 0.95])
    return float(p50), float(p95)
