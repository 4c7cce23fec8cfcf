"""Every value that comes in is checked, and what is wrong is said in one sentence."""

from __future__ import annotations

import contextlib
import math
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from dlcore.errors import ConfigError
from dlcore.schema import MOST_SENTENCES, Knob, knobs, parse, parse_all_but, parse_leniently
from dlcore.training.config import TrainConfig

KNOBS = knobs(TrainConfig)
NUMBERS = {name: knob for name, knob in KNOBS.items() if knob.kind in (int, float)}
FLOATS = [name for name, knob in KNOBS.items() if knob.kind is float]
WHOLE = [name for name, knob in KNOBS.items() if knob.kind is int]
CHOICES = [name for name, knob in KNOBS.items() if knob.options]
SWITCHES = [name for name, knob in KNOBS.items() if knob.kind is bool]

# --- Bounds: one sentence per wrong value ---------------------------------------------------------


def below(knob: Knob) -> float:
    assert knob.low is not None
    return knob.low - 1 if knob.kind is int else math.nextafter(knob.low, -math.inf)


def above(knob: Knob) -> float:
    assert knob.high is not None
    return knob.high + 1 if knob.kind is int else math.nextafter(knob.high, math.inf)


def wrong_values() -> list[Any]:
    cases: list[tuple[str, Any]] = []
    for name, knob in NUMBERS.items():
        cases += [(name, below(knob)), (name, above(knob))]
        cases += [(name, value) for value in (math.nan, math.inf, -math.inf, "many", "", None, [1], {})]
    cases += [(name, value) for name in FLOATS for value in ("nan", "inf", 10**400)]
    cases += [(name, value) for name in WHOLE for value in (1.5, "1.5", 10**400)]
    cases += [(name, value) for name in CHOICES for value in ("nonsense", "", 1, math.nan, None, ["cpu"])]
    cases += [(name, value) for name in SWITCHES for value in ("perhaps", 2, math.nan, None, [])]
    cases += [("layers", value) for value in (1, math.nan, None, ["conv"])]
    return [pytest.param(*case, id=f"{case[0]}-{str(case[1])[:9]}") for case in cases]


@pytest.mark.parametrize(("name", "value"), wrong_values())
def test_a_wrong_value_is_named_with_its_title_its_constraint_and_itself(name: str, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(TrainConfig, {name: value})
    sentence = str(caught.value)
    shown = repr(value) if isinstance(value, str) else str(value)
    shown = shown if len(shown) <= 40 else shown[:37] + "..."
    assert re.fullmatch(rf"{KNOBS[name].title} must be .+\. Got {re.escape(shown)} instead\.", sentence)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_numbers_sentence_tells_both_bounds(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(TrainConfig, {name: above(NUMBERS[name])})
    constraint = str(caught.value).partition(". Got")[0].replace(",", "")
    told = [float(text) for text in re.findall(r"\d+(?:\.\d+)?", constraint)]
    assert told == [NUMBERS[name].low, NUMBERS[name].high]


@pytest.mark.parametrize("name", CHOICES)
def test_a_choices_sentence_tells_every_choice(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(TrainConfig, {name: "nonsense"})
    assert all(option in str(caught.value) for option in KNOBS[name].options)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"lr": 99}, "Learning rate must be a number from 0.000001 to 10. Got 99 instead."),
        ({"epochs": "2.5"}, "Epochs must be a whole number from 1 to 200. Got '2.5' instead."),
        (
            {"net": "LeNet"},
            "Network must be one of FastCNN, SimpleCNN, SoftmaxRegression, BookMLP, LeNet5, "
            "SmallResNet, MyNetwork. Got 'LeNet' instead.",
        ),
        ({"augment": "perhaps"}, "Augmentation must be true or false. Got 'perhaps' instead."),
        ({"schema_version": 2}, "schema_version must be 1. Got 2 instead."),
        (
            {"lr": 99, "dropout": -1},
            "Dropout must be a number from 0 to 0.9. Got -1 instead. "
            "Learning rate must be a number from 0.000001 to 10. Got 99 instead.",
        ),
        (
            {"layers": "cnov 16x3"},
            "Block 1 must be one of conv, pool, average, norm, relu, tanh, sigmoid, dropout, dense, "
            "residual. Got 'cnov 16x3' instead.",
        ),
        (
            {"net": "MyNetwork", "layers": "pool 14, pool 2, pool 2, dense 10"},
            "Block 3, pool 2: maps of 1×1 have no window of 2×2, so less than 1×1 would be left; take it "
            "out, or pool less before it.",
        ),
        (
            {"train_size": 60_000, "val_size": 1},
            "Training and validation images must be 60,000 together at most. Got 60,001 instead.",
        ),
        (
            {"optimizer": "sgd", "nesterov": True, "momentum": 0},
            "Momentum must be above 0 for Nesterov. Got 0 instead.",
        ),
    ],
)
def test_the_sentences_read_so(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=f"^{re.escape(sentence)}$"):
        parse(TrainConfig, values)


def test_an_unknown_setting_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"^'learning_rate' is not a setting here; .*\blr\b.*\.$"):
        parse(TrainConfig, {"learning_rate": 0.1})


@pytest.mark.parametrize("name", NUMBERS)
def test_the_bounds_themselves_are_allowed(name: str) -> None:
    for bound in (NUMBERS[name].low, NUMBERS[name].high):
        values = {"train_size": 100, "val_size": 0} | {name: bound}
        assert getattr(parse(TrainConfig, values), name) == bound


def test_text_is_read_as_the_number_it_spells() -> None:
    config = parse(TrainConfig, {"lr": "1e-3", "epochs": "7", "augment": "true"})
    assert (config.lr, config.epochs, config.augment) == (0.001, 7, True)


# --- Anything at all ------------------------------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
TEXTS = {"layers": "dense 32, relu, dense 10", "dataset": "letters@0123456789ab"}
fitting = st.fixed_dictionaries(
    {},
    optional={
        name: st.integers(int(knob.low or 0), int(knob.high or 0))
        if knob.kind is int
        else st.floats(knob.low, knob.high)
        if knob.kind is float
        else st.sampled_from(list(knob.options))
        if knob.options
        else st.sampled_from([knob.default, TEXTS[name]])
        if knob.form
        else st.booleans()
        for name, knob in KNOBS.items()
    },
)
mappings = st.dictionaries(st.sampled_from([*KNOBS, "schema_version"]) | st.text(max_size=8), anything)


@given(mappings)
@example({"lr": 10**400})
@example({"net": "\ud800"})
@example({"\ud800": 1})
@example({"net": {"net": "FastCNN"}})
def test_parse_is_total(values: dict[str, Any]) -> None:
    with contextlib.suppress(ConfigError):  # and nothing else
        config = parse(TrainConfig, values)
        assert parse(TrainConfig, config.model_dump()) == config


@given(mappings)
@example({"\ud800": 1})
@example({"schema_version": 7})
def test_parse_leniently_always_gives_a_configuration(values: dict[str, Any]) -> None:
    config, sentences = parse_leniently(TrainConfig(), values)
    assert parse(TrainConfig, config.model_dump()) == config
    try:
        assert parse(TrainConfig, values) == config
        assert sentences == []
    except ConfigError:
        assert sentences


@given(fitting, st.sets(st.sampled_from(sorted(NUMBERS)), min_size=1))
def test_leniently_the_good_is_kept_and_the_bad_is_named(good: dict[str, Any], bad: set[str]) -> None:
    good = {name: value for name, value in good.items() if name not in bad}
    good |= {"val_size": 0, "nesterov": False}  # no rule over several fields is at stake here
    bad -= {"val_size"}
    config, sentences = parse_leniently(TrainConfig(), good | dict.fromkeys(bad, "much"))
    assert config == parse(TrainConfig, good)
    assert sorted(sentence.partition(" must be ")[0] for sentence in sentences) == sorted(
        KNOBS[name].title for name in bad
    )


def test_leniently_an_unknown_setting_is_left_out_and_named() -> None:
    config, sentences = parse_leniently(TrainConfig(), {"epochs": 3, "colour": "red"})
    assert config == TrainConfig(epochs=3)
    assert [sentence.partition(" is not a setting")[0] for sentence in sentences] == ["'colour'"]


def test_leniently_a_refused_value_leaves_the_base_as_it_is() -> None:
    base = TrainConfig(train_size=60_000, val_size=0)
    config, sentences = parse_leniently(base, {"val_size": "many", "epochs": 3})
    assert config == base.replace(epochs=3)
    assert len(sentences) == 1


def test_leniently_a_broken_rule_gives_the_base_and_its_sentence() -> None:
    config, sentences = parse_leniently(TrainConfig(), {"train_size": 60_000, "val_size": 10_000})
    assert config == TrainConfig()
    assert sentences == [
        "Training and validation images must be 60,000 together at most. Got 70,000 instead."
    ]


# --- A configuration ------------------------------------------------------------------------------


def test_a_configuration_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        TrainConfig().lr = 1.0  # type: ignore[misc]


def test_replace_makes_a_checked_copy() -> None:
    config = TrainConfig()
    assert config.replace(epochs=9).epochs == 9
    assert config == TrainConfig()
    with pytest.raises(ConfigError, match="Epochs must be"):
        config.replace(epochs=0)


# --- What widgets and options read ----------------------------------------------------------------


def test_every_field_but_the_version_is_a_knob() -> None:
    assert KNOBS.keys() == TrainConfig.model_fields.keys() - {"schema_version"}


@pytest.mark.parametrize("name", KNOBS)
def test_a_knob_has_words_and_a_default_it_would_accept(name: str) -> None:
    knob = KNOBS[name]
    assert knob.title[0].isupper()
    assert knob.help.endswith(".")
    assert getattr(parse(TrainConfig, {name: knob.default}), name) == knob.default
    assert (knob.kind is str) == bool(knob.options or knob.form)
    assert all(knob.options.values())


@pytest.mark.parametrize("name", [name for name, knob in NUMBERS.items() if knob.scale == "log"])
def test_the_ladder_ascends_within_the_bounds(name: str) -> None:
    knob = NUMBERS[name]
    assert knob.low is not None
    assert knob.high is not None
    assert len(knob.ladder) > 5
    assert all(knob.low <= rung <= knob.high for rung in knob.ladder)
    assert all(lower < higher for lower, higher in zip(knob.ladder, knob.ladder[1:], strict=False))
    assert knob.ladder[0] == knob.low
    assert {f"{rung:e}"[0] for rung in knob.ladder} <= set("0125")


def test_what_is_left_out_is_named_one_by_one_or_as_a_rule_concerns_it() -> None:
    _, (rate, epochs) = parse_all_but(TrainConfig(), {"epochs": "many", "lr": "much"})
    assert {rate.names, epochs.names} == {("lr",), ("epochs",)}
    _, (one,) = parse_all_but(TrainConfig(), {"optimizer": "sgd", "nesterov": "true", "momentum": "0"})
    assert one.sentence.startswith("Momentum must be above 0")
    assert one.names == ("momentum",)
    sizes = {"train_size": "60000", "lr": "0.02", "val_size": "10000", "seed": "5"}
    config, (both,) = parse_all_but(TrainConfig(), sizes)
    assert set(both.names) == {"train_size", "val_size"}
    assert config == TrainConfig(lr=0.02, seed=5), "the rest is as it was asked for"
    two_rules = {"optimizer": "sgd", "nesterov": "true", "momentum": "0", **sizes}
    config, (all_of_them,) = parse_all_but(TrainConfig(), two_rules)
    assert (set(all_of_them.names), config) == (set(two_rules), TrainConfig())
    _, refused = parse_all_but(TrainConfig(), dict.fromkeys(knobs(TrainConfig), "odd"))
    assert len(refused) == MOST_SENTENCES + 1
    assert refused[-1].names == ()
