"""What is free goes back to the system: glibc would keep it, some 10 to 70 MB in a lesson."""

from __future__ import annotations

import ctypes
import sys

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


def give_back() -> None:
    """What is free now."""
    _glibc("malloc_trim", 0)


def _glibc(name: str, *given: int) -> None:
    if sys.platform == "linux":
        function = getattr(ctypes.CDLL(None), name, None)  # other C libraries have none
        if function is not None:
            function(*given)
