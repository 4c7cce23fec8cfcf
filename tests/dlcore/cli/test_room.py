"""`python -m dlcore class`: the address large, as a QR code, and every other way in; then the server."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from itertools import pairwise
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.server import free_port
from dlcore.classroom.joining import Way, is_host
from dlcore.classroom.qr import qr_lines
from dlcore.cli.large import ROWS, SIGNS, large
from dlcore.cli.room import NO_NETWORK, hold_class, server_command, show
from dlcore.errors import RunError
from tests.waiting import DEADLINE_SECONDS

ROOT = Path(__file__).resolve().parents[3]
WIFI, VPN = Way("192.168.1.5", "wlan0", "Wi-Fi"), Way("10.8.0.6", "tun0", "VPN")


def shown(ways: list[Way], port: int = 8501, asked: int = 8501, *, terminal: bool = True) -> str:
    said = io.StringIO()
    console = Console(file=said, force_terminal=terminal, color_system=None, width=200, highlight=False)
    show(console, ways, port, asked=asked)
    return said.getvalue()


def test_the_address_is_said_large_as_a_code_and_in_letters() -> None:
    said = shown([WIFI, VPN])
    assert "http://192.168.1.5:8501 · Wi-Fi (wlan0)" in said
    for line in (*large("192.168.1.5:8501"), *qr_lines("http://192.168.1.5:8501")):
        assert line in said
    assert "http://10.8.0.6:8501 · a VPN, in which a class seldom is (tun0)" in said
    assert "http://localhost:8501/class" in said
    assert "is taken" not in said


def test_a_port_that_was_taken_is_said() -> None:
    said = shown([WIFI], port=8503, asked=8501)
    assert "Port 8501 is taken, perhaps by another lab: this one takes 8503." in said
    assert "http://192.168.1.5:8503" in said


@pytest.mark.parametrize(
    ("address", "well"),
    [
        *(("lab.school.example", True), ("192.168.1.20", True), ("lab", True)),
        *(("2001:db8::5", False), ("fe80::1", False), ("[fe80::1]", False), ("::ffff:192.168.1.20", False)),
        *(("http://lab", False), ("lab:8501", False), ("lab/class", False), ("-lab", False), ("a b", False)),
    ],
)
def test_an_address_is_a_name_and_nothing_more(address: str, well: bool) -> None:
    assert is_host(address) == well


@pytest.mark.parametrize("address", ["http://lab:8501", "2001:db8::5"])
def test_what_is_no_address_is_a_sentence(address: str) -> None:
    said = f"a name or an IPv4 address of this computer, .+ without http:// and port\\. Got '{address}'"
    with pytest.raises(RunError, match=said):
        hold_class(address=address)


def test_a_service_takes_no_other_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RunError, match=f"The port {port} is taken"):
            hold_class(port=port, strict_port=True)


def test_where_nobody_looks_nothing_is_drawn() -> None:
    said = shown([WIFI], terminal=False)
    assert "http://192.168.1.5:8501" in said
    assert "█" not in said


def test_without_a_network_it_says_so() -> None:
    assert NO_NETWORK in shown([])


def test_every_sign_of_an_address_is_drawn_in_five_lines_and_a_name_is_not() -> None:
    lines = large("0123456789.:")
    assert len(lines) == ROWS
    assert len(set(SIGNS.values())) == len(SIGNS), "no two look alike"
    assert large("lab.school.example:8501") == []
    assert len(large("192.168.100.100:8501")[0]) <= 100


def test_the_server_answers_to_every_address_and_opens_one() -> None:
    command = server_command(["192.168.1.5", "10.8.0.6"], 8502)
    assert command[:5] == [sys.executable, "-m", "streamlit", "run", "app.py"]
    pairs = list(pairwise(command))
    assert ("--server.port", "8502") in pairs
    assert ("--browser.serverAddress", "192.168.1.5") in pairs
    allowed = {value for option, value in pairs if option == "--server.allowedHosts"}
    assert {"localhost", "192.168.1.5", "10.8.0.6", socket.gethostname()} <= allowed


@pytest.mark.skipif(os.name == "nt", reason="there, the command waits for the server")
def test_it_starts_beside_another_lab_and_ends_with_its_command(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", free_port()))
        other.listen()
        taken = other.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "dlcore", "class", "--port", str(taken), "--address", "lab.example"],
            cwd=ROOT,
            env=os.environ | {"DLLAB_DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        said = ""
        try:
            while "Teacher's code" not in said:
                line = process.stdout.readline()
                assert line, said
                said += line
            port = int(said.partition("this one takes ")[2].partition(".")[0])
            assert port > taken
            assert f"http://lab.example:{port}" in said
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/_stcore/health", headers={"Host": f"lab.example:{port}"}
            )
            with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS) as answer:
                assert answer.read() == b"ok"
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=DEADLINE_SECONDS)
