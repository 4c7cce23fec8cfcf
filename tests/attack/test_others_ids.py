"""Another's run, asked for by its id on every page and in every widget: nothing of it is shown or changed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.server import Server, new_owner
from dlcore.run import Run, Status
from tests.attack.conftest import PAGES
from tests.attack.visits import keep_run
from tests.attack.wire import Tab, tab

SECRET = "Annas secret run"
STATUSES: tuple[Status, ...] = (
    "finished",
    "interrupted",
    "stopped",
    "failed",
    "diverged",
    "running",
    "queued",
)
KINDS = ("mnist", "black_patch")


@pytest.fixture(scope="module")
def anna() -> str:
    return new_owner()


@pytest.fixture(scope="module")
def secrets_of_anna(server: Server, anna: str) -> list[Run]:
    return [
        keep_run(server, anna, kind=kind, name=f"{SECRET} {status}", status=status, reason=f"{SECRET} failed")
        for kind in KINDS
        for status in STATUSES
    ]


def variants(run_id: str) -> Iterator[str]:
    """The id as it is, and as somebody may try to get past a check."""
    yield run_id
    yield from (
        f" {run_id}",
        f"{run_id}\0",
        f"../{run_id}",
        f"{run_id}/",
        run_id.upper(),
        f"{run_id}%",
        run_id[:8],
    )


def leaks(page: Tab) -> list[tuple[str, str]]:
    return [(place, text) for place, text in page.texts() if SECRET in text]


def test_no_page_shows_another_owners_run(
    server: Server, secrets_of_anna: list[Run], some: Callable[..., list[Any]]
) -> None:
    bert = new_owner()
    tries = [(page, run, said) for page in PAGES for run in secrets_of_anna for said in variants(run.id)]
    chosen = some(tries, 12)
    for name, run, said in chosen:
        query = urlencode({"run": said, "runs__pinned": f"{said},shipped", f"{name}__run": said})
        with tab(server, name, query, bert) as page:
            assert not page.broke
            assert leaks(page) == [], (name, run.status, said)
    sys.stdout.write(f"{len(chosen)} pages opened with the id of another's run: nothing of it is shown\n")


def test_its_owner_and_whoever_has_a_shared_one_sees_it(server: Server, anna: str) -> None:
    """So the test above would notice."""
    own, shared = keep_run(server, anna, name=SECRET), keep_run(server, anna, name=SECRET, shared=True)
    for name in ("mnist_train", "runs"):
        with tab(server, name, urlencode({"run": own.id}), anna) as page:
            assert leaks(page)
    with tab(server, "mnist_train", urlencode({"run": shared.id})) as page:
        assert leaks(page)


def crafted(page: Tab, run: Run) -> Iterator[tuple[WidgetState, str]]:
    """Messages that name another's run wherever a widget takes a word, or a button acts on a run."""
    for id, (element, fragment) in page.widgets().items():
        kind = type(element).__name__
        if kind in ("Selectbox", "TextInput"):
            yield WidgetState(id=id, string_value=run.id), fragment
        elif kind == "ButtonGroup":
            state = WidgetState(id=id)
            state.string_array_value.data.extend([run.id])
            yield state, fragment
        elif kind == "Button" and any(
            f"__{name}" in id for name in ("delete", "again", "stop", "pause", "step")
        ):
            yield WidgetState(id=id, trigger_value=True), fragment
        elif kind == "Dataframe":
            yield (
                WidgetState(id=id, string_value='{"selection": {"rows": [0, 1, 2, 3, 4, 5, 6, 7]}}'),
                fragment,
            )


def ids_for_another_run(page: Tab, run: Run) -> Iterator[WidgetState]:
    """One's own widgets of a run, renamed to another's: its name, its share, its deletion."""
    for id in page.widgets():
        for name in ("name", "share"):
            before, found, _ = id.partition(f"runs__{name}_")
            if found:
                changed = f"{before}{found}{run.id}"
                yield WidgetState(id=changed, string_value="stolen")
                yield WidgetState(id=changed, bool_value=True)


def test_no_message_reads_or_changes_it(
    server: Server, anna: str, secrets_of_anna: list[Run], some: Callable[..., list[Any]]
) -> None:
    bert, count = new_owner(), 0
    own = keep_run(server, bert, name="mine")
    ended = [run for run in secrets_of_anna if not run.active]  # the others are found lost
    before = [server.store.get(run.id) for run in ended]
    for run in some([secrets_of_anna[0], secrets_of_anna[-3]], 1):  # one of each kind
        for name in {*some(PAGES, 2), "runs"}:
            with tab(server, name, urlencode({"run": own.id, "runs__pinned": own.id}), bert) as page:
                messages = [*crafted(page, run), *((state, "") for state in ids_for_another_run(page, run))]
                for state, fragment in some(messages, 8):
                    page.say(state, fragment=fragment)
                    assert leaks(page) == [], (name, state)
                    page.forget()
                    count += 1
    assert [server.store.get(run.id) for run in ended] == before
    sys.stdout.write(f"{count} messages that name another's run: nothing of it is shown or changed\n")
