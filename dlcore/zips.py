"""What zips from elsewhere have in common: their entries, their damage, how they name classes.

Nothing of a zip is ever written to a disk under a name of its own, so a path that climbs, a link or a device
leads nowhere.
"""

from __future__ import annotations

import lzma
import re
import struct
import zipfile
import zlib
from pathlib import PurePosixPath

LABEL_LETTERS = 30
NO_LABEL_SIGN = re.compile(r"[^\w .,+()·-]+")
LINK = 0xA000  # a symbolic link, in the upper half of a zip entry's attributes

UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(NotImplementedError, RuntimeError, EOFError, OSError, ValueError),
)


def path_in(entry: zipfile.ZipInfo) -> PurePosixPath:
    """Where it lies in its zip, whichever system packed it."""
    return PurePosixPath(entry.filename.replace("\\", "/"))


def is_link(entry: zipfile.ZipInfo) -> bool:
    return entry.external_attr >> 16 & 0xF000 == LINK


def hidden(path: PurePosixPath) -> bool:
    """What systems put beside one's files."""
    return any(part.startswith((".", "__MACOSX")) for part in path.parts if part not in ("..", "."))


def shown_name(text: str) -> str:
    """A class' name as it can be shown and written; "" if nothing of it is left."""
    return " ".join(NO_LABEL_SIGN.sub(" ", text).split())[:LABEL_LETTERS].strip()
