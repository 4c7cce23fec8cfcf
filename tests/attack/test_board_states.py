"""What the boards tell their pages, made up by a client: a sentence or nothing, and the visit goes on."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.server import Server
from dlcore.playground.config import PlaygroundConfig
from tests.attack.test_widget_values import goes_on
from tests.attack.wire import tab

CONFIG = PlaygroundConfig().model_dump()
LONE = "\ud800"  # half of a pair: JSON may hold it, and no text that is sent may
ODD: tuple[Any, ...] = (None, 5, LONE, [], {}, [[]], {LONE: LONE}, [None], [1e400], "x" * 5_000)
FLOATS = base64.b64encode(bytes(4 * 17)).decode()
CUT = {"config": CONFIG, "epoch": 3, "places": [0, 1], "weights": FLOATS, "path": [[0, 0, 0]]}
OWN: tuple[Any, ...] = (
    [[1, 2]],
    [[1, 2, 5]],
    [[1e400, 2, 1]],
    [[[1], 2, 1]],
    [[True, LONE, 1]],
    [[1, 2, 1]] * 20_000,
    [[10**400, 1, 1]],
)
TOLD: dict[str, tuple[str, str, tuple[dict[str, Any], ...]]] = {
    "playground": (
        "playground",
        "playground-board",
        (
            *({name: odd} for name in ("config", "own", "moment", "cut") for odd in ODD),
            *({"config": CONFIG | changes} for changes in ({"seed": LONE}, {"layers": "9 " * 9}, {LONE: 1})),
            *({"own": rows} for rows in OWN),
            *({"config": CONFIG | {"data": "own"}, "own": rows} for rows in OWN[:2]),
            *({"moment": {"epoch": odd, "weights": odd}} for odd in (*ODD, -1, 10**30, True, 1.5, 5001)),
            {"moment": {"epoch": 5, "weights": "A" * 500_000}},
            *({"cut": CUT | {name: odd}} for name in CUT for odd in (*ODD[1:4], 10**400, True)),
            *({"cut": CUT | {"places": places}} for places in ([0, 0], [0, 10**30], [True, 1], [-1, 1])),
            *({"cut": CUT | {"path": path}} for path in ([[0, 0, 1e400]], [[0, 0, 0]] * 401, [[0], [0, 0]])),
        ),
    ),
    "forger": (
        "gan_plane",
        "forger-board",
        (
            *({name: odd} for name in ("config", "own", "seen") for odd in ODD),
            *({"config": {name: odd}} for name in ("g_layers", "lr_g", "seed", "data") for odd in ODD[1:6]),
            *({"own": rows} for rows in (*OWN, [[1, 2]] * 20_000, [[10**400, 1]])),
            *({"seen": {"rows": rows, "config": {}}} for rows in (*OWN, [[0] * 8] * 20_000, [[10**400] * 8])),
            *({"seen": {"rows": [[0] * 8], "config": {"lr_g": odd}}} for odd in ODD),
            {"config": {LONE: 1}},
        ),
    ),
    "signals": (
        "activations_and_gradients",
        "signals-board",
        (
            *({"config": odd} for odd in ODD),
            *({"config": {name: odd}} for name in ("depth", "width", "norm", "seed") for odd in ODD[1:6]),
            {"config": {LONE: 1}},
        ),
    ),
    "autograd": (
        "tensors",
        "tensors-board",
        (
            *({"leaves": odd} for odd in ODD),
            *({"leaves": {name: odd}} for name in ("x", "a", "expression", "values") for odd in ODD[1:6]),
            {"leaves": {"expression": LONE, "values": {LONE: 1}}},
            {"leaves": {"expression": "x ** 2", "values": {"x": 1e400}}},
        ),
    ),
}


@pytest.mark.parametrize("board", TOLD)
def test_a_board_may_tell_anything(server: Server, some: Callable[..., list[Any]], board: str) -> None:
    name, key, states = TOLD[board]
    with tab(server, name) as page:
        widget = next(
            id
            for id, (element, _) in page.widgets().items()
            if type(element).__name__ == "BidiComponent" and key in id
        )
        for said in some(states, 6):
            state = WidgetState(id=widget, json_value=json.dumps(said))
            assert goes_on(page, state, page.widgets()[widget][1]), said
