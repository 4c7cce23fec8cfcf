"""What others feel while somebody floods the lab: the same visitor's answers, quiet and under each flood.

A flood is a program of its own, so that it does not slow the measuring. Ratios are of the p95 of a visitor's
reruns, quiet and flooded next to each other in time.

    python -m benchmarks.floods [--full] [--json]
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import psutil

from benchmarks.client import open_page
from benchmarks.common import alternate, arguments, p95, report
from benchmarks.server import Server, serve

PACE_SECONDS = 0.2  # between a visitor's reruns
AFTER_SECONDS = 60.0  # given to the server to let go of what a flood brought
MB = 1e6

RERUNS = """
import sys, threading, time
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol
from streamlit.proto.BackMsg_pb2 import BackMsg

port, sockets, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
message = BackMsg()
message.rerun_script.query_string = ""
content = message.SerializeToString()

def flood():
    ended = time.monotonic() + seconds
    url, protocols = f"ws://127.0.0.1:{port}/_stcore/stream", [Subprotocol("streamlit")]
    while time.monotonic() < ended:
        try:
            with connect(url, subprotocols=protocols, compression=None, max_size=None, close_timeout=0.1) as socket:
                while time.monotonic() < ended:
                    socket.send(content)
                    time.sleep(1 / 375)  # 3,000 in 8 seconds
        except (ConnectionClosed, OSError):
            time.sleep(0.5)

threads = [threading.Thread(target=flood, daemon=True) for _ in range(sockets)]
for thread in threads: thread.start()
for thread in threads: thread.join(seconds + 5)
"""

UPLOADS = """
import http.client, sys
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol

port, count = int(sys.argv[1]), int(sys.argv[2])
body = b'--b\\r\\nContent-Disposition: form-data; name="f"; filename="f.png"\\r\\n\\r\\n' + bytes(19_000_000) + b'\\r\\n--b--'
with connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=[Subprotocol("streamlit")], max_size=None) as socket:
    message = BackMsg()
    message.rerun_script.query_string = ""
    socket.send(message.SerializeToString())
    session = ""
    while not session:
        got = ForwardMsg.FromString(socket.recv(60, decode=False))
        if got.WhichOneof("type") == "new_session":
            session = got.new_session.initialize.session_id
    plain = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    plain.request("GET", "/_stcore/health")
    cookie = plain.getresponse().getheader("set-cookie", "").partition(";")[0]
    plain.close()
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Cookie": cookie,
               "X-Xsrftoken": cookie.partition("=")[2].strip('"')}
    for number in range(count):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("PUT", f"/_stcore/upload_file/{session}/{number}", body, headers)
            print(connection.getresponse().status)
        except OSError:
            print("closed")
        finally:
            connection.close()
"""


def visit(server: Server, count: int) -> list[float]:
    """Seconds of a visitor's reruns of Home, one after the other."""
    waits = []
    with open_page(server) as page:
        for _ in range(count):
            waits.append(page.rerun())
            time.sleep(PACE_SECONDS)
    return waits


@contextmanager
def flooding(server: Server, sockets: int, seconds: float) -> Iterator[None]:
    arguments = [str(server.port), str(sockets), str(seconds)]
    with subprocess.Popen([sys.executable, "-c", RERUNS, *arguments]) as flood:
        try:
            yield
        finally:
            flood.kill()


def under_reruns(server: Server, sockets: int, pairs: int, count: int) -> list[float]:
    """The p95 of a visitor's reruns under a flood, as a multiple of the quiet one."""

    def flooded(_: int) -> float:
        with flooding(server, sockets, 600.0):
            return p95(visit(server, count))

    def quiet(_: int) -> float:
        return p95(visit(server, count))

    return [loud / alone for loud, alone in alternate(flooded, quiet, pairs)]


def after_uploads(server: Server, count: int) -> list[float]:
    """By how many MB the server has grown a minute after so many uploads of 19 MB to one session."""
    process = psutil.Process(server.child.pid)
    before = process.memory_info().rss
    subprocess.run([sys.executable, "-c", UPLOADS, str(server.port), str(count)], check=True, stdout=sys.stderr)
    time.sleep(AFTER_SECONDS)
    return [(process.memory_info().rss - before) / MB]


def main() -> None:
    options = arguments(__doc__).parse_args()
    pairs, count = (6, 100) if options.full else (2, 50)
    with serve() as server:
        visit(server, 20)  # what is imported with a first page is imported
        parts: dict[str, Callable[[], list[float]]] = {
            "one_socket_p95_ratio": partial(under_reruns, server, 1, pairs, count),
            "twenty_sockets_p95_ratio": partial(under_reruns, server, 20, pairs, count),
            "uploads_growth_mb": partial(after_uploads, server, 200),
        }
        results = {}
        for name, part in parts.items():
            print(f"measuring: {name} …", file=sys.stderr)
            results[name] = part()
    report("floods", results, options.json, threads=1)


if __name__ == "__main__":
    main()
