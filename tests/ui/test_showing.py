"""What a hand chose and what a browser only says again, of a widget that its page moves too."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st

from ui.showing import NAMES, shows


class Drawn:
    """A widget as a page draws it, and a browser that says what it shows."""

    def __init__(self) -> None:
        self.value: Any = "a"
        self.chosen: list[Any] = []
        self.draw()

    def draw(self, value: Any = None) -> str:
        """With the value that it has by now, or that the page moves it to."""
        self.value = self.value if value is None else value
        self.call = shows("preset", self.value, self.choose)
        return str(self.call["key"])

    def choose(self, value: Any) -> None:
        self.chosen.append(value)
        self.value = value

    def hear(self, name: str, value: Any) -> None:
        """A message in which this widget's value differs from what the server knew."""
        st.session_state[name] = value
        key, _, choose = self.call["args"]
        self.call["on_change"](key, name, choose)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    monkeypatch.setattr(st, "session_state", {})
    return Drawn()


def test_what_a_hand_chooses_stays_the_same_widget(drawn: Drawn) -> None:
    name = drawn.draw()
    drawn.hear(name, "b")
    assert (drawn.chosen, drawn.draw()) == (["b"], name)
    drawn.hear(name, "a")
    assert (drawn.chosen, drawn.draw()) == (["b", "a"], name)


def test_what_the_page_moves_is_another_and_the_old_value_no_choice(drawn: Drawn) -> None:
    old = drawn.draw()
    new = drawn.draw("b")
    assert new != old
    assert st.session_state[new] == "b"
    drawn.hear(old, "a")
    assert drawn.chosen == []
    drawn.hear(old, "c")
    assert drawn.chosen == ["c"], "a hand was quicker than the news"


def test_what_a_hand_chose_is_heard_once(drawn: Drawn) -> None:
    name = drawn.draw()
    drawn.hear(name, "b")
    drawn.draw("a")
    drawn.hear(name, "b")
    assert drawn.chosen == ["b"]


def test_no_more_is_remembered_than_may_still_be_shown(drawn: Drawn) -> None:
    first = drawn.draw()
    for value in range(8):
        drawn.draw(value + 1)
    assert len(st.session_state["preset_heard"]) == 2
    drawn.hear(first, "z")
    assert drawn.chosen == []


def test_names_take_turns_and_each_is_as_new(drawn: Drawn) -> None:
    names = [drawn.draw(value + 1) for value in range(100)]
    assert len(set(names)) == NAMES
    assert st.session_state[names[-1]] == 100
    drawn.hear(names[-1], 1)
    assert drawn.chosen == [1]


def test_a_widget_that_was_away_and_comes_back_moved_hears_the_old_value_as_a_choice(drawn: Drawn) -> None:
    name = drawn.draw()
    drawn.hear(name, "b")
    drawn.draw()
    del st.session_state[name]  # Streamlit drops what is not drawn
    again = drawn.draw("a")
    assert again != name
    drawn.hear(again, "b")
    assert drawn.chosen == ["b", "b"]
