"""What the lab finds again: checkpoints, weights, settings, notebooks."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import zeros

from dlcore.classroom.hand_in import hand_in
from dlcore.classroom.nicknames import LETTERS, told
from dlcore.classroom.notebook import PART_LETTERS, Attempt, Notebook, cut, joined
from dlcore.classroom.room import Room
from dlcore.classroom.worksheets import answer_sheet, worksheet
from dlcore.figures.run_tables import run_rows
from dlcore.run import SET, Metric, new_run
from dlcore.runs.compare import differing
from dlcore.runs.kinds import RUN_KINDS, config_type
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoint_files import read_checkpoint
from dlcore.runs.storage.checkpoints import load_config, load_model, load_state, load_weights
from dlcore.runs.storage.database import NOTEBOOKS
from dlcore.runs.storage.rows import run_of, run_row
from dlcore.runs.storage.store import Store
from dlcore.schema import Config, knobs, parse, parse_leniently
from dlcore.training.config import TrainConfig
from tests.attack.fuzz.making import Fuzz
from tests.attack.fuzz.results import WILD
from tests.attack.payloads import seen
from ui.card_sets import cards_of
from ui.messages import plain

SAID = ("sha256", "state_sha256", "epoch", "step", "config", "went_on_from")


def checkpoint(fuzz: Fuzz, folder: Path) -> None:
    """The description beside weights: a field of it is anything, or some bytes are damaged."""
    original = shipped_run("mnist").checkpoints[-1]
    path = folder / original.path.name
    if not path.exists():
        path.write_bytes(original.path.read_bytes())
    content = original.path.with_suffix(".json").read_bytes()
    if fuzz.chance.random() < 0.5:
        about: Any = json.loads(content)
        place = fuzz.chance.choice((about, about["config"]))
        place[fuzz.chance.choice(list(place))] = fuzz.value()
        content = json.dumps(about).encode()
    else:
        content = fuzz.damaged(content)
    path.with_suffix(".json").write_bytes(content)
    load_config(read_checkpoint(path), TrainConfig)


def weights(fuzz: Fuzz, folder: Path) -> None:
    """Weights that are damaged, under the digest of the whole ones and under their own."""
    original = shipped_run("mnist").checkpoints[0]
    path = folder / f"w-{original.path.name}"
    path.with_suffix(".json").write_bytes(original.path.with_suffix(".json").read_bytes())
    head = original.path.read_bytes()
    content = fuzz.damaged(head[:2000]) + head[2000:]
    path.write_bytes(content)
    if fuzz.chance.random() < 0.5:
        about = json.loads(path.with_suffix(".json").read_bytes())
        about["sha256"] = hashlib.sha256(content).hexdigest()
        path.with_suffix(".json").write_text(json.dumps(about))
    load_model(read_checkpoint(path))


def kind(fuzz: Fuzz, folder: Path) -> None:
    """The description beside weights of any kind of run, with odd settings or damaged; and those weights."""
    chance = fuzz.chance
    kind = chance.choice(list(RUN_KINDS))
    said = config_type(kind)().model_dump(mode="json") | settings(fuzz, kind)
    path = folder / f"{kind}.safetensors"
    if not path.exists():
        path.write_bytes(save({"weight": zeros(2)}))
    about: dict[str, Any] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "epoch": 1, "step": 1}
    about |= {"config": said} | {name: fuzz.value() for name in chance.sample(SAID, k=chance.random() < 0.2)}
    content = json.dumps(about).encode()
    path.with_suffix(".json").write_bytes(fuzz.damaged(content) if chance.random() < 0.3 else content)
    read = read_checkpoint(path)
    assert isinstance(load_config(read, config_type(kind)), Config)
    load_weights(read)
    if chance.random() < 0.2:
        load_state(read)  # it has none


def settings(fuzz: Fuzz, kind: str) -> dict[str, Any]:
    """Some settings of a kind of run, odd or of another version."""
    chance, config = fuzz.chance, config_type(kind)
    names = chance.sample(list(knobs(config)), k=chance.randrange(3))
    odd = {fuzz.word(): fuzz.value()} if chance.random() < 0.1 else {}
    return {name: fuzz.setting(config, name) for name in names} | odd


def reopened(fuzz: Fuzz, folder: Path) -> None:
    """A run as a store has it, from which a form is filled again, with knobs that were moved."""
    chance = fuzz.chance
    kind = chance.choice(list(RUN_KINDS))
    config: Any = config_type(kind)()
    moved = {
        f"{SET}{name}": tuple(
            Metric(name, chance.randrange(99), 1, 0.0, chance.choice(WILD)) for _ in range(2)
        )
        for name in (fuzz.word(), chance.choice(list(knobs(type(config)))))
    }
    row = run_row(new_run("anna", kind, config, name=fuzz.word()))
    said = json.dumps(config.model_dump(mode="json") | settings(fuzz, kind)).encode()
    row["config"] = (fuzz.damaged(said) if chance.random() < 0.2 else said).decode(errors="replace")
    run = run_of(row, series=moved)
    again, sentences = parse_leniently(config, run.config)
    assert isinstance(again, type(config))
    assert all(len(plain(sentence)) < 2000 for sentence in sentences)
    run_rows([run, replace(run, id="b", config=config.model_dump())], [], {})
    assert all(isinstance(step, int) for step, _, _ in run.controls())
    differing([run, replace(run, config=config.model_dump())])
    parse(type(config), run.config)


def rows(fuzz: Fuzz, folder: Path) -> None:
    """A notebook some of whose rows are damaged: what can be read of it is shown, printed and handed in."""
    chance = fuzz.chance
    with closing(Store(folder)) as store:
        store.forget_notebook("anna")
        for number in range(8):
            attempt = dict.fromkeys(Attempt("", "").as_plain(), fuzz.word())
            odd = attempt | {name: fuzz.value() for name in chance.sample(list(attempt), 2)}
            content = json.dumps(chance.choice((odd, fuzz.value(), "a note"))).encode()
            content = fuzz.damaged(content) if chance.random() < 0.2 else content
            row = {
                "owner": "anna",
                "page": chance.choice(("", "playground", fuzz.word())),
                "name": chance.choice((f"card {number}", f"answer {number}", f"{fuzz.word()} {number}")),
                "content": content.decode(errors="replace"),
                "at": float(number),
            }
            row |= {} if number else {"name": "note"}
            with store._transaction() as connection:
                connection.execute(NOTEBOOKS.insert().values(**row))
        found = store.notebook_of("anna")
        store.keep_card("anna", "playground", "x", Attempt("title", "question", guess=fuzz.word()))
        store.keep_notebook("anna", found)
        shown(found, fuzz)


def shown(found: Notebook, fuzz: Fuzz) -> None:
    """On a page, on a sheet and in a file to hand in: of whatever was written, nothing is markup."""
    attempts = [attempt for cards in found.attempts.values() for attempt in cards.values()]
    parts = [getattr(attempt, name) for attempt in attempts for name in ("title", "guess", "found", "right")]
    assert all(len(part) <= PART_LETTERS for part in parts)
    name, cards = fuzz.word(), cards_of("playground.py")
    filled = dict(zip(cards, attempts, strict=False))
    sheets = (
        worksheet("A page", cards, filled, name=name, note=found.notes.get("playground", "")),
        answer_sheet("A page", cards, filled),
        hand_in(found, {"playground": "A page"}, name=name),
    )
    assert not [tag for sheet in sheets for tag in ("<img", "<iframe", "<svg", "<math") if tag in sheet]


def written(fuzz: Fuzz, folder: Path) -> None:
    """A nickname, a note and an exit answer, as they are typed."""
    chance = fuzz.chance
    room = Room()
    room.open()
    for owner in ("anna", "bert"):
        room.enter(owner, owner, "Home")
        typed = fuzz.word() * chance.choice((1, 1, 30))
        student = room.call(owner, typed)
        assert student is not None
        assert len(student.nickname) <= LETTERS + 3
        assert seen(plain(student.nickname)) == student.nickname
        assert len(plain(told(typed, student.name))) < 2000
    with closing(Store(folder)) as store:
        typed, before = (fuzz.word() * chance.choice((1, 1, 200)) for _ in range(2))
        now = store.notebook_of("anna").notes.get("", "")
        store.keep_note("anna", "", kept := joined(typed, before, now))
        store.keep_answer("anna", "What surprised you?", typed)
        found = store.notebook_of("anna")
        assert found.notes.get("", "") == cut(kept)
        assert found.answers.get("What surprised you?", "") == cut(typed)
        shown(found, fuzz)
