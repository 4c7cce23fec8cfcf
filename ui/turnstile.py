"""The way in: as many open pages as the machine can bear (see ui/admission.py), each as fast as a person.

The more pages redraw something by themselves, the less often each may; and while somebody who draws or clicks
is answered, none does whose last redraw is not long ago. A redraw that comes too soon is dropped, for the
browser asks again. It is never held back: it carries all the page's values, which are old by then.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable

from google.protobuf.message import DecodeError
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ui import limits, services
from ui.admission import Admission, waiting_page
from ui.bucket import Bucket
from ui.doors import address_of
from ui.identity import at_the_machine, behind_proxy, owner_in
from ui.middleware import asks_for_a_page
from ui.pace import Pace
from ui.slowest import slowest

SHORT = 200  # bytes: the message that ends a redraw has fewer


class Turnstile:
    """As many open pages as the machine can bear, each as fast as a person; who hurries waits.

    A page in haste takes its turn with all other hasty pages of its address, so that a hundred of them hold
    up nobody else. One that never pauses, or never reads what it is sent, is closed.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        pages: int = limits.PAGES,
        clock: Callable[[], float] = time.monotonic,
        admission: Admission | None = None,
    ) -> None:
        self.app = app
        self._pages = pages
        self._clock = clock
        self._open: Counter[str] = Counter()  # pages, by address
        self.ticks = Pace(clock, limits.TICKS_PER_SECOND)  # of what pages redraw by themselves
        self.unanswered: dict[_Visit, float] = {}  # who clicked and waits, since when
        self.admission = admission or Admission(clock)
        # By address, the last to come last: who closes a page in haste is no newcomer with the next one.
        self._buckets: dict[str, tuple[Bucket, Bucket]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._page(scope, receive, send)
        elif asks_for_a_page(scope):
            await self._document(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _document(self, scope: Scope, receive: Receive, send: Send) -> None:
        ahead = self._ask(scope)
        if ahead is None:
            self.admission.expect(_owner(scope), address_of(scope))
            await self.app(scope, receive, send)
        else:
            words, seconds = waiting_page(ahead)
            await HTMLResponse(words, 503, headers={"retry-after": str(seconds)})(scope, receive, send)

    def _full(self, address: str) -> bool:
        return self._open.total() >= self._pages or self._crowded(address)

    def _crowded(self, address: str) -> bool:
        return self._open[address] >= limits.PAGES_PER_ADDRESS

    def _ask(self, scope: Scope) -> int | None:
        """None: come in; else how many come in before whoever asks. Who teaches waits for nobody."""
        address, owner = address_of(scope), _owner(scope)
        if self._crowded(address):
            return self.admission.in_line  # and takes nobody's place in it
        full = self._full(address)
        if not full and (_at_the_machine(scope, address) or _teaches(owner, address)):
            return None
        waits = [(visit.who, visit.waits()) for visit in self.unanswered if visit.reads]
        return self.admission.ask(owner, address, self._open, waits, full=full)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        address, owner = address_of(scope), _owner(scope)
        if self._full(address) or not (self.admission.comes(owner, address) or self._ask(scope) is None):
            await receive()  # the request to connect
            await send({"type": "websocket.close", "code": 1013})  # try again later
            return
        self._open[address] += 1
        if owner is not None:
            self.admission.enter(owner)
        try:
            await _Visit(self, address, owner).serve(scope, receive, send)
        finally:
            if owner is not None:
                self.admission.leave(owner)
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    def now(self) -> float:
        return self._clock()

    def buckets(self, address: str) -> tuple[Bucket, Bucket]:
        """What all pages of an address share, and what its hasty ones share."""
        now = self._clock()
        at_once = limits.MESSAGES_AT_ONCE_BY_ADDRESS  # and no more is owed: who comes next waits a second
        all_pages = Bucket(at_once, limits.MESSAGES_PER_SECOND_BY_ADDRESS, now, credit=at_once)
        most = limits.HASTY_SECONDS * limits.HASTY_PER_SECOND  # nobody waits longer than one may be in haste
        fresh = all_pages, Bucket(limits.HASTY_AT_ONCE, limits.HASTY_PER_SECOND, now, credit=most)
        self._buckets[address] = found = self._buckets.pop(address, fresh)
        if len(self._buckets) > limits.ADDRESSES_REMEMBERED + limits.PAGES:
            del self._buckets[next(known for known in self._buckets if known not in self._open)]
        return found


class _Visit:
    """One open page at the turnstile."""

    def __init__(self, turnstile: Turnstile, address: str, owner: str | None) -> None:
        self.who = owner or str(id(self))
        self._now, self._app, self._pace = turnstile.now, turnstile.app, turnstile.ticks
        self._unanswered, self._admission = turnstile.unanswered, turnstile.admission
        self._own = Bucket(limits.MESSAGES_AT_ONCE, limits.MESSAGES_PER_SECOND, self._now())
        self._modest = Bucket(limits.MODEST_AT_ONCE, limits.MODEST_PER_SECOND, self._now())
        self._all, self._hasty = turnstile.buckets(address)
        self._hasty_since: float | None = None
        self._sending: float | None = None  # since when its browser has not taken what it was sent
        self._kept_us = 0.0  # seconds for which that kept us since the click that waits
        self._ticks: dict[str, float] = {}  # by fragment: when it was redrawn last

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        serving = asyncio.current_task()
        deaf = False
        await asyncio.sleep(self._all.wait(self._now(), limits.PAGE_IN_MESSAGES))

        async def patient_send(message: Message) -> None:
            nonlocal deaf
            if self in self._unanswered and _is_the_end(message):
                slowest.note("a click, until all is answered", self.waits())
                self._admission.answered(self.who, self.waits())
                del self._unanswered[self]
            self._sending = self._now()
            try:
                async with asyncio.timeout(limits.READ_SECONDS):  # in this task: the loop's lag is not theirs
                    await send(message)
            except TimeoutError:
                deaf = True
                assert serving is not None
                serving.cancel()
            finally:
                self._kept_us, self._sending = self._keeps_us(), None
            await asyncio.sleep(0)  # the first words for others go between the many of one page

        async def slow_receive() -> Message:
            while True:
                asked = self._now()
                message = await receive()
                if message["type"] == "websocket.receive" and not await self._turn(
                    self._now() - asked, 1.0 + _size(message) * limits.MESSAGE_COUNTS_PER_BYTE
                ):
                    await patient_send({"type": "websocket.close", "code": 1008})
                    return {"type": "websocket.disconnect", "code": 1008}
                if not self._comes_too_soon(message):
                    return message

        try:
            await self._app(scope, slow_receive, patient_send)
        except asyncio.CancelledError:
            if not deaf:  # else the connection is closed because nobody reads it
                raise
        finally:
            self._unanswered.pop(self, None)

    def _keeps_us(self) -> float:
        """For how many seconds its browser has let us wait since its click, each time for long."""
        now_for = 0.0 if self._sending is None else self._now() - self._sending
        return self._kept_us + (now_for if now_for > limits.TAKEN_SECONDS else 0.0)

    @property
    def reads(self) -> bool:
        """Does its browser take what it is sent? Else it waits for itself, and nobody gives way to it."""
        return self._keeps_us() == 0.0

    def waits(self) -> float:
        """For how many seconds whoever clicked has waited for us."""
        return self._now() - self._unanswered[self] - self._keeps_us()

    def _comes_too_soon(self, message: Message) -> bool:
        """Is it a redraw that nobody's hand asked for, before this page may have its next?"""
        asked = _rerun(message)
        if asked is None:
            return False
        now = self._now()
        if not asked.is_auto_rerun:
            if now - self._unanswered.get(self, -math.inf) >= limits.ANSWERED_SECONDS:
                self._unanswered[self] = now  # who clicks again and again waits since the first time
                self._kept_us = 0.0
                if self._sending is not None:
                    self._sending = now
            return False
        fragment = str(asked.fragment_id)
        apart = self._pace.seconds(str(id(self)))
        others = (visit for visit in self._unanswered if visit is not self and visit.reads)
        if any(visit.waits() < limits.ANSWERED_SECONDS for visit in others):
            apart = max(apart, limits.TICK_GIVES_WAY_SECONDS)
        if now < self._ticks.get(fragment, -math.inf) + apart - limits.TICK_EARLY_SECONDS:
            return True
        if fragment not in self._ticks and len(self._ticks) >= limits.TICKING_PARTS:
            self._ticks.clear()  # of pages that were left
        self._ticks[fragment] = now
        return False

    async def _turn(self, paused: float, cost: float) -> bool:
        """Wait until the next message may be handled; False if the page never pauses.

        Who sends little waits for nobody, also where others of the same address flood.

        `paused`: seconds for which nothing had come. Who floods has always sent already. `cost`: for how many
        short messages this one counts.
        """
        now = self._now()
        modest = self._modest.take(now, cost)
        within = self._own.wait(now, cost) == 0.0 and (modest or self._all.wait(now, cost) == 0.0)
        if within and (self._hasty_since is None or paused >= limits.PAUSE_SECONDS):
            self._hasty_since = None
            return True
        if self._hasty_since is None:
            self._hasty_since = now
        if now - self._hasty_since > limits.HASTY_SECONDS:
            self._all.empty(now)  # whoever has flooded begins with nothing
            return False
        await asyncio.sleep(self._hasty.wait(now, cost))
        return True


def _size(message: Message) -> int:
    return len(message.get("bytes") or message.get("text") or "")


def _rerun(message: Message) -> ClientState | None:
    """What a page asks to be drawn again, by a hand or by itself; None for all else."""
    content = message.get("bytes")
    if not content:
        return None
    try:
        asked = BackMsg.FromString(content)
    except DecodeError:  # Streamlit says so to whoever sent it
        return None
    return asked.rerun_script if asked.HasField("rerun_script") else None


def _is_the_end(message: Message) -> bool:
    """Does it tell a page that what it asked for is complete?"""
    content = message.get("bytes") or b""
    return len(content) < SHORT and ForwardMsg.FromString(content).HasField("script_finished")


def _owner(scope: Scope) -> str | None:
    return owner_in(Headers(scope=scope).get("cookie", ""))


def _at_the_machine(scope: Scope, address: str) -> bool:
    by_page = scope["type"] == "websocket"
    return at_the_machine(address, Headers(scope=scope), behind_proxy=behind_proxy(), by_page=by_page)


def _teaches(owner: str | None, address: str) -> bool:
    lab = services.running()
    return lab is not None and owner is not None and lab.teachers.holds(owner, address)
