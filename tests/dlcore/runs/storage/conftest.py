"""All that is said of the store holds on PostgreSQL too: each test runs on both.

A test marked `own_database` is about files, or about the file in the data folder: it runs once. What is said
of runs in the store holds with an object store for weights as well.
"""

from __future__ import annotations

from pathlib import Path

import pytest

WITH_BLOBS = {"test_store"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("own_database") is None:
        which = ["postgresql"] if "schema" in metafunc.fixturenames else ["sqlite", "postgresql"]
        if "sqlite" in which and Path(metafunc.module.__file__).stem in WITH_BLOBS:
            which.append("blobs")
        metafunc.parametrize("database", which, indirect=True)


@pytest.fixture(autouse=True)
def database(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The one that this test's stores open: the file, or an empty schema on a server; the file with blobs."""
    match getattr(request, "param", "sqlite"):
        case "postgresql":
            monkeypatch.setenv("DLLAB_DATABASE_URL", request.getfixturevalue("schema"))
        case "blobs":
            monkeypatch.setenv("DLLAB_BLOBS", f"file://{tmp_path_factory.mktemp('blobs')}")
