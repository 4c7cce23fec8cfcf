"""A browser's side of the conversation without the browser: Streamlit's own messages over a WebSocket.

It draws nothing, so what it measures is the server's share, and many of them fit on one core. The protocol
is Streamlit's private one; the messages come from the installed package, so both ends always agree.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any, TypeVar

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import UploadedFileInfo
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.server import Server, new_owner
from benchmarks.uploading import take_back, upload
from ui.identity import OWNER_COOKIE

TIMEOUT = 60.0  # seconds
DROPPED_SECONDS = 5.0  # after which no answer to a timer is expected any more
QUIET_SECONDS = 1.0  # after a double click
OURS = "The log knows it as"  # in what a page says that broke
DONE = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}

Place = tuple[int, ...]  # where an element sits in the tree of the page


class Page:
    """One open tab. Elements and containers are found by the keys the pages give them."""

    patience = TIMEOUT  # for one message
    dropped = DROPPED_SECONDS

    def __init__(self, socket: ClientConnection, name: str, query: str) -> None:
        self._socket = socket
        self.received = 0  # bytes
        self.broken: list[str] = []  # what it said when something on it broke
        self._files = 0  # that it has sent
        self._name = name
        self._query = query
        self.session = ""
        self._script = ""  # the hash of the page's script, once the server has told
        self._deltas: dict[Place, Delta] = {}
        self._values: dict[str, WidgetState] = {}  # what a browser would send with every rerun
        self._timers: dict[str, float] = {}  # fragments that ask to be rerun every so many seconds
        self._awaited: re.Pattern[str] | None = None  # words that nothing has shown yet
        self._shown = 0.0  # when an element showed them
        self._before = self._deltas, self._timers  # when the page last began to be drawn anew
        self._drawing = False  # all of it
        self.rerun()

    def rerun(self, state: WidgetState | None = None, *, fragment: str = "", tick: bool = False) -> float:
        """Ask for a rerun, of one fragment or of all, wait until it is complete; returns the seconds."""
        message = self._request(state, fragment, tick)
        began = time.perf_counter()
        self._socket.send(message)
        complete = drawing = False
        while not complete:
            content = self._receive(self.patience if drawing or not tick else self.dropped)
            complete = self._take(content)
            drawing = content.HasField("new_session") or (drawing and not content.HasField("script_finished"))
        return time.perf_counter() - began

    def tick(self, fragment: str) -> float | None:
        """Ask for a fragment as its timer does: the seconds of the rerun, or None if it was dropped."""
        try:
            return self.rerun(fragment=fragment, tick=True)
        except TimeoutError:  # the server lets a crowded room's pages redraw themselves less often
            return None

    def _receive(self, patience: float) -> ForwardMsg:
        content = self._socket.recv(patience, decode=False)
        self.received += len(content)
        return ForwardMsg.FromString(content)

    def _request(self, state: WidgetState | None, fragment: str, tick: bool = False) -> bytes:
        message = BackMsg()
        request = message.rerun_script
        request.query_string = self._query
        request.page_script_hash = self._script
        request.page_name = "" if self._script else self._name
        request.fragment_id = fragment
        request.is_auto_rerun = tick
        states = {**self._values, state.id: state} if state else self._values
        request.widget_states.widgets.extend(states.values())
        return bytes(message.SerializeToString())

    def click(self, key: str) -> float:
        """Press a button; returns the seconds until the rerun is complete."""
        delta = self._find(key)
        return self.rerun(WidgetState(id=_element(delta).id, trigger_value=True), fragment=delta.fragment_id)

    def double_click(self, key: str) -> float:
        """Press a button twice in a row; returns the seconds until nothing more comes."""
        delta = self._find(key)
        message = self._request(WidgetState(id=_element(delta).id, trigger_value=True), delta.fragment_id)
        began = time.perf_counter()
        self._socket.send(message)
        self._socket.send(message)
        seconds, drawing = 0.0, True  # something comes for sure; it is drawn twice, or the first time in vain
        with suppress(TimeoutError):  # nothing more comes
            while True:
                content = self._receive(self.patience if drawing else QUIET_SECONDS)
                drawing = not self._take(content) and (drawing or content.HasField("new_session"))
                seconds = time.perf_counter() - began
        if drawing:
            raise TimeoutError(f"The page {self._name or 'home'!r} was not completed.")
        return seconds

    def press(self, key: str, words: re.Pattern[str], *, twice: bool = False) -> tuple[float, float]:
        """Press a button; the seconds until the first element came that shows these words, and until the
        rerun is complete. Raises LookupError if none came.
        """
        self._awaited, began = words, time.perf_counter()
        whole = self.double_click(key) if twice else self.click(key)
        if self._awaited is not None:
            raise LookupError(f"The page {self._name or 'home'!r} never said {words.pattern!r}.")
        return self._shown - began, whole

    def give_file(self, key: str, name: str, content: bytes) -> float:
        """Let an uploader, whose key begins so, take a file; the seconds until its page has been redrawn.

        The file before it ends. Raises RuntimeError if the server takes it not.
        """
        uploaders = (d for d in self._deltas.values() if d.new_element.HasField("file_uploader"))
        delta = next(d for d in uploaders if _key(_element(d)).startswith(key))
        port, began = self._socket.remote_address[1], time.perf_counter()
        self._files += 1
        answer = upload(port, self.session, f"{self._files}", name, content)
        if answer != HTTPStatus.NO_CONTENT:
            raise RuntimeError(f"The file {name!r} was answered with {answer}.")
        state = WidgetState(id=_element(delta).id)
        info = UploadedFileInfo(file_id=f"{self._files}", name=name, size=len(content))
        state.file_uploader_state_value.uploaded_file_info.append(info)
        self.rerun(state, fragment=delta.fragment_id)
        seconds = time.perf_counter() - began
        take_back(port, self.session, f"{self._files - 1}")
        return seconds

    def send_json(self, key: str, value: str) -> float:
        """Give a component inside the container `key` its value; returns the seconds of the rerun."""
        delta = next(d for d in self._inside(key) if d.new_element.HasField("bidi_component"))
        state = WidgetState(id=_element(delta).id, json_value=value)
        self._values[state.id] = state
        return self.rerun(state, fragment=delta.fragment_id)

    @property
    def timers(self) -> dict[str, float]:
        """The fragments that ask to be rerun, each with its seconds in between."""
        return dict(self._timers)

    def has(self, key: str) -> bool:
        """Does the page show a container or a widget of that key?"""
        return any(key in (_key(_element(delta)), _key(delta.add_block)) for delta in self._deltas.values())

    def offers(self, key: str) -> bool:
        """Does the page show a button of that key that can be pressed?"""
        return self.has(key) and not _element(self._find(key)).disabled

    def fragment_of(self, key: str) -> str:
        """The fragment in which the container or widget `key` is drawn."""
        deltas = [self._find(key), *self._inside(key)]
        return next(delta.fragment_id for delta in deltas if delta.fragment_id)

    def text(self, key: str) -> str:
        """What stands in the container `key`."""
        texts = (_text(_element(delta)) for delta in self._inside(key))
        return " ".join(filter(None, texts))

    @contextmanager
    def updating(self) -> Iterator[list[float]]:
        """While the block runs, rerun what asks for it, as a browser does. Do not use the page meanwhile.

        Gives the list that takes the seconds of each of these reruns.
        """
        ticks: list[float] = []
        left = threading.Event()

        def tick() -> None:
            while not left.wait(min(self._timers.values(), default=0.1)):
                for fragment in list(self._timers):
                    # An earlier one may have redrawn the whole page.
                    seconds = self.tick(fragment) if fragment in self._timers else None
                    if seconds is not None:
                        ticks.append(seconds)

        with ThreadPoolExecutor(1) as thread:
            ticking = thread.submit(tick)
            try:
                yield ticks
            finally:
                left.set()
        ticking.result()  # raises what was raised in there

    def _take(self, message: ForwardMsg) -> bool:
        """Bring the page up to date; is the rerun complete?"""
        match message.WhichOneof("type"):
            case "new_session":
                self.session = message.new_session.initialize.session_id
                self._script = message.new_session.page_script_hash
                self._keep_what_stood()
                if not message.metadata.run.fragment_ids:  # the whole page is drawn anew
                    self._before, self._drawing = (self._deltas, self._timers), True
                    self._deltas, self._timers = {}, {}
            case "navigation":
                self._script = message.navigation.page_script_hash
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
            case "auto_rerun":
                self._timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            case "delta":
                place = tuple(message.metadata.delta_path)
                around = place[:-1]
                if len(around) > 1 and around not in self._deltas and around not in self._before[0]:
                    raise LookupError(f"The page {self._name or 'home'!r} has nothing around {place}.")
                if message.delta.HasField("add_block"):  # a container begins empty
                    for inner in [p for p in self._deltas if p[: len(place)] == place]:
                        del self._deltas[inner]
                self._deltas[place] = message.delta
                if OURS in message.delta.new_element.alert.body:
                    self.broken.append(message.delta.new_element.alert.body)
                if self._awaited is not None and self._awaited.search(_text(_element(message.delta))):
                    self._awaited, self._shown = None, time.perf_counter()
            case "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    self._keep_what_stood()
                self._drawing = False
                return message.script_finished in DONE
        return False

    def _keep_what_stood(self) -> None:
        """Where it is drawn anew and that is broken off, what stood there before stays."""
        if self._drawing:
            deltas, timers = self._before
            self._deltas, self._timers = deltas | self._deltas, timers | self._timers
            self._drawing = False

    def _find(self, key: str) -> Delta:
        for delta in self._deltas.values():
            if _key(_element(delta)) == key:
                return delta
        raise LookupError(f"The page {self._name or 'home'!r} shows nothing with the key {key!r}.")

    def _inside(self, key: str) -> list[Delta]:
        """The elements in a container, in the order of the page; none if there is no such container."""
        for place, delta in self._deltas.items():
            if delta.HasField("add_block") and _key(delta.add_block) == key:
                inner = sorted(p for p in self._deltas if p[: len(place)] == place)
                return [self._deltas[p] for p in inner if self._deltas[p].HasField("new_element")]
        return []


def _element(delta: Delta) -> Any:
    """The container, or what is in the element."""
    if delta.HasField("add_block"):
        return delta.add_block
    return getattr(delta.new_element, str(delta.new_element.WhichOneof("type")))


def _text(element: Any) -> str:
    """A component says what it shows as the "words" in its data."""
    if hasattr(element, "component_name"):
        return str(json.loads(element.json or "{}").get("words", ""))
    return str(getattr(element, "body", ""))


def _key(element: Any) -> str:
    """The key in an id of the form $$ID-<hash>-<key>."""
    _, _, rest = str(getattr(element, "id", "")).partition("-")
    return rest.partition("-")[2]


def ask_to_come_in(server: Server, owner: str, address: str) -> int | None:
    """Get the lab's document. None if it came; else the seconds after which it says to ask again."""
    connection = HTTPConnection("127.0.0.1", server.port, TIMEOUT, (address, 0))
    with closing(connection):
        connection.request("GET", "/", headers={"Accept": "text/html", "Cookie": f"{OWNER_COOKIE}={owner}"})
        answer = connection.getresponse()
        answer.read()
    return int(answer.headers["retry-after"]) if answer.status == 503 else None


AnyPage = TypeVar("AnyPage", bound=Page)


def open_page(
    server: Server, name: str = "", query: str = "", owner: str = "", address: str = ""
) -> AbstractContextManager[Page]:
    """A tab on the page of that url path, completely drawn once; by default a new visitor's.

    `address`: of the machine that it comes from, by default the server's own.
    """
    return open_as(Page, server, name, query, owner, address)


@contextmanager
def open_as(
    kind: type[AnyPage],
    server: Server,
    name: str = "",
    query: str = "",
    owner: str = "",
    address: str = "",
) -> Iterator[AnyPage]:
    """The same, as a page of that kind."""
    with connect(
        f"ws://127.0.0.1:{server.port}/_stcore/stream",
        subprotocols=[Subprotocol("streamlit")],
        additional_headers={"Cookie": f"{OWNER_COOKIE}={owner or new_owner()}"},
        compression=None,
        max_size=None,
        source_address=(address, 0) if address else None,
        open_timeout=kind.patience,
        ping_interval=None,  # a server that is held up is slow, not gone
    ) as socket:
        yield kind(socket, name, query)
