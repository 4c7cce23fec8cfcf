"""Words that explain themselves, and the pages that speak of them."""

from __future__ import annotations

from dlcore.glossary import BY_NAME, TERMS
from ui.explain import explain, link
from ui.path import BY_FILE, WORDS
from ui.taught import WORDS as SPOKEN_OF
from ui.taught import pages_of


def test_a_word_is_explained_once_where_it_first_stands() -> None:
    loss = BY_NAME["loss"]
    assert explain("The loss falls. A low loss is good.") == f"The {link(loss)} falls. A low loss is good."
    assert explain("**Loss**") == f"**{link(loss, 'Loss')}**"


def test_code_formulas_icons_and_links_are_left_alone() -> None:
    for text in ("`loss`", "$loss$", ":material/weight:", "[loss](words#loss)", "a step", "weightless"):
        assert explain(text) == text
    assert explain(explain("loss and seed")) == explain("loss and seed")


def test_every_page_says_which_words_it_speaks_of() -> None:
    assert sorted(SPOKEN_OF) == sorted(set(BY_FILE) - {WORDS.file})
    for names in SPOKEN_OF.values():
        assert len(set(names)) == len(names)
        assert set(names) <= set(BY_NAME)


def test_every_word_is_spoken_of_somewhere() -> None:
    assert [term.name for term in TERMS if not pages_of(term)] == []
