"""All that is said of the store holds on PostgreSQL too: each test runs on both.

A test marked `own_database` is about files, or about the file in the data folder: it runs once.
"""

from __future__ import annotations

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("own_database") is None:
        which = ["postgresql"] if "schema" in metafunc.fixturenames else ["sqlite", "postgresql"]
        metafunc.parametrize("database", which, indirect=True)


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that this test's stores open: the file, or an empty schema on a server."""
    if getattr(request, "param", "sqlite") == "postgresql":
        monkeypatch.setenv("DLLAB_DATABASE_URL", request.getfixturevalue("schema"))
