"""Widgets with values that no browser sends: a sentence, and the visit goes on."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.server import Server
from tests.attack.conftest import PAGES
from tests.attack.wire import Tab, tab
from ui.unreadable import SENTENCE

WORDS = ("nonsense", "", "x" * 5000)
SEVERAL = (["nonsense"], [], ["a", "b", "c"], [""])
NUMBERS = (9e15, -9e15, math.nan, math.inf, -math.inf, 5e-324, 0.5)
SELECTIONS = (
    "",
    "x",
    "null",
    "[]",
    '{"selection": {}}',
    '{"selection": []}',
    '{"selection": {"points": [{}], "rows": [-1, 99999], "unit": [{}]}}',
    '{"selection": {"points": [{"customdata": "x"}], "rows": ["x"], "unit": [{"unit": "x"}]}}',
    '{"selection": {"points": [{"customdata": [1e400]}], "rows": [null], "unit": [{"unit": -99}]}}',
    '{"selection": {"points": "x", "rows": "x", "unit": "x"}}',
    '{"selection": {"points": [{"customdata": 1e300}], "rows": [1], "unit": [{"unit": 1e300}]}}',
)
STROKES: dict[str, Any] = {"objects": [{"type": "path"}]}
COMPONENTS = (
    None,
    "x",
    [],
    {},
    {"drawing": 5},
    {"drawing": [1]},
    {"drawing": {"raw": 5, "data": 7}},
    {"drawing": {"raw": STROKES, "data": "data:image/png,no base64"}},
    {"drawing": {"raw": STROKES, "data": "data:;base64,é"}},
    {"drawing": {"raw": STROKES, "data": "data:;base64,AAA"}},
    {"drawing": {"raw": STROKES, "data": "data:;base64,AAAA"}},
    {"drawing": {"raw": STROKES, "data": ""}},
    {"backgroundFit": {}},
    {"click": {"trace": 1}, "step": 10**30},
    {"click": 5, "step": "x", "black": 5, "pick": {"sheet": [], "cell": 1}},
    {"pick": {"sheet": {}, "cell": 1e300}, "black": {"cells": [1], "version": {}}},
    {"move": {"across": 1e300, "down": -1, "turn": 1}},
    {"move": {"across": True, "down": "x", "turn": []}},
    {"move": {"across": 0.5, "down": 0.5, "turn": 10**30}},
    {"move": [0.5, 0.5, 1]},
)


def hostile(id: str, element: Any) -> Iterator[WidgetState]:
    """Values of the type that this widget takes."""
    match type(element).__name__:
        case "Selectbox" | "TextInput" | "TextArea":
            yield from (WidgetState(id=id, string_value=word) for word in WORDS)
        case "ButtonGroup":
            yield from (_several(id, "string_array_value", words) for words in SEVERAL)
        case "Slider" if element.options:
            yield from (_several(id, "string_array_value", words) for words in SEVERAL)
        case "Slider":
            yield from (_several(id, "double_array_value", [number]) for number in NUMBERS)
            yield _several(id, "double_array_value", [])
        case "NumberInput":
            yield from (WidgetState(id=id, double_value=number) for number in NUMBERS)
        case "PlotlyChart" | "VegaLiteChart" | "Dataframe":
            yield from (WidgetState(id=id, string_value=said) for said in SELECTIONS)
        case "BidiComponent":
            yield from (WidgetState(id=id, json_value=json.dumps(said)) for said in COMPONENTS)


OWN = {  # in which field of a message a widget says its value; a number input has two
    "Block": {"bool_value"},  # an expander
    "Button": {"trigger_value"},
    "Checkbox": {"bool_value"},
    "Selectbox": {"string_value"},
    "TextInput": {"string_value"},
    "ButtonGroup": {"string_array_value"},
    "NumberInput": {"double_value", "int_value"},
    "BidiComponent": {"json_value", "json_trigger_value"},
}


def of_other_fields(id: str, element: Any) -> Iterator[WidgetState]:
    """One value in each field that is not this widget's own."""
    own = OWN.get(type(element).__name__, set())
    if type(element).__name__ == "Slider":
        own = {"string_array_value"} if element.options else {"double_array_value"}
    elif not own:
        return
    for field in WidgetState.DESCRIPTOR.oneofs_by_name["value"].fields:
        if field.name not in own:
            yield _in_field(id, field)


def _in_field(id: str, field: FieldDescriptor) -> WidgetState:
    """Something in that field: 1, "1", or one of its parts that says so."""
    state = WidgetState(id=id)
    if field.message_type is None:
        value = b"1" if field.type == FieldDescriptor.TYPE_BYTES else "1"
        text = field.type in (FieldDescriptor.TYPE_BYTES, FieldDescriptor.TYPE_STRING)
        setattr(state, field.name, value if text else 1)
        return state
    inner = getattr(state, field.name)
    inner.SetInParent()
    if field.name.endswith("_array_value"):
        inner.data.append("1" if field.name.startswith("string") else 1)
    return state


def _several(id: str, kind: str, values: list[Any]) -> WidgetState:
    state = WidgetState(id=id)
    getattr(state, kind).SetInParent()
    getattr(state, kind).data.extend(values)
    return state


def goes_on(page: Tab, state: WidgetState, fragment: str) -> bool:
    """Is it said, and is the page there again at the next click?"""
    page.say(state, fragment=fragment)
    said = not page.broke
    page.forget()
    page.rerun()
    return said and not page.broke and len(page.widgets()) > 2


KNOWN = [  # page, part of an id, value: what has once broken a page, or a whole visit
    ("optimizers_race", "__preset", "nonsense"),
    ("optimizers_race", "__steps", math.nan),
    ("runs", "__axis", []),
    ("runs", "__table", '{"selection": {"rows": [null]}}'),
    ("runs", "__table", ""),
    ("mnist_embedding", "__method", []),
    ("black_patch_embedding", "__scatter", '{"selection": {"points": [{"customdata": "x"}]}}'),
    ("black_patch_inside", "__units", '{"selection": {"unit": [{}]}}'),
    ("mnist_draw", "canvas-", {"drawing": {"raw": STROKES, "data": "data:image/png,no base64"}}),
    ("mnist_draw", "canvas-", {"drawing": {"raw": STROKES, "data": 7}}),
    ("mnist_profiling", "__threads", []),
    ("mnist_activations", "activations-wall", {"pick": {"sheet": [], "cell": 1}}),
]


@pytest.mark.parametrize(("name", "key", "value"), KNOWN)
def test_what_once_broke_a_visit(server: Server, name: str, key: str, value: Any) -> None:
    with tab(server, name) as page:
        (widget,) = [id for id in page.widgets() if key in id and "guess" not in id and "__card" not in id]
        state = WidgetState(id=widget)
        match value:
            case []:
                state.string_array_value.SetInParent()
            case float():
                state.double_value = value
            case str():
                state.string_value = value
            case dict():
                state.json_value = json.dumps(value)
        assert goes_on(page, state, page.widgets()[widget][1])


def test_a_value_in_another_field_is_left_out(server: Server, some: Callable[..., list[Any]]) -> None:
    """All widgets of a page at once, field by field: said in a sentence, and the page is as it was."""
    log = server.folder / "server.log"
    for name in some(["optimizers_race", *PAGES], 1):
        with tab(server, name) as page:
            by_field: dict[str | None, list[WidgetState]] = {}
            for id, (element, _) in page.widgets().items():
                for state in of_other_fields(id, element):
                    by_field.setdefault(state.WhichOneof("value"), []).append(state)
            before, said = page.widgets().keys(), len(log.read_bytes())
            for field in some(sorted(by_field), 5):
                page.say(*by_field[field])
                assert not page.broke, (name, field)
                assert SENTENCE in page.said(), (name, field)
                page.forget()
                page.rerun()
                assert not page.broke, (name, field)
                assert page.widgets().keys() == before, (name, field)
            assert b"a page was sent a value that cannot be read" in log.read_bytes()[said:]


def test_every_widget_of_every_page(server: Server, some: Callable[..., list[Any]]) -> None:
    count = tried = 0
    for name in some(PAGES, 3):
        with tab(server, name) as page:
            values = [
                (state, fragment)
                for id, (element, fragment) in page.widgets().items()
                for state in hostile(id, element)
            ]
            for state, fragment in some(values, 5):
                assert goes_on(page, state, fragment), (name, state)
                tried += 1
            count += len(values)
    assert tried >= 15
    sys.stdout.write(f"{tried} of {count} values of widgets: a sentence or nothing, and the visit goes on\n")
