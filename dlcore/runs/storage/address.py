"""Which database: the file in the data folder, or the one that DLLAB_DATABASE_URL names.

What is wrong with that one is said in a sentence that names the variable, the driver and the way out. It
never repeats the URL: there is a password in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, CompileError, NoSuchModuleError

from dlcore.errors import StoreError
from dlcore.runs.storage.database import NewerSchemaError

VARIABLE = "DLLAB_DATABASE_URL"
DRIVER = "psycopg"  # whose name SQLAlchemy takes for granted in postgresql://
EXAMPLE = f"postgresql+{DRIVER}://user:password@host/name"
PACKAGES = {"psycopg": "psycopg[binary]", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}
PATIENCE_SECONDS = 5  # a server that does not answer must not hold up the lab for minutes
CONNECTIONS, MORE_CONNECTIONS = 8, 16  # kept open, and opened beside them while many ask at once
# What PostgreSQL and its client are told, so that nothing waits for a server that has gone, or for a lock.
LINES = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 2, "tcp_user_timeout": 5_000}
LIMITS = "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
MOST_LETTERS = 240  # of what a driver says
# What servers and drivers say, in small letters, and the way out of it.
WAYS_OUT = {
    "let its server take more connections (max_connections)": ("too many", "connection slots"),
    "try again in a moment, since it is busy": ("queuepool", "canceling statement", "deadlock"),
    "free some room on the disk of its server": ("no space left",),
    "name the server that takes rows": ("read-only transaction", "recovery mode"),
    "mend the user and the password in it": ("password", "authentication", "role ", "no pg_hba"),
    "make that database on its server": ('database "', "unknown database"),
    "start its server, or mend the host and the port in it": (
        *("refused", "timeout", "timed out", "resolve", "translate", "not known"),
        *("closed", "terminat", "starting", "accepting", "shutting", "lost"),
    ),
    "let its folder be there, and writable": ("open database file", "readonly", "read-only"),
    "let its user make tables": ("permission",),
}
ANY_WAY_OUT = "see that its server runs, and that user, password, host and name in it are right"


def file_address(file: Path) -> sa.URL:
    """Of a SQLite file, whatever signs its name has."""
    return sa.URL.create("sqlite", database=str(file))


def named_address(text: str) -> sa.URL:
    """What DLLAB_DATABASE_URL says. Raises StoreError if it is no URL of a database that can be used."""
    try:
        address = sa.make_url(text)
        dialect = address.get_dialect()
    except NoSuchModuleError as error:
        scheme = text.split(":", 1)[0]
        if scheme.split("+")[0] == "postgres":
            raise _refusal(
                "postgres is a name that SQLAlchemy no longer knows",
                f"write postgresql+{DRIVER}:// in its place, install its driver {_package(DRIVER)}",
            ) from error
        raise _refusal(f"nothing here knows {scheme}", f"install its driver, or write {EXAMPLE}") from error
    except (ArgumentError, ValueError) as error:  # a port that is no number, for instance
        raise _refusal("it is no URL", f"write it like {EXAMPLE}, whose driver is {DRIVER}") from error
    except ImportError as error:
        raise _no_driver(error, text) from error
    if dialect.is_async:
        raise _refusal(
            f"its driver {dialect.driver} is for asynchronous programs",
            f"write {EXAMPLE} with another driver",
        )
    return address


def options(address: sa.URL) -> dict[str, Any]:
    """How to connect: a connection that a server has dropped meanwhile is made anew, none is waited for long.

    What the URL itself says of it comes first.
    """
    if address.get_backend_name() == "sqlite":
        return {}
    found: dict[str, Any] = {
        "pool_pre_ping": True,
        "pool_size": CONNECTIONS,
        "max_overflow": MORE_CONNECTIONS,
        "pool_timeout": PATIENCE_SECONDS,
    }
    if address.get_driver_name() in ("psycopg", "psycopg2"):
        ours = {"connect_timeout": PATIENCE_SECONDS, **LINES}
        lines = {name: value for name, value in ours.items() if name not in address.query}
        limits = f"{LIMITS} {address.query.get('options', '')}".strip()
        found["connect_args"] = lines | {"options": limits}
    return found


def unusable(address: sa.URL, error: BaseException) -> StoreError:
    """What went wrong with the database that the variable names, now or at the start."""
    if isinstance(error, ImportError):
        return _no_driver(error, address.drivername)
    if isinstance(error, CompileError):
        name = address.get_backend_name()
        return _refusal(f"the lab keeps its runs in SQLite or PostgreSQL, not in {name}", f"write {EXAMPLE}")
    if isinstance(error, NewerSchemaError):
        return _refusal(str(error), "install the newer version of the lab")
    cause = told(error)
    found = [way for way, words in WAYS_OUT.items() if any(word in cause.lower() for word in words)]
    way = found[0] if found else ANY_WAY_OUT
    return _refusal(f"{address.get_driver_name()}: {cause}", way)


def told(error: BaseException) -> str:
    """What a driver or the system says, in one line."""
    said = str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error)
    line = next((line for line in said.splitlines() if line.strip()), type(error).__name__)
    line = line.rsplit("FATAL:", 1)[-1].strip().rstrip(".:")
    return line if len(line) <= MOST_LETTERS else f"{line[:MOST_LETTERS]}…"


def _no_driver(error: ImportError, scheme: str) -> StoreError:
    driver = error.name or scheme.split(":")[0].partition("+")[2] or DRIVER
    install = f'install its driver by pip install "{_package(driver)}"'
    return _refusal(f"its driver {driver} cannot be loaded", install)


def _package(driver: str) -> str:
    return PACKAGES.get(driver, driver)


def _refusal(cause: str, way_out: str) -> StoreError:
    return StoreError(f"The database of {VARIABLE} cannot be used ({cause}): {way_out}, or name another.")
