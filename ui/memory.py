"""What is free goes back to the system, and what nobody needs is free.

glibc would keep some 10 to 70 MB in a lesson, Streamlit a quarter of a kilobyte for each value of its caches.
"""

from __future__ import annotations

import ctypes
import sys

from streamlit.runtime.caching.cache_data_api import _data_caches
from streamlit.runtime.caching.cache_resource_api import _resource_caches

ARENA_MAX, MMAP_THRESHOLD = -8, -3  # M_ARENA_MAX and M_MMAP_THRESHOLD of glibc's malloc.h
ARENAS = 2
LARGE = 128 * 1024  # bytes


def few_holes() -> None:
    """Threads share two places to allocate from. Call it while there are few threads.

    Each page is drawn by a thread of its own. Usually there are eight such places for each core, and each
    keeps holes where answers have been that no other can use. What is large never lies there: it has a place
    of its own, and is given back at once. Left alone, glibc takes ever larger things for small ones.
    """
    _glibc("mallopt", ARENA_MAX, ARENAS)
    _glibc("mallopt", MMAP_THRESHOLD, LARGE)


def forget_locks() -> None:
    """Streamlit keeps a lock for each value that was ever asked of a cache: those that nobody holds go.

    Whoever has just been given one, and takes it only now, may compute what somebody else computes too.
    """
    for every in (_data_caches, _resource_caches):
        with every._caches_lock:
            caches = [cache for some in every._function_caches.values() for cache in some.values()]
        for cache in caches:
            with cache._value_locks_lock:
                for key in [key for key, lock in cache._value_locks.items() if not lock.locked()]:
                    del cache._value_locks[key]


def give_back() -> None:
    """What is free now."""
    _glibc("malloc_trim", 0)


def _glibc(name: str, *given: int) -> None:
    if sys.platform == "linux":
        function = getattr(ctypes.CDLL(None), name, None)  # other C libraries have none
        if function is not None:
            function(*given)
