"""Worksheets of one A4 page, made from a page's cards: set-up, my guess, what I saw; answers apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from dlcore.cards import Card
from dlcore.classroom.notebook import Attempt

UNMARKED = (
    "Only your own runs mark an answer: run the cards once before the lesson. Until then each says what to "
    "expect, and why."
)
FOUND_LETTERS, NOTE_LETTERS = 200, 160  # that a page has room for
BESIDE_WHY = 140  # letters of what the teacher's run showed
CROWD = 7  # cards: smaller still
MANY = 5  # cards of a page, whose letters are smaller

# 297 mm less the margins. Grey says all that colour would. On a screen it is a sheet; on a phone it flows.
STYLE = """
@page { size: A4 portrait; margin: 12mm }
* { box-sizing: border-box }
html { color-scheme: light; background: #e5e7eb }
body { margin: 0; font: 10pt/1.35 system-ui, sans-serif; color: #1b1f24 }
nav { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; max-width: 210mm }
nav { margin: 12px auto; padding: 0 12px; font-size: 11pt }
nav a { color: #005fb8; padding: 10px 0 }
nav button { font: inherit; min-height: 44px; padding: 4px 16px; cursor: pointer }
nav button { border: 0; border-radius: 8px; color: #fff; background: #005fb8 }
main { width: 210mm; height: 297mm; margin: 0 auto 16px; padding: 12mm; background: #fff }
main { display: flex; flex-direction: column; gap: 3mm }
header { display: flex; justify-content: space-between; gap: 6mm; align-items: end }
header p { white-space: nowrap }
h1 { font-size: 16pt; margin: 0 } h2 { font-size: 11pt; margin: 0 0 1mm } p { margin: 0 0 1mm }
.line { display: inline-block; border-bottom: 1px solid #6b7280; overflow: hidden; white-space: nowrap }
.line { vertical-align: bottom; text-overflow: ellipsis } .name { width: 50mm } .day { width: 20mm }
.card { flex: 1 1 0; max-height: 62mm; min-height: 0 }
.card { display: grid; grid-template-columns: 1fr 84mm; gap: 5mm }
.card { border-top: 1px solid #1b1f24; padding-top: 2mm; break-inside: avoid }
.saw { border: 1px solid #6b7280; border-radius: 2mm; padding: 1.5mm 2mm; overflow-wrap: anywhere }
.what { color: #4b5563; font-size: 9pt }
.answers { display: flex; flex-wrap: wrap; gap: 1mm 6mm; margin-top: 1mm } .answers .what { flex-basis: 100% }
.box { display: inline-block; width: 3.6mm; height: 3.6mm; border: 1px solid #1b1f24; margin-right: 1.5mm }
.box { vertical-align: -0.7mm; text-align: center; font: bold 9pt/3.2mm sans-serif; overflow: hidden }
.many { font-size: 9pt; gap: 2mm } .many h2 { font-size: 10pt; margin: 0 } .many .what { font-size: 8.5pt }
.many p { margin: 0 0 .5mm } .many .answers { gap: .5mm 5mm } .many .answers .what { flex-basis: auto }
.crowd { font-size: 8.3pt; line-height: 1.24; gap: .7mm } .crowd h2 { font-size: 9pt }
.crowd .what { font-size: 7.8pt }
.crowd footer { min-height: 12mm; padding-top: 1mm } .crowd .card { flex: 1 1 auto; padding: .6mm 0 0 }
footer { border-top: 1px solid #1b1f24; padding-top: 2mm; min-height: 20mm; overflow-wrap: anywhere }
@media print { nav { display: none } html { background: #fff } main { width: auto; height: 272mm } }
@media print { main { margin: 0; padding: 0; overflow: hidden } }
@media screen and (max-width: 800px) { main { width: auto; height: auto; padding: 16px }
header { display: block } header p { white-space: normal }
.card { display: block; flex: none; max-height: none }
.saw { min-height: 24mm; margin-top: 8px } }
"""


def worksheet(
    title: str,
    cards: Mapping[str, Card],
    attempts: Mapping[str, Attempt],
    *,
    name: str = "",
    note: str = "",
    links: str = "",
) -> str:
    """What a learner fills in, a whole document: `attempts`, by a card's name, are filled in already.

    `links` are HTML of our own, for the screen alone.
    """
    filled = [attempts[each] for each in cards if each in attempts]
    words = "" if filled else "Nothing is answered yet: an empty worksheet, to fill in by hand."
    parts = [_card(card, attempts.get(each)) for each, card in cards.items()]
    surprised = f"<span class=what>What surprised me:</span> {escape(cut(note, NOTE_LETTERS))}"
    return _document(title, [*parts, f"<footer>{surprised}</footer>"], words, name, links, len(cards))


def answer_sheet(
    title: str, cards: Mapping[str, Card], attempts: Mapping[str, Attempt], *, links: str = ""
) -> str:
    """For the teacher: why, and what their own runs have borne out."""
    ran = [attempts[each] for each in cards if each in attempts and attempts[each].found]
    words = "" if len(ran) == len(cards) else UNMARKED
    parts = [_answer(card, attempts.get(each)) for each, card in cards.items()]
    return _document(f"{title}: answers", parts, words, None, links, len(cards))


def cut(text: str, letters: int) -> str:
    """At most so many letters of it, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= letters else line[: letters - 1].rstrip() + "…"


def _card(card: Card, attempt: Attempt | None) -> str:
    guess = attempt.guess if attempt is not None else ""
    saw = attempt.found if attempt is not None else ""
    if attempt is not None and attempt.right:
        saw = f"It was {attempt.right}: {saw}"
    told = f"<p class=what>What I saw</p>{escape(cut(saw, FOUND_LETTERS))}"
    return _row(card, guess, told, "My guess")


def _answer(card: Card, attempt: Attempt | None) -> str:
    if attempt is not None and attempt.found:
        seen = f"<p><b>My run showed:</b> {escape(cut(attempt.found, BESIDE_WHY))}</p>"
        why = f"<p><b>Why:</b> {escape(card.why)}</p>"
    else:
        seen = "<p class=what>No run of yours yet: no answer is marked.</p>"
        why = f"<p><b>What to expect, and why:</b> {escape(card.why)}</p>"
    return _row(card, attempt.right if attempt is not None else "", seen + why, "Answers")


def _row(card: Card, marked: str, right: str, asked: str) -> str:
    boxes = "".join(
        f"<span><span class=box aria-hidden=true>{'×' if answer == marked else ''}</span>"
        f"{f'<b>{escape(answer)}</b>' if answer == marked else escape(answer)}</span>"
        for answer in card.answers
    )
    return (
        f"<section class=card><div><h2>{escape(card.title)}</h2>"
        f"<p class=what>Set up: {escape(card.setup_words)}</p><p>{escape(card.question)}</p>"
        f"<div class=answers><span class=what>{asked}:</span>{boxes}</div></div>"
        f"<div class=saw>{right}</div></section>"
    )


def _document(title: str, parts: Sequence[str], words: str, name: str | None, links: str, cards: int) -> str:
    """`name` None: nobody's."""
    who = (
        ""
        if name is None
        else (
            f"<p>Name <span class='line name'>{escape(name) or '&nbsp;'}</span> "
            "Date <span class='line day'>&nbsp;</span></p>"
        )
    )
    said = f"<p class=what>{escape(words)}</p>" if words else ""
    sheet = f"<header><h1>{escape(title)}</h1>{who}</header>{said}{''.join(parts)}"
    crowded = " ".join(("many",) * (cards >= MANY) + ("crowd",) * (cards >= CROWD))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f'<nav><button onclick="print()">Print</button>{links}</nav>'
        f'<main class="{crowded}">{sheet}</main></body></html>'
    )
