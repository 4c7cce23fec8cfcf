"""Who holds the class: whoever knows the code that the server prints when it starts."""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass, field

from dlcore.errors import RunError
from dlcore.runs.storage.codes import CODE_LENGTH, CODE_LETTERS
from ui import limits
from ui.guesses import Guesses

HOLDERS = 20


def _new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


@dataclass
class Teachers:
    """A holder is a browser at its address: a run's code, which opens runs elsewhere, opens no class."""

    code: str = field(default_factory=_new_code)
    guesses: Guesses = field(default_factory=lambda: Guesses(most=limits.TEACHER_CODES))
    _holders: dict[tuple[str, str], None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def spelled(self) -> str:
        """As it is printed: "ABCD-EFGH"."""
        return f"{self.code[:4]}-{self.code[4:]}"

    def holds(self, owner: str, address: str) -> bool:
        return (owner, address) in self._holders

    def take(self, typed: str, owner: str, address: str) -> None:
        """Hold the class from now on. Raises RunError for a wrong code, whatever is wrong about it, and for
        one guess too many: then a right one is not looked at either.
        """
        letters = "".join(letter for letter in typed[:40].upper() if letter.isalnum())
        with self._lock:
            if not self.guesses.allow(address):
                raise RunError("Too many wrong codes from here: wait a minute, then try again.")
            if not hmac.compare_digest(letters.encode(), self.code.encode()):
                raise RunError("This is not the teacher's code: it stands where the server was started.")
            self.guesses.right(address)
            self._holders[owner, address] = None
            while len(self._holders) > HOLDERS:
                del self._holders[next(iter(self._holders))]

    def leave(self, owner: str, address: str) -> None:
        """This browser holds the class no longer."""
        with self._lock:
            self._holders.pop((owner, address), None)
