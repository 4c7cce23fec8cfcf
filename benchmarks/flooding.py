"""A visitor with bad manners: `python -m benchmarks.flooding KIND PORT COUNT`. For floods.py.

`reruns` opens COUNT sockets and sends 375 reruns a second on each, reading nothing, until it is ended. They
are packed once and go out ten at a time, so that the flood takes little of the cores that are measured.
`uploads` sends COUNT files of 19 MB to one session and prints how each was answered.
`reopen` makes up codes of others, on COUNT connections from six addresses, until it is ended.
`boards` asks the boards COUNT of the dearest questions and as many that are none, from six addresses, each
question from a visitor who was never there before; it prints how often each was answered how.
"""

from __future__ import annotations

import base64
import http.client
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.server import new_owner
from benchmarks.uploading import upload
from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.inputs import INPUTS
from dlcore.playground.network import num_params
from ui.identity import OWNER_COOKIE

PER_SECOND = 375  # reruns: 3,000 in 8 seconds
AT_ONCE = 10  # of them in one packet
GUESS_SECONDS = 0.02  # between two made-up codes of a connection
LARGE = bytes(19_000_000)  # of a file


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
        for number in range(files):
            print(upload(port, session, f"{number}", "f.png", LARGE))


def reopen(port: int, connections: int) -> None:
    def guess(number: int) -> None:
        source = (f"127.0.0.{2 + number % 6}", 0)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{port}"}
        while True:
            plain = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=source)
            with closing(plain), suppress(OSError, http.client.HTTPException):
                while True:
                    headers["Cookie"] = f"{OWNER_COOKIE}={new_owner()}"
                    plain.request("POST", "/owner/reopen", f"code={new_owner()[:8]}", headers)
                    plain.getresponse().read()
                    time.sleep(GUESS_SECONDS)

    for number in range(connections):
        threading.Thread(target=guess, args=(number,), daemon=True).start()
    threading.Event().wait()


def questions(seed: int) -> dict[str, dict[str, object]]:
    """The dearest of each board, by address."""
    config = PlaygroundConfig(
        inputs=" ".join([*INPUTS][:7]),
        layers="8 8 8 8 8 8",
        points=1000,
        test_share=10,
        activation="gelu",
        optimizer="adam",
        init="he",
        seed=seed % 10_000,
        batch_size=(1, 10, 100)[seed % 3],
    )
    weights = base64.b64encode(b"\0\0\0\x3d" * num_params(config.sizes)).decode()
    own = [[x / 50 - 3, seed % 5, 2 * (x % 2) - 1] for x in range(300)]
    kept = PlaygroundConfig(data="own", layers="8 2", seed=seed % 10_000).model_dump()
    play = {"config": config.model_dump()}
    moment = {"epoch": 3, "step": 30, "weights": weights, "kept": ""}
    stack = {"depth": 30, "width": 128, "residual": True, "norm": ("layer", "batch", "none")[seed % 3]}
    expression = "tanh(a*b+c*d+e)*tanh(a*c+b*d+e)*sin(a*d+b*c+e)+exp(a-b)"
    return {
        "playground/train": play | {"epochs": 400, "points": True},
        "playground/train?kept": {"config": kept, "own": own, "epochs": 400},
        "playground/blame": play | {"weights": weights, "place": 5},
        "playground/story": play | {"moment": moment, "point": [1.0, 2.0, 1]},
        "playground/batches": play | {"epoch": 1},
        "signals/measure": {"config": stack | {"seed": seed % 10_000}},
        "tensors/graph": {"expression": expression, "values": dict.fromkeys("abcde", 0.5), "times": 2},
    }


def nonsense(address: str, seed: int) -> bytes:
    size = 59_000 if address.startswith("playground") else 1_900
    kinds = (
        b"[" * size,
        b'{"config":' * (size // 10),
        b'{"config": {"seed": ' + b"9" * 1_500 + b"}}",
        b'{"config": {"lr": Infinity}, "epochs": 1}',
        json.dumps({"config": {}, "x": "a" * (size - 40)}).encode(),
        bytes(size),
    )
    return kinds[seed % len(kinds)]


def _asks(count: int) -> Iterator[tuple[str, bytes]]:
    for hostile in (False, True):
        for seed in range(count):
            found = questions(seed)
            address = [*found][seed % len(found)]
            yield address, nonsense(address, seed) if hostile else json.dumps(found[address]).encode()


def _ask(port: int, number: int, address: str, body: bytes) -> tuple[str, str]:
    headers = {"Content-Type": "application/json", "Cookie": f"{OWNER_COOKIE}={new_owner()}"}
    source = (f"127.0.0.{2 + number % 6}", 0)
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=600, source_address=source)) as plain:
        try:
            plain.request("POST", f"/{address}", body, headers)
            answer = plain.getresponse()
            answer.read()
        except OSError:
            return address, "closed"
        return address, str(answer.status)


def boards(port: int, count: int) -> None:
    with ThreadPoolExecutor(24) as visitors:
        asked = [visitors.submit(partial(_ask, port, n), *ask) for n, ask in enumerate(_asks(count))]
        answers = Counter(one.result() for one in asked)
    for (address, status), times in sorted(answers.items()):
        print(f"{address}: {times} × {status}")


if __name__ == "__main__":
    what, port, count = sys.argv[1:]
    {"reruns": reruns, "uploads": uploads, "reopen": reopen, "boards": boards}[what](int(port), int(count))
