"""What the dearest questions of the boards take of the server's memory, and that it goes back."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.inputs import INPUTS
from ui import limits, playing
from ui.answering import said_of

ROOT = Path(__file__).resolve().parents[2]
MB = 1e6
MOST = 25 * MB  # all its moments on all its points at once would take 45, and 147
LARGEST = PlaygroundConfig(
    inputs=" ".join([*INPUTS][:7]),
    layers=" ".join("8" * 6),
    points=1000,
    test_share=10,
    activation="gelu",
    optimizer="adam",
    init="he",
)
DEAREST: dict[str, tuple[Callable[[bytes], dict[str, Any]], dict[str, Any]]] = {
    "frames": (playing._frames_for, {"config": {"batch_size": 100}, "epochs": limits.PLAYED_EPOCHS}),
    "batches": (lambda body: playing.batches(said_of(body)), {"config": {"batch_size": 1}, "epoch": 0}),
}


@pytest.mark.parametrize("name", DEAREST)
def test_the_dearest_question_takes_little_at_a_time(name: str) -> None:
    answer, said = DEAREST[name]
    body = json.dumps(said | {"config": LARGEST.replace(**said["config"]).model_dump()}).encode()
    tracemalloc.start()  # NumPy's arrays are counted too
    try:
        answer(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 1 * MB < peak < MOST


KEEP_LITTLE = """
import ctypes, psutil
from ui.memory import give_back
c = ctypes.CDLL(None)
c.malloc.restype, c.malloc.argtypes, c.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
def taken():
    return psutil.Process().memory_info().rss
before = taken()
held = [c.malloc(60_000) for _ in range(2_000)]
for place in held:
    ctypes.memset(place, 1, 60_000)
full = taken()
for place in held[:-1]:  # the last one keeps all below it from going back by itself
    c.free(place)
kept = taken()
give_back()
print(full - before, kept - before, taken() - before)
"""


SHARE_ARENAS = """
import ctypes, sys, tempfile, threading
from ui.memory import few_holes
if sys.argv[1] == "few":
    few_holes()
c = ctypes.CDLL(None)
c.malloc.restype, c.fopen.restype, c.malloc.argtypes = ctypes.c_void_p, ctypes.c_void_p, [ctypes.c_size_t]
c.malloc_info.argtypes, c.fclose.argtypes = [ctypes.c_int, ctypes.c_void_p], [ctypes.c_void_p]
together = threading.Barrier(6)
def work():
    together.wait()
    c.malloc(1_000)
    together.wait()
threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with tempfile.NamedTemporaryFile() as file:
    told = c.fopen(file.name.encode(), b"w")
    c.malloc_info(0, told)
    c.fclose(told)
    print(file.read().count(b"<heap nr="))
"""
LARGE_ONES = """
import ctypes, sys, psutil
from ui.memory import few_holes
if sys.argv[1] == "few":
    few_holes()
c = ctypes.CDLL(None)
c.malloc.restype, c.malloc.argtypes, c.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
c.free(c.malloc(8_000_000))  # from here on glibc takes what is smaller for small
before = psutil.Process().memory_info().rss
held = [c.malloc(1_000_000) for _ in range(30)]
above = c.malloc(100_000)  # keeps what lies below it
for place in (*held, above):
    ctypes.memset(place, 1, 100_000)
for place in held:
    c.free(place)
print(psutil.Process().memory_info().rss - before)
"""


glibc = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_info"), reason="glibc alone has arenas"
)


def told(program: str, *given: str, within: dict[str, str]) -> list[int]:
    """The numbers that a process of its own prints."""
    command = [sys.executable, "-c", program, *given]
    done = subprocess.run(command, cwd=ROOT, env=within, capture_output=True, text=True, check=True)
    return [int(number) for number in done.stdout.split()]


@glibc
def test_threads_share_two_places_to_allocate_from(python_environment: dict[str, str]) -> None:
    (usual,), (few,) = (told(SHARE_ARENAS, how, within=python_environment) for how in ("many", "few"))
    assert few == 2
    assert usual > 2, "else nothing is gained"


@glibc
def test_what_is_free_goes_back_to_the_system(python_environment: dict[str, str]) -> None:
    full, kept, at_last = told(KEEP_LITTLE, within=python_environment)
    assert full > 100 * MB
    assert kept > 100 * MB, "else there is nothing to give back"
    assert at_last < 20 * MB


@glibc
def test_what_is_large_is_given_back_at_once(python_environment: dict[str, str]) -> None:
    (usual,), (few,) = (told(LARGE_ONES, how, within=python_environment) for how in ("usual", "few"))
    assert usual > 2_000_000
    assert few < 500_000
