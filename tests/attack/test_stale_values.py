"""Two widgets show one number: what a browser has not heard of yet is no hand's move."""

from __future__ import annotations

from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.client import _key
from benchmarks.page_runs import DIGITS, ENDLESS
from benchmarks.server import Server, new_owner
from dlcore.words import number
from tests.attack.wire import Tab, tab

LR = f"{DIGITS.page}__lr"


def widget(page: Tab, key: str) -> str:
    return next(name for name, (element, _) in page.widgets().items() if _key(element) == key)


def typed(page: Tab, value: float) -> WidgetState:
    return WidgetState(id=widget(page, LR), double_value=value)


def rung(page: Tab) -> WidgetState:
    slider = WidgetState(id=widget(page, f"{LR}_ladder"))
    slider.string_array_value.data.append(number(0.001))
    return slider


def test_an_old_slider_in_a_redraw_moves_nothing(server: Server) -> None:
    owner = new_owner()
    with tab(server, DIGITS.page, DIGITS.setup(ENDLESS), owner=owner) as page:
        page.click(f"{DIGITS.page}__start")
        server.wait_until(lambda: any(run.step > 0 for run in server.store.runs_of(owner)))
        (run,) = server.store.runs_of(owner)

        def moves() -> list[float]:
            found = server.store.get(run.id)
            assert found is not None
            return [point.value for point in found.series.get("set_lr", ())]

        page.say(typed(page, 0.02))
        server.wait_until(lambda: moves() == [0.02])
        slider = rung(page)  # as before the browser heard of it
        for fragment in page.timers:
            page.rerun(slider, fragment=fragment, tick=True)
        page.say(typed(page, 0.03))
        server.wait_until(lambda: len(moves()) > 1)
        assert moves() == [0.02, 0.03]
        page.rerun(rung(page))  # a hand on it redraws the whole page
        server.wait_until(lambda: moves() == [0.02, 0.03, 0.001])
        page.click(f"{DIGITS.page}__stop")
