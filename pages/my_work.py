"""A learner's own notebook: guesses, what their runs showed, notes, answers; taken away as one file."""

import time
from collections.abc import Callable
from functools import partial

import streamlit as st

from dlcore.cards import guess_words
from dlcore.classroom.hand_in import hand_in, in_order
from dlcore.classroom.notebook import Attempt, Notebook, cut
from dlcore.errors import DlcoreError, UploadError
from dlcore.words import count_of
from ui import assignments, classroom, form, messages, notebook, path, services

PAGE = "my_work"
key = partial(form.key, PAGE)
STOPS = {assignments.page_of(stop): stop for main in path.STOPS for stop in (main, *main.also)}
FILLED = key("filled")  # by its name, what a box showed when all of that was kept
MADE = key("made")  # what the file holds: once more is written, it must be made anew


# --- callbacks ------------------------------------------------------------------------------


def filled() -> dict[str, str]:
    return st.session_state.setdefault(FILLED, {})  # type: ignore[no-any-return]


def keep(write: Callable[[str, str], str], name: str) -> None:
    """What stands in a box now. `write` keeps it, and says what is not as it was typed."""
    shown, typed = filled(), str(st.session_state.get(name) or "")
    said = write(typed, shown.get(name, ""))
    shown[name] = cut(typed)
    if said:
        raise UploadError(said)


def delete() -> None:
    shown = filled()
    notebook.forget()
    shown.clear()  # nor is there anything in the boxes


# --- the page -------------------------------------------------------------------------------


def box(
    label: str, name: str, kept: str, write: Callable[[str, str], str], *, hint: str = "", lines: int = 2
) -> None:
    """A field for a text, which is kept when it is left. It shows what is kept, wherever that was written, as
    long as nothing else is typed.
    """
    shown, now = filled(), st.session_state.get(name)
    untouched = now is None or name not in shown or cut(now) == shown[name]
    if untouched:
        shown[name] = kept
    if now is None or (untouched and now.strip() != kept):
        st.session_state[name] = kept
    st.text_area(
        label,
        height=24 + 24 * lines,
        key=name,
        on_change=messages.guarded(PAGE, partial(keep, write, name)),
        placeholder=hint or None,
    )


def note_box(page: str, label: str, text: str, hint: str, lines: int) -> None:
    box(label, key(f"box_note_{page}"), text, partial(notebook.keep_note, page), hint=hint, lines=lines)


def buttons(found: Notebook) -> None:
    name = classroom.own_name()
    titles = {page: stop.label for page, stop in STOPS.items()}
    day = time.strftime("%d %B %Y")
    with st.container(horizontal=True, vertical_alignment="center", key=key("ways")):
        # In two steps: what was typed last comes to the server with the first click, not before.
        if st.button(
            "Make the file to hand in",
            type="primary",
            icon=":material/description:",
            key=key("make"),
            disabled=not found,
            help="One file with all that stands here: any browser opens it and prints it.",
        ):
            st.session_state[MADE] = found
        if found and st.session_state.get(MADE) == found:
            st.download_button(
                "Download it",
                hand_in(found, titles, name=name, day=day),
                f"{' '.join(('my work', name)).strip().replace(' ', '-')}.html",
                "text/html",
                type="primary",
                icon=":material/download:",
                key=key("download"),
                on_click="ignore",
            )
        st.button(
            "Delete all of it",
            icon=":material/delete:",
            key=key("delete"),
            on_click=messages.guarded(PAGE, delete),
            disabled=not found,
        )
        if notebook.forgotten():
            st.button(
                "Bring it back",
                icon=":material/undo:",
                key=key("back"),
                on_click=messages.guarded(PAGE, notebook.bring_back),
            )


def about(found: Notebook) -> None:
    """How much there is, in a sentence."""
    attempts = [attempt for cards in found.attempts.values() for attempt in cards.values()]
    if not attempts:
        st.markdown(
            "No guess yet: each page ends in cards that ask for one. What you guess then stands here."
        )
        first = path.PATH[0]
        st.page_link(path.PAGES / first.file, label=f"Begin: {first.label}", icon=f":material/{first.icon}:")
        return
    ran = sum(bool(attempt.found) for attempt in attempts)
    pages = count_of(len(found.attempts), "page")
    st.markdown(f"{count_of(len(attempts), 'card')} on {pages}; {ran} with what your own run showed.")


def card(attempt: Attempt) -> None:
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{messages.plain(attempt.title)}** · {messages.plain(attempt.question)}")
        guess, right = messages.plain(attempt.guess), messages.plain(attempt.right)
        if words := guess_words(guess, right):
            st.markdown(words)
        if attempt.found:
            st.markdown(f"**Your run showed:** {messages.plain(attempt.found)}")
            if not attempt.shown:
                st.markdown("This time the effect did not appear.")
        else:
            st.markdown(":gray[Not run yet.]")


def section(page: str, found: Notebook) -> None:
    """All that was done on a page of the lab, and a note on it."""
    stop = STOPS.get(page)
    if stop is None:
        st.subheader(messages.plain(page), anchor=False)
        st.caption("This page is no longer in the lab.")
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(stop.label, anchor=False, width="content")
            st.page_link(path.PAGES / stop.file, label="Go there", icon=f":material/{stop.icon}:")
    for attempt in found.attempts.get(page, {}).values():
        card(attempt)
    label = f"Note on {messages.plain(stop.label if stop else page)}"
    note_box(page, label, found.notes.get(page, ""), "What surprised you?", 2)


def exit_questions(found: Notebook) -> None:
    """Those of the lesson that goes on, and what was answered before."""
    running = services.room().plan
    asked = running.plan.exit_questions if running is not None else ()
    questions = [*asked, *(question for question in found.answers if question not in asked)]
    if questions:
        st.subheader("Exit questions", anchor=False)
    for question in questions:
        name, write = key(f"box_answer_{question}"), partial(notebook.keep_answer, question)
        box(messages.plain(question), name, found.answers.get(question, ""), write)


path.title(__file__)
st.write("What you guessed, what your own runs showed, and your notes. Only you see it; nothing is graded.")
messages.show_refusal(PAGE)
try:
    found = notebook.mine()
except DlcoreError as error:
    st.error(messages.plain(str(error)), icon=":material/error:")
else:
    buttons(found)
    note_box("", "Your notes", found.notes.get("", ""), "What did you find out today?", 3)
    exit_questions(found)
    about(found)
    for page in in_order(found, dict.fromkeys(STOPS, "")):
        section(page, found)
path.next_link(__file__)
