"""One description of every hyper-parameter: it draws the widgets and checks every value that comes in.

A configuration is a frozen pydantic model. Bounds, unit, title and help stand in its fields and nowhere
else; pages, command line, URL and workers all read them from here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain, combinations
from types import MappingProxyType, UnionType
from typing import Any, Literal, Self, TypeVar, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined

from dlcore.errors import ConfigError
from dlcore.words import number, short

Scale = Literal["linear", "log"]
MOST_SENTENCES = 20
MOST_WORDS = 2  # spaces in an option's words, for an error to say them beside its name
FEW_OPTIONS = 10  # of so many a sentence says the words too


class Config(BaseModel):
    """The base of every configuration: frozen, closed, versioned.

    Read one with `parse`, which raises ConfigError with one sentence per wrong field.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    schema_version: int = Field(1, ge=1, le=1, title="Schema version")

    def replace(self, **changes: object) -> Self:
        """A checked copy with some fields changed."""
        return parse(type(self), self.model_dump() | changes)


ConfigType = TypeVar("ConfigType", bound=Config)


def knob(
    default: Any,
    *,
    title: str,
    help: str,
    unit: str = "",
    scale: Scale = "linear",
    options: Mapping[str, str] | None = None,
    form: str = "",
    longest: int = 40,
    **bounds: Any,
) -> Any:
    """A field of a Config that people can turn.

    `bounds` are pydantic's ge, gt, le, lt, pattern; `options` gives each literal value its words on
    screen, `form` says in words what a text must look like; `longest` is
    how many letters a hand may write.
    """
    extra: JsonDict = {
        "unit": unit,
        "scale": scale,
        "options": dict(options or {}),
        "form": form,
        "longest": longest,
    }
    return Field(default, title=title, description=help, json_schema_extra=extra, **bounds)


@dataclass(frozen=True)
class Knob:
    """One field, as a widget or a command-line option needs it."""

    name: str
    kind: type  # int, float, bool, or str for a choice or a text
    title: str
    help: str
    unit: str
    scale: Scale
    default: Any
    low: float | None
    high: float | None
    options: Mapping[str, str]  # value -> words; empty unless kind is a choice
    form: str  # what a text must look like; "" unless kind is a text
    longest: int  # letters of a text

    @property
    def ladder(self) -> tuple[float, ...]:
        """The 1-2-5 values between the bounds of a log-scaled field, a lower bound of 0 included."""
        low, high = self.low or 0.0, self.high or 1.0
        first = math.floor(math.log10(low)) if low > 0 else -6
        decades = range(first, math.ceil(math.log10(high)) + 1)
        rungs = [float(f"{digit}e{power}") for power in decades for digit in (1, 2, 5)]
        zero = [0.0] if low == 0 else []
        return tuple(zero + [rung for rung in rungs if low <= rung <= high])


def knobs(config: type[Config]) -> Mapping[str, Knob]:
    """The fields of a configuration that people can turn, in their order of definition."""
    return _knobs(config)


@cache
def _knobs(config: type[Config]) -> Mapping[str, Knob]:
    return MappingProxyType(
        {
            name: _knob(name, info)
            for name, info in config.model_fields.items()
            if isinstance(info.json_schema_extra, dict)
        }
    )


def _knob(name: str, info: FieldInfo) -> Knob:
    extra: dict[str, Any] = info.json_schema_extra  # type: ignore[assignment]
    literal = get_origin(info.annotation) is Literal
    values = [str(value) for value in get_args(info.annotation)] if literal else []
    low, high = _bounds(info)
    return Knob(
        name=name,
        kind=str if literal else _plain(info.annotation),
        title=info.title or name,
        help=info.description or "",
        unit=extra["unit"],
        scale=extra["scale"],
        default=None if info.default is PydanticUndefined else info.default,
        low=low,
        high=high,
        options={value: extra["options"].get(value, value) for value in values},
        form=extra["form"],
        longest=extra["longest"],
    )


def _plain(annotation: Any) -> type:
    if get_origin(annotation) in (Union, UnionType):
        raise TypeError("A knob is one plain type or a Literal.")
    return annotation if annotation in (int, float, bool) else str


def _bounds(info: FieldInfo) -> tuple[float | None, float | None]:
    low = high = None
    for limit in info.metadata:
        if isinstance(limit, annotated_types.Ge):
            low = limit.ge
        elif isinstance(limit, annotated_types.Le):
            high = limit.le
    return low, high  # type: ignore[return-value]


def parse(config: type[ConfigType], values: Mapping[str, Any]) -> ConfigType:
    """Check `values` (text or numbers) and build the configuration.

    Raises ConfigError: one sentence per wrong field, "X must be C. Got V instead."
    """
    try:
        return config.model_validate(dict(values))
    except ValidationError as error:
        raise ConfigError(" ".join(_sentences(config, error))) from None


@dataclass(frozen=True)
class Refusal:
    """Why values were refused, in a sentence, and of which fields they were; () if there are too many."""

    sentence: str
    names: tuple[str, ...] = ()


def parse_leniently(base: ConfigType, values: Mapping[str, Any]) -> tuple[ConfigType, list[str]]:
    """`base` with `values` on top; a wrong value is left out and named. For links that people share."""
    config, refused = parse_all_but(base, values)
    return config, [refusal.sentence for refusal in refused]


def parse_all_but(base: ConfigType, values: Mapping[str, Any]) -> tuple[ConfigType, list[Refusal]]:
    """As `parse_leniently`, with the names of what was left out."""
    kept, refused = dict(values), list[Refusal]()
    while True:
        try:
            return type(base).model_validate(base.model_dump() | kept), refused
        except ValidationError as error:
            named = _fields_of(error) or {0: _culprit(base, kept)}
            sentences = _sentences(type(base), error)
            refused += [
                Refusal(said, named.get(place, ()) if place < MOST_SENTENCES else ())
                for place, said in enumerate(sentences)
            ]
            bad = {name for names in named.values() for name in names}
            kept = {name: value for name, value in kept.items() if name not in bad}


def _fields_of(error: ValidationError) -> dict[int, tuple[str, ...]]:
    """By the place of a detail, the field it is about. A rule over several fields names none."""
    details = enumerate(error.errors(include_url=False))
    return {place: (str(detail["loc"][0]),) for place, detail in details if detail["loc"]}


def _sentences(config: type[Config], error: ValidationError) -> list[str]:
    """One for each wrong field, MOST_SENTENCES at most: a client may send thousands."""
    details = error.errors(include_url=False)
    sentences = [_sentence(config, detail) for detail in details[:MOST_SENTENCES]]
    more = len(details) - MOST_SENTENCES
    return [*sentences, f"{more:,} more settings are wrong."] if more > 0 else sentences


def _culprit(base: Config, values: Mapping[str, Any]) -> tuple[str, ...]:
    """A rule over several fields names none of them: the fewest whose absence mends it, else all."""
    last_first = list(values)[::-1]
    for names in chain(combinations(last_first, 1), combinations(last_first, 2)):
        rest = {name: value for name, value in values.items() if name not in names}
        try:
            type(base).model_validate(base.model_dump() | rest)
            return names
        except ValidationError:
            continue
    return tuple(values)


def _sentence(config: type[Config], detail: ErrorDetails) -> str:
    said = str(detail["msg"]).removeprefix("Value error, ")
    if not detail["loc"] or (detail["type"] == "value_error" and said.endswith(".")):
        return said  # a rule of its own brings its own sentence
    name = str(detail["loc"][0])
    got = short(detail["input"])
    if name not in config.model_fields:
        known = ", ".join(knobs(config))
        return f"{short(name)} is not a setting here; the settings are: {known}."
    knob = _knob_or_none(config, name)
    title = knob.title if knob else name
    return f"{title} must be {_constraint(knob, detail)}. Got {got} instead."


def _named(value: str, words: str) -> str:
    """An option as links and commands write it, and what the screen says of it, if that is another word."""
    alike = "".join(filter(str.isalnum, words)).lower() == "".join(filter(str.isalnum, value)).lower()
    alike = alike or (value.isdigit() and words.startswith(value))
    return value if alike or words.count(" ") > MOST_WORDS else f"{value} ({words})"


def _knob_or_none(config: type[Config], name: str) -> Knob | None:
    return knobs(config).get(name)


def _constraint(knob: Knob | None, detail: ErrorDetails) -> str:
    if knob is None:
        return "1" if detail["loc"] == ("schema_version",) else "valid"
    if knob.kind is bool:
        return "true or false"
    if knob.kind is str:
        many = len(knob.options) > FEW_OPTIONS
        options = knob.options if many else [_named(*option) for option in knob.options.items()]
        return knob.form or "one of " + ", ".join(options)
    noun = "a whole number" if knob.kind is int else "a number"
    if knob.low is None or knob.high is None:
        return noun
    return f"{noun} from {number(knob.low)} to {number(knob.high)}"
