"""All of the lab's words, from A to Z: what each means, and which pages speak of it."""

from collections.abc import Sequence

import streamlit as st

from dlcore.glossary import TERMS, Term
from ui import messages, path, taught

PAGE = "words"
MOST = 3  # pages that are named for a word


def entry(term: Term) -> None:
    st.subheader(term.name, anchor=term.slug)
    st.markdown(term.meaning)
    files = [file for file in taught.pages_of(term) if file != path.CLASS.file][:MOST]
    if files:
        with st.container(horizontal=True, gap="small"):
            for file in files:
                stop = path.BY_FILE[file]
                st.page_link(path.PAGES / file, label=stop.label, icon=f":material/{stop.icon}:")


def letters(terms: Sequence[Term]) -> None:
    """A link to the first word of each letter."""
    first = {term.name[0].upper(): term.slug for term in reversed(terms)}
    with st.container(key=f"{PAGE}__letters"):
        links = [f"[{letter}](#{slug})" for letter, slug in sorted(first.items())]
        st.markdown("&emsp;".join(links))


path.title(__file__)
st.write("Each of the lab's own words in one sentence, and the pages that speak of it.")
asked = st.text_input("Find a word", key=f"{PAGE}__find", max_chars=40, placeholder="loss")
wanted = (asked or "").strip().lower()
found = [term for term in TERMS if any(wanted in said.lower() for said in term.spellings)]
if not found:
    st.info(
        messages.plain(f"None of the {len(TERMS)} words here is written like that. Clear the box: all come.")
    )
if len(found) == len(TERMS):
    letters(found)
with st.container(key=f"{PAGE}__all", gap="small"):
    for term in found:
        entry(term)
path.next_link(__file__)
