"""Short codes by which an owner is found again from another computer."""

from __future__ import annotations

import secrets
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from dlcore.runs.storage.database import CODES
from dlcore.runs.storage.folder import DataFolder

CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
CODE_LENGTH = 8


class Codes(DataFolder):
    """The codes of all owners."""

    def code_of(self, owner: str) -> str:
        """This owner's code, made at the first call."""
        while (code := self._known_code(owner)) is None:
            made = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
            # Two pages of a new visitor ask at once: one of them makes it, both read it.
            with self._transaction() as connection, suppress(IntegrityError):
                connection.execute(CODES.insert().values(code=made, owner=owner))
            self.empty_journal()  # somebody notes it on paper
        return code

    def _known_code(self, owner: str) -> str | None:
        query = sa.select(CODES.c.code).where(CODES.c.owner == owner)
        with self._transaction() as connection:
            code: str | None = connection.execute(query).scalar_one_or_none()
        return code

    def owner_of(self, code: str) -> str | None:
        """Whose code this is, in whatever way it is typed; None if it is nobody's."""
        letters = "".join(letter for letter in code.upper() if letter.isalnum())
        with self._transaction() as connection:
            query = sa.select(CODES.c.owner).where(CODES.c.code == letters)
            owner: str | None = connection.execute(query).scalar_one_or_none()
        return owner
