"""Who comes in: a class always; more than a class as long as everybody inside is answered soon.

Who has to wait reads how many are ahead, and comes in by itself. Who was inside stays in: a reload, another
page and a lost connection lead back at once.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection

from ui import limits
from ui.bucket import Bucket

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="refresh" content="{seconds}"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Deep Learning Lab</title>
<style>body {{ font: 1.25rem sans-serif; margin: 15vh auto; max-width: 34rem; padding: 1rem }}</style>
<h1>The lab is full</h1>
<p><strong>{ahead}</strong> As many pages are open as this computer can serve. Yours opens by itself as soon
as it can. A tab that you do not need is a place for somebody.</p></html>"""


def waiting_page(ahead: int) -> tuple[str, int]:
    """What is shown to somebody before whom so many are, and after how many seconds it asks again."""
    words = (
        "You are next."
        if not ahead
        else f"{ahead} {'person is' if ahead == 1 else 'people are'} ahead of you."
    )
    seconds = min(limits.ASK_AGAIN_SECONDS, limits.NEXT_ASKS_SECONDS + ahead)
    return PAGE.format(seconds=seconds, ahead=words), seconds


class Admission:
    """Visitors are told apart by any name that stays theirs."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        cpu_seconds: Callable[[], float] = time.process_time,
    ) -> None:
        self._clock, self._cpu_seconds = clock, cpu_seconds
        self._inside: OrderedDict[str, float] = OrderedDict()  # when they came in, or back, the first first
        self._coming: OrderedDict[str, float] = OrderedDict()  # who may come in and opens no page yet
        self._line: OrderedDict[str, float] = OrderedDict()  # who waits, in order: when they asked last
        self._answers: deque[tuple[float, float, float]] = deque()  # when, after so long, CPU seconds by then
        self._pace = Bucket(limits.ADMITTED_AT_ONCE, limits.ADMITTED_PER_SECOND, clock())

    def answered(self, seconds: float) -> None:
        """Somebody inside who drew or clicked waited so long for the answer."""
        now = self._clock()
        self._answers.append((now, seconds, self._cpu_seconds()))
        while now - self._answers[0][0] > limits.LOOK_BACK_SECONDS:
            self._answers.popleft()

    def ahead(
        self, visitor: str, pages: int, unanswered: Collection[float] = (), *, full: bool = False
    ) -> int | None:
        """How many come in before this visitor; None: come in.

        `pages`: so many are open. `unanswered`: how long each wait has gone on that is not over. `full`:
        there is no place at all.
        """
        now = self._clock()
        _forget(self._inside, now - limits.INSIDE_SECONDS)
        _forget(self._coming, now - limits.COMING_SECONDS)
        _forget(self._line, now - limits.IN_LINE_SECONDS)
        if not full and (visitor in self._inside or visitor in self._coming):
            return None
        if not full and pages + len(self._coming) < limits.CLASS_PAGES:
            self._let_in(visitor, now)
            return None
        if visitor not in self._line and len(self._line) >= limits.PAGES:
            return len(self._line)
        self._line[visitor] = now  # in the place that they had, or in the last
        place = next(place for place, other in enumerate(self._line) if other == visitor)
        if busy := self._busy(now, unanswered):
            self._pace.empty(now)
        if busy or full or place >= limits.ADMITTED_AT_ONCE or not self._pace.take(now):
            return place
        self._let_in(visitor, now)
        return None

    def enter(self, visitor: str) -> None:
        """Their page opens: they are inside from now on, for a lesson's time."""
        self._coming.pop(visitor, None)
        self._inside.pop(visitor, None)
        self._inside[visitor] = self._clock()
        while len(self._inside) > limits.PAGES:
            self._inside.popitem(last=False)

    def _let_in(self, visitor: str, now: float) -> None:
        self._line.pop(visitor, None)
        self._coming[visitor] = now

    def _busy(self, now: float, unanswered: Collection[float]) -> bool:
        """Has one in ten waited too long lately, or has the server hardly any time left?"""
        lately = [answer for answer in self._answers if now - answer[0] <= limits.LOOK_BACK_SECONDS]
        waits = [*(seconds for _, seconds, _ in lately), *unanswered]
        slow = sum(seconds > limits.SOON_SECONDS for seconds in waits)
        if slow > max(2, len(waits) / 10):
            return True
        if not lately:
            return False
        since, _, used = lately[0]
        share = (self._cpu_seconds() - used) / max(now - since, 1.0)
        return share > limits.SERVER_SHARE


def _forget(visitors: OrderedDict[str, float], before: float) -> None:
    for visitor in [one for one, at in visitors.items() if at < before]:
        del visitors[visitor]
