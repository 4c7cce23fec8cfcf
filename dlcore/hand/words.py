"""What the page of the hand says of what was learned and what was forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dlcore.hand.drawings import WANTED, Drawing, Hand, next_digit
from dlcore.hand.outcome import Votes
from dlcore.training.change import Change
from dlcore.training.evaluation import Evaluation
from dlcore.words import vote_percent


def prompt(hand: Hand) -> str:
    """What to draw next, and how far one is."""
    count = len(hand) + 1
    place = f"{count} of {WANTED}" if count <= WANTED else f"drawing {count}"
    return f"Write a {next_digit(hand)} · {place}"


def right_words(right: int, total: int) -> str:
    """Of drawings."""
    return f"reads {right} of {total} right"


def row(change: Change) -> tuple[str, str, str]:
    """Before, after and what to make of it: the cells of a table."""
    if not change.total:
        return "–", "–", "There are none."
    before, after = (f"{right:,} of {change.total:,}" for right in (change.before, change.after))
    return before, after, change_words(change)


def change_words(change: Change) -> str:
    """How many turned, each way, and whether chance alone does that too."""
    if not change.learned + change.forgot:
        return "Nothing turned."
    turned = [f"{change.learned} turned right"] if change.learned else []
    turned += [f"{change.forgot} turned wrong"] if change.forgot else []
    return ", ".join(turned) + (": within chance." if change.within_chance else ": more than chance.")


def learned_words(rehearsal: int) -> str:
    """From what it learned."""
    if not rehearsal:
        return "it learned from these drawings alone."
    return f"it learned from these drawings and from {rehearsal:,} old digits in each epoch."


def forgotten_words(forgotten: tuple[int, ...], test: Evaluation) -> str:
    """Which digits they are."""
    counts = Counter(int(test.labels[index]) for index in forgotten)
    told = ", ".join(f"{count} labelled {digit}" for digit, count in counts.most_common())
    return f"Of them {told}."


def reading_words(said: Sequence[Sequence[float]]) -> str:
    """Of the drawing on the canvas: what one network reads, or one before it learned and after."""
    told = [_read(shares) for shares in said]
    return f"It reads {told[0]}." if len(told) == 1 else f"Before, it read {told[0]}; now {told[1]}."


def doubt_words(label: int, shares: Sequence[float]) -> str:
    """Asked before a drawing is kept as a `label` and looks like another digit; "" if it does not."""
    best = max(range(10), key=shares.__getitem__)
    if best == label:
        return ""
    return f"You meant a {label}? It looks like a {best}. If you did, keep it: it will learn."


def drawing_words(drawing: Drawing, *, aside: bool, votes: list[Votes]) -> str:
    """One drawing: what it was meant to be, what it is read as, and before that."""
    kept = "set aside, not learned from" if aside else "to learn from"
    told = reading_words([vote.tolist() for vote in votes])
    return f"A {drawing.label}, {kept}. {told}"


def _read(shares: Sequence[float]) -> str:
    best = max(range(10), key=shares.__getitem__)
    return f"{best} with {vote_percent(shares[best])}"
