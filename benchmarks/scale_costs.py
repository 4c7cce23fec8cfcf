"""What one session, one watcher, one stroke and one run cost the lab, measured on the real server."""

from __future__ import annotations

import os
import random
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import numpy as np
import psutil

from benchmarks.answers import ACTIVATIONS, DRAW, SURFACE
from benchmarks.client import Page, open_page
from benchmarks.common import machine, p95
from benchmarks.page_runs import DIGITS, ENDLESS
from benchmarks.playground import CHUNK
from benchmarks.playground import Student as Player
from benchmarks.room import MB, OPENED_SECONDS, hold
from benchmarks.scale_record import Act, Database, Memory, Record, Room, Session, Surface, Together, Training
from benchmarks.server import Server, new_owner, serve
from benchmarks.students import stroke
from dlcore.run import Metric, Run, new_run
from dlcore.runs.storage.store import Store
from dlcore.training.recipes import PRESETS

SESSIONS = 20
IDLE_SECONDS = 20.0
ROOMS = (5, 10, 20, 30)
TOGETHER = (1, 4, 8)
DATABASE_SECONDS = 2.0
RUNS_LOOKED_AT = 1000
LOOKS = 5
SAMPLE_SECONDS = 0.2
CLASS = PRESETS["class"].config


class Commits:
    """How many transactions the server has written: counted in the write-ahead log of SQLite, while it grows.

    The last page of each transaction bears the size of the database (sqlite.org/fileformat2.html, 4.1). The
    log begins anew with another salt; what was written between the last look and that moment is not seen.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "runs.sqlite-wal"
        self._salt, self._at, self.count = b"", 0, 0
        self._lock = threading.Lock()

    def look(self) -> int:
        with self._lock, self._file.open("rb") as log:
            header = log.read(32)
            if len(header) < 32:
                return self.count
            page, salt = struct.unpack(">I", header[8:12])[0], header[16:24]
            if salt != self._salt:
                self._salt, self._at = salt, 32
            log.seek(self._at)
            while len(frame := log.read(24 + page)) == 24 + page and frame[8:16] == salt:
                self.count += frame[4:8] != b"\0\0\0\0"
                self._at += 24 + page
        return self.count

    @contextmanager
    def watched(self) -> Iterator[None]:
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(SAMPLE_SECONDS):
                self.look()

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


class Meter:
    """A server, and what it has used so far."""

    def __init__(self, server: Server) -> None:
        self.server, self.commits = server, Commits(server.folder)
        self.dice = random.Random(0)

    def act(self, times: int, do: Callable[[], tuple[float, float]]) -> Act:
        """`do` returns seconds and bytes; it is done once before, for what the first one has to make."""
        do()
        self.server.settle()
        cpu, writes = self.server.cpu_seconds(), self.commits.look()
        done = [do() for _ in range(times)]
        self.server.settle()
        return Act(
            cpu=(self.server.cpu_seconds() - cpu) / times,
            seconds=float(np.median([seconds for seconds, _ in done])),
            bytes=float(np.mean([sent for _, sent in done])),
            writes=(self.commits.look() - writes) / times,
            n=times,
        )

    def opening(self, name: str, query: Callable[[], str] = str, times: int = 8) -> Act:
        """A page opened by a new visitor, and left."""

        def do() -> tuple[float, float]:
            began = time.perf_counter()
            with open_page(self.server, name, query()) as page:
                return time.perf_counter() - began, page.received

        return self.act(times, do)

    def on(self, page: Page, times: int, ask: Callable[[], float]) -> Act:
        """Something asked of an open page; `ask` returns its seconds."""

        def do() -> tuple[float, float]:
            before = page.received
            return ask(), page.received - before

        return self.act(times, do)

    def ticks(self, page: Page, seconds: float, behind: float = 0.0) -> Act:
        """An open page redraws itself for so long; `behind`: of a core, what the server does anyway."""
        cpu, sent, writes, began = (
            self.server.cpu_seconds(),
            page.received,
            self.commits.look(),
            time.perf_counter(),
        )
        with page.updating() as waits:
            time.sleep(seconds)
        took = time.perf_counter() - began
        n = max(1, len(waits))
        return Act(
            cpu=max(0.0, self.server.cpu_seconds() - cpu - behind * took) / n,
            seconds=float(np.median(waits)) if waits else 0.0,
            bytes=(page.received - sent) / n,
            writes=(self.commits.look() - writes) / n,
            every=min(page.timers.values(), default=0.0),
            n=len(waits),
        )

    def workers_cpu(self) -> float:
        """Seconds of all processes but the server's own."""
        family = self.server.family()
        return sum(seconds for pid, seconds in family.items() if pid != self.server.child.pid)

    def memory(self) -> float:
        return float(psutil.Process(self.server.child.pid).memory_info().rss) / MB


def tell(what: str) -> None:
    print(f"{time.strftime('%X')} {what}", file=sys.stderr, flush=True)


def acts(meter: Meter) -> dict[str, Act]:
    """Everything but what needs a run under way."""
    server, dice, found = meter.server, meter.dice, {}
    for name, path in (("draw", DRAW), ("home", ""), ("runs", "runs"), ("train", DIGITS.page)):
        found[f"open_{name}"] = meter.opening(path)
    for name, path in (("stroke", DRAW), ("stroke_activations", ACTIVATIONS)):
        with open_page(server, path) as page:
            found[name] = meter.on(page, 40, lambda: page.send_json(f"{path}__canvas", stroke(dice)))  # noqa: B023
    for name, path in (("home", ""), ("runs", "runs")):
        with open_page(server, path) as page:
            found[f"tick_{name}"] = meter.ticks(page, IDLE_SECONDS / 4 if page.timers else 0.0)
            if name == "runs":
                found["rerun_runs"] = meter.on(page, 20, page.rerun)

    def play() -> tuple[float, float]:
        player = Player(server, dice.randrange(10_000))
        milliseconds, sent = player.ask(CHUNK)
        player.hang_up()
        return milliseconds / 1000, sent

    found["play"] = meter.act(20, play)
    return found


def sessions(meter: Meter) -> Session:
    """Pages on which nobody does anything."""
    meter.server.settle()
    memory = meter.memory()
    with ExitStack() as open_:
        pages = [open_.enter_context(open_page(meter.server, DRAW)) for _ in range(SESSIONS)]
        meter.server.settle()
        more = meter.memory() - memory
        cpu, sent = meter.server.cpu_seconds(), sum(page.received for page in pages)
        time.sleep(IDLE_SECONDS)
        used = meter.server.cpu_seconds() - cpu
        sent = sum(page.received for page in pages) - sent
    return Session(
        cpu=used / IDLE_SECONDS / SESSIONS,
        bytes=sent / IDLE_SECONDS / SESSIONS,
        mb=max(0.0, more) / SESSIONS,
        n=SESSIONS,
    )


def watching(meter: Meter) -> tuple[Act, float, float]:
    """A training page with its run under way: a redraw; of the run alone, which share of a core the server's
    process takes for it, and how many transactions a second.
    """
    owner, key = new_owner(), DIGITS.page
    with open_page(meter.server, key, DIGITS.setup(ENDLESS), owner) as page:
        page.click(f"{key}__start")
        meter.server.wait_until(lambda: any(run.step > 0 for run in meter.server.store.runs_of(owner)))
        cpu, writes, began = meter.server.cpu_seconds(), meter.commits.look(), time.perf_counter()
        time.sleep(IDLE_SECONDS / 2)
        took = time.perf_counter() - began
        alone = (meter.server.cpu_seconds() - cpu) / took
        written = (meter.commits.look() - writes) / took
        tick = meter.ticks(page, IDLE_SECONDS, behind=alone)
        page.click(f"{key}__stop")
    meter.server.settle()
    return tick, alone, written


def together(meter: Meter, count: int) -> tuple[float, list[Run]]:
    """So many runs of the preset Class, each of somebody else: seconds until the last has ended."""
    owners, key = [new_owner() for _ in range(count)], DIGITS.page
    meter.server.settle()
    with ExitStack() as open_:
        pages = [
            open_.enter_context(open_page(meter.server, key, DIGITS.setup(CLASS.epochs), one))
            for one in owners
        ]
        meter.server.settle()
        began = time.perf_counter()
        for page in pages:
            page.click(f"{key}__start")

    def runs() -> list[Run]:
        return [run for one in owners for run in meter.server.store.runs_of(one)]

    meter.server.wait_until(lambda: len(runs()) == count and not any(run.active for run in runs()))
    return time.perf_counter() - began, runs()


def training(meter: Meter, server_share: float, writes_a_second: float) -> Training:
    """One run alone."""
    meter.server.settle()
    workers = meter.workers_cpu()
    seconds, (run,) = together(meter, 1)
    folder = meter.server.folder
    files = [file for file in folder.rglob("*") if run.id in file.parts and file.is_file()]
    return Training(
        cpu=meter.workers_cpu() - workers,
        seconds=seconds,
        server_share=server_share,
        writes_a_second=writes_a_second,
        mb=sum(file.stat().st_size for file in files) / MB,
        checkpoints=sum(file.suffix == ".safetensors" for file in files),
        n=1,
    )


def surfaces(meter: Meter, count: int = 2) -> tuple[Surface, Act, Act]:
    """Surfaces of digits that nobody has chosen: what they cost, opening their page, and its redraws."""
    opened = meter.opening(SURFACE, times=4)
    meter.server.settle()
    before, cpu = meter.workers_cpu(), meter.server.cpu_seconds()
    ticks: list[float] = []
    every, sent = 0.0, 0
    for _ in range(count):
        query = f"{SURFACE}__seed={meter.dice.randrange(10_000)}"
        with open_page(meter.server, SURFACE, query) as page:
            received, every = page.received, max(every, *page.timers.values(), 0.0)
            with page.updating() as waits:
                meter.server.wait_until(lambda: not page.timers)
            ticks += waits
            sent += page.received - received
    used = meter.server.cpu_seconds() - cpu - count * opened.cpu
    meter.server.settle()
    n = max(1, len(ticks))
    tick = Act(
        cpu=max(0.0, used) / n,
        seconds=float(np.median(ticks or [0.0])),
        bytes=sent / n,
        writes=0.0,
        every=every,
        n=len(ticks),
    )
    return Surface(cpu=(meter.workers_cpu() - before) / count, n=count), opened, tick


def database() -> Database:
    """A store of its own, asked by one thread as the writer of runs does."""
    with tempfile.TemporaryDirectory(prefix="dllab-benchmark-") as name:
        folder = Path(name)
        with closing(Store(folder)) as store, closing(Store(folder)) as other:
            run = new_run(new_owner(), "mnist", CLASS, name="a run", status="running")
            store.create(run)
            step, began = 0, time.perf_counter()
            while (took := time.perf_counter() - began) < DATABASE_SECONDS:
                step += 1
                points = [Metric(name, step, 0, took, 0.5) for name in ("train_loss", "train_accuracy", "lr")]
                store.record(run.id, points, [], [], of_mine=True)
                store.update(run)
            writes = 2 * step / took
            for _ in range(RUNS_LOOKED_AT):
                store.create(new_run(new_owner(), "mnist", CLASS, name="a run", status="running"))
            cpu = time.process_time()
            for _ in range(LOOKS):
                other.interrupt_lost_runs()
                other.left_by_others()
            look = (time.process_time() - cpu) / LOOKS / RUNS_LOOKED_AT
    return Database(writes_a_second=writes, look=look)


def rooms(server: Server, minutes: float) -> list[Room]:
    found = []
    for clients in ROOMS:
        tell(f"a lesson of {clients}")
        notes, _, about = hold(server, clients, minutes, hostile="", together=False)
        for words in notes.faults:
            print(words, file=sys.stderr)
        strokes = notes.seconds["stroke"]
        found.append(
            Room(
                clients=clients,
                seconds=60 * minutes,
                strokes=len(strokes),
                p50=float(np.median(strokes)),
                p95=p95(strokes),
                core_share=about["server_core_share"],
                students_share=about["students_core_share"],
            )
        )
    return found


def measure(minutes: float) -> Record:
    """All of it; `minutes` of a lesson for each number of students."""
    with serve() as server:
        with open_page(server), open_page(server, DRAW):
            pass  # somebody was here before
        time.sleep(max(0.0, server.began + OPENED_SECONDS - time.perf_counter()))
        server.settle()
        meter = Meter(server)
        children = psutil.Process(server.child.pid).children(recursive=True)
        memory = Memory(
            server_mb=meter.memory(),
            worker_mb=float(np.mean([child.memory_info().rss / MB for child in children])),
        )
        with meter.commits.watched():
            tell("acts")
            done = acts(meter)
            tell("open pages")
            session = sessions(meter)
            tell("runs")
            done["tick_train"], *share_and_writes = watching(meter)
            run = training(meter, *share_and_writes)
            tell("surfaces")
            surface, done["open_surface"], done["tick_surface"] = surfaces(meter)
            tell("runs at once")
            at_once = [Together(runs=count, seconds=together(meter, count)[0]) for count in TOGETHER]
        lessons = rooms(server, minutes)
    return Record(
        machine=machine(threads=1),
        cores=os.cpu_count() or 1,
        acts=done,
        session=session,
        run=run,
        surface=surface,
        database=database(),
        memory=memory,
        rooms=lessons,
        together=at_once,
    )
