"""Words that are explained where they stand: a tap, a hover or the keyboard's focus says one sentence."""

from __future__ import annotations

import re

from dlcore.glossary import BY_SPELLING, SPELLED, Term

ADDRESS = "words"  # of the page that holds them all

# What is no prose: code, a formula, an icon, a link. Then a word.
PARTS = re.compile(rf"`[^`]*`|\$[^$]*\$|:material/\w+:|\[[^\]]*\]\([^)]*\)|(?P<word>{SPELLED.pattern})", re.I)


def link(term: Term, said: str = "") -> str:
    """Markdown: a link to all words, whose title is what this one means."""
    return f'[{said or term.name}]({ADDRESS}#{term.slug} "{term.meaning}")'


def explain(text: str) -> str:
    """Markdown in which each of the lab's words is explained, once, where it first stands.

    For texts of our own: a run's name that happens to be such a word is left as its owner wrote it.
    """
    done: set[Term] = set()

    def explained(found: re.Match[str]) -> str:
        said = found["word"]
        term = BY_SPELLING[said.lower()] if said else None
        if term is None or term.everyday or term in done:
            return found[0]
        done.add(term)
        return link(term, said)

    return PARTS.sub(explained, text)
