"""Where somebody's own drawings are made, one after the other, and taken back."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dlcore.errors import UploadError
from dlcore.hand.drawings import MOST, WANTED, Drawing, Hand, next_digit
from dlcore.hand.words import prompt, reading_words
from dlcore.mnist.canvas import to_digit
from dlcore.run import Checkpoint
from ui import hands, messages, state
from ui.digit_input import DigitInput
from ui.lenses import mnist


class Desk:
    """A page's canvas and the drawings that were kept from it."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.digits = DigitInput(page)

    def key(self, name: str) -> str:
        return self.digits.key(name)

    @property
    def hand(self) -> Hand:
        """What this visitor has drawn so far."""
        return hands.kept(state.owner())

    # --- callbacks ----------------------------------------------------------------------------

    def change(self, hand: Hand) -> None:
        st.session_state[self.key("picked")] = None
        hands.keep(state.owner(), hand, state.address())

    def keep(self, label: int) -> None:
        """The drawing on the canvas joins the hand. Raises UploadError if there is none."""
        ink = self.digits.ink
        if ink is None:
            why = self.digits.problem or f"Draw a {label} first: an empty canvas is not a digit."
            raise UploadError(why)
        if len(self.hand) < MOST:
            self.change((*self.hand, Drawing(label, to_digit(ink))))
        self.digits.clear()

    def take_back(self, index: int) -> None:
        self.change(self.hand[:index] + self.hand[index + 1 :])

    # --- the page -----------------------------------------------------------------------------

    def show(self, networks: Sequence[Checkpoint]) -> None:
        """The canvas. What these networks read on it is said of each drawing."""
        st.fragment(self._draw)(networks)

    def _draw(self, networks: Sequence[Checkpoint]) -> None:
        count, label = len(self.hand), next_digit(self.hand)
        st.markdown(f"**{prompt(self.hand)}**")
        self.digits.canvas()
        refused = messages.refused(self.page)
        with st.container(horizontal=True):
            kept = st.button(
                f"Keep this {label}",
                type="secondary" if count >= WANTED else "primary",
                icon=":material/add:",
                key=self.key("keep"),
                on_click=messages.guarded(self.page, self.keep),
                args=(label,),
                disabled=count >= MOST,
            )
            st.button("Clear", icon=":material/delete:", key=self.key("clear"), on_click=self.digits.clear)
        # Below what is pressed, and never without a line: nothing under the pointer moves away.
        messages.show_refusal(self.page)
        digit = state.current_digit()
        if self.digits.ink is not None and digit is not None:
            said = [mnist.predictor(network).predict(digit.pixels) for network in networks]
            st.markdown(reading_words([one.probabilities for one in said]))
        else:
            st.markdown(":gray[What it reads will stand here.]")
        if count >= MOST:
            st.caption(f"A hand is {MOST} drawings at most: take some back before you draw others.")
        if kept and not refused:
            st.rerun()  # the other drawings stand outside this fragment
