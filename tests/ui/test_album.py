"""What came in is told of a whole drop, however many messages it took; no press deletes the next thing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st

from dlcore.classifier.gather import Gathered, Refused
from dlcore.classifier.project import Picture
from dlcore.errors import UploadError
from ui.components.picture_drop.component import Dropped
from ui.views import album as views
from ui.views.album import Album


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page keeps, of an album without a server."""
    kept: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", kept)
    monkeypatch.setattr(views, "albums", SimpleNamespace(add=lambda *_: None, take_out=lambda *_: None))
    monkeypatch.setattr(views, "state", SimpleNamespace(owner=lambda: "", address=lambda: ""))
    store = SimpleNamespace(keeps_pictures=lambda _: False)
    monkeypatch.setattr(views, "services", SimpleNamespace(store=lambda: store))
    return kept


def come(album: Album, *labels: str, first: bool, refused: tuple[Refused, ...] = ()) -> tuple[str, int]:
    """A message is opened; what is said then, and how many files are refused."""
    album._dropped([Dropped(f"{label}.jpg", label, b"") for label in labels], first)
    st.session_state["page__dropped"] = ()
    album._join(Gathered(tuple(Picture("", label, "", b"", (28, 28)) for label in labels), refused))
    came, shut = st.session_state["page__said"]
    return views._words(came), len(shut)


def test_the_messages_of_one_drop_add_up(said: dict[str, Any]) -> None:
    album, bad = Album("page"), Refused("x.jpg", "It is none.")
    assert come(album, "a", "b", first=True, refused=(bad,)) == ("2 pictures came in: 1 a, 1 b.", 1)
    assert come(album, "b", "b", first=False, refused=(bad,)) == ("4 pictures came in: 1 a, 3 b.", 2)
    assert come(album, "c", first=True) == ("1 picture came in: 1 c.", 0)


def test_a_message_of_which_nothing_can_be_used_does_not_take_the_others_with_it(
    said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(st, "rerun", lambda: None)
    monkeypatch.setattr(views, "work", SimpleNamespace(wait=lambda *_, **__: None, stage=None, forget=None))
    failed = SimpleNamespace(failed=True, reason="It is none.", result=None, task=None)
    monkeypatch.setattr(views, "lens", SimpleNamespace(gathered=lambda *_: failed))
    album = Album("page")
    album._dropped([Dropped("clip.mp4", "bears", b"")], True)
    album._dropped([Dropped("bear.jpg", "bears", b"")], False)
    album._take_in()
    assert [batch[0].name for batch, _ in album._waiting] == ["bear.jpg"]
    assert said["page__said"] == ((), (Refused("clip.mp4", "It is none."),))
    assert views._words(()) == "0 pictures came in."
    said.pop("page__said")
    album._take_in()
    assert album._waiting == (), "alone it stands with its reason"


def test_who_has_taken_out_a_class_is_asked_anew_which(said: dict[str, Any]) -> None:
    said["page__out"] = "bears"
    Album("page")._take_out("bears")
    assert said["page__out"] is None


def test_pictures_wait_until_their_class_has_a_name(said: dict[str, Any]) -> None:
    album = Album("page")
    album._dropped([Dropped("one.jpg", "", b"1")], True)
    said["page__label"] = "  "
    album._named()
    album._dropped([Dropped("two.jpg", "", b"2"), Dropped("three.jpg", "tools", b"3")], False)
    assert (len(album._nameless), album._waiting) == (3, ())
    said["page__label"] = "fishes"
    album._named()
    assert [(one.name, one.label) for one in album._waiting[0][0]] == [
        ("one.jpg", "fishes"),
        ("two.jpg", "fishes"),
        ("three.jpg", "tools"),
    ]
    assert album._nameless == ()
    said["page__label"] = "birds"
    album._named()
    assert len(album._waiting) == 1, "nothing waits any more"


def test_a_name_of_which_nothing_is_left_leaves_them_waiting(said: dict[str, Any]) -> None:
    album = Album("page")
    album._dropped([Dropped("one.jpg", "", b"1")], True)
    said["page__label"] = "///"
    with pytest.raises(UploadError, match="Name the class"):
        album._named()
    with pytest.raises(UploadError, match="Name the class"):
        album._dropped([Dropped("two.jpg", "", b"2")], True)
    assert len(album._nameless) == 2, "no picture is lost"
    album._let_go()
    assert album._nameless == ()


def test_no_more_wait_for_a_name_than_may_come_in_at_once(
    said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "UPLOADED_PER_SESSION", 5)
    album = Album("page")
    album._dropped([Dropped("one.jpg", "", b"1234")], True)
    with pytest.raises(UploadError, match="name the class"):
        album._dropped([Dropped("two.jpg", "", b"12")], True)
    monkeypatch.setattr(views, "MOST", 1)
    with pytest.raises(UploadError, match="name the class"):
        album._dropped([Dropped("none.jpg", "", b"")], True)
    assert len(album._nameless) == 1


def test_where_there_is_no_room_yet_they_go_on_waiting(
    said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "UPLOADED_PER_SESSION", 5)
    album = Album("page")
    album._dropped([Dropped("one.jpg", "", b"12")], True)
    album._dropped([Dropped("two.jpg", "tools", b"123")], True)
    with pytest.raises(UploadError, match="wait until"):
        album._dropped([Dropped("three.jpg", "tools", b"1")], True)
    said["page__label"] = "fishes"
    monkeypatch.setattr(views, "UPLOADED_PER_SESSION", 4)
    with pytest.raises(UploadError, match="wait until"):
        album._named()
    assert len(album._nameless) == 1
    said["page__dropped"] = ()
    album._named()
    assert album._nameless == ()
