"""The server's end, however it comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_a_killed_server_leaves_no_workers(start_server: Callable[[], Any]) -> None:
    server = start_server()
    workers = [child for child in server.children() if "dlcore.runs.worker" in child.cmdline()]
    assert workers, "one is warm from the start"
    assert server.end(kill=True) == []
