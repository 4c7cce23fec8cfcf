"""All that is said of the store holds on a database server too, if one is named.

`DLLAB_TEST_DATABASE_URL=postgresql+psycopg://… pytest tests/dlcore/runs/storage` gives each
test a schema of its own there, for as long as it takes. A test marked `own_database` is about the file.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

SERVER = os.environ.get("DLLAB_TEST_DATABASE_URL", "")


@pytest.fixture
def schema() -> Iterator[str]:
    """The URL of an empty schema on the server."""
    if not SERVER:
        pytest.skip("DLLAB_TEST_DATABASE_URL names no server")
    address, name = sa.make_url(SERVER), f"test_{secrets.token_hex(6)}"
    engine = sa.create_engine(address, pool_pre_ping=True)
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(name))
    own = address.update_query_dict({"options": f"-csearch_path={name}"})
    yield own.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(sa.schema.DropSchema(name, cascade=True))
    engine.dispose()


@pytest.fixture(autouse=True)
def _elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if SERVER and request.node.get_closest_marker("own_database") is None:
        monkeypatch.setenv("DLLAB_DATABASE_URL", request.getfixturevalue("schema"))
