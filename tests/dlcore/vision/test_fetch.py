"""Weights come whole and right, or not at all, whatever the server does; and they have their room."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dlcore.errors import VisionError
from dlcore.events import Stage
from dlcore.vision import fetch
from dlcore.vision.fetch import LEFT_SECONDS, Fetched, iter_fetch, limit_of, part_of
from dlcore.vision.networks import Network, networks
from dlcore.vision.weights import load
from tests.dlcore.vision.hub import Hub, serving
from tests.dlcore.vision.published import SMALL, publish

LIMIT = 20_000_000


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as hub:
        yield hub


@pytest.fixture
def network(tmp_path: Path, hub: Hub) -> Network:
    """One that the hub has."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    found = publish(SMALL, shelf)
    hub.offer(shelf)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "weights"


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_it_comes_step_by_step_and_can_be_loaded(network: Network, hub: Hub, folder: Path) -> None:
    *steps, last = (
        event
        for event in iter_fetch(network, folder, LIMIT, hub.address)
        if isinstance(event, (Stage, Fetched))
    )
    assert last == Fetched(folder / network.file)
    shares = [step.share for step in steps if isinstance(step, Stage)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) <= 101, "what is said is kept: a step for each hundredth at most"
    assert steps[-1] == Stage(1.0, "Fetching 5.0 of 5.0 MB")
    assert left(folder) == [network.file]
    assert (folder / network.file).stat().st_mode & 0o777 == 0o600
    assert load(network, folder / network.file)
    assert hub.asked == [network.file]


def test_one_that_is_cancelled_in_the_middle_leaves_nothing(network: Network, hub: Hub, folder: Path) -> None:
    hub.part = 2_000_000
    work = iter_fetch(network, folder, LIMIT, hub.address)
    assert isinstance(next(work), Stage)
    (part,) = left(folder)
    assert part.endswith(".part")
    work.close()  # type: ignore[attr-defined]
    assert left(folder) == []


@pytest.mark.parametrize(
    ("server", "sentence"),
    [
        (
            {"files": {}},
            r"127.0.0.1 has no such file \(404\): put squeezenet1_1-",
        ),
        ({"part": 3_000_000, "breaks": True}, "It broke off after 3.0 MB of 5.0 MB: try again"),
        ({"announce": 9_000_000_000}, "is 9,000 MB long, not 5.0 MB"),
        ({"announce": 1_000_000}, "What came is not"),
    ],
    ids=["without it", "breaks off", "boasts", "says too little"],
)
def test_what_a_server_can_do_wrong_is_a_sentence(
    network: Network, hub: Hub, folder: Path, server: dict[str, Any], sentence: str
) -> None:
    for name, value in server.items():
        setattr(hub, name, value)
    with pytest.raises(VisionError, match=sentence):
        list(iter_fetch(network, folder, LIMIT, hub.address))
    assert left(folder) == []


def test_what_is_not_the_published_file_is_thrown_away(network: Network, hub: Hub, folder: Path) -> None:
    content = bytearray(hub.files[network.file])
    content[123_456] ^= 1
    hub.files[network.file] = bytes(content)
    with pytest.raises(
        VisionError, match=r"is not squeezenet1_1-.*pth as it was published, so it was thrown away"
    ):
        list(iter_fetch(network, folder, LIMIT, hub.address))
    assert left(folder) == []


def test_a_stream_without_end_is_ended(network: Network, hub: Hub, folder: Path) -> None:
    hub.files[network.file] = bytes(9_000_000)
    hub.announce = 0
    with pytest.raises(VisionError, match=r"MB long, not 5\.0 MB"):
        list(iter_fetch(network, folder, LIMIT, hub.address))
    assert left(folder) == []


def test_without_a_length_it_comes_too(network: Network, hub: Hub, folder: Path) -> None:
    hub.announce = 0
    assert list(iter_fetch(network, folder, LIMIT, hub.address))[-1] == Fetched(folder / network.file)


def test_a_server_that_falls_silent_is_left(
    network: Network, hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = fetch._opened

    def hasty(network: Network, url: str) -> Any:
        """Once it has begun to answer, however long that took."""
        answer = opened(network, url)
        assert answer.fp.raw._sock.gettimeout() == fetch.SILENT_SECONDS
        answer.fp.raw._sock.settimeout(0.3)
        return answer

    monkeypatch.setattr(fetch, "_opened", hasty)
    hub.part = 2_000_000
    with pytest.raises(VisionError, match="The connection broke off, and nothing is kept: try again"):
        list(iter_fetch(network, folder, LIMIT, hub.address))
    assert left(folder) == []


def test_without_a_server_it_says_what_to_do(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(
        VisionError, match=r"cannot be reached: try again, or put resnet18-f37072fd\.pth into"
    ):
        list(iter_fetch(networks()["resnet18"], folder, 10**9, f"http://127.0.0.1:{port}"))
    assert left(folder) == []


@pytest.mark.parametrize("address", ["file:///etc", "ftp://127.0.0.1", "nonsense", "/tmp"])
def test_only_the_web_is_asked(folder: Path, address: str) -> None:
    with pytest.raises(VisionError, match="must be an address of http or https"):
        list(iter_fetch(networks()[SMALL], folder, LIMIT, address))


# --- Room -----------------------------------------------------------------------------------


def test_what_was_used_longest_ago_makes_room(network: Network, hub: Hub, folder: Path) -> None:
    folder.mkdir()
    for age, name in enumerate(("new.pth", "old.pth", "older.pth")):
        (folder / name).write_bytes(bytes(6_000_000))
        os.utime(folder / name, (1e9 - age, 1e9 - age))
    fetch.used(folder / "older.pth")
    list(iter_fetch(network, folder, LIMIT, hub.address))
    assert left(folder) == ["new.pth", "older.pth", network.file]


def test_a_part_that_nobody_writes_to_goes_and_one_that_grows_stays(
    network: Network, hub: Hub, folder: Path
) -> None:
    """Whose it is, no number of a process tells: another container has its own, with the same folder."""
    folder.mkdir()
    grows, old = folder / f"b.pth.{2**22 + 1}.part", folder / f"a.pth.{os.getpid()}.part"
    for part in (grows, old):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - LEFT_SECONDS - 60, time.time() - LEFT_SECONDS - 60))
    list(iter_fetch(network, folder, LIMIT, hub.address))
    assert left(folder) == [grows.name, network.file]


def test_two_that_fetch_one_network_write_two_parts(network: Network, hub: Hub, folder: Path) -> None:
    """As two containers may, each with a process of the same number."""
    hub.part = 2_000_000
    first, second = (iter_fetch(network, folder, LIMIT, hub.address) for _ in range(2))
    assert isinstance(next(first), Stage)
    hub.part = None
    assert list(second)[-1] == Fetched(folder / network.file)
    assert len(left(folder)) == 2, "the first is still at its own"
    hub.go.set()
    assert list(first)[-1] == Fetched(folder / network.file)
    assert left(folder) == [network.file]
    assert load(network, folder / network.file)


def test_what_can_never_fit_is_not_asked_for(network: Network, hub: Hub, folder: Path) -> None:
    with pytest.raises(
        VisionError, match=r"is 5.0 MB large, and 4.0 MB of fetched weights are kept: .* DLLAB_WEIGHTS"
    ):
        list(iter_fetch(network, folder, 4_000_000, hub.address))
    assert hub.asked == []
    assert limit_of(4 * 10**9) == 600_000_000
    assert limit_of(10**9) == 150_000_000


def test_a_full_disk_is_said_before_anything_comes(
    network: Network, hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=500_000_000))
    with pytest.raises(VisionError, match=r"The disk has no room for 5\.0 MB: free some"):
        list(iter_fetch(network, folder, LIMIT, hub.address))
    assert hub.asked == []


def test_a_folder_that_cannot_be_made_is_said(network: Network, hub: Hub, folder: Path) -> None:
    folder.write_text("a file")
    with pytest.raises(VisionError, match="cannot be written to"):
        list(iter_fetch(network, folder, LIMIT, hub.address))
    with pytest.raises(VisionError, match=r"cannot be written to \(No such file"):
        list(iter_fetch(network, folder.parent / "gone" / "weights", LIMIT, hub.address))


def test_a_link_in_its_place_is_replaced_not_followed(network: Network, hub: Hub, folder: Path) -> None:
    folder.mkdir()
    other = folder.parent / "other"
    other.write_text("precious")
    (folder / network.file).symlink_to(other)
    list(iter_fetch(network, folder, LIMIT, hub.address))
    assert other.read_text() == "precious"
    assert not (folder / network.file).is_symlink()
    part = part_of(network, folder)
    part.symlink_to(other)
    with pytest.raises(VisionError, match="cannot be written to"):
        list(iter_fetch(network, folder, LIMIT, hub.address, part))
    assert other.read_text() == "precious"


def test_the_address_is_the_servers_owner_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(fetch.VARIABLE, raising=False)
    assert fetch.hub() == "https://download.pytorch.org/models"
    monkeypatch.setenv(fetch.VARIABLE, "http://room.local/models/")
    assert fetch.hub() == "http://room.local/models"
