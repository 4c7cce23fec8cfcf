"""Which of the lab's words stand on a page without being explained where they first stand."""

from __future__ import annotations

import re
from typing import Any

from dlcore.glossary import BY_SPELLING, SPELLED, Term

LINK = re.compile(r"\[([^\]]*)\]\(words#[\w-]+ \"[^\"]*\"\)")
NO_PROSE = re.compile(r"`[^`]*`|\$[^$]*\$|:material/\w+:|\]\([^)]*\)")


def mentioned(text: str) -> tuple[Term, ...]:
    """The terms that stand in a text, in the order in which they first stand there."""
    found = [BY_SPELLING[said.lower()] for said in SPELLED.findall(text)]
    return tuple(dict.fromkeys(found))


def unexplained(page: Any) -> list[str]:
    """Words in the page's prose, from top to foot, that are not explained where they first stand."""
    seen: set[str] = set()
    missing: list[str] = []
    for element in page.at.main:
        if element.type not in ("markdown", "caption"):
            continue
        text = str(element.value)
        here = {term.name for said in LINK.findall(text) for term in mentioned(said)}
        spoken = [term for term in mentioned(NO_PROSE.sub(" ", text)) if not term.everyday]
        missing += [term.name for term in spoken if term.name not in seen | here]
        seen |= here | {term.name for term in spoken}
    return missing


def explained(page: Any) -> set[str]:
    """Words that are explained anywhere on the page."""
    texts = [str(element.value) for element in page.at.main if element.type in ("markdown", "caption")]
    return {term.name for text in texts for said in LINK.findall(text) for term in mentioned(said)}
