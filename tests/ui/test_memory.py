"""What nobody needs any more is forgotten."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.runtime.caching.cache_data_api import _data_caches

from tests.waiting import wait_until
from ui import memory


def locks() -> int:
    every = _data_caches._function_caches.values()
    return sum(len(cache._value_locks) for some in every for cache in some.values())


@pytest.fixture(autouse=True)
def clear() -> Iterator[None]:
    st.cache_data.clear()
    yield
    st.cache_data.clear()


def test_of_many_values_no_lock_is_kept_and_what_is_cached_stays() -> None:
    computed: list[int] = []

    @st.cache_data(max_entries=4, show_spinner=False)
    def twice(number: int) -> int:
        computed.append(number)
        return 2 * number

    for number in range(50):
        assert twice(number) == 2 * number
    assert locks() == 50, "if Streamlit forgets them itself, this is not needed any more"
    memory.forget_locks()
    assert locks() == 0
    assert [twice(number) for number in (48, 49, 0)] == [96, 98, 0]
    assert computed == [*range(50), 0]


def test_what_is_being_computed_is_still_computed_once() -> None:
    computed: list[int] = []
    begun, end = threading.Event(), threading.Event()

    @st.cache_data(max_entries=4, show_spinner=False)
    def slow() -> int:
        computed.append(1)
        begun.set()
        end.wait()
        return 7

    found: list[int] = []
    first = threading.Thread(target=lambda: found.append(slow()))
    first.start()
    wait_until(begun.is_set, "it is being computed")
    memory.forget_locks()
    assert locks() == 1
    second = threading.Thread(target=lambda: found.append(slow()))
    second.start()
    end.set()
    for thread in (first, second):
        thread.join()
    assert (found, computed) == ([7, 7], [1])
