"""A visitor with bad manners: `python -m benchmarks.flooding reruns|uploads PORT COUNT`. For floods.py.

`reruns` opens COUNT sockets and sends 375 reruns a second on each, reading nothing, until it is ended. They
are packed once and go out ten at a time, so that the flood takes little of the cores that are measured.
`uploads` sends COUNT files of 19 MB to one session and prints how each was answered.
"""

from __future__ import annotations

import http.client
import sys
import threading
import time
from contextlib import closing

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

PER_SECOND = 375  # reruns: 3,000 in 8 seconds
AT_ONCE = 10  # of them in one packet
FILE = (
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.png"\r\n\r\n'
    + bytes(19_000_000)
    + b"\r\n--b--"
)


def _open(port: int) -> ClientConnection:
    url = f"ws://127.0.0.1:{port}/_stcore/stream"
    return connect(url, subprotocols=[Subprotocol("streamlit")], max_size=None, close_timeout=0.1)


def _rerun() -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = ""
    return bytes(message.SerializeToString())


def reruns(port: int, sockets: int) -> None:
    packet = Frame(Opcode.BINARY, _rerun()).serialize(mask=True) * AT_ONCE

    def flood() -> None:
        while True:
            try:
                with _open(port) as connection:
                    while True:
                        connection.socket.sendall(packet)
                        time.sleep(AT_ONCE / PER_SECOND)
            except (WebSocketException, OSError):
                time.sleep(0.5)  # it was shown the door: it comes again

    for _ in range(sockets):
        threading.Thread(target=flood, daemon=True).start()
    threading.Event().wait()


def uploads(port: int, files: int) -> None:
    with _open(port) as socket:
        socket.send(_rerun())
        session = ""
        while not session:
            got = ForwardMsg.FromString(socket.recv(60, decode=False))
            session = got.new_session.initialize.session_id
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as plain:
            plain.request("GET", "/_stcore/health")
            cookie = plain.getresponse().getheader("set-cookie", "").partition(";")[0]
        headers = {
            "Content-Type": "multipart/form-data; boundary=b",
            "Cookie": cookie,
            "X-Xsrftoken": cookie.partition("=")[2].strip('"'),
        }
        for number in range(files):
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
                try:
                    connection.request("PUT", f"/_stcore/upload_file/{session}/{number}", FILE, headers)
                    print(connection.getresponse().status)
                except OSError:
                    print("closed")


if __name__ == "__main__":
    what, port, count = sys.argv[1:]
    {"reruns": reruns, "uploads": uploads}[what](int(port), int(count))
