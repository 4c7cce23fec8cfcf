"""What links, pages and boards ask: forms, clicks, messages, who somebody says they are."""

from __future__ import annotations

import asyncio
import json
import re
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from dlcore.classroom import assignment as assignments
from dlcore.classroom.notebook import Notebook
from dlcore.classroom.room import Room
from dlcore.errors import StoreError
from dlcore.gan.plane.config import PlaneConfig
from dlcore.nets.blocks import LAYERS, parse_blocks
from dlcore.nets.shapes import checked_plan
from dlcore.playground.config import PlaygroundConfig
from dlcore.schema import Config, knobs, parse, parse_leniently
from dlcore.signals.config import SignalsConfig
from dlcore.sweep.setup import SUGGESTED, SweepConfig, plan_of
from dlcore.tensors.config import TensorsConfig
from tests.attack.fuzz.making import Fuzz, configs
from ui import forging, identity, playing, services, tracing, worksheets
from ui.answering import said_of
from ui.components.plotly3d import component
from ui.identity import owner_in
from ui.messages import plain
from ui.teachers import Teachers
from ui.turns import Turns
from ui.turnstile import _rerun

BLOCKS = [block.strip() for block in LAYERS.split(",")]
BLOCKS += ["norm", "residual 8", "dropout 0.1", "average 2", "tanh", "conv 8x5 pad 2 stride 2"]
BOARDS: tuple[tuple[Callable[[bytes], Any], type[Config]], ...] = (
    (playing.asked, PlaygroundConfig),
    (tracing.asked, TensorsConfig),
    (lambda body: forging._begin(said_of(body)), PlaneConfig),
    (lambda body: parse(SignalsConfig, said_of(body)["config"]), SignalsConfig),
)
SAID_BY_BOARDS = [
    "own",
    "moment",
    "points",
    "epochs",
    "times",
    "expression",
    "values",
    "before",
    "ahead",
    "config",
]


def query(fuzz: Fuzz, folder: Path) -> None:
    """A link with fields of a form."""
    config = fuzz.chance.choice(configs())
    names = [*knobs(config), fuzz.word()]
    fields = {fuzz.chance.choice(names): fuzz.word() for _ in range(fuzz.chance.randrange(1, 5))}
    given = dict(urllib.parse.parse_qsl(urllib.parse.urlencode(fields, errors="replace")))
    checked, sentences = parse_leniently(config(), {k: v for k, v in given.items() if k in knobs(config)})
    assert isinstance(checked, config)
    assert all(len(plain(sentence)) < 2000 for sentence in sentences)


def widget(fuzz: Fuzz, folder: Path) -> None:
    """What a form's widgets say."""
    config = fuzz.chance.choice(configs())
    names = list(knobs(config))
    parse(config, {name: fuzz.setting(config, name) for name in fuzz.chance.choices(names, k=3)})


def click(fuzz: Fuzz, folder: Path) -> None:
    """What a component says was clicked."""
    names = ("trace", "point", "x", "y", "z")
    said = {name: fuzz.value() for name in names} if fuzz.chance.random() < 0.9 else fuzz.value()
    found = component._click(said)
    assert found is None or isinstance(found, component.Click)


def board(fuzz: Fuzz, folder: Path) -> None:
    """What a board asks: of ours, with odd things in it, or damaged."""
    chance = fuzz.chance
    read, config = chance.choice(BOARDS)
    names = chance.sample(list(knobs(config)), k=chance.randrange(3))
    said = {"config": {name: fuzz.setting(config, name) for name in names}, "epochs": 1, "times": 1}
    said |= {name: fuzz.value() for name in chance.sample(SAID_BY_BOARDS, k=chance.randrange(4))}
    body = json.dumps(said).encode()
    read(fuzz.damaged(body) if chance.random() < 0.2 else body)


def assignment(fuzz: Fuzz, folder: Path) -> None:
    """A link that a teacher may have made."""
    chance = fuzz.chance
    names = [*assignments.NAMES, assignments.SIGNED, "playground__lr", fuzz.word()]
    link = {name: fuzz.word() for name in chance.sample(names, k=chance.randrange(1, 5))}
    found, sentences = assignments.read(link)
    assert not assignments.is_signed(link, "playground", b"nobody knows it")
    if found is not None:
        sentences += assignments.unknown(found.hidden, ["lr"], "knob")
        again, _ = assignments.read(assignments.written(found.hidden, found.cards, answers=found.answers))
        assert again is None or again.asks_like(found), "what is written is read"
    assert all(len(plain(sentence)) < 2000 for sentence in sentences)


def message(fuzz: Fuzz, folder: Path) -> None:
    """What comes over a page's socket."""
    sent, chance = BackMsg(), fuzz.chance
    sent.rerun_script.query_string, sent.rerun_script.fragment_id = fuzz.word(), fuzz.word()
    for _ in range(chance.randrange(3)):
        sent.rerun_script.widget_states.widgets.add(id=fuzz.word(), json_value=fuzz.word())
    body = sent.SerializeToString()
    found = _rerun({"bytes": fuzz.damaged(body) if chance.random() < 0.7 else body})
    assert found is None or isinstance(found, ClientState)


def cookie(fuzz: Fuzz, folder: Path) -> None:
    owner = owner_in(f"{identity.OWNER_COOKIE}={fuzz.word()}; {fuzz.word()}={fuzz.word()}")
    assert owner is None or re.fullmatch(r"[A-Za-z0-9_-]{22}", owner)


def host(fuzz: Fuzz, folder: Path) -> None:
    headers = {"Host": fuzz.word(), "Origin": fuzz.word(), fuzz.word() or "x": fuzz.word()}
    assert not identity.at_the_machine("127.0.0.1", headers, behind_proxy=True)
    identity.at_the_machine(fuzz.word(), headers, behind_proxy=False)


def blocks(fuzz: Fuzz, folder: Path) -> None:
    """A network of one's own, as a line of text."""
    chance = fuzz.chance
    words = chance.choices(BLOCKS, k=chance.randrange(1, 12))
    if chance.random() < 0.2:
        words[chance.randrange(len(words))] = fuzz.word()
    text = ", ".join([*words, "dense 10"])
    if chance.random() < 0.3:
        text = fuzz.damaged(text.encode()).decode(errors="replace")
    checked_plan(parse_blocks(text))


def sweep(fuzz: Fuzz, folder: Path) -> None:
    """Which values of which knobs many runs try."""
    chance = fuzz.chance
    fields: dict[str, Any] = {"way": chance.choice(("grid", "draw")), "seeds": chance.randrange(1, 4)}
    for name, turned in zip(("first", "second", "third"), chance.sample(list(SUGGESTED), 3), strict=True):
        values = [fuzz.word() if chance.random() < 0.1 else each for each in SUGGESTED[turned].split(",")]
        fields |= {name: turned, f"{name}_values": ",".join(chance.choices(values, k=chance.randrange(1, 4)))}
    plan_of(parse(SweepConfig, fields))


def sheet(fuzz: Fuzz, folder: Path) -> None:
    """The address of a worksheet or its answers, of whoever the cookie says."""
    chance = fuzz.chance
    names = (*worksheets.PAGES, urllib.parse.quote(fuzz.word(), errors="replace") or "x")
    path = f"/worksheet/{chance.choice(names)}{chance.choice(('', '/answers', '/'))}"
    query = urllib.parse.urlencode({chance.choice(("empty", fuzz.word())): fuzz.word()}, errors="replace")
    cookie = f"{identity.OWNER_COOKIE}={chance.choice(('a' * 22, fuzz.word()))}"
    said: list[Message] = []

    async def heard(message: Message) -> None:
        said.append(message)

    async def empty() -> Message:
        return {"type": "http.request", "body": b""}

    scope = {
        "type": "http",
        "method": "GET",
        "path": urllib.parse.unquote(path),
        "query_string": query.encode(),
    }
    scope |= {"headers": [(b"cookie", cookie.encode("latin-1", "replace"))], "client": ("10.0.0.7", 5)}
    teachers = Teachers()
    if chance.random() < 0.5:
        teachers.take(teachers.code, "a" * 22, "10.0.0.7")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worksheets, "turns", Turns(1e9, 1e9))
        for name, part in {"store": NoStore(), "room": Room(), "teachers": teachers}.items():
            patch.setattr(services, name, lambda part=part: part)
        asyncio.run(SHEETS(scope, empty, heard))
    assert said[0]["status"] in (200, 307, 403, 404), said
    assert b"evil" not in b"".join(message.get("body", b"") for message in said)


class NoStore:
    def notebook_of(self, owner: str) -> Notebook:
        raise StoreError("The data folder is gone.")


SHEETS = Starlette(routes=worksheets.ROUTES)
