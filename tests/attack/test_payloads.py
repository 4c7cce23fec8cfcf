"""Scripts, markup and addresses in every place where somebody's text comes to a page: shown, never obeyed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from streamlit.proto.Common_pb2 import UploadedFileInfo
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.server import Server, new_owner
from benchmarks.uploading import upload
from dlcore.blackpatch.config import PatchConfig
from dlcore.classroom.hand_in import hand_in
from dlcore.classroom.nicknames import cleaned
from dlcore.classroom.notebook import Attempt
from dlcore.classroom.worksheets import worksheet
from dlcore.gan.config import GanConfig
from dlcore.gan.plane.config import PlaneConfig
from dlcore.optimizers.race import RaceConfig
from dlcore.playground.config import PlaygroundConfig
from dlcore.schema import knobs
from dlcore.signals.config import SignalsConfig
from dlcore.tensors.config import TensorsConfig
from dlcore.training.config import TrainConfig
from tests.attack.payloads import BEGIN, END, PAYLOADS, obeyed, seen
from tests.attack.visits import keep_run
from tests.attack.wire import MARKDOWN, Tab, tab
from tests.waiting import DEADLINE_SECONDS
from ui.identity import OWNER_COOKIE
from ui.messages import plain

FORMS = {
    "mnist_train": TrainConfig,
    "black_patch_train": PatchConfig,
    "optimizers_race": RaceConfig,
    "playground": PlaygroundConfig,
    "activations_and_gradients": SignalsConfig,
    "gan_train": GanConfig,
    "gan_plane": PlaneConfig,
    "tensors": TensorsConfig,
}
OF_A_RUN = ("", "runs", "mnist_train", "mnist_draw", "mnist_structure", "mnist_export", "mnist_profiling")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_plain_text_is_shown_and_not_obeyed(payload: str) -> None:
    text = plain(f"{BEGIN}{payload}{END}")
    assert obeyed(text) == []
    assert seen(text) == f"{BEGIN}{payload}{END}"
    assert not set(cleaned(payload)) & set('<>`*[]()$:@&"')


def test_what_is_obeyed_would_be_noticed() -> None:
    """But for what means nothing inside a sentence."""
    unnoticed = {payload for payload in PAYLOADS if not obeyed(f"{BEGIN}{payload}{END}")}
    assert unnoticed == {"' onmouseover='alert(1)", "&lt;script&gt;alert(1)&lt;/script&gt;", "- x", "1. x"}


# --- The places -------------------------------------------------------------------------------


def as_name(server: Server, text: str) -> Iterator[Tab]:
    owner = new_owner()
    run = keep_run(server, owner, name=text)
    other = keep_run(server, owner, name=text, status="interrupted")
    for page in OF_A_RUN:
        with tab(
            server, page, urlencode({"run": run.id, "runs__pinned": f"{run.id},{other.id}"}), owner
        ) as shown:
            yield shown


def as_reason(server: Server, text: str) -> Iterator[Tab]:
    owner = new_owner()
    for status in ("failed", "diverged", "stopped"):
        run = keep_run(server, owner, status=status, reason=text)
        for page in ("mnist_train", "runs"):
            with tab(server, page, urlencode({"run": run.id}), owner) as shown:
                yield shown


def as_query(server: Server, text: str) -> Iterator[Tab]:
    """In every field of a form."""
    for page, config in FORMS.items():
        fields = {f"{page}__{name}": text for name in ("preset", *knobs(config))}
        with tab(server, page, urlencode(fields)) as shown:
            yield shown


def as_place(server: Server, text: str) -> Iterator[Tab]:
    """Where one looks in a network."""
    for page, field in (("mnist_activations", "operation"), ("mnist_embedding", "layer")):
        with tab(server, page, urlencode({f"{page}__{field}": text})) as shown:
            yield shown


def as_typed(server: Server, text: str) -> Iterator[Tab]:
    """In the field for the widths of the layers."""
    with tab(server, "black_patch_train") as page:
        (field,) = [id for id in page.widgets() if "black_patch_train__hidden_" in id]
        page.say(WidgetState(id=field, string_value=text[:40]))
        page.click("black_patch_train__start")
        yield page


def as_new_name(server: Server, text: str) -> Iterator[Tab]:
    owner = new_owner()
    run = keep_run(server, owner)
    with tab(server, "runs", urlencode({"runs__pinned": run.id}), owner) as page:
        (field,) = [id for id in page.widgets() if id.endswith(f"runs__name_{run.id}")]
        page.say(WidgetState(id=field, string_value=text[:40]))
        yield page


def as_card(server: Server, text: str) -> Iterator[Tab]:
    """What a card says of two runs, once somebody has guessed."""
    owner = new_owner()
    pinned = ",".join(keep_run(server, owner, name=text).id for _ in range(2))
    with tab(server, "runs", urlencode({"runs__pinned": pinned}), owner) as page:
        (pills,) = [id for id in page.widgets() if id.endswith("runs__guess_same")]
        state = WidgetState(id=pills)
        state.string_array_value.data.append("It is luck")
        page.say(state)
        assert "the losses of" in page.said()
        yield page


def as_file(server: Server, text: str) -> Iterator[Tab]:
    """The name of an uploaded file that is no picture."""
    with tab(server, "mnist_draw") as page:
        upload(server.port, page.session, "f", json.dumps(text)[1:-1].replace("\\n", ""))
        (field,) = [id for id in page.widgets() if "mnist_draw__upload" in id]
        state = WidgetState(id=field)
        state.file_uploader_state_value.uploaded_file_info.append(UploadedFileInfo(file_id="f", name=text))
        page.say(state)
        yield page


@dataclass(frozen=True)
class Sheet:
    """A document that is no page of Streamlit's."""

    html: str
    broke = False

    def texts(self) -> list[tuple[str, str]]:
        return [("html.sheet", self.html)]


def written(server: Server, text: str) -> str:
    """Who has written it down wherever a notebook takes a text."""
    owner = new_owner()
    for page in ("", "optimizers_race"):
        server.store.keep_note(owner, page, text)
    server.store.keep_answer(owner, text, text)
    attempt = Attempt(text, text, guess=text, found=text, right=text)
    server.store.keep_card(owner, "optimizers_race", "limit", attempt)
    return owner


def as_note(server: Server, text: str) -> Iterator[Tab | Sheet]:
    """And as an answer to an exit question, as a question, and in what a card said."""
    with tab(server, "my_work", owner=(owner := written(server, text))) as page:
        places = [place for place, said in page.texts() if BEGIN in said]
        assert places.count("text_area.value") == 3, "two notes and an answer"
        assert "text_area.label" in places, "the question"
        yield page
    yield Sheet(hand_in(server.store.notebook_of(owner), {}, name=text))


def as_worksheet(server: Server, text: str) -> Iterator[Sheet]:
    asked = Request(
        f"{server.url}/worksheet/optimizers_race",
        headers={"cookie": f"{OWNER_COOKIE}={written(server, text)}"},
    )
    with urlopen(asked, timeout=DEADLINE_SECONDS) as answer:
        sheet = Sheet(answer.read().decode())
    assert sheet.html.count(BEGIN) == 3, "what a run showed and bore out, and a note"
    yield sheet


def as_nickname(server: Server, text: str) -> Iterator[Sheet]:
    """Beside what a nickname may hold: whatever stands where a sheet names its writer."""
    yield Sheet(worksheet("A page", {}, {}, name=text))


SINKS: Mapping[str, Callable[[Server, str], Iterator[Tab | Sheet]]] = {
    "name": as_name,
    "reason": as_reason,
    "query": as_query,
    "place": as_place,
    "typed": as_typed,
    "new name": as_new_name,
    "card": as_card,
    "file": as_file,
    "note": as_note,
    "worksheet": as_worksheet,
    "nickname": as_nickname,
}
SHOWS_NOTHING = {"file"}  # the uploader itself shows the name, in the browser


@pytest.mark.parametrize("sink", SINKS)
def test_no_page_obeys(server: Server, sink: str, some: Callable[..., list[Any]]) -> None:
    tried = shown = 0
    for payload in some(PAYLOADS, 2):
        for page in SINKS[sink](server, f"{BEGIN}{payload}{END}"):
            assert not page.broke, (sink, payload)
            tried += 1
            for place, text in page.texts():
                shown += BEGIN in text
                if place in MARKDOWN:
                    assert obeyed(text) == [], (sink, place)
                elif place.startswith("html."):
                    assert not [part for part in text.split(BEGIN)[1:] if "<" in part.partition(END)[0]], text
    assert shown or sink in SHOWS_NOTHING, "the test would see nothing"
    sys.stdout.write(f"{sink}: {tried} pages with a payload, {shown} times shown, never obeyed\n")


def test_files_make_room_when_their_page_is_left(server: Server) -> None:
    with tab(server, "mnist_draw") as page:
        answers = [
            upload(server.port, page.session, f"{n}", "digit.png", bytes(15_000_000)) for n in range(2)
        ]
        assert answers == [204, 413]
        page.go_to("mnist_train")
        assert upload(server.port, page.session, "3", "digit.png", bytes(15_000_000)) == 204
