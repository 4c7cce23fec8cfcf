"""A script as numbered lines whose words have their kinds; lines may be marked."""

from __future__ import annotations

import io
import keyword
import token
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["", "keyword", "number", "text", "comment"]
Mark = Literal["", "wrong", "found", "mended"]


@dataclass(frozen=True)
class CodeLine:
    """`parts`: its text in pieces, each with its kind."""

    number: int
    parts: tuple[tuple[str, Kind], ...]
    mark: Mark = ""


def code_lines(source: str, marks: Mapping[int, Mark]) -> tuple[CodeLine, ...]:
    """`marks` by a line's number, from 1."""
    kinds: dict[int, list[tuple[int, int, Kind]]] = {}
    for found in tokenize.generate_tokens(io.StringIO(source).readline):
        (row, start), (_, end) = found.start, found.end
        if kind := _kind(found):
            kinds.setdefault(row, []).append((start, end, kind))
    return tuple(
        CodeLine(number, _parts(text, kinds.get(number, [])), marks.get(number, ""))
        for number, text in enumerate(source.splitlines(), 1)
    )


def _kind(found: tokenize.TokenInfo) -> Kind:
    match found.type:
        case token.NAME if keyword.iskeyword(found.string):
            return "keyword"
        case token.NUMBER:
            return "number"
        case token.STRING:
            return "text"
        case tokenize.COMMENT:
            return "comment"
    return ""


def _parts(text: str, kinds: list[tuple[int, int, Kind]]) -> tuple[tuple[str, Kind], ...]:
    parts: list[tuple[str, Kind]] = []
    at = 0
    for start, end, kind in kinds:
        parts += [(text[at:start], ""), (text[start:end], kind)]
        at = end
    return tuple((piece, kind) for piece, kind in [*parts, (text[at:], "")] if piece)
