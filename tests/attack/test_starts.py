"""Start is answered first and drawn afterwards, however it is pressed; and it is never answered elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.RootContainer_pb2 import RootContainer
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection

from benchmarks.client import Page, _element, _text, open_as
from benchmarks.page_runs import BLACK_PATCH, DIGITS, ENDLESS, Subject
from benchmarks.server import Server, new_owner
from benchmarks.students import TAKEN
from tests.attack.wire import tab
from tests.waiting import DEADLINE_SECONDS


class Listening(Page):
    """Notes every element in the order it came: its place, and its words."""

    patience = DEADLINE_SECONDS

    def __init__(self, socket: ClientConnection, name: str, query: str) -> None:
        self.came: list[tuple[tuple[int, ...], str]] = []
        super().__init__(socket, name, query)

    def _take(self, message: ForwardMsg) -> bool:
        if message.HasField("delta") and message.delta.HasField("new_element"):
            place = tuple(message.metadata.delta_path)
            self.came.append((place, _text(_element(message.delta))))
        return super()._take(message)

    def trigger(self, key: str) -> WidgetState:
        return WidgetState(id=_element(self._find(key)).id, trigger_value=True)


@pytest.fixture
def owner() -> str:
    return new_owner()


@pytest.fixture(params=[DIGITS, BLACK_PATCH], ids=lambda subject: subject.page)
def subject(request: pytest.FixtureRequest) -> Subject:
    found: Subject = request.param
    return found


@pytest.fixture
def page(server: Server, subject: Subject, owner: str) -> Iterator[Listening]:
    with open_as(Listening, server, subject.page, subject.setup(ENDLESS), owner) as page:
        yield page
        if page.offers(f"{subject.page}__stop"):
            page.click(f"{subject.page}__stop")


def status(page: Listening) -> tuple[int, ...]:
    """Where the page says how its run stands."""
    return next(place for place, words in page.came if words.startswith("**") and "** · " in words)


@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
def test_the_first_that_comes_says_that_the_run_is_taken(
    server: Server, subject: Subject, owner: str, page: Listening, twice: bool
) -> None:
    place = status(page)
    page.came.clear()
    said, whole = page.press(f"{subject.page}__start", TAKEN, twice=twice)
    assert said <= whole
    where, words = page.came[0]
    assert TAKEN.search(words), "before the title, the knobs and the curves"
    if not (twice and where[0] == RootContainer.EVENT):  # a note, if the second click took the first's words
        assert where == place, "where it said how the run before stands"
    (run,) = server.store.runs_of(owner)
    assert f"run={run.id}" in page._query
    assert status_of(page, place).startswith(f"**{run.name}**"), "the redrawn page says it too"


def status_of(page: Listening, place: tuple[int, ...]) -> str:
    return _text(_element(page._deltas[place]))


def test_on_the_way_to_another_page_no_place_of_this_one_is_written(server: Server, owner: str) -> None:
    """Who presses Start and is gone: Streamlit may make one request of both."""
    key = f"{DIGITS.page}__start"
    with (
        tab(server, "words") as other,
        open_as(Listening, server, DIGITS.page, DIGITS.setup(ENDLESS), owner) as page,
    ):
        page.came.clear()
        pressed = page.trigger(key)
        page._script = other._script
        page.rerun(pressed)
        (run,) = server.store.runs_of(owner)
        (place, _), *more = [one for one in page.came if run.name in one[1]]
        assert place[0] == RootContainer.EVENT, "a note that passes"
        assert not more
    with tab(server, DIGITS.page, owner=owner) as page_again:
        page_again.click(f"{DIGITS.page}__stop")


def test_one_that_begins_in_a_live_part_is_answered_first_too(server: Server, owner: str) -> None:
    with open_as(Listening, server, "builder", owner=owner) as page:
        page.came.clear()
        page.press("builder__train", TAKEN)
        place, words = page.came[0]
        assert TAKEN.search(words)
        assert place[0] == RootContainer.EVENT, "nothing stands on this page yet that speaks of a run"
        (run,) = server.store.runs_of(owner)
        assert any(words.startswith(f"**{run.name}** · ") for _, words in page.came[1:]), "then it is redrawn"
        assert page.timers
    with tab(server, DIGITS.page, owner=owner) as train:
        if train.offers(f"{DIGITS.page}__stop"):
            train.click(f"{DIGITS.page}__stop")
