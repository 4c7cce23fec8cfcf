"""Who comes in: a class always; more than a class as long as everybody inside is answered soon.

Who has to wait reads how many are ahead, and comes in by itself. Who was inside stays in: a reload, another
page and a lost connection lead back at once.

A visitor is known by the cookie that the browser has sent, so that a first document, or a browser without
cookies, is nobody's yet: its page is awaited from the address.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from itertools import islice

from ui import limits
from ui.bucket import Bucket

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="refresh" content="{seconds}"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Deep Learning Lab</title>
<style>body {{ font: 1.25rem sans-serif; margin: 15vh auto; max-width: 34rem; padding: 1rem }}
div {{ height: 4px; background: #3a7bd5; animation: asks {seconds}s linear; transform-origin: left }}
@keyframes asks {{ from {{ transform: scaleX(0) }} }}
@media (prefers-reduced-motion: reduce) {{ div {{ animation: none }} }}</style>
<p>Deep Learning Lab</p><h1>The lab is full</h1>
<p><strong>{ahead}</strong> More people are here than this computer can answer quickly. Keep this page open:
it asks again in {seconds} seconds, and becomes the lab as soon as there is a place.</p><div></div>
<p>Is the lab open in other tabs of yours? Close those you do not need: each takes a place.</p></html>"""


def waiting_page(ahead: int) -> tuple[str, int]:
    """What is shown to somebody before whom so many are, and after how many seconds it asks again."""
    words = (
        "You are next."
        if not ahead
        else f"{ahead} {'person is' if ahead == 1 else 'people are'} ahead of you."
    )
    return PAGE.format(seconds=asks_again(ahead), ahead=words), asks_again(ahead)


def asks_again(ahead: int) -> int:
    return min(limits.ASK_AGAIN_SECONDS, limits.NEXT_ASKS_SECONDS + ahead)


class Admission:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._here: Counter[str] = Counter()  # owners, by how many pages they have open
        self._inside: OrderedDict[str, float] = OrderedDict()  # owners: when they came, or were here last
        # Documents without their page: when, whose if the browser said so, from where.
        self._coming: deque[tuple[float, str | None, str]] = deque()
        self._line: OrderedDict[str, tuple[float, str]] = OrderedDict()  # until when they keep it, from where
        self._answers: deque[tuple[float, str, float]] = deque()  # when, to whom, after so many seconds
        self._pace = Bucket(limits.ADMITTED_AT_ONCE, limits.ADMITTED_PER_SECOND, clock())

    @property
    def in_line(self) -> int:
        """So many wait. Any thread may ask."""
        now = self._clock()
        return sum(until >= now for until, _ in list(self._line.values()))

    def answered(self, who: str, seconds: float) -> None:
        """They drew or clicked, and waited so long for the answer."""
        now = self._clock()
        self._answers.append((now, who, seconds))
        while now - self._answers[0][0] > limits.LOOK_BACK_SECONDS:
            self._answers.popleft()

    def ask(
        self,
        owner: str | None,
        address: str,
        pages: Mapping[str, int],
        waits: Iterable[tuple[str, float]] = (),
        *,
        full: bool = False,
    ) -> int | None:
        """May they come in? None if so; else how many come in before them.

        `pages`: so many are open, by address. `waits`: who waits, and for how long already, once for each
        of their pages. `full`: there is no place at all.
        """
        now = self._clock()
        self._forget(now)
        if not full and self._is_inside(owner):
            return None
        place = self._place(owner, address, now)
        before = Counter(other for _, other in islice(self._line.values(), place))
        room = self._taken(address, Counter(pages) + before) < limits.CLASS_PAGES
        if full or not (room or self._more(place, now, waits)):
            return place
        self._line.pop(owner or "", None)
        return None

    def expect(self, owner: str | None, address: str) -> None:
        """They may come in: their page follows the document."""
        self._drop_expected(owner)
        crowd = sum(other == address for _, _, other in self._coming)
        if not self._is_inside(owner) and crowd < limits.PAGES_PER_ADDRESS:
            self._coming.append((self._clock(), owner, address))

    def comes(self, owner: str | None, address: str) -> bool:
        """A page comes. Is it one of those that may?"""
        self._forget(self._clock())
        if self._drop_expected(owner) or self._is_inside(owner):
            return True
        nobodys = next((one for one in self._coming if one[1:] == (None, address)), None)
        if nobodys is not None:
            self._coming.remove(nobodys)
        return nobodys is not None

    def _drop_expected(self, owner: str | None) -> bool:
        own = next((one for one in self._coming if owner is not None and one[1] == owner), None)
        if own is not None:
            self._coming.remove(own)
        return own is not None

    def _is_inside(self, owner: str | None) -> bool:
        return owner is not None and (owner in self._inside or owner in self._here)

    def asker(self, owner: str | None, address: str) -> str:
        """Whose turn it is that something is asked. Names cost nothing: whoever has no page open is their
        address alone. Any thread may ask.
        """
        return owner if owner is not None and owner in self._here else f"of {address}"

    def enter(self, owner: str) -> None:
        """They open a page."""
        self._here[owner] += 1
        self._remember(owner)

    def leave(self, owner: str) -> None:
        """They close one: for a lesson's time they come in at once."""
        self._here[owner] -= 1
        if not self._here[owner]:
            del self._here[owner]
        self._remember(owner)

    def _remember(self, owner: str) -> None:
        self._inside.pop(owner, None)
        self._inside[owner] = self._clock()
        while len(self._inside) > limits.INSIDE_REMEMBERED:
            self._inside.popitem(last=False)

    def _forget(self, now: float) -> None:
        for visitor in [one for one, at in self._inside.items() if now - at > limits.INSIDE_SECONDS]:
            del self._inside[visitor]
        for visitor in [one for one, (until, _) in self._line.items() if now > until]:
            del self._line[visitor]
        while self._coming and now - self._coming[0][0] > limits.COMING_SECONDS:
            self._coming.popleft()

    def _place(self, owner: str | None, address: str, now: float) -> int:
        """In line: the one they had, or the last; it is theirs until they have left out two questions."""
        if owner is None:
            return len(self._line)
        if owner not in self._line:
            crowd = sum(other == address for _, other in self._line.values())
            if crowd >= limits.IN_LINE_PER_ADDRESS or len(self._line) >= limits.PAGES:
                return len(self._line)
            self._line[owner] = now, address
        place = next(place for place, other in enumerate(self._line) if other == owner)
        self._line[owner] = now + 2.5 * asks_again(place), address
        return place

    def _taken(self, address: str, pages: Mapping[str, int]) -> int:
        """How many of a class's places: one other address cannot have them all."""
        of_each = Counter(pages) + Counter(other for _, _, other in self._coming)
        return sum(
            count if other == address else min(count, limits.CLASS_PAGES_PER_ADDRESS)
            for other, count in of_each.items()
        )

    def _more(self, place: int, now: float, waits: Iterable[tuple[str, float]]) -> bool:
        """Does one more than a class come in now? Not while some, and one in ten, have waited too long."""
        recent = [answer for answer in self._answers if now - answer[0] <= limits.LOOK_BACK_SECONDS]
        lately = {who: seconds for _, who, seconds in recent}  # to each person the last
        for who, so_far in waits:
            if so_far < limits.ANSWERED_SECONDS:
                lately[who] = max(lately.get(who, 0.0), so_far)
        slow = sum(seconds > limits.SOON_SECONDS for seconds in lately.values())
        if slow >= max(limits.SLOW_ANSWERS, len(lately) / 10):
            self._pace.empty(now)
            return False
        return self._pace.level(now) >= place + 1 and self._pace.take(now)  # who is before them comes first


admission = Admission()  # of this server
