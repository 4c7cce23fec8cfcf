"""A server in place of torchvision's: it sends what a test says, as a test says."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

BYTE_SECONDS = 1.0  # between two while it is slow: who hears nothing for long gives up


@dataclass
class Hub:
    """`files` by name. `announce` is the length it claims, if not the true one; 0: it claims none.

    After `part` bytes it is slow until `go` is set, then sends the rest, or breaks off if it `breaks`. What
    stands here when it is asked holds for that whole answer.
    """

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    announce: int | None = None
    part: int | None = None
    breaks: bool = False
    go: threading.Event = field(default_factory=threading.Event)

    def offer(self, folder: Path) -> Hub:
        """What lies in a folder."""
        self.files |= {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        return self


@contextmanager
def serving() -> Iterator[Hub]:
    hub = Hub()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            part, breaks, announce, content = hub.part, hub.breaks, hub.announce, hub.files.get(name)
            hub.asked.append(name)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            if announce != 0:
                self.send_header("Content-Length", str(announce or len(content)))
            self.end_headers()
            try:
                self.wfile.write(content[:part])
                if part is not None and not breaks:
                    sent = part
                    while not hub.go.wait(BYTE_SECONDS):  # it is slow, not silent
                        self.wfile.write(content[sent : sent + 1])
                        sent += 1
                    self.wfile.write(content[sent:])
            except OSError:
                return  # whoever asked has gone

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is to be read."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield hub
    finally:
        hub.go.set()
        server.shutdown()
        server.server_close()
        thread.join()
