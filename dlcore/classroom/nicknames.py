"""What somebody wants to be called in class: cleaned, bounded, and never the same as another's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

LETTERS = 20  # of a nickname
TYPED = 80  # that a field takes
READ = 400  # of what was typed: the rest is not looked at
TAG = re.compile(r"<[^<>]*>")
NUMBERED = re.compile(r"student \d+", re.IGNORECASE)


def student(number: int) -> str:
    """How somebody is called who has chosen no name."""
    return f"Student {number}"


def cleaned(typed: str) -> str:
    """Letters, digits, spaces and - ' . of it, at most 20; "" if nothing is left, or another's number.

    What looks like a tag goes as a whole: "<b>Ada</b>" is Ada.
    """
    text = unicodedata.normalize("NFKC", TAG.sub("", typed[:READ]))
    kept = "".join(sign if _keeps(sign) else " " for sign in text)
    name = " ".join(kept.split())[:LETTERS].strip()
    return "" if NUMBERED.fullmatch(name) or not any(map(str.isalnum, name)) else name


def _keeps(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LNM" or sign in "-'."


def unlike(name: str, others: Collection[str]) -> str:
    """`name`, with a number behind it if somebody is called so already: "Ada", "Ada 2"."""
    taken = {other.casefold() for other in others}
    number, found = 1, name
    while found.casefold() in taken:
        number += 1
        found = f"{name} {number}"
    return found


def told(typed: str, name: str) -> str:
    """Why somebody is called otherwise than they typed, in a sentence; "" where they are not."""
    wanted = " ".join(typed.split())
    if not wanted or wanted == name:
        return ""
    if len(wanted) > LETTERS and wanted.startswith(name):
        return f"A name has {LETTERS} letters at most: yours ends as “{name}”."
    if NUMBERED.fullmatch(wanted):
        return f"Numbers are given in the order of coming: you are {name}. Choose another name."
    if not cleaned(typed):
        return f"No name is left of this: you are {name}. Take letters and digits."
    if cleaned(typed) != name:
        return f"Somebody is called so already: you are {name}."
    return f"A name has at most {LETTERS} letters, digits, spaces and - ' . of it: you are {name}."
