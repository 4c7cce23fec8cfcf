"""Learners' notebooks: each belongs to one owner, is bounded, and goes with one word."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from dlcore.classroom.notebook import NOTE_LETTERS, Attempt, Notebook, attempt_of, cut
from dlcore.runs.storage.bounded import put_row
from dlcore.runs.storage.database import NOTEBOOKS
from dlcore.runs.storage.folder import DataFolder
from dlcore.runs.storage.reading import ODD, parse_json

MOST_OF_ONE = 400  # rows: the lab has some 130 cards and 35 pages
MOST = 40_000  # of everybody's, most of them of some 300 bytes, none over 60 kB
NAME_LETTERS = 300  # of a card's name, or of a question
CARD, NOTE, ANSWER = "card ", "note", "answer "


class Notebooks(DataFolder):
    """Short transactions. What was written longest ago is forgotten first."""

    def notebook_of(self, owner: str) -> Notebook:
        """All that this owner has written, the oldest first. A damaged row says nothing."""
        query = NOTEBOOKS.select().where(NOTEBOOKS.c.owner == owner).order_by(NOTEBOOKS.c.at)
        with self._transaction() as connection:
            rows = connection.execute(query).all()
        attempts: dict[str, dict[str, Attempt]] = {}
        notes: dict[str, str] = {}
        answers: dict[str, str] = {}
        for row in rows:
            page, name = str(row.page), str(row.name)
            with suppress(*ODD):
                content = parse_json(row.content)
                if name.startswith(CARD):
                    attempts.setdefault(page, {})[name.removeprefix(CARD)] = attempt_of(dict(content))
                elif name == NOTE:
                    notes[page] = _text(content)
                elif name.startswith(ANSWER):
                    answers[name.removeprefix(ANSWER)] = _text(content)
        return Notebook(attempts, notes, answers)

    def keep_card(self, owner: str, page: str, name: str, written: Attempt) -> None:
        """What a run showed before stays if this says nothing of a run."""
        if not written.found:
            written = written.over(self._attempt(owner, page, f"{CARD}{name}"))
        self._keep(owner, page, f"{CARD}{name}", attempt_of(written.as_plain()).as_plain())

    def keep_note(self, owner: str, page: str, text: str) -> None:
        """As much of it as a note holds; nothing takes it away. `page` "": of the whole lab."""
        self._keep(owner, page, NOTE, cut(text))

    def keep_answer(self, owner: str, question: str, text: str) -> None:
        self._keep(owner, "", f"{ANSWER}{question}"[:NAME_LETTERS], cut(text))

    def keep_notebook(self, owner: str, notebook: Notebook) -> None:
        """Beside what is there: nothing that was written since is overwritten."""
        for page, cards in notebook.attempts.items():
            for name, written in cards.items():
                self._keep(owner, page, f"{CARD}{name}", written.as_plain(), only_new=True)
        for page, text in notebook.notes.items():
            self._keep(owner, page, NOTE, cut(text), only_new=True)
        for question, text in notebook.answers.items():
            self._keep(owner, "", f"{ANSWER}{question}", cut(text), only_new=True)

    def forget_notebook(self, owner: str) -> None:
        self._write([NOTEBOOKS.delete().where(NOTEBOOKS.c.owner == owner)])

    def _attempt(self, owner: str, page: str, name: str) -> Attempt | None:
        """What is kept of one card; None if nothing that can be read is."""
        query = sa.select(NOTEBOOKS.c.content).where(_same(_key(owner, page, name)))
        with self._transaction() as connection:
            content = connection.execute(query).scalar_one_or_none()
        with suppress(*ODD):
            return None if content is None else attempt_of(dict(parse_json(content)))
        return None

    def _keep(self, owner: str, page: str, name: str, content: Any, *, only_new: bool = False) -> None:
        key = _key(owner, page, name)
        if not content:
            self._write([NOTEBOOKS.delete().where(_same(key))])
            return
        row = key | {"content": json.dumps(content), "at": time.time()}
        # Two tabs write the same at once: to PostgreSQL the second is one row too many.
        with self._transaction() as connection, suppress(IntegrityError):
            if only_new and connection.execute(sa.select(NOTEBOOKS.c.at).where(_same(key))).first():
                return
            put_row(connection, NOTEBOOKS, row, of_one=MOST_OF_ONE, of_all=MOST)


def _key(owner: str, page: str, name: str) -> dict[str, str]:
    return {"owner": owner, "page": page[:NAME_LETTERS], "name": name[:NAME_LETTERS]}


def _same(key: Mapping[str, str]) -> sa.ColumnElement[bool]:
    return sa.and_(*(NOTEBOOKS.c[column] == value for column, value in key.items()))


def _text(content: object) -> str:
    if not isinstance(content, str):
        raise TypeError("A note must be a text.")
    return content[:NOTE_LETTERS]
