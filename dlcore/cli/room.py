"""`class`: start the lab for a room, and say large where the room finds it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from dlcore.classroom import qr
from dlcore.classroom.joining import Way, free_port, is_host, names_answered_to, ways_now
from dlcore.cli.large import large
from dlcore.errors import RunError

ROOT = Path(__file__).parents[2]  # app.py lies there, and the server's settings
PORT = 8501
LIGHT = "bright_white on black"  # on any terminal
NO_ROOM = "No room is likely to be there: connect this computer to its Wi-Fi or cable and start again."
NO_NETWORK = "This computer is in no network: connect it and start again, then a room can open the lab."


def hold_class(
    port: Annotated[int, typer.Option(min=1024, max=65_535, help="The next free one from here on.")] = PORT,
    strict_port: Annotated[
        bool, typer.Option("--strict-port", help="No other one: for a service that something points at.")
    ] = False,
    address: Annotated[
        str,
        typer.Option(envvar="DLLAB_ADDRESS", help="A name or IPv4 address of this computer, for the room."),
    ] = "",
) -> None:
    """Open the lab to everybody in this network, and print its address large and as a QR code."""
    if address and not is_host(address):
        raise RunError(
            f"The address must be a name or an IPv4 address of this computer, as lab.school.example or "
            f"192.168.1.20, without http:// and port. Got {address[:60]!r} instead."
        )
    free = free_port(port, tried=1) if strict_port else free_port(port)
    ways = ways_now()
    named = [Way(address, "", "network")] if address else []
    others = [way for way in ways if way.host != address]
    show(Console(highlight=False, soft_wrap=True), [*named, *others], free, asked=port)
    hosts = [way.host for way in (*named, *others)] or [socket.gethostname()]
    serve(server_command(hosts, free))


def show(console: Console, ways: Sequence[Way], port: int, *, asked: int) -> None:
    """The first of these ways large, the others named."""
    if port != asked:
        console.print(f"Port {asked} is taken, perhaps by another lab: this one takes {port}.")
    if not ways:
        console.print(NO_NETWORK)
        return
    best, *others = ways
    place = f"{best.host}:{port}"
    if _draws_blocks(console):
        if qr.installed():
            for line in qr.qr_lines(f"http://{place}"):
                console.print(Text(f"  {line}", style=LIGHT))
        console.print()
        for line in large(place):
            console.print(Text(f"  {line}", style="bold"))
    belongs = f" · {best.words}" if best.interface else ""
    console.print(Text(f"\n  http://{place}", style="bold").append(belongs, style="not bold"))
    hint = "Scan it or type it, on this network." if best.likely else NO_ROOM
    console.print(f"  {hint}\n")
    for way in others:
        console.print(f"  If that is not the room's network: http://{way.host}:{port} · {way.words}")
    console.print(f"  The teacher, on this computer: http://localhost:{port}/class\n")


def _draws_blocks(console: Console) -> bool:
    """Does somebody look at it, in an encoding that has them?"""
    try:
        "█▀▄".encode(console.encoding)
    except UnicodeEncodeError:
        return False
    return console.is_terminal


def server_command(hosts: Sequence[str], port: int) -> list[str]:
    """How the server is started: open to the network, answering to these names and addresses alone."""
    allowed = [part for name in names_answered_to(hosts) for part in ("--server.allowedHosts", name)]
    return [
        *(sys.executable, "-m", "streamlit", "run", "app.py"),
        *("--server.address", "0.0.0.0", "--server.port", str(port)),
        *("--browser.serverAddress", hosts[0]),
        *allowed,
    ]


def serve(command: list[str]) -> None:
    """This process becomes the server. On Windows, where none can, it waits for it."""
    os.chdir(ROOT)
    sys.stdout.flush()
    if sys.platform == "win32":
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)
