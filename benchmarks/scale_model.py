"""A lab that is not there: students, one server's process, its workers; who waits how long.

A simulation of discrete events. Every student is a generator that says what it does next: wait so many
seconds, or have so many CPU seconds of work done somewhere. What that costs has been measured
(benchmarks/scale_costs.py); habits and pauses are those of benchmarks/students.py.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import defaultdict, deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field

from benchmarks.playground import CHUNK, EPOCHS_A_SECOND
from benchmarks.scale_record import Record
from benchmarks.students import ARRIVING_SECONDS, LOOK_SECONDS, RELOAD_SECONDS, STROKE_SECONDS
from dlcore.runs.placing import MAX_WORKERS, RUNS_PER_WORKER
from dlcore.runs.tasks import MAX_PROCESSES
from ui import limits
from ui.pace import FORGET_SECONDS, SHORTEST

BETWEEN_RUNS = 60.0  # seconds in the mean that somebody who trains looks at what came out
LEAST = 0.05  # of a core, left to whoever gives way to all others


@dataclass
class Work:
    """To be done at a station. When it came, when it was first worked on, when it was done."""

    station: Station
    seconds: float  # of one core
    came: float = math.nan
    began: float = math.nan
    ended: float = math.nan

    def unfinished(self) -> bool:
        return math.isnan(self.ended)


Step = float | Work  # wait so many seconds, or until this is done
Process = Generator[Step, None, None]


class Station:
    """Cores that share themselves out evenly among the work that is there, each piece on one core at most.

    `places`: so many pieces are worked on at once, the others wait in the order they came. One core with one
    place serves one after the other; with places without end, all at once, as Python's threads do.
    """

    def __init__(self, cores: float = 1.0, places: float = math.inf) -> None:
        self.cores, self.places = cores, places
        self.busy = 0.0  # core seconds so far
        self._done, self._at = 0.0, 0.0  # what each piece there has had, counted from the start
        self._there: list[tuple[float, int, Work, Process]] = []  # by what each has when it is done
        self._waiting: deque[tuple[int, Work, Process]] = deque()
        self._came = 0

    @property
    def _rate(self) -> float:
        return min(1.0, self.cores / len(self._there)) if self._there else 0.0

    def __len__(self) -> int:
        return len(self._there) + len(self._waiting)

    def add(self, now: float, work: Work, whose: Process) -> None:
        self.advance(now)
        self._came += 1
        work.came = now
        self._waiting.append((self._came, work, whose))
        self._let_in(now)

    def next_end(self) -> float:
        """When the next piece will be done if nothing comes before."""
        return self._at + (self._there[0][0] - self._done) / self._rate if self._there else math.inf

    def finish(self, now: float) -> Process:
        """The piece that is done leaves; whose it was goes on."""
        self.advance(now)
        self._done, _, work, whose = heapq.heappop(self._there)
        work.ended = now
        self._let_in(now)
        return whose

    def advance(self, now: float) -> None:
        had = (now - self._at) * self._rate
        self._done, self._at = self._done + had, now
        self.busy += had * len(self._there)

    def _let_in(self, now: float) -> None:
        while self._waiting and len(self._there) < self.places:
            came, work, whose = self._waiting.popleft()
            work.began = now
            heapq.heappush(self._there, (self._done + work.seconds, came, work, whose))


class World:
    """What happens, in its order."""

    def __init__(self, *stations: Station) -> None:
        self.now = 0.0
        self._stations = stations
        self._due: list[tuple[float, int, Process]] = []
        self._begun = 0

    def begin(self, process: Process, at: float | None = None) -> None:
        self._begun += 1
        heapq.heappush(self._due, (self.now if at is None else at, self._begun, process))

    def run(self, until: float) -> None:
        while True:
            station = min(self._stations, key=Station.next_end)
            ends, due = station.next_end(), self._due[0][0] if self._due else math.inf
            if min(ends, due) > until:
                self.now = until
                for station in self._stations:
                    station.advance(until)
                return
            self.now = max(self.now, min(ends, due))
            self._go_on(station.finish(self.now) if ends <= due else heapq.heappop(self._due)[2])

    def _go_on(self, process: Process) -> None:
        step = next(process, None)
        if isinstance(step, Work):
            step.station.add(self.now, step, process)
        elif step is not None:
            self.begin(process, self.now + step)


# --- The pages ------------------------------------------------------------------------------------


@dataclass
class Pages:
    """Students on one server, each with one page open, by their habits' names.

    `drops_wait`: seconds that somebody whose redraw was dropped waits before the next is due. A browser asks
    again at once; the measuring client has waited in vain.
    """

    record: Record
    cores: float
    drops_wait: float = 0.0
    seed: int = 0
    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # seconds, by act

    def __post_init__(self) -> None:
        self.core = Station()
        self._tasks = Station(max(LEAST, min(MAX_PROCESSES, self.cores - 1)), MAX_PROCESSES)
        self._world = World(self.core, self._tasks)
        self._dice = random.Random(self.seed)
        self._answering = 0  # whom a hand has asked
        self._asked: dict[
            int, float
        ] = {}  # pages that redraw themselves: when each asked last, in that order
        self._warm = 0.0

    def spend(self, habits: Iterable[str], seconds: float, warm: float) -> float:
        """`seconds` of a lesson, after so many that do not count: the share of the core that was used."""
        names = list(habits)
        # What nobody waits for: open connections, and what runs report, the more the faster they train.
        training = min(names.count("train"), workers_of(self.cores, 1.0).cores)
        behind = len(names) * self.record.session.cpu + training * self.record.run.server_share
        self.core.cores = max(LEAST, 1.0 - behind)
        for number, name in enumerate(names):
            at = self._dice.uniform(*ARRIVING_SECONDS)
            self._world.begin(HABITS[name](self, number), at)
        self._warm = warm
        self._world.run(warm)
        before = self.core.busy
        self._world.run(warm + seconds)
        return min(1.0, behind + (self.core.busy - before) / seconds)

    def _act(self, name: str) -> Process:
        """Asked for by a hand: redraws give way meanwhile."""
        act, came = self.record.acts[name], self._world.now
        self._answering += 1
        yield Work(self.core, act.cpu)
        self._answering -= 1
        yield act.latency
        self._note(name, came)

    def _note(self, name: str, came: float) -> None:
        if came >= self._warm:
            self.waits[name].append(self._world.now - came)

    def _ticks(self, page: int, name: str, going_on: Callable[[], bool]) -> Process:
        """The page redraws itself as long as that holds, as often as the turnstile lets it."""
        act, last = self.record.acts[name], -math.inf
        while True:
            yield act.every
            if not going_on():
                self._asked.pop(page, None)
                return
            now = self._world.now
            if now < last + self._apart(page) - limits.TICK_EARLY_SECONDS:
                yield self.drops_wait
                continue
            last = now
            yield Work(self.core, act.cpu)
            yield act.latency
            self._note(name, now)

    def _apart(self, page: int) -> float:
        """Seconds between two redraws of a page that asks now, as ui/turnstile.py says."""
        self._asked.pop(page, None)
        self._asked[page] = self._world.now
        while self._asked[first := next(iter(self._asked))] <= self._world.now - FORGET_SECONDS:
            del self._asked[first]
        apart = max(SHORTEST, len(self._asked) / limits.TICKS_PER_SECOND)
        return max(apart, limits.TICK_GIVES_WAY_SECONDS) if self._answering else apart

    def _until(self, seconds: float) -> Callable[[], bool]:
        end = self._world.now + seconds
        return lambda: self._world.now < end

    # --- Habits: see benchmarks/students.py -------------------------------------------------------

    def draw(self, _: int, act: str = "stroke") -> Process:
        yield from self._act("open_draw")
        while True:
            yield self._dice.expovariate(1 / STROKE_SECONDS)
            yield from self._act(act)

    def activations(self, page: int) -> Process:
        return self.draw(page, "stroke_activations")

    def train(self, page: int) -> Process:
        while True:
            yield from self._act("open_train")
            yield from self._ticks(page, "tick_train", self._until(RELOAD_SECONDS))

    def home(self, page: int) -> Process:
        yield from self._act("open_home")
        if self.record.acts["tick_home"].every:
            yield from self._ticks(page, "tick_home", lambda: True)

    def runs(self, page: int) -> Process:
        yield from self._act("open_runs")
        while True:
            if self.record.acts["tick_runs"].every:
                yield from self._ticks(page, "tick_runs", self._until(LOOK_SECONDS))
            else:
                yield LOOK_SECONDS
            yield from self._act("rerun_runs")

    def surface(self, page: int) -> Process:
        while True:
            yield from self._act("open_surface")
            task = Work(self._tasks, self.record.surface.cpu)
            self._world.begin(alone(task))
            yield from self._ticks(page, "tick_surface", task.unfinished)

    def play(self, _: int) -> Process:
        while True:
            yield from self._act("play")
            yield CHUNK / EPOCHS_A_SECOND


def alone(work: Work) -> Process:
    yield work


HABITS: dict[str, Callable[[Pages, int], Process]] = {
    habit.__name__: habit
    for habit in (
        Pages.draw,
        Pages.activations,
        Pages.train,
        Pages.home,
        Pages.runs,
        Pages.surface,
        Pages.play,
    )
}


# --- The runs -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RunWaits:
    begins: list[float]  # seconds from Start until a worker takes it
    ends: list[float]  # seconds from Start until it has ended


def workers_of(cores: float, pages: float) -> Station:
    """Of one server with so many cores, whose pages take such a share of one."""
    workers = max(1, min(int(cores), MAX_WORKERS))
    return Station(max(LEAST, min(workers, cores - pages)), workers * RUNS_PER_WORKER)


def train(seconds: float, trainers: int, workers: Station, *, until: float, seed: int = 0) -> RunWaits:
    """Each trains a run of so many CPU seconds, looks at it, and trains the next; all begin some time."""
    world, dice, found = World(workers), random.Random(seed), RunWaits([], [])

    def trainer() -> Process:
        yield dice.uniform(0.0, BETWEEN_RUNS)
        while True:
            work = Work(workers, seconds)
            yield work
            if work.came > until / 4:
                found.begins.append(work.began - work.came)
                found.ends.append(work.ended - work.came)
            yield dice.expovariate(1 / BETWEEN_RUNS)

    for _ in range(trainers):
        world.begin(trainer())
    world.run(until)
    return found


def train_together(seconds: float, runs: int, workers: Station) -> float:
    """Seconds until the last of so many has ended that were all started at one moment."""
    world, works = World(workers), [Work(workers, seconds) for _ in range(runs)]
    for work in works:
        world.begin(alone(work))
    world.run(1e9)
    return max(work.ended for work in works)
