"""The hand of each visitor as far as it is drawn: it is there after a reload, too, and in every tab."""

from __future__ import annotations

from dlcore.hand.drawings import Drawing, Hand
from ui.limits import HANDS
from ui.shelf import Shelf

_shelf: Shelf[Hand] = Shelf(HANDS)


def keep(owner: str, hand: Hand, address: str = "") -> None:
    _shelf.keep(owner, hand, address)


def add(owner: str, drawing: Drawing, most: int, address: str = "") -> bool:
    """One more, whatever another tab has added; False if there are so many already."""
    now = _shelf.change(
        owner, lambda hand: (*(hand or ()), drawing) if len(hand or ()) < most else hand, address
    )
    return now is not None and now[-1] is drawing


def take_back(owner: str, drawing: Drawing, address: str = "") -> None:
    """This one goes, wherever it stands by now."""
    _shelf.change(owner, lambda hand: tuple(one for one in hand or () if one is not drawing), address)


def kept(owner: str) -> Hand:
    return _shelf.kept(owner) or ()
