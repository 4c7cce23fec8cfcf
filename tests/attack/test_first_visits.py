"""A new visitor who opens many tabs at once: each is a page, none a word of the database's."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.server import Server, new_owner
from tests.attack.wire import tab

TABS = 6


@pytest.mark.parametrize("name", ["", "runs", "mnist_train"])
def test_tabs_of_a_new_visitor_all_open(server: Server, name: str) -> None:
    owner, together = new_owner(), threading.Barrier(TABS)

    def visit(_: int) -> str:
        together.wait()
        with tab(server, name, owner=owner) as page:
            assert len(page.widgets()) > 2
            return page.said()

    with ThreadPoolExecutor(TABS) as tabs:
        for said in tabs.map(visit, range(TABS)):
            assert "cannot be used" not in said
            assert "broke" not in said
    if name == "runs":
        code = server.store.code_of(owner)
        assert server.store.owner_of(code) == owner
