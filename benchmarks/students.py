"""Who sits in the room of room.py: each does one thing of a lesson, over and over, and notes what it took.

A student is a thread with an open page. What a page asks to be rerun is rerun as a browser does it.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException

from websockets.exceptions import WebSocketException

from benchmarks.answers import ACTIVATIONS, DRAW, SURFACE, drawing
from benchmarks.client import Page, ask_to_come_in, open_page
from benchmarks.page_runs import DIGITS, ENDLESS
from benchmarks.playground import CHUNK, EPOCHS_A_SECOND
from benchmarks.playground import Student as Player
from benchmarks.server import Server, new_owner

STROKE_SECONDS = 1.25  # between two strokes of one who draws, in the mean
ARRIVING_SECONDS = 3.0, 15.0  # on Home, before somebody chooses a page
LOOK_SECONDS = 5.0  # between two looks at the list of runs
RELOAD_SECONDS = 60.0  # between two reloads of who reloads
GLANCE_SECONDS = 0.05
JUNK_SHARE, JUNK_BYTES = 0.05, 50_000  # of what they draw
SEATED_SECONDS = 5.0  # for everybody to open the training page
PRESSED_SECONDS = 20.0  # everybody's run is stopped again after so long

# What a page says of a run that it has taken: it starts, has a place in the queue, or is under way already.
TAKEN = re.compile(r"\*\* · .*(Starting|Waiting|Training|Paused)")

FAULTS = (OSError, WebSocketException, HTTPException, LookupError, RuntimeError)  # of the lab


@dataclass
class Notes:
    """Seconds of every interaction by its kind, and what went wrong. Any thread may write."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    faults: list[str] = field(default_factory=list)
    unanswered: int = 0  # ticks that the server let go
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, seconds: float) -> None:
        with self._lock:
            self.seconds[kind].append(seconds)

    def fault(self, words: str) -> None:
        with self._lock:
            self.faults.append(words)

    def no_answer(self) -> None:
        with self._lock:
            self.unanswered += 1


@dataclass
class Lesson:
    """When it ends, and the moments at which everybody presses Start, on the clock of time.perf_counter."""

    server: Server
    notes: Notes
    until: float
    pressed: Sequence[float]
    one_address: bool = False  # do all come from one, as behind a school's router?


def stroke(dice: random.Random) -> str:
    """What the canvas sends for a line that nobody has drawn before."""
    return drawing([(dice.uniform(0.25, 0.75), y) for y in (0.2, 0.5, 0.8)])


class Student:
    """One of the room. `number` also chooses the machine that it comes from."""

    def __init__(self, lesson: Lesson, number: int) -> None:
        self.lesson, self.number = lesson, number
        self.dice = random.Random(number)
        self.owner = new_owner()
        self.address = f"127.0.0.{2 if lesson.one_address else 2 + number % 200}"

    def attend(self, habit: Habit) -> None:
        """The whole lesson: Home, the habit, Start with everybody else, the habit again; or many lessons."""
        try:
            if not self.come_in():
                return
            with self.open("", note="join") as page:
                self.stay(page, time.perf_counter() + self.dice.uniform(*ARRIVING_SECONDS), "tick_home")
            for moment in self.lesson.pressed:
                habit(self, moment)
                self.press_start(moment)
            habit(self, self.lesson.until)
        except FAULTS as error:  # it is counted, named and printed: the room goes on without this one
            self.lesson.notes.fault(f"{habit.__name__}: {type(error).__name__}: {error}")

    def come_in(self) -> bool:
        """Ask for the first page as a browser does, again and again while the lab is full. Let in?"""
        began = time.perf_counter()
        while (seconds := ask_to_come_in(self.lesson.server, self.owner, self.address)) is not None:
            if time.perf_counter() + seconds > self.lesson.until:
                self.lesson.notes.add("outside_to_the_end", time.perf_counter() - began)
                return False
            time.sleep(seconds)
        self.lesson.notes.add("outside", time.perf_counter() - began)
        return True

    @contextmanager
    def open(self, name: str, query: str = "", note: str = "open") -> Iterator[Page]:
        began = time.perf_counter()
        with open_page(self.lesson.server, name, query, self.owner, self.address) as page:
            self.lesson.notes.add(note, time.perf_counter() - began)
            try:
                yield page
            finally:
                for words in page.broken:
                    self.lesson.notes.fault(f"{name or 'home'}: {words}")

    def stay(self, page: Page, until: float, tick: str, after: Callable[[], bool] = bool) -> None:
        """Let the page tick until then, or until `after` says that there is nothing more to wait for."""
        due: dict[str, float] = {}
        while (now := time.perf_counter()) < until and not after():
            timers = page.timers
            due = {one: due.get(one, now + seconds) for one, seconds in timers.items()}
            for fragment in [one for one, at in due.items() if at <= now]:
                # An earlier one may have redrawn the whole page.
                if fragment in page.timers:
                    seconds = page.tick(fragment)
                    if seconds is None:
                        self.lesson.notes.no_answer()
                    else:
                        self.lesson.notes.add(tick, seconds)
                due[fragment] = time.perf_counter() + timers[fragment]
            soonest = min([*due.values(), until, now + GLANCE_SECONDS])
            time.sleep(max(0.0, soonest - time.perf_counter()))

    def press_start(self, moment: float) -> None:
        """Everybody trains on digits at once; most are queued. Then each stops its own again.

        What this takes is noted apart: thirty training pages are no lesson's usual mixture.
        """
        if time.perf_counter() > self.lesson.until:
            return
        notes, button = self.lesson.notes, f"{DIGITS.page}__start"
        with self.open(DIGITS.page, DIGITS.setup(ENDLESS), "everybody_open") as page:
            time.sleep(max(0.0, moment + SEATED_SECONDS - time.perf_counter()))
            twice = self.number % 5 == 0  # one in five presses twice
            if page.offers(button):  # else it has trained since before
                self.start(page, "everybody_start_twice" if twice else "everybody_start", twice=twice)
            self.stay(page, time.perf_counter() + PRESSED_SECONDS, "everybody_tick")
            notes.add("everybody_stop", page.click(f"{DIGITS.page}__stop"))

    def start(self, page: Page, note: str, *, twice: bool = False) -> None:
        """Until the page says that the run has been taken, and until all of it has been redrawn."""
        said, redrawn = page.press(f"{DIGITS.page}__start", TAKEN, twice=twice)
        self.lesson.notes.add(f"{note}_said", said)
        self.lesson.notes.add(f"{note}_redrawn", redrawn)

    # --- Habits -------------------------------------------------------------------------------

    def draw(self, until: float, path: str = DRAW, note: str = "stroke") -> None:
        """Stroke after stroke; one in twenty sends a file that is no picture in its place."""
        with self.open(path) as page:
            while time.perf_counter() < until:
                pause = self.dice.expovariate(1 / STROKE_SECONDS)
                self.stay(page, min(until, time.perf_counter() + pause), f"tick_{path}")
                if path == DRAW and self.dice.random() < JUNK_SHARE:
                    junk = self.dice.randbytes(JUNK_BYTES)
                    self.lesson.notes.add("junk", page.give_file(f"{path}__upload", "digit.png", junk))
                else:
                    self.lesson.notes.add(note, page.send_json(f"{path}__canvas", stroke(self.dice)))

    def activations(self, until: float) -> None:
        self.draw(until, ACTIVATIONS, "stroke_activations")

    def train(self, until: float) -> None:
        """A run, watched; the page is reloaded once a minute."""
        query, note = DIGITS.setup(ENDLESS), "open"
        while time.perf_counter() < until:
            with self.open(DIGITS.page, query, note) as page:
                if page.offers(f"{DIGITS.page}__start"):
                    self.start(page, "start")
                self.stay(page, min(until, time.perf_counter() + RELOAD_SECONDS), "tick_train")
                if time.perf_counter() >= until and page.has(f"{DIGITS.page}__stop"):
                    self.lesson.notes.add("stop", page.click(f"{DIGITS.page}__stop"))
            note = "reload"

    def home(self, until: float) -> None:
        with self.open("") as page:
            self.stay(page, until, "tick_home")

    def runs(self, until: float) -> None:
        with self.open("runs") as page:
            while time.perf_counter() < until:
                self.stay(page, min(until, time.perf_counter() + LOOK_SECONDS), "tick_runs")
                self.lesson.notes.add("rerun_runs", page.rerun())

    def surface(self, until: float) -> None:
        """One surface after the other, each of digits that nobody has chosen."""
        while time.perf_counter() < until:
            began = time.perf_counter()
            query = f"{SURFACE}__seed={self.dice.randrange(10_000)}"
            with self.open(SURFACE, query, "open_surface") as page:
                self.stay(page, until, "tick_surface", after=lambda page=page: not page.timers)
                if time.perf_counter() < until:
                    self.lesson.notes.add("surface_finished", time.perf_counter() - began)

    def play(self, until: float) -> None:
        """The playground's board: it asks for frames before the last are played."""
        with self.open("playground"):
            player = Player(self.lesson.server, 100 + self.number)
            while time.perf_counter() < until:
                milliseconds, _ = player.ask(CHUNK)
                self.lesson.notes.add("playground", milliseconds / 1000)
                pause = CHUNK / EPOCHS_A_SECOND
                time.sleep(max(0.0, min(pause, until - time.perf_counter())))
                player.hang_up()


Habit = Callable[[Student, float], None]

# How a class of thirty is spread over the lesson.
HABITS: Mapping[Habit, int] = {
    Student.draw: 10,
    Student.train: 4,
    Student.play: 4,
    Student.activations: 4,
    Student.home: 3,
    Student.surface: 3,
    Student.runs: 2,
}


def habits(clients: int) -> list[Habit]:
    """The same mixture for so many; never more who train all the time than in a class of thirty."""
    round_ = [habit for habit, count in HABITS.items() for _ in range(count)]
    chosen = [round_[number % len(round_)] for number in range(clients)]
    return [
        Student.draw if number >= len(round_) and habit is Student.train else habit
        for number, habit in enumerate(chosen)
    ]
