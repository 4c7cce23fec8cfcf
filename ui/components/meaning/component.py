"""What a word's link says, in a box beside it: for a mouse over it, the keyboard's focus, a finger's tap.

With the Ctrl key the link is a link, to the page of all words. Without the script it always is, and its title
is what a browser shows and a screen reader reads.
"""

from __future__ import annotations

from ui.components.parts import part
from ui.middleware import Appended


class ExplainsWords(Appended):
    """Esc, a tap elsewhere or leaving the word shuts the box."""

    CONTENT = (
        f"<style>{part('meaning/meaning.css')}</style><script>{part('meaning/meaning.js')}</script>".encode()
    )
