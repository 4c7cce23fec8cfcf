"""What a command says never breaks it: not by a sign its terminal lacks, not by a reader that left."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

ALIKE = "dlcore-alike"  # the name of our way to treat signs that an encoding lacks
SIGNS = {
    "±": "+/-",
    "×": "x",
    "·": "*",
    "−": "-",
    "–": "-",
    "—": "-",
    "‑": "-",
    "…": "...",
    "→": "->",
    "←": "<-",
    "µ": "u",
    "μ": "u",
    "Δ": "d",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "√": "sqrt",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "✓": "+",
    "✗": "x",
    "•": "*",
    "━": "-",
    "─": "-",
    "│": "|",
}


def alike(error: UnicodeError) -> tuple[str, int]:
    """For each sign that cannot be written the nearest in ASCII, else a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(map(_alike, lacking)), error.end


def _alike(sign: str) -> str:
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return SIGNS.get(sign) or plain or "?"


class Lasting(io.TextIOWrapper):
    """A stream that is written to as far as that is possible; what follows then goes nowhere."""

    lost: OSError | None = None  # why

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._lose(error)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        """Nothing behind this descriptor takes anything any more: not from us, not from the interpreter."""
        self.lost = self.lost or error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


@contextmanager
def lasting() -> Iterator[None]:
    """Here both output streams of this process last. If what was said is lost, that is no success."""
    codecs.register_error(ALIKE, alike)
    sys.stdout, sys.stderr = _lasting(sys.stdout), _lasting(sys.stderr)
    try:
        yield
    except SystemExit as end:
        if not end.code:  # typer ends every command like this
            _admit_loss()
        raise
    _admit_loss()


def _admit_loss() -> None:
    sys.stdout.flush()
    lost = sys.stdout.lost if isinstance(sys.stdout, Lasting) else None
    if lost is not None and lost.errno != errno.EPIPE:  # whoever reads a pipe may have enough
        sys.exit(f"What this command said could not be written ({lost.strerror}): what it did is done.")


def _lasting(stream: TextIO | None) -> TextIO:
    if stream is None:  # closed by whoever started us: its number must not fall to a file of ours
        return open(os.devnull, "w", encoding="utf-8")
    stream.flush()
    return Lasting(
        stream.buffer,
        encoding=stream.encoding,
        errors=ALIKE,
        line_buffering=stream.isatty() or stream is sys.stderr,
    )
