"""The hand of each visitor as far as it is drawn: it is there after a reload, too."""

from __future__ import annotations

from threading import Lock

from dlcore.hand.drawings import Hand

MOST = 128  # visitors, with at most 157 kB each; who drew longest ago is forgotten first

_kept: dict[str, Hand] = {}
_lock = Lock()


def keep(owner: str, hand: Hand) -> None:
    with _lock:
        _kept.pop(owner, None)
        _kept[owner] = hand
        while len(_kept) > MOST:
            del _kept[next(iter(_kept))]


def kept(owner: str) -> Hand:
    return _kept.get(owner, ())
