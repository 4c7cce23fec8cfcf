"""A browser that says whatever it likes: Streamlit's messages over a WebSocket, widgets with any value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection

from benchmarks import client
from benchmarks.client import Page, open_as
from benchmarks.server import Server
from tests.waiting import DEADLINE_SECONDS

# Fields that the browser reads as Markdown. All others it shows as they are, or not at all.
MARKDOWN = {
    *(f"{element}.body" for element in ("markdown", "alert", "heading")),
    "progress.text",
    "expandable.label",
    "popover.label",
    "tab.label",
    "metric.label",
    "button_group.options.content",
    "button.label",
    "download_button.label",
    "page_link.label",
    "checkbox.label",
    "text_area.label",
    "text_input.label",
    "spinner.text",
    "toast.body",
}
BROKE = "Something on this page broke"


class Tab(Page):
    """One open page. `texts` is what it shows, `widgets` what can be sent for it."""

    patience = DEADLINE_SECONDS
    dropped = 60.0  # after which a starved server, too, has left a tick unanswered

    def __init__(self, socket: ClientConnection, name: str, query: str) -> None:
        self.session = ""
        super().__init__(socket, name, query)

    def _take(self, message: ForwardMsg) -> bool:
        if message.HasField("new_session"):
            self.session = message.new_session.initialize.session_id or self.session
        done = super()._take(message)
        return done or message.HasField("script_finished")  # a page may end with an error

    def texts(self) -> list[tuple[str, str]]:
        """Every string of every element: where it stands in its message, and the string itself."""
        found = []
        for delta in self._deltas.values():
            part = delta.add_block if delta.HasField("add_block") else delta.new_element
            found += list(strings(part, ""))
        return found

    def said(self) -> str:
        """All that the page shows as Markdown."""
        return "\n".join(text for place, text in self.texts() if place in MARKDOWN)

    @property
    def broke(self) -> bool:
        return BROKE in self.said()

    def widgets(self) -> dict[str, tuple[Any, str]]:
        """By id: the widget, and the name of its fragment."""
        found = {}
        for delta in self._deltas.values():
            element = client._element(delta)
            if str(getattr(element, "id", "")).startswith("$$ID-"):
                found[element.id] = (element, delta.fragment_id)
        return found

    def say(self, *states: WidgetState, fragment: str = "") -> None:
        """Send these values with a rerun, and remember them as a browser does."""
        for state in states:
            self._values[state.id] = state
        self.rerun(fragment=fragment)

    def forget(self) -> None:
        """Send none of the values again, as after a reload."""
        self._values.clear()

    def go_to(self, name: str) -> None:
        """Another page in the same visit."""
        self.forget()
        self._name, self._script, self._query = name, "", ""
        self.rerun()


def strings(message: Message, path: str) -> Iterator[tuple[str, str]]:
    for field, value in message.ListFields():
        place = f"{path}.{field.name}".lstrip(".")
        parts = value if field.is_repeated else [value]
        if field.type == FieldDescriptor.TYPE_STRING:
            for part in parts:
                yield place, part
        elif field.type == FieldDescriptor.TYPE_MESSAGE and not field.message_type.GetOptions().map_entry:
            for part in parts:
                yield from strings(part, place)


def tab(server: Server, name: str = "", query: str = "", owner: str = "") -> AbstractContextManager[Tab]:
    """A page of that address, drawn once; by default a new visitor's."""
    return open_as(Tab, server, name, query, owner)
