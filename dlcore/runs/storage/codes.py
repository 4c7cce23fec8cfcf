"""Short codes by which an owner is found again from another computer."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from dlcore.runs.storage.database import CODES
from dlcore.runs.storage.folder import DataFolder

CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
CODE_LENGTH = 8


class Codes(DataFolder):
    """The codes of all owners."""

    def code_of(self, owner: str) -> str:
        """This owner's code, made at the first call."""
        made = False
        with self._transaction() as connection:
            query = sa.select(CODES.c.code).where(CODES.c.owner == owner)
            code: str | None = connection.execute(query).scalar_one_or_none()
            if code is None:
                code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
                connection.execute(CODES.insert().values(code=code, owner=owner))
                made = True
        if made:  # somebody notes it on paper
            self.empty_journal()
        return code

    def owner_of(self, code: str) -> str | None:
        """Whose code this is, in whatever way it is typed; None if it is nobody's."""
        letters = "".join(letter for letter in code.upper() if letter.isalnum())
        with self._transaction() as connection:
            query = sa.select(CODES.c.owner).where(CODES.c.code == letters)
            owner: str | None = connection.execute(query).scalar_one_or_none()
        return owner
