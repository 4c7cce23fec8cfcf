"""The pictures that each visitor has brought, as far as they are in memory: there after a reload, too."""

from __future__ import annotations

from collections.abc import Sequence

from dlcore.classifier.project import Picture
from dlcore.errors import UploadError
from ui import services
from ui.limits import ALBUM_BYTES, ALBUMS, MB
from ui.shelf import Shelf

_shelf: Shelf[tuple[Picture, ...]] = Shelf(ALBUMS)


def keep(owner: str, pictures: Sequence[Picture], address: str = "") -> None:
    """In memory. Raises UploadError if they take too much of it."""
    if sum(len(picture.webp) for picture in pictures) > ALBUM_BYTES:
        raise UploadError(
            f"Your pictures take over {ALBUM_BYTES // MB} MB: take some out before you add more."
        )
    _shelf.keep(owner, tuple(pictures), address)


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
    _shelf.forget(owner)
    services.store().forget_pictures(owner)
