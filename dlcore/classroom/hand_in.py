"""A notebook as one HTML file: it opens and prints anywhere, and whatever stands in it is only text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from dlcore.cards import guess_words
from dlcore.classroom.notebook import Attempt, Notebook

STYLE = """
@page { size: A4; margin: 16mm }
body { font: 11pt/1.45 system-ui, sans-serif; max-width: 178mm; color: #1b1f24 }
body { margin: 24px auto; padding: 0 16px }
h1 { font-size: 20pt; margin: 0 0 4px } h2 { font-size: 14pt; margin: 22px 0 6px; break-after: avoid }
h3 { font-size: 11pt; margin: 12px 0 2px; break-after: avoid } p { margin: 2px 0 }
.card { break-inside: avoid } .note { white-space: pre-wrap; overflow-wrap: anywhere }
.note { border-left: 3px solid #6b7280; padding-left: 10px; margin: 8px 0 }
.name { display: inline-block; min-width: 70mm; border-bottom: 1px solid #6b7280 }
@media print { body { margin: 0; padding: 0 } }
"""


def hand_in(notebook: Notebook, titles: Mapping[str, str], *, name: str = "", day: str = "") -> str:
    """A whole document. `titles` of the lab's pages, in their order; "" asks for the place of the name."""
    parts = [
        f"<p>Name: <span class=name>{escape(name) or '&nbsp;'}</span> {escape(day)}</p>",
        *_answers(notebook),
    ]
    if whole := notebook.notes.get(""):
        parts.append(f"<h2>Notes</h2>{_note(whole)}")
    for page in in_order(notebook, titles):
        parts.append(f"<h2>{escape(titles.get(page, page))}</h2>")
        parts += map(_card, notebook.attempts.get(page, {}).values())
        if note := notebook.notes.get(page):
            parts.append(_note(note))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>My work</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body><h1>My work in the Deep Learning Lab</h1>{''.join(parts)}</body></html>"
    )


def in_order(notebook: Notebook, titles: Mapping[str, str]) -> list[str]:
    """The pages that have something, as `titles` orders them; those that are no longer there come last."""
    wanted = (notebook.attempts.keys() | notebook.notes.keys()) - {""}
    return [page for page in titles if page in wanted] + sorted(wanted - titles.keys())


def _answers(notebook: Notebook) -> Iterator[str]:
    if notebook.answers:
        yield "<h2>Exit questions</h2>"
    for question, answer in notebook.answers.items():
        yield f"<div class=card><h3>{escape(question)}</h3>{_note(answer)}</div>"


def _card(attempt: Attempt) -> str:
    said = [guess_words(attempt.guess, attempt.right, mark="")]
    if attempt.found:
        said.append(f"My run showed: {attempt.found}")
        said += [] if attempt.shown else ["This time the effect did not appear."]
    else:
        said.append("Not run yet.")
    told = "".join(f"<p>{escape(words)}</p>" for words in said if words)
    return f"<div class=card><h3>{escape(attempt.title)}</h3><p>{escape(attempt.question)}</p>{told}</div>"


def _note(text: str) -> str:
    return f"<p class=note>{escape(text)}</p>"
