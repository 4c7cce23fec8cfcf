"""A schema becomes its widgets: bounds, help, defaults and the URL all come from the schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dlcore.schema import Config, Knob, Refusal, knobs, parse, parse_all_but, parse_leniently
from dlcore.words import number, short
from ui import assignments
from ui.messages import plain
from ui.showing import shows

ConfigType = TypeVar("ConfigType", bound=Config)
MOST_NAMED = 2  # of what a rule over several fields has refused


def key(page: str, name: str) -> str:
    return f"{page}__{name}"


def prepared(page: str) -> bool:
    """Has this visit seen the page's form?"""
    return key(page, "ready") in st.session_state


def given(page: str) -> bool:
    """Does the URL hold a set-up of this page?"""
    return any(name.startswith(key(page, "")) for name in st.query_params)


def prepare(
    page: str,
    config: type[ConfigType],
    presets: Mapping[str, ConfigType],
    fitted: Callable[[ConfigType], ConfigType] = lambda config: config,
) -> None:
    """On a page's first run: take the set-up from the URL, and say in a sentence what was refused.

    The URL may name a preset; fields given beside it come on top, `fitted` to what there is.
    """
    told = st.container()  # so that what stands below keeps its place when the sentences go
    if prepared(page):
        _say_again(page, config, told)
        if assignments.of(page) is not None:
            assignments.settled(page, parse_leniently(config(), said(page, config))[0])
            assignments.pin(page)
        return
    st.session_state[key(page, "ready")] = True
    prefix = key(page, "")
    fields = {name.removeprefix(prefix): value for name, value in st.query_params.items()}
    fields = {name: value for name, value in fields.items() if name in knobs(config)}
    first, *_ = presets
    preset = st.query_params.get(key(page, "preset"), first)
    if preset not in presets:
        told.warning(
            plain(f"Preset must be one of {', '.join(presets)}. Got {short(preset)} instead: using {first}."),
            icon=":material/link_off:",
        )
        preset = first
    checked, refused = parse_all_but(presets[preset], fields)
    st.session_state.setdefault(key(page, "preset"), preset)
    write(page, assignments.settled(page, fitted(checked)))
    now = said(page, config)
    sentences = [_with_what_stands(refusal, config, now) for refusal in refused]
    _say(sentences, told)
    st.session_state[key(page, "refused_of_link")] = sentences, now


def _with_what_stands(refusal: Refusal, config: type[Config], now: Mapping[str, Any]) -> str:
    """Why a link's value was refused, and what counts in its place."""
    found = [knobs(config)[name] for name in refusal.names if name in knobs(config)]
    stands = [(knob, assignments.in_words(knob, now[knob.name])) for knob in found]
    named = len(found) > 1 or any(not refusal.sentence.startswith(knob.title) for knob in found)
    words = ", ".join(
        f"{knob.title} {value.removesuffix(f' {knob.unit}')}" if named else value for knob, value in stands
    )
    if len(found) > MOST_NAMED:
        words = "the preset's values"
    return f"{refusal.sentence.removesuffix('.')}: using {words}." if words else refusal.sentence


def _say(sentences: Iterable[str], told: DeltaGenerator) -> None:
    for sentence in sentences:
        told.warning(plain(sentence), icon=":material/link_off:")


def _say_again(page: str, config: type[Config], told: DeltaGenerator) -> None:
    """What was refused of the link, until a knob is turned: the page may redraw itself before it is read."""
    sentences, left = st.session_state.get(key(page, "refused_of_link"), ((), None))
    if sentences and said(page, config) == left:
        _say(sentences, told)
    else:
        st.session_state.pop(key(page, "refused_of_link"), None)


def said(page: str, config: type[Config]) -> dict[str, Any]:
    """What the widgets say now, unchecked."""
    return {name: st.session_state[key(page, name)] for name in knobs(config)}


def open_with(page: str, config: Config, preset: str | None) -> None:
    """On a page's first run: start from this configuration instead of the URL's."""
    st.session_state[key(page, "ready")] = True
    st.session_state[key(page, "preset")] = preset
    write(page, config)


def write(page: str, config: Config) -> None:
    """Put every widget where this configuration says. Only before they are made, or in a callback."""
    config = assignments.pinned(page, config)
    for name in knobs(type(config)):
        st.session_state[key(page, name)] = getattr(config, name)


def read(page: str, config: type[ConfigType]) -> ConfigType:
    """What the widgets say now. Raises ConfigError if a client sent what the schema refuses."""
    return parse(config, {**said(page, config), **assignments.fixed(page)})


def share(
    page: str, config: type[Config], presets: Mapping[str, Config], more: Mapping[str, str] | None = None
) -> None:
    """Put the set-up into the URL: the preset, if there are several, the fields that differ from it, and
    what `more` of the page belongs there.

    What other pages had put there goes; what belongs to no page, as a run's id, stays.
    """
    first, *_ = presets
    preset = st.session_state[key(page, "preset")]
    base = presets[preset or first]
    wanted = {key(page, "preset"): preset} if preset and len(presets) > 1 else {}
    for name in knobs(config):
        value = st.session_state[key(page, name)]
        if value != getattr(base, name):
            wanted[key(page, name)] = str(value).lower() if isinstance(value, bool) else str(value)
    wanted |= {key(page, name): value for name, value in (more or {}).items()}
    others = {name: value for name, value in st.query_params.items() if "__" not in name}
    if st.query_params.to_dict() != others | wanted:
        st.query_params.from_dict(others | wanted)


def choice(
    page: str,
    knob: Knob,
    options: Sequence[Any] | None = None,
    words: Callable[[Any], str] | None = None,
    *,
    hidden: bool = False,
    disabled: bool = False,
) -> None:
    """A field of few values, all of them in sight. Its label may be `hidden` where the page has said it.

    `disabled` where what is shown does not hang on it.
    """
    if assignments.as_text(page, knob):
        return
    offered = options if options is not None else list(knob.options)
    st.segmented_control(
        knob.title,
        offered,
        format_func=words or knob.options.__getitem__,
        default=offered[place(page, knob, offered)],
        required=True,
        help=knob.help,
        label_visibility="collapsed" if hidden else "visible",
        disabled=disabled,
        wrap=True,
        **field(page, knob),
    )


def widget(
    page: str, knob: Knob, marks: Iterable[float] = (), on_change: Callable[[], None] | None = None
) -> None:
    """One field's widget; `marks` are values its slider must have beside 1, 2, 5.

    `on_change` is called when a hand moves it, not when the page sets it.
    """
    if assignments.as_text(page, knob):
        return
    named = not knob.unit or knob.title.endswith(knob.unit)  # "Training images" are images
    label = knob.title if named else f"{knob.title} ({knob.unit})"
    if not _within(knob, st.session_state[key(page, knob.name)]):
        st.session_state[key(page, knob.name)] = knob.default
    if knob.scale == "log":
        _log_widget(page, label, knob, marks, on_change)
        return
    if knob.options:
        options = list(knob.options)
        first, words = place(page, knob, options), knob.options.__getitem__
        st.selectbox(label, options, first, format_func=words, help=knob.help, **field(page, knob, on_change))
        return
    now, common = st.session_state[key(page, knob.name)], {"help": knob.help} | field(page, knob, on_change)
    if knob.kind is bool:
        st.toggle(label, now, **common)
    elif knob.form:
        st.text_input(label, now, max_chars=knob.longest, **common)
    elif knob.kind is float:
        st.slider(label, knob.low, knob.high, now, step=0.01, **common)
    else:
        st.number_input(label, int(knob.low or 0), int(knob.high or 0), now, step=1, **common)


def _within(knob: Knob, value: Any) -> bool:
    if knob.options:
        return value in knob.options
    return knob.kind not in (int, float) or (knob.low or 0) <= value <= (knob.high or 0)


def place(page: str, knob: Knob, options: Sequence[Any]) -> int:
    """Where what is chosen stands among these. What is none of them any more is as at first, or the first."""
    name = key(page, knob.name)
    if st.session_state[name] not in options:
        st.session_state[name] = knob.default if knob.default in options else options[0]
    return options.index(st.session_state[name])


def field(
    page: str, knob: Knob, on_change: Callable[[], None] | None = None, beside: str = ""
) -> dict[str, Any]:
    """For a widget of this field, one of several if `beside` others: its key, and what hears a hand on it.

    `on_change` is called when a hand moves it, not when the page sets it.
    """
    name = key(page, knob.name)

    def choose(value: Any) -> None:
        if value is None or not _within(knob, value):
            return  # no browser says so
        st.session_state[name] = value
        if on_change is not None:
            on_change()

    return shows(f"{name}{beside}", st.session_state[name], choose)


def _log_widget(
    page: str, label: str, knob: Knob, marks: Iterable[float], on_change: Callable[[], None] | None
) -> None:
    """A slider over 1, 2, 5 and the marks for the quick hand, beside it the exact number."""
    name = key(page, knob.name)
    now = st.session_state[name] = knob.kind(st.session_state[name])
    ladder = [knob.kind(rung) for rung in sorted({*knob.ladder, *marks, now})]
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    left.select_slider(
        label, ladder, now, format_func=number, help=knob.help, **field(page, knob, on_change, "_ladder")
    )
    whole = knob.kind is int
    right.number_input(
        f"{label}, exact",
        knob.kind(knob.low or 0),
        knob.kind(knob.high or 0),
        now,  # what an emptied field goes back to
        step=1 if whole else 1e-6,
        format="%d" if whole else "%g",
        label_visibility="collapsed",
        **field(page, knob, on_change, "_exact"),
    )
