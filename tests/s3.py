"""An S3 server of the tests' own: moto's, on a free port, in a process that ends with the tests.

Where moto or s3fs is not installed the tests skip and say so; DLLAB_TEST_S3=required turns that into a
failure.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec

import pytest

from tests.waiting import wait_until

KEY = {"AWS_ACCESS_KEY_ID": "anna", "AWS_SECRET_ACCESS_KEY": "zx81", "AWS_DEFAULT_REGION": "us-east-1"}


def missing() -> str:
    """Why there can be no server, in a sentence; "" if there can be one."""
    packages = {"moto": 'pip install "moto[server]"', "s3fs": "pip install -r requirements-cluster.txt"}
    lacking = [
        f"{name} is not installed: {way}." for name, way in packages.items() if find_spec(name) is None
    ]
    return " ".join(lacking)


class S3:
    """One server. It keeps nothing beyond its end."""

    def __init__(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]
        self.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """By which it is found, with a key."""
        return KEY | {"AWS_ENDPOINT_URL": self.endpoint, "AWS_EC2_METADATA_DISABLED": "true"}

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
        )
        wait_until(self._answers, "the S3 server answers")

    def stop(self) -> None:
        """As if its machine had lost power: nobody is told."""
        self._process.kill()
        self._process.wait()

    close = stop

    def ask(self, method: str, path: str, body: bytes = b"") -> None:
        """Of the server itself, past all credentials."""
        request = urllib.request.Request(f"{self.endpoint}{path}", data=body or None, method=method)
        request.add_header("Content-Type", "text/plain")
        with urllib.request.urlopen(request, timeout=600):
            pass

    def make_bucket(self, name: str) -> None:
        self.ask("PUT", f"/{name}")

    def check_credentials(self, wanted: bool) -> None:
        self.ask("POST", "/moto-api/reset-auth", b"0" if wanted else b"inf")

    def _answers(self) -> bool:
        assert self._process.poll() is None, "the S3 server has ended"
        try:
            self.ask("GET", "/moto-api/")
        except (urllib.error.URLError, OSError):
            return False
        return True


def one_for_all_tests() -> Iterator[S3]:
    """Skips where there can be none, or fails if one is required."""
    if why := missing():
        if os.environ.get("DLLAB_TEST_S3") == "required":
            pytest.fail(why)
        pytest.skip(why)
    with closing(S3()) as server:
        yield server
