"""Pages without a browser: the lab's services, and words to speak of what a page shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import streamlit as st
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest, app_test
from streamlit.testing.v1.local_script_runner import LocalScriptRunner
from streamlit.util import calc_hash

from dlcore.runs import crew
from dlcore.runs.engine import Engine
from dlcore.runs.shipped import shipped_run
from tests.app import at_work
from tests.forks import Forks
from tests.waiting import DEADLINE_SECONDS, wait_until
from ui import messages, services, state, visits
from ui.lenses import mnist
from ui.messages import JOINER, show_error

ROOT = Path(__file__).resolve().parents[2]

Columns = dict[str, list[Any]]


class Page:
    """One visitor on one page. Elements are found by key."""

    def __init__(self, at: AppTest) -> None:
        self.at = at

    def run(self) -> Page:
        self.at.run()
        return self

    def click(self, key: str) -> Page:
        self.at.button(key=key).click().run()
        return self

    def switch(self, path: str) -> Page:
        self.at.switch_page(f"../pages/{path}").run()
        return self

    def after(self, fact: Callable[[], object], what: str) -> Page:
        """Redrawn once this fact holds."""
        wait_until(fact, what)
        at_work.write_down()
        return self.run()

    def wait(
        self, shown: Callable[[], object], what: str, when: Callable[[], Hashable] = at_work.ended
    ) -> Page:
        """Redrawn whenever work has ended, until this is shown; with `at_work.news`, whenever it got on."""
        while not shown():
            before = when()
            at_work.write_down()
            self.run()
            if not (shown() or at_work.goes_on() or when() != before):
                pytest.fail(f"All work has ended, and this does not hold: {what}.")
            wait_until(lambda: shown() or not at_work.goes_on() or when() != before, what)  # noqa: B023
        return self

    def set(self, page: str, **fields: Any) -> Page:
        """Redrawn with these keys of a page set, as what AppTest has no hand for sets them."""
        for name, value in fields.items():
            self.at.session_state[f"{page}__{name}"] = value
        return self.run()

    def measured(self, what: str = "it has measured") -> Page:
        """Redrawn until its profile is there."""
        return self.wait(lambda: self.at.metric and not self.at.get("progress"), what)

    def shown(self, key: str) -> str:
        """The key that this field's widget has by now, if its page moves it too."""
        turn = f"{key}_turn"
        return f"{key}_{self.at.session_state[turn]}" if turn in self.at.session_state else key

    def state(self, key: str) -> Any:
        return self.at.session_state[key]

    @property
    def words(self) -> str:
        """All prose of the page's body."""
        kinds = ("title", "subheader", "markdown", "caption", "warning", "error", "info")
        return "\n".join(
            unescaped(str(element.value)) for kind in kinds for element in self.at.main.get(kind)
        )

    @property
    def sentences(self) -> list[str]:
        """What the page says is wrong."""
        assert not self.at.exception
        return [unescaped(element.value) for element in (*self.at.warning, *self.at.error)]

    def metric(self, position: int = 0) -> str:
        return str(self.at.metric[position].value)

    def charts(self) -> list[Columns]:
        """The data of every live chart, column by column."""
        return [_table(chart.proto) for chart in self.at.get("vega_lite_chart")]

    def shares(self) -> list[float]:
        """The ten shares of the vote that the page shows; they add up to 1."""
        (columns,) = self.charts()
        (shares,) = (values for values in columns.values() if isinstance(values[0], float))
        return [share / sum(shares) for share in shares]

    def tables(self) -> list[list[dict[str, Any]]]:
        """Every table, row by row."""
        return [table.value.to_dict("records") for table in self.at.dataframe]

    def picture(self, position: int = 0) -> str:
        """Where an image of the page lies; the server names it after its content."""
        return str(self.at.get("image")[position].proto.imgs[0].url)


def unescaped(text: str) -> str:
    """What a reader sees of text whose Markdown signs were made harmless, and whose words are explained."""
    plain = re.sub(r"\\(.)", r"\1", text).replace(JOINER, "")
    return re.sub(r'\[([^\]]*)\]\(words#[\w-]+ "[^"]*"\)', r"\1", plain)


def _table(proto: Any) -> Columns:
    with pa.ipc.open_stream(proto.data.data) as reader:
        return reader.read_all().to_pydict()


@cache
def components() -> BidiComponentManager:
    """One for all visitors, as in a server: to find which packages bring a component takes 0.3 s."""
    manager = BidiComponentManager()
    manager.discover_and_register_components(start_file_watching=False)
    return manager


class _Runner(LocalScriptRunner):
    """AppTest runs the script alone, without app.py: what app.py hands to Streamlit is added here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._on_script_error = show_error


OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Iterator[services.Services]:
    """Store, runner and tasks of all page tests, with forked workers; visitors are named after their tests.

    They end before other tests begin, some of which count the processes there are.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app_test, "LocalScriptRunner", _Runner)
        patch.setattr(state, "owner", lambda: st.session_state["owner"])  # AppTest has no cookies
        patch.setattr(services, "_stopped", False)  # nor for the tests after these
        patch.setattr(visits._leaving, "lost", lambda session: None)  # no visit ends before its test does
        with pytest.MonkeyPatch.context() as start:
            start.setenv("DLLAB_DATA_DIR", str(tmp_path_factory.mktemp("lab")))
            fork_workers(start, forks)
            lab = services.start()
        measured = mnist.evaluation(shipped_run("mnist").checkpoints[-1], session="all tests").task
        assert measured is not None
        wait_until(lambda: at_work.status(measured) == "finished", "the shipped network has read the digits")
        yield lab
        services.stop()


def fork_workers(patch: pytest.MonkeyPatch, forks: Forks) -> None:
    """Services that start from now on have one worker, and fork what works for them."""
    patch.setattr(crew, "MAX_WORKERS", 1)
    patch.setattr(services, "open_engine", lambda **_: Engine(forks.pool(), forks.pool()))


@pytest.fixture
def fresh_lab(lab: services.Services, forks: Forks, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For a test that starts and stops services: none have started yet; they take its own data folder."""
    monkeypatch.setattr(services, "_services", None)
    monkeypatch.setattr(services, "_stopped", False)
    fork_workers(monkeypatch, forks)
    yield
    services.stop()


@pytest.fixture
def open_page(request: pytest.FixtureRequest, lab: services.Services) -> Iterator[OpenPage]:
    """`open_page("mnist/train.py", run="…")`: somebody opens this link in a new tab.

    What a test leaves going on ends with it.
    """

    def open_(path: str, *, owner: str = request.node.name, theme: str = "light", **query: str) -> Page:
        at = AppTest.from_file(ROOT / "ui" / "router.py", default_timeout=DEADLINE_SECONDS)
        at.session_state["owner"] = owner
        at._bidi_component_manager = components()
        at.context = {"theme": theme}
        at.query_params.update(query)
        at._page_hash = calc_hash("" if path == "home.py" else path.removesuffix(".py").replace("/", "_"))
        return Page(at).run()

    yield open_
    at_work.end_all()
    wait_until(lambda: not at_work.goes_on(), "what the test left going on has ended")


@pytest.fixture
def twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every button is pressed twice before the page is redrawn."""
    guarded = messages.guarded

    def both(page: str, callback: Callable[..., None]) -> Callable[..., None]:
        def call(*args: Any) -> None:
            for _ in range(2):
                guarded(page, callback)(*args)

        return call

    monkeypatch.setattr(messages, "guarded", both)
