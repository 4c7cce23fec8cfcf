"""A database that DLLAB_DATABASE_URL names: what is wrong with it is one sentence, with the way out."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from dlcore.errors import StoreError
from dlcore.run import Metric
from dlcore.runs.storage.address import told
from dlcore.runs.storage.store import Store
from tests.dlcore.runs.storage.test_store import make_run

SECRET = "zx81"
SENTENCE = r"^The database of DLLAB_DATABASE_URL cannot be used \(.+\): .+, or name another\.$"
URLS = {
    f"postgres://anna:{SECRET}@localhost/runs": r"write postgresql\+psycopg:// .+ driver psycopg\[binary\]",
    f"postgres+psycopg://anna:{SECRET}@localhost/runs": r"write postgresql\+psycopg://",
    f"postgresql+nosuchdriver://anna:{SECRET}@localhost/runs": r"knows postgresql\+nosuchdriver\)",
    f"postgresql://anna:{SECRET}@localhost:port/runs": r"no URL\): write it like postgresql\+psycopg://user",
    "runs.sqlite": "no URL",
    "://": "no URL",
    "sqlite:////nowhere/at/all.sqlite": r"pysqlite: .+\): let its folder be there",
    "sqlite:///x?timeout=soon": r"\(.+\): ",
}


@pytest.mark.own_database
@pytest.mark.parametrize("url", URLS)
def test_it_is_said_in_one_sentence_that_gives_no_password_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str
) -> None:
    monkeypatch.setenv("DLLAB_DATABASE_URL", url)
    with pytest.raises(StoreError, match=SENTENCE) as caught:
        Store(tmp_path)
    assert caught.match(URLS[url])
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.own_database
@pytest.mark.parametrize(
    ("scheme", "module", "package"),
    [
        ("postgresql", "psycopg", r"psycopg\[binary\]"),
        ("postgresql+psycopg2", "psycopg2", "psycopg2-binary"),
        ("postgresql+pg8000", "pg8000", "pg8000"),
    ],
)
def test_a_missing_driver_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scheme: str, module: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # as if it were not there, where it is
    monkeypatch.setenv("DLLAB_DATABASE_URL", f"{scheme}://anna:{SECRET}@localhost/runs")
    with pytest.raises(StoreError, match=SENTENCE) as caught:
        Store(tmp_path)
    assert caught.match(rf"\(its driver {module} cannot be loaded\): install .+ pip install \"{package}\"")


@pytest.mark.own_database
def test_what_a_driver_says_becomes_one_line() -> None:
    said = 'connection to "h", port 5432 failed: FATAL:  password authentication failed for "anna"\nor'
    assert told(Exception(said)) == 'password authentication failed for "anna"'
    assert told(Exception("")) == "Exception"
    assert len(told(Exception("long " * 1000))) < 300


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as store:
        yield store


ODD = ["\0", "one\0", "on\ud800e", "\udcff", "one\ufffd"]


@pytest.mark.parametrize("odd", ODD)
def test_an_id_that_no_run_can_have_is_unknown(store: Store, odd: str) -> None:
    """As an address or an argument brings it: PostgreSQL takes no NUL, SQLite no half of a sign."""
    store.create(make_run())
    assert store.get(odd) is None
    assert store.holder_of(odd) is None
    assert store.runs_of(odd) == []
    assert store.owner_of(odd) is None
    assert store.heartbeat([odd]) == {}
    store.record(odd, [Metric("x", 1, 1, 0.5, 0.5)], [])
    store.delete(odd)
    assert store.get("one") == make_run()


def test_a_reason_is_kept_whatever_signs_are_in_it(store: Store) -> None:
    store.create(make_run())
    store.update(replace(make_run(), status="failed", reason="a \0 and \ud800, and 数字 ✎"))
    run = store.get("one")
    assert run is not None
    assert run.reason == "a \ufffd and \ufffd, and 数字 ✎"


def refusal(monkeypatch: pytest.MonkeyPatch, folder: Path, address: sa.URL) -> str:
    monkeypatch.setenv("DLLAB_DATABASE_URL", address.render_as_string(hide_password=False))
    with pytest.raises(StoreError, match=SENTENCE) as caught:
        Store(folder)
    return str(caught.value)


def test_a_server_that_refuses_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, schema: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        away = sa.make_url(schema).set(host="127.0.0.1", port=taken.getsockname()[1])
        said = refusal(monkeypatch, tmp_path, away)
    assert "start its server, or mend the host and the port in it" in said
    wrong = sa.make_url(schema).set(password=SECRET)
    said = refusal(monkeypatch, tmp_path, wrong)
    assert "mend the user and the password in it" in said
    assert SECRET not in said
    assert f"({wrong.get_driver_name()}: " in said
    said = refusal(monkeypatch, tmp_path, sa.make_url(schema).set(database="no-such-base"))
    assert "make that database on its server" in said


def test_a_connection_that_the_server_dropped_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, schema: str
) -> None:
    """As after the server was started again."""
    monkeypatch.setenv("DLLAB_DATABASE_URL", schema)
    with closing(Store(tmp_path)) as store:
        store.create(make_run())
        other = sa.create_engine(sa.make_url(schema))
        with other.begin() as connection:
            query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            ours = " AND datname = current_database() AND state = 'idle'"
            connection.execute(sa.text(query + ours))
        other.dispose()
        assert store.get("one") == make_run()
