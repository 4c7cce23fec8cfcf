"""What the teacher is told of a link and of its code."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from dlcore.classroom import qr
from dlcore.classroom.room import Room, Sent
from ui import handing_out, joining
from ui.views import class_joining

HERE = Sent("mnist/train.py", {})
NOBODY = "Nobody is in the room now: whoever comes sees it."


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """Instead of Streamlit."""
    shown = MagicMock()
    shown.columns.side_effect = lambda *_, **__: (MagicMock(), shown)
    for module in (handing_out, class_joining):
        monkeypatch.setattr(module, "st", shown)
    monkeypatch.setattr(qr, "installed", lambda: True)
    return shown


@pytest.mark.parametrize(("away", "told"), [(None, True), (0.0, False), (400.0, True)])
def test_nobody_is_told_that_a_room_without_anybody_has_got_it(
    shown: MagicMock, monkeypatch: pytest.MonkeyPatch, away: float | None, told: bool
) -> None:
    now = 1000.0
    room = Room(clock=lambda: now)
    room.open()
    room.send(HERE)
    if away is not None:
        room.enter("student", "session", "page")
        now += away
    monkeypatch.setattr(handing_out.services, "room", lambda: room)
    monkeypatch.setattr(handing_out.teaching, "is_gone", room.is_gone)
    handing_out._to_the_room("page", HERE)
    assert [call.args[0] for call in shown.caption.call_args_list] == [NOBODY] * told


@pytest.mark.parametrize("address", ["", "http://192.168.1.5:8501"])
def test_a_link_that_no_other_device_can_open_says_so(
    shown: MagicMock, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    stop = SimpleNamespace(address="mnist_train", file="mnist/train.py")
    monkeypatch.setattr(handing_out, "signed", lambda *_, **__: {})
    monkeypatch.setattr(handing_out, "own_address", lambda: "http://localhost:8501")
    monkeypatch.setattr(handing_out.assignments, "page_of", lambda _: "mnist_train")
    monkeypatch.setattr(handing_out, "_to_the_room", lambda *_: None)
    monkeypatch.setattr(joining, "address", lambda: address)
    handing_out._link(stop, {}, {})  # type: ignore[arg-type]
    warned = [call.args[0] for call in shown.info.call_args_list]
    assert warned == ([] if address else [class_joining.UNREACHABLE])
    link = f"{address or 'http://localhost:8501'}/mnist_train?"
    assert shown.image.call_args.kwargs["alt"] == f"QR code of {link}"


def test_the_code_in_front_of_a_class_has_words(shown: MagicMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "address", lambda: "http://192.168.1.5:8501")
    class_joining.small()
    assert shown.image.call_args.kwargs["alt"] == "QR code of http://192.168.1.5:8501"
