"""A learner's own notebook: guesses, what their runs showed, notes, answers; taken away as one file."""

import time
from functools import partial

import streamlit as st

from dlcore.cards import guess_words
from dlcore.classroom.hand_in import hand_in, in_order
from dlcore.classroom.notebook import NOTE_LETTERS, Attempt, Notebook
from dlcore.errors import DlcoreError
from dlcore.words import count_of
from ui import assignments, classroom, form, messages, notebook, path, services

PAGE = "my_work"
key = partial(form.key, PAGE)
STOPS = {assignments.page_of(stop): stop for main in path.STOPS for stop in (main, *main.also)}
MADE = key("made")  # what the file holds: once more is written, it must be made anew


# --- callbacks ------------------------------------------------------------------------------


def keep_note(page: str, name: str) -> None:
    notebook.keep_note(page, typed(name))


def keep_answer(question: str, name: str) -> None:
    notebook.keep_answer(question, typed(name))


def typed(name: str) -> str:
    """What stands in a box now; as much of it as is kept stands there from now on."""
    text = str(st.session_state.get(name) or "")
    st.session_state[name] = text[:NOTE_LETTERS]
    return text


def delete() -> None:
    notebook.forget()
    empty_boxes()


def bring_back() -> None:
    notebook.bring_back()
    empty_boxes()


def empty_boxes() -> None:
    """They show what is kept."""
    found = notebook.mine()
    kept = {f"note_{page}": text for page, text in found.notes.items()}
    kept |= {f"answer_{question}": text for question, text in found.answers.items()}
    for name in [str(name) for name in st.session_state if str(name).startswith(key("box_"))]:
        st.session_state[name] = kept.get(name.removeprefix(key("box_")), "")


# --- the page -------------------------------------------------------------------------------


def box(label: str, name: str, text: str, keep: partial[None], *, hint: str = "", lines: int = 2) -> None:
    """A field for a text, which is kept when it is left."""
    st.text_area(
        label,
        text,
        height=24 + 24 * lines,
        key=name,
        on_change=messages.guarded(PAGE, keep),
        placeholder=hint or None,
    )


def note_box(page: str, label: str, text: str, hint: str, lines: int) -> None:
    name = key(f"box_note_{page}")
    box(label, name, text, partial(keep_note, page, name), hint=hint, lines=lines)


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
                on_click=messages.guarded(PAGE, bring_back),
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
        name = key(f"box_answer_{question}")
        answer, keep = found.answers.get(question, ""), partial(keep_answer, question, name)
        box(messages.plain(question), name, answer, keep)


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
