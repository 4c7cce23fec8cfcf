"""Codes of owners, asked for by many pages at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from dlcore.runs.storage import codes
from dlcore.runs.storage.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as store:
        yield store


def test_two_first_visits_at_once_get_one_code(store: Store) -> None:
    """As two tabs of a new visitor, opened together."""
    visitors = 16
    together = threading.Barrier(visitors)

    def visit(owner: str) -> str:
        together.wait()
        return store.code_of(owner)

    with ThreadPoolExecutor(visitors) as threads:
        for owner in ("anna", "bert", "carl"):
            (code,) = set(threads.map(visit, [owner] * visitors))
            assert store.owner_of(code) == owner


def test_another_page_that_was_quicker_is_believed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The very moment between the look and the writing."""
    code = store.code_of("anna")
    looks = iter([None, code])  # the first one came too early
    monkeypatch.setattr(store, "_known_code", lambda owner: next(looks))
    assert store.code_of("anna") == code


def test_a_code_that_somebody_has_is_given_to_nobody_else(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = iter("A" * 16 + "B" * 8)
    monkeypatch.setattr(codes.secrets, "choice", lambda _: next(letters))
    assert [store.code_of("anna"), store.code_of("bert")] == ["A" * 8, "B" * 8]
