"""What happens once, before the first page is served, and when the server stops."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import Any

import psutil
import torch
import uvicorn

from dlcore.datasets.catalogue import VARIABLE, catalogue
from dlcore.errors import DlcoreError
from dlcore.journal import close_journal, event, open_journal
from dlcore.mnist.files import load_test
from dlcore.runs.shipped import shipped_run
from dlcore.vision.fetch import forget_parts
from dlcore.vision.files import FETCHED
from ui import (
    descriptors,
    early_imports,
    limits,
    memory,
    services,
    theme_once,
    unreadable,
    uploads,
    whole_pages,
)
from ui.connections import bounded
from ui.lenses import mnist
from ui.quiet_log import quieten

COLLECT_SECONDS = 60.0
NEVER = 1_000_000_000  # collections of what is younger, before the collector walks everything by itself
IMPORTED_LATE = (  # by Streamlit or a page, while the first visitor waits: about a second
    "pandas",
    "pyarrow.compute",
    "streamlit.emojis",
    "streamlit_drawable_canvas",
)

log = logging.getLogger(__name__)
PREPARE_SECONDS = 20.0
ENDING_SECONDS = 5


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Start the services and prepare what the first visitor sees; stop the services at the end."""
    stopping = threading.Event()
    memory.few_holes()
    quieten()
    unreadable.strict()
    whole_pages.strict()
    theme_once.remember()
    services.start()
    journal = _open_journal()
    _forget_parts()
    _answer_at_once()
    _bound_the_server()
    _tell_teacher()
    for module in IMPORTED_LATE:
        import_module(module)
    try:
        load_test()
        shipped = shipped_run("mnist").checkpoints[-1]
        mnist.evaluation(shipped, session="server")
        mnist.predictor(shipped)
    except DlcoreError as error:  # the pages say it too, each where it matters
        log.warning("%s", error)
    _collect_rarely()
    threading.Thread(target=_collect, args=(stopping,), daemon=True).start()
    threading.Thread(target=uploads.sweep, args=(stopping,), daemon=True).start()
    threading.Thread(target=_prepare, args=(stopping,), daemon=True).start()
    threading.Thread(target=_read_sets, daemon=True).start()
    try:
        yield
    finally:
        stopping.set()
        services.stop()
        if journal is not None:
            close_journal(journal)


def _open_journal() -> logging.Handler | None:
    """Beside the runs; where it cannot be written, the lab goes on without."""
    try:
        journal = open_journal(services.store().folder, services.journal_file())
    except OSError as error:
        log.warning("events are not written down: %s", error)
        return None
    event("lab started", cores=os.cpu_count() or 1, accelerator=int(torch.accelerator.is_available()))
    return journal


def _forget_parts() -> None:
    """Of weights that were on their way when the lab was killed, nothing stays for long."""
    try:
        forget_parts(services.store().folder / FETCHED)
    except OSError as error:
        log.warning("halves of fetched weights stay: %s", error)


def _tell_teacher() -> None:
    """The teacher's code, on the terminal alone. At this machine nobody is asked for it."""
    spelled = services.teachers().spelled
    print(f"Class page: /class · Teacher's code on another computer: {spelled}", flush=True)  # noqa: T201


def _prepare(stopping: threading.Event) -> None:
    """Once the first visitors have their page: what the others import, and processes for surfaces, so that
    nobody waits for a start.
    """
    if not stopping.wait(PREPARE_SECONDS):
        early_imports.import_all(stopping)
        if not stopping.is_set() and (now := services.running()) is not None:
            now.tasks.prepare("surface")


def _read_sets() -> None:
    """All sets of images, before somebody chooses one; why one cannot be had stands in the log."""
    for sentence in catalogue().refused:
        log.warning("%s: %s", VARIABLE, sentence)


def _answer_at_once() -> None:
    """Set TCP_NODELAY on the listening sockets, from which connections inherit it.

    Streamlit makes its socket without naming the protocol, and asyncio then leaves Nagle's algorithm on:
    a small answer waits some 40 ms for the browser to acknowledge the one before.
    """
    # It only saves time: where a system does not show or share its sockets, the lab starts without.
    with suppress(OSError, psutil.Error):
        for connection in psutil.Process().net_connections("tcp"):
            if connection.raddr or connection.fd < 0:
                continue
            with socket.socket(fileno=os.dup(connection.fd)) as listening:
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _bound_the_server() -> None:
    """Who is told to end, by a signal, leaves the runs in order, whatever is still being answered; uvicorn
    would wait for the answers first, for ever. What a browser sends in pieces is bounded too, and connections
    that ask for nothing.

    Uvicorn's own handler of the signal leads to it; where there is none, as in a test, nothing waits.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    if isinstance(server, uvicorn.Server):
        server.config.timeout_graceful_shutdown = ENDING_SECONDS
        server.config.ws_max_size = limits.MESSAGE_BYTES
        kind = server.config.http_protocol_class
        server.config.http_protocol_class = bounded(kind, descriptors.connections_allowed())


def _collect_rarely() -> None:
    """Torch's objects live as long as the server: the collector need not walk them again. All others it would
    walk whenever a quarter of them is new, as when a class opens a page together: then nobody is answered
    for a tenth of a second, a moment before they press Start. `_collect` does it once a minute.
    """
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, NEVER)


def _collect(stopping: threading.Event) -> None:
    """A slow collection instead of one after every script run, which would hold up the whole room."""
    while not stopping.wait(COLLECT_SECONDS):
        try:
            memory.forget_locks()
        except Exception:  # another Streamlit may keep them elsewhere
            log.exception("locks are kept")
        gc.collect()
        memory.give_back()
