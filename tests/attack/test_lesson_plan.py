"""What a plan has for the teacher alone reaches no student, whatever they send."""

from __future__ import annotations

from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from benchmarks.server import Server, new_owner
from dlcore.classroom.lesson_plans import LESSON_PLANS
from tests.app.conftest import unescaped
from tests.attack.wire import Tab, tab
from ui.identity import OWNER_COOKIE

SECRET = [
    text
    for plan in LESSON_PLANS.values()
    for step in plan.steps
    for text in (step.say, *(question.expected for question in step.questions))
]


def at_the_machine(server: Server) -> Any:
    """A socket that a page of this machine has opened: its browser says so."""
    return connect(
        f"ws://127.0.0.1:{server.port}/_stcore/stream",
        subprotocols=[Subprotocol("streamlit")],
        additional_headers={
            "Cookie": f"{OWNER_COOKIE}={new_owner()}",
            "Origin": f"http://127.0.0.1:{server.port}",
        },
        compression=None,
        max_size=None,
    )


def known(page: Tab) -> list[str]:
    """What of the teacher's the page has."""
    sent = unescaped("\n".join(text for _, text in page.texts()))
    return [text for text in SECRET if text in sent]


def id_of(page: Tab, key: str) -> str:
    (found,) = [id for id in page.widgets() if id.endswith(f"-{key}")]
    return found


def several(id: str, words: str) -> WidgetState:
    state = WidgetState(id=id)
    state.string_array_value.data.append(words)
    return state


def test_a_student_who_knows_every_widget_of_the_teachers_page_learns_nothing(server: Server) -> None:
    with at_the_machine(server) as socket:
        teacher = Tab(socket, "class", "")
        show = several(id_of(teacher, "class__show"), "Lesson plan")
        teacher.say(show)
        assert not known(teacher)
        teacher.click("class__begin_plan_45")
        assert known(teacher), "these words would be found"
        there = teacher.widgets()
        for name in ("class", "", "my_work"):
            with tab(server, name, "class__show=Lesson+plan") as student:
                assert not known(student)
                student.say(show)
                assert not known(student)
                student.say(*(WidgetState(id=id, trigger_value=True) for id in there))
                assert not known(student)
        teacher.rerun()
        assert "Step 1 of" in teacher.said(), "nobody has moved it"
        teacher.click("class__end_plan")
