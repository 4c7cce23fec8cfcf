"""The hand of each visitor as far as it is drawn: it is there after a reload, too."""

from __future__ import annotations

from dlcore.hand.drawings import Hand
from ui.kept import Kept

MOST = 128  # visitors, with at most 157 kB each

_kept: Kept[Hand] = Kept(MOST)


def keep(owner: str, hand: Hand, address: str = "") -> None:
    """`address`: from where this visitor comes."""
    _kept.keep(owner, hand, address)


def kept(owner: str) -> Hand:
    return _kept.get(owner) or ()
