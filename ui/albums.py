"""The pictures that each visitor has brought, as far as they are in memory: there after a reload, too."""

from __future__ import annotations

from collections.abc import Sequence

from dlcore.classifier.gather import together
from dlcore.classifier.project import Picture
from dlcore.errors import UploadError
from ui import services
from ui.limits import ALBUM_BYTES, ALBUMS, MB
from ui.shelf import Shelf

_shelf: Shelf[tuple[Picture, ...]] = Shelf(ALBUMS)


def add(owner: str, new: Sequence[Picture], address: str = "") -> None:
    """They join whatever is there by now. Raises UploadError if all would take too much memory."""
    before = kept(owner)

    def joined(now: tuple[Picture, ...] | None) -> tuple[Picture, ...]:
        pictures = together(now if now is not None else before, new)
        if sum(len(picture.webp) for picture in pictures) > ALBUM_BYTES:
            raise UploadError(f"Your pictures take over {ALBUM_BYTES // MB} MB: take some out first.")
        return pictures

    _shelf.change(owner, joined, address)


def take_out(owner: str, label: str, address: str = "") -> None:
    """All pictures of a class go."""
    before = kept(owner)

    def others(now: tuple[Picture, ...] | None) -> tuple[Picture, ...]:
        return tuple(picture for picture in (before if now is None else now) if picture.label != label)

    _shelf.change(owner, others, address)


def kept(owner: str) -> tuple[Picture, ...]:
    """Those in memory; else those that are kept on the disk."""
    pictures = _shelf.kept(owner)
    if pictures is None:
        pictures = services.store().pictures_of(owner)
        if pictures:
            _shelf.keep(owner, pictures)
    return pictures or ()


def forget(owner: str) -> None:
    """In memory and on the disk."""
    services.store().forget_pictures(owner)  # first: what is not in memory is read from there
    _shelf.forget(owner)
