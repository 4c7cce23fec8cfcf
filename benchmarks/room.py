"""A lesson of thirty: who waits how long, what fails, and what the server keeps of it.

Thirty students join within five seconds and do what a lesson does (benchmarks/students.py): strokes, watched
trainings (four all the time), surfaces, activations, the playground, Home, the list of runs. In the middle
everybody presses Start at once, one in five of them twice; trainings are reloaded once a minute. `--soak` is
lesson after lesson of a quarter of an hour, each with its Start; of its memory the first quarter is warm-up.
With `--hostile` somebody floods the lab in the second half, with reruns or what else benchmarks/flooding.py
knows. The students are threads of this program: they use the same cores unless it says otherwise.

A start is measured twice: `start_said` until the first message reaches the student whose words say
that the run has been taken (it starts, has a place in the queue, or stands where it does by then), and
`start_redrawn` until the whole page has come. What a browser takes to draw either is in neither.

    python -m benchmarks.room [--minutes 10 | --soak HOURS] [--clients 30] [--one-address]
        [--hostile [KIND]] [--rest] [--json]
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psutil

from benchmarks.client import open_page
from benchmarks.common import arguments, p95, report
from benchmarks.floods import flood
from benchmarks.server import ROOT, Server, serve
from benchmarks.students import PRESSED_SECONDS, SEATED_SECONDS, Lesson, Notes, Student, habits

OPENED_SECONDS = 35.0  # before the lesson
JOIN_SECONDS = 5.0
SAMPLE_SECONDS = 5.0
LESSON_MINUTES = 15.0
WARM_UP = 0.25  # of all lessons: what is kept in numbers fills, and peaks have made the holes they need
REST_SECONDS = 400.0  # after which a server that everybody has left keeps no page
FLOODS = {"reruns": 1, "uploads": 500, "reopen": 4, "boards": 7_000}  # of how many; what ends begins again
MB = 1e6


def at_rest(server: Server) -> tuple[float, int, int]:
    """MB, threads and descriptors of a server that nobody uses."""
    process = psutil.Process(server.child.pid)
    return process.memory_info().rss / MB, process.num_threads(), process.num_fds()


def own_mb(process: psutil.Process) -> float:
    """Without the pages of files, as of libraries, which the system takes back when it needs them."""
    memory = process.memory_info()
    return (memory.rss - getattr(memory, "shared", 0)) / MB


@dataclass
class Watch:
    """What the server holds, sample by sample: seconds, MB, threads, descriptors, MB of its workers, and of
    its MB those that are its own.

    In the middle of a lesson everybody presses Start, and pages that were left are kept for five minutes: how
    many there usually are is told of the last fifth of each lesson. Between two collections of garbage memory
    rises and falls: its growth is that of the lessons' floors, below which a tenth of the samples lies.
    """

    server: Server
    lessons: int
    samples: list[tuple[float, float, int, int, float, float]] = field(default_factory=list)

    def until(self, ended: threading.Event) -> None:
        process = psutil.Process(self.server.child.pid)
        while not ended.wait(SAMPLE_SECONDS):
            workers = 0.0
            for child in process.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    workers += child.memory_info().rss / MB
            memory = process.memory_info().rss / MB
            open_ = process.num_threads(), process.num_fds()
            self.samples.append((time.perf_counter(), memory, *open_, workers, own_mb(process)))

    def summary(self) -> dict[str, Any]:
        seconds, memory, threads, files, workers, own = map(np.array, zip(*self.samples, strict=True))
        at = (seconds - seconds[0]) / (seconds[-1] - seconds[0])  # of the lesson

        # Whole lessons, each with its Start: a part of one has its hump at one end.
        which = np.minimum(at * self.lessons, self.lessons - 1).astype(int)
        hours = [float(seconds[which == lesson].mean()) / 3600 for lesson in range(self.lessons)]
        warm, growth = max(1, int(WARM_UP * self.lessons)), dict[str, Any]()
        for what, mb in {"server": memory, "server_own": own, "workers": workers}.items():
            floors = [float(np.quantile(mb[which == lesson], 0.1)) for lesson in range(self.lessons)]
            growth[f"{what}_mb_floor_by_lesson"] = floors
            if self.lessons > warm + 1:
                slope = float(np.polyfit(hours[warm:], floors[warm:], 1)[0])
                growth[f"{what}_mb_an_hour_after_warm_up"] = slope

        def by_lesson(counts: np.ndarray) -> tuple[float, ...]:
            late = at * self.lessons % 1 >= 0.8
            return tuple(float(np.median(counts[late & (which == lesson)])) for lesson in range(self.lessons))

        return {
            "server_mb": (float(memory[0]), float(memory.max()), float(memory[-1])),
            "server_mb_by_tenths": tuple(map(float, np.interp(np.linspace(0, 1, 11), at, memory))),
            "server_mb_by_lesson": by_lesson(memory),
            **growth,
            "server_threads_by_lesson": by_lesson(threads),
            "server_descriptors_by_lesson": by_lesson(files),
            "workers_mb": (float(workers[0]), float(workers.max()), float(workers[-1])),
        }


def flood_on(hostile: str, server: Server, ended: threading.Event) -> None:
    """A flood of this kind, none for "", again and again until the lesson has ended."""
    while hostile and not ended.is_set():
        command = flood(hostile, server, FLOODS[hostile])
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as flooder:
            while flooder.poll() is None and not ended.wait(1.0):
                pass
            if flooder.returncode:
                raise RuntimeError(f"The flood ended by itself with {flooder.returncode}.")
            flooder.kill()


def hold(
    server: Server,
    clients: int,
    minutes: float,
    hostile: str,
    *,
    together: bool = True,
    one_address: bool = False,
) -> tuple[Notes, Notes, dict[str, Any]]:
    """The notes of the lesson's first half and of its second, and what the server held.

    Unless they all press Start `together`, each has one habit to the end, and the first half is all.
    """
    with open_page(server), open_page(server, "mnist_draw"):
        pass  # somebody was here before: the teacher
    time.sleep(max(0.0, server.began + OPENED_SECONDS - time.perf_counter()))
    server.settle()
    before = at_rest(server)
    began, seconds = time.perf_counter(), 60 * minutes
    halves = Notes(), Notes()
    lessons = max(1, round(minutes / LESSON_MINUTES)) if together else 0
    pressed = [began + seconds * (number + 0.5) / lessons for number in range(lessons)]
    lesson = Lesson(server, halves[0], began + seconds, pressed, one_address)
    watch, ended = Watch(server, max(1, lessons)), threading.Event()
    used = server.cpu_seconds(), time.process_time()

    def second_half() -> None:
        """Notes of what happens once everybody has pressed Start are kept apart."""
        if pressed and not ended.wait(pressed[0] + SEATED_SECONDS + PRESSED_SECONDS - time.perf_counter()):
            lesson.notes = halves[1]
            flood_on(hostile, server, ended)

    with ThreadPoolExecutor(clients + 2) as room:
        others = [room.submit(watch.until, ended), room.submit(second_half)]
        here = []
        for number, habit in enumerate(habits(clients)):
            time.sleep(max(0.0, began + JOIN_SECONDS * number / clients - time.perf_counter()))
            here.append(room.submit(Student(lesson, number).attend, habit))
        try:
            for one in here:
                one.result()
        finally:
            ended.set()
        for other in others:
            other.result()
    took = time.perf_counter() - began
    about = watch.summary() | {
        "server_before": before,
        "server_core_share": (server.cpu_seconds() - used[0]) / took,
        "students_core_share": (time.process_time() - used[1]) / took,
        "ticks_unanswered": sum(half.unanswered for half in halves),
        "interactions_a_second": sum(map(len, [*halves[0].seconds.values(), *halves[1].seconds.values()]))
        / took,
    }
    return *halves, about


def figures(first: Notes, second: Notes, hostile: str) -> dict[str, list[float]]:
    """Milliseconds by kind; with somebody hostile in the second half, the strokes' p95 as a ratio, too."""
    found: dict[str, list[float]] = {}
    for kind in sorted({*first.seconds, *second.seconds}):
        waits = first.seconds[kind] + ([] if hostile else second.seconds[kind])
        if waits:
            milliseconds = [1000 * one for one in waits]
            found[f"{kind}_ms"] = milliseconds
            found[f"{kind}_p95_ms"] = [p95(milliseconds)]
            found[f"{kind}_p99_ms"] = [float(np.quantile(milliseconds, 0.99))]
    if hostile:
        found[f"stroke_p95_ratio_under_{hostile}"] = [
            p95(second.seconds["stroke"]) / p95(first.seconds["stroke"])
        ]
    return found


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--soak", type=float, metavar="HOURS", help="lesson after lesson: 2, or 8")
    parser.add_argument("--clients", type=int, default=30)
    parser.add_argument("--hostile", nargs="?", const="reruns", default="", choices=FLOODS, help="a flood")
    parser.add_argument("--one-address", action="store_true", help="as behind a school's router")
    parser.add_argument("--rest", action="store_true", help="look again when all have left; --soak does")
    options = parser.parse_args()
    with serve() as server:
        minutes = 60 * options.soak if options.soak else options.minutes
        first, second, about = hold(
            server, options.clients, minutes, options.hostile, one_address=options.one_address
        )
        if options.soak or options.rest:
            time.sleep(REST_SECONDS)
            with open_page(server):
                pass  # Streamlit lets go of what was left when the next page comes
            server.settle()
            about["server_after_rest"] = at_rest(server)
        log = server.log()
        logged = [line for line in log.splitlines() if "page error" in line]
        if logged:
            print(log, file=sys.stderr)  # which goes with the server
    faults = Counter(first.faults + second.faults + logged)
    for words, times in faults.items():
        print(f"{times} × {words}", file=sys.stderr)
    results = figures(first, second, options.hostile)
    report("room", results, options.json, threads=1, faults=faults.total(), **about)
    if faults:
        sys.exit("With faults these are no figures: whoever meets one leaves, and the others have it easier.")


if __name__ == "__main__":
    main()
