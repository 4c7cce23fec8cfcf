"""A PostgreSQL server of the tests' own: a scratch folder, a free port, an ordinary user.

Debian's package `postgresql` brings what it needs. Where it is not installed the tests skip and say so;
DLLAB_TEST_POSTGRES=required turns that into a failure.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.waiting import wait_until

USER, BASE = "lab", "runs"
# What costs time and only outlives a power failure is left out.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "logging_collector": "off",
}
UNTIL_ITS_INPUT_CLOSES = '"$@" & server=$!; read -r _; kill -"$SIGNAL" $server; wait $server'


def programs() -> Path | None:
    """The folder of `postgres` and `initdb`; None if they are not installed."""
    told = shutil.which("pg_config")
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)]
    if told is not None:
        said = subprocess.run([told, "--bindir"], capture_output=True, text=True, check=True)
        found.append(Path(said.stdout.strip()))
    usable = [path for path in found if (path / "initdb").exists() and (path / "postgres").exists()]
    return usable[-1] if usable else None


def missing() -> str:
    """Why there can be no server, in a sentence; "" if there can be one."""
    if programs() is None:
        return "PostgreSQL is not installed: apt install postgresql."
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return 'Its driver is not installed: pip install "psycopg[binary]".'
    return ""


class Cluster:
    """One server. It ends with the process that made it, however that ends."""

    def __init__(self) -> None:
        found = programs()
        assert found is not None
        self._programs, self.password = found, secrets.token_hex(8)
        self._folder = Path(tempfile.mkdtemp(prefix="dllab-postgres-"))
        # PostgreSQL refuses to run as root.
        self._who: dict[str, Any] = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
        if self._who:
            shutil.chown(self._folder, "nobody")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]
        self._data = self._folder / "data"
        self._init()
        self.start()
        with closing(self._connect("postgres")) as connection:
            connection.execute(f"CREATE DATABASE {BASE}")

    def _init(self) -> None:
        secret = self._folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o644)
        subprocess.run(
            [
                *(self._programs / "initdb", "--pgdata", self._data, "--username", USER, "--pwfile", secret),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd=self._folder,
            **self._who,
        )
        secret.unlink()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        server = [self._programs / "postgres", "-D", self._data, "-p", str(self.port), *settings]
        self._process = subprocess.Popen(
            ["sh", "-c", UNTIL_ITS_INPUT_CLOSES, "sh", *server],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env=os.environ | {"SIGNAL": "QUIT"},
            **self._who,
        )
        wait_until(self._answers, "PostgreSQL answers")

    def stop(self) -> None:
        """As if its machine had lost power: nobody is told."""
        self._process.communicate()

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    @property
    def address(self) -> sa.URL:
        """Of its one database."""
        return sa.URL.create(
            "postgresql+psycopg", USER, self.password, host="127.0.0.1", port=self.port, database=BASE
        )

    @contextmanager
    def schema(self) -> Iterator[str]:
        """The URL of an empty schema, for as long as it takes."""
        name = f"test_{secrets.token_hex(6)}"
        with closing(self._connect(BASE)) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        own = self.address.update_query_dict({"options": f"-csearch_path={name}"})
        yield own.render_as_string(hide_password=False)
        with closing(self._connect(BASE)) as connection:
            connection.execute(f"DROP SCHEMA {name} CASCADE")

    def _connect(self, base: str) -> Any:
        import psycopg

        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=self.password,
            dbname=base,
            autocommit=True,
        )

    def _answers(self) -> bool:
        import psycopg

        assert self._process.poll() is None, "PostgreSQL has ended"
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True


def one_for_all_tests() -> Iterator[Cluster]:
    """Skips where there can be none, or fails if one is required."""
    if why := missing():
        if os.environ.get("DLLAB_TEST_POSTGRES") == "required":
            pytest.fail(why)
        pytest.skip(why)
    with closing(Cluster()) as cluster:
        yield cluster
