"""A widget that the page moves too: what a browser has not heard of yet is no hand's move."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import urlencode

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.client import _key
from benchmarks.page_runs import DIGITS, ENDLESS
from benchmarks.server import Server, new_owner
from benchmarks.students import stroke
from dlcore.gan.plane.config import PlaneConfig
from dlcore.playground.config import PlaygroundConfig
from dlcore.sweep.setup import SUGGESTED
from dlcore.training.recipes import PRESETS
from dlcore.words import number
from tests.attack.wire import Tab, tab

LR = f"{DIGITS.page}__lr"


def widget(page: Tab, key: str) -> str:
    return next(name for name, (element, _) in page.widgets().items() if _key(element).startswith(key))


def typed(page: Tab, value: float) -> WidgetState:
    return WidgetState(id=widget(page, f"{LR}_exact"), double_value=value)


def rung(page: Tab, value: float = 0.001) -> WidgetState:
    slider = WidgetState(id=widget(page, f"{LR}_ladder"))
    slider.string_array_value.data.append(number(value))
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

        old = rung(page, run.config["lr"])  # as before the browser hears of it
        page.say(typed(page, 0.02))
        server.wait_until(lambda: moves() == [0.02])
        for fragment in page.timers:
            page.rerun(old, fragment=fragment, tick=True)
        page.rerun(old)  # as another click brings it
        page.say(typed(page, 0.03))
        server.wait_until(lambda: len(moves()) > 1)
        assert moves() == [0.02, 0.03]
        page.rerun(rung(page))  # a hand on it redraws the whole page
        server.wait_until(lambda: moves() == [0.02, 0.03, 0.001])
        page.click(f"{DIGITS.page}__stop")


def pill(page: Tab, label: str, choice: str) -> WidgetState:
    """The pills of this label as a browser that shows this choice tells them."""
    name = next(
        name
        for name, (element, _) in page.widgets().items()
        if type(element).__name__ == "ButtonGroup" and element.label == label
    )
    state = WidgetState(id=name)
    state.string_array_value.data.append(choice)
    return state


def board(page: Tab, key: str) -> tuple[str, str, dict[str, Any]]:
    """Its id, its fragment, and what the page has given it."""
    return next(
        (name, fragment, json.loads(element.json))
        for name, (element, fragment) in page.widgets().items()
        if type(element).__name__ == "BidiComponent" and key in name
    )


@pytest.mark.parametrize(
    ("name", "key", "preset", "config", "changes"),
    [
        ("playground", "playground-board", "Exclusive or", PlaygroundConfig(), {"data": "own"}),
        ("gan_plane", "forger-board", "Ring of eight", PlaneConfig(), {"data": "own"}),
    ],
)
def test_a_board_that_tells_twice_is_not_put_back_to_the_preset(
    server: Server, name: str, key: str, preset: str, config: Any, changes: dict[str, Any]
) -> None:
    with tab(server, name) as page:
        widget, fragment, given = board(page, key)
        old = pill(page, "Start with", preset)
        fields = config.model_dump(exclude={"schema_version"}) | changes
        said = {"config": fields | {"turn": given["turn"]}}
        page.say(old, WidgetState(id=widget, json_value=json.dumps(said)), fragment=fragment)
        said["own"] = [[1, 1, 1], [-1, -1, -1]] if name == "playground" else [[1, 1], [-1, -1]]
        page.say(old, WidgetState(id=widget, json_value=json.dumps(said)), fragment=fragment)
        _, _, now = board(page, key)
        assert (now["turn"], now["config"]["data"], len(now["own"])) == (given["turn"], "own", 2)
        page.say(pill(page, "Start with", preset), fragment=fragment)
        assert board(page, key)[2]["config"] == given["config"], "a hand on it counts"


def test_an_old_number_in_a_redraw_changes_no_other_block(server: Server) -> None:
    label = "From the image to ten logits"
    with tab(server, "builder", "builder__layers=conv 16x3, conv 8x3, dense 10") as page:

        def blocks() -> list[str]:
            line = next(one for one, _ in page.widgets().values() if getattr(one, "label", "") == label)
            return [option.content for option in line.options]

        old = WidgetState(id=next(name for name in page.widgets() if "number_channels" in name), int_value=16)
        page.say(old, pill(page, label, "2 conv 8x3"))
        page.say(old)
        assert blocks() == ["1 conv 16x3", "2 conv 8x3", "3 dense 10"]


def test_an_old_formula_in_a_redraw_takes_nothing_back(server: Server) -> None:
    with tab(server, "tensors") as page:
        typed = next(name for name in page.widgets() if "__typed" in name)
        old = WidgetState(id=typed, string_value=board(page, "tensors-board")[2]["expression"])
        page.say(old, pill(page, "Start with", "ReLU(a·b + c)"))
        chosen = board(page, "tensors-board")[2]["expression"]
        page.say(old)
        assert board(page, "tensors-board")[2]["expression"] == chosen


def test_a_typed_rate_and_start_right_after_it_train_at_that_rate(server: Server) -> None:
    """Leaving the field tells the number, the click comes before the browser has heard of the slider."""
    owner = new_owner()
    with tab(server, DIGITS.page, DIGITS.setup(ENDLESS), owner=owner) as page:
        page.say(rung(page))
        old, start = rung(page), widget(page, f"{DIGITS.page}__start")
        page.say(typed(page, 0.02))
        page.say(old, WidgetState(id=start, trigger_value=True))
        server.wait_until(lambda: bool(server.store.runs_of(owner)))
        (run,) = server.store.runs_of(owner)
        assert run.config["lr"] == 0.02
        page.forget()
        page.rerun()
        page.click(f"{DIGITS.page}__stop")


def number_box(page: Tab, key: str, value: int) -> WidgetState:
    return WidgetState(id=widget(page, key), int_value=value)


def test_a_preset_and_start_right_after_it_train_what_the_preset_says(server: Server) -> None:
    """The click tells every field as it stood before."""
    owner = new_owner()
    setup = f"{DIGITS.page}__preset=lesson&{DIGITS.page}__epochs=7&{DIGITS.page}__seed=3"
    with tab(server, DIGITS.page, setup, owner=owner) as page:
        old = [
            number_box(page, f"{DIGITS.page}__epochs", 7),
            number_box(page, f"{DIGITS.page}__seed", 3),
        ]
        page.say(*old)
        start, preset = widget(page, f"{DIGITS.page}__start"), pill(page, "Preset", PRESETS["class"].title)
        page.say(*old, preset)
        page.say(*old, preset, WidgetState(id=start, trigger_value=True))
        server.wait_until(lambda: bool(server.store.runs_of(owner)))
        (run,) = server.store.runs_of(owner)
        assert run.config == PRESETS["class"].config.model_dump()


def test_another_knob_of_a_sweep_keeps_the_values_that_come_with_it(server: Server) -> None:
    with tab(server, "sweep") as page:
        values = widget(page, "sweep__first_values")
        old = WidgetState(id=values, string_value="0.0005, 0.001")
        page.say(old)
        box = next(one for one, _ in page.widgets().values() if _key(one).startswith("sweep__first_0"))
        said = next(option for option in box.options if option.lower() == "optimizer")
        page.say(old, WidgetState(id=box.id, string_value=said))
        page.say(old)
        runs = 3 * len(SUGGESTED["optimizer"].split())
        assert any(getattr(one, "label", "") == f"Start {runs} runs" for one, _ in page.widgets().values())


def test_a_stroke_on_home_ends_play_whatever_a_tick_under_way_says(server: Server) -> None:
    with tab(server, "home") as page:
        page.say(WidgetState(id=widget(page, "home__playing"), bool_value=True))
        ticks = list(page.timers)
        page.send_json("home__canvas", stroke(random.Random(3)))
        answered = [page.tick(fragment) for fragment in ticks]
        assert answered.count(None) < len(answered), "one was under way"
        page.rerun()
        assert any(getattr(one, "label", "") == "You meant" for one, _ in page.widgets().values())


RACE = {"start_x": 1.0, "start_y": -1.0, "steps": 77}
SURFACE = {"samples": 64, "seed": 9}


@pytest.mark.parametrize(("name", "fields"), [("optimizers_race", RACE), ("mnist_loss_surface", SURFACE)])
def test_a_field_that_is_drawn_late_shows_what_counts(
    server: Server, name: str, fields: dict[str, float]
) -> None:
    """In a popover, which is opened when the message that moved it is long gone."""
    with tab(server, name, urlencode({f"{name}__{field}": value for field, value in fields.items()})) as page:
        for _ in range(2):
            page.rerun()
            found = {_key(one): one for one, _ in page.widgets().values()}
            shown = {
                field: one.default
                for field in fields
                for key, one in found.items()
                if type(one).__name__ == "NumberInput" and key.startswith(f"{name}__{field}_")
            }
            assert shown == fields
