"""The weights of a network, fetched from where torchvision publishes them: whole and right, or not there."""

from __future__ import annotations

import hashlib
import http.client
import os
import secrets
import shutil
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.error import HTTPError
from urllib.parse import urlsplit

from dlcore.errors import VisionError
from dlcore.events import Stage, Tick
from dlcore.vision.files import by_hand, check_size, is_published
from dlcore.vision.networks import Network
from dlcore.words import size

VARIABLE = "DLLAB_WEIGHTS_HUB"  # names another address, as of a mirror in the room
HUB = "https://download.pytorch.org/models"
LIMIT = (
    600_000_000  # bytes of fetched weights: the largest that a page offers, or thirteen of ResNet-18's size
)
SHARE = 0.15  # of what the data folder may hold: most of that is for runs
FREE = 500_000_000  # bytes that stay free on the disk
SILENT_SECONDS = 20.0  # so long a server may say nothing
LEFT_SECONDS = 600.0  # whoever has written nothing for so long has ended: a silent server is left long before
PIECE = 1 << 16
PART = ".part"


@dataclass(frozen=True)
class Fetched:
    """The file is there, and its digest was right."""

    path: Path


def hub() -> str:
    """Where weights are fetched: torchvision's own address, or what DLLAB_WEIGHTS_HUB names."""
    return os.environ.get(VARIABLE, "").rstrip("/") or HUB


def limit_of(data_bytes: int) -> int:
    """How many bytes of weights are kept in a data folder that may hold so many."""
    return min(LIMIT, int(SHARE * data_bytes))


def check_fits(network: Network, limit: int) -> None:
    """Raises VisionError if it is larger than all that may be kept."""
    if network.bytes > limit:
        raise VisionError(
            f"{network.title} is {size(network.bytes)} large, and {size(limit)} of fetched weights are kept: "
            f"{by_hand(network)}."
        )


def iter_fetch(
    network: Network, folder: Path, limit: int, address: str, part: Path | None = None
) -> Iterator[Stage | Tick | Fetched]:
    """Fetch a network's file into a folder, which keeps `limit` bytes at most; the last event is a Fetched.

    What was used there longest ago makes room. Until it is whole it lies in `part`, as `part_of` gives it.
    Closed early, or failing, it leaves nothing behind. Raises VisionError, with the way out, if the file
    cannot be had, is not the published one, or has no room.
    """
    check_fits(network, limit)
    if urlsplit(address).scheme not in ("http", "https"):
        raise VisionError(f"{VARIABLE} must be an address of http or https. Got {address[:60]!r} instead.")
    part = part or part_of(network, folder)
    try:
        folder.mkdir(0o700, exist_ok=True)
        forget_parts(folder)
        if shutil.disk_usage(folder).free < network.bytes + FREE:
            raise VisionError(f"The disk has no room for {size(network.bytes)}: free some, and try again.")
        with _new(part) as file:
            yield from _received(network, f"{address}/{network.file}", file)
            os.fsync(file.fileno())
        make_room(folder, network.bytes, limit)  # not before it is here: a failing fetch costs nothing
        os.replace(part, folder / network.file)
        yield Fetched(folder / network.file)
    except OSError as error:
        raise VisionError(
            f"The lab's folder of weights cannot be written to ({error.strerror}): tell whoever runs it."
        ) from error
    finally:
        with suppress(OSError):  # where there is no folder there is no part
            part.unlink()


def part_of(network: Network, folder: Path) -> Path:
    """A place for what has come so far. Servers in containers share folders, and numbers of processes too."""
    return folder / f"{network.file}.{secrets.token_hex(8)}{PART}"


def used(path: Path) -> None:
    """A fetched file stays a while longer."""
    try:
        os.utime(path)
    except OSError:
        return  # of a folder that is only to be read


def make_room(folder: Path, needed: int, limit: int) -> None:
    """Forget what was used longest ago, until `needed` more bytes fit. Raises OSError."""
    found = []
    for entry in os.scandir(folder):
        if not entry.name.endswith(PART):
            about = entry.stat(follow_symlinks=False)
            found.append((about.st_mtime, about.st_size, Path(entry.path)))
    room = limit - needed - sum(length for _, length, _ in found)
    for _, length, path in sorted(found):
        if room < 0:
            path.unlink(missing_ok=True)
            room += length


def forget_parts(folder: Path) -> None:
    """What nobody has written to for long goes. Raises OSError; a folder that is not there is none."""
    for part in folder.glob(f"*{PART}"):
        with suppress(FileNotFoundError):  # whoever wrote it has just come to an end
            if time.time() - part.lstat().st_mtime > LEFT_SECONDS:
                part.unlink()


def _new(path: Path) -> BinaryIO:
    """A file that was not there, for this account only."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _received(network: Network, url: str, file: BinaryIO) -> Iterator[Stage | Tick]:
    digest, done, said = hashlib.sha256(), 0, -1
    with closing(_opened(network, url)) as answer:
        length = answer.length  # None: it does not say
        check_size(network, network.bytes if length is None else length)
        total = length or network.bytes
        while piece := _piece(network, answer):
            file.write(piece)
            digest.update(piece)
            done += len(piece)
            check_size(network, done)
            if (now := 100 * done // total) > said:
                said = now
                yield Stage(min(1.0, done / total), f"Fetching {done / 1e6:.1f} of {total / 1e6:.1f} MB")
            else:
                yield Tick()
    if length is not None and done < length:
        raise VisionError(f"It broke off after {size(done)} of {size(length)}: try again.")
    if not is_published(network, digest.hexdigest()):
        raise VisionError(
            f"What came is not {network.file} as it was published, so it was thrown away: try again."
        )


def _opened(network: Network, url: str) -> Any:
    request = urllib.request.Request(url, headers={"User-Agent": "deep-learning-lab"})
    host = urlsplit(url).hostname
    try:
        return urllib.request.urlopen(request, timeout=SILENT_SECONDS)
    except HTTPError as error:
        error.close()
        if error.code in (404, 410):
            raise VisionError(f"{host} has no such file ({error.code}): {by_hand(network)}.") from error
        raise VisionError(
            f"{host} does not give it out ({error.code}): try again, or {by_hand(network)}."
        ) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise VisionError(f"{host} cannot be reached: try again, or {by_hand(network)}.") from error


def _piece(network: Network, answer: Any) -> bytes:
    try:
        piece: bytes = answer.read1(PIECE)
        return piece
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise VisionError("The connection broke off, and nothing is kept: try again.") from error
