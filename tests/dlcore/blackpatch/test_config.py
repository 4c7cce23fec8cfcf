"""The settings of the black patch: what is refused, in which words, and what follows from them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcore.blackpatch.config import PRESETS, PatchConfig
from dlcore.blackpatch.images import Maker
from dlcore.blackpatch.training import Recipe
from dlcore.errors import ConfigError
from dlcore.schema import knobs, parse

HIDDEN = "Hidden units must be 1 to 4 widths from 1 to 128, as in 56 or 56-48. Got {} instead."


@pytest.mark.parametrize(
    "hidden", ["", "0", "129", "56-", "-56", "56-0", "56,48", "56-48 ", "1-2-3-4-5", "a", "5٣", "56\n"]
)
def test_hidden_units_that_are_none_are_refused(hidden: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(PatchConfig, {"hidden": hidden})
    assert str(error.value) == HIDDEN.format(repr(hidden))


@pytest.mark.parametrize(
    ("hidden", "widths"),
    [
        ("1", [81, 1, 1]),
        ("56", [81, 56, 1]),
        ("56-48", [81, 56, 48, 1]),
        ("128-99-100-9", [81, 128, 99, 100, 9, 1]),
    ],
)
def test_hidden_units_become_widths(hidden: str, widths: list[int]) -> None:
    assert parse(PatchConfig, {"hidden": hidden}).widths == widths


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"size": 2}, "Image size must be a whole number from 3 to 21. Got 2 instead."),
        ({"size": 22}, "Image size must be a whole number from 3 to 21. Got 22 instead."),
        ({"patch": 0}, "Patch size must be a whole number from 1 to 21. Got 0 instead."),
        ({"patch": 10}, "Patch size must be at most the image's 9 pixels. Got 10 instead."),
        ({"size": 3, "patch": 4}, "Patch size must be at most the image's 3 pixels. Got 4 instead."),
        ({"train_size": 19}, "Training images must be a whole number from 20 to 10,000. Got 19 instead."),
        ({"test_size": 2001}, "Test images must be a whole number from 20 to 2,000. Got 2001 instead."),
        ({"lr": 0}, "Learning rate must be a number from 0.0000001 to 100. Got 0 instead."),
        ({"lr": "nan"}, "Learning rate must be a number from 0.0000001 to 100. Got 'nan' instead."),
        ({"share": 1}, "Share with a patch must be a number from 0.05 to 0.95. Got 1 instead."),
        ({"where": "left"}, "Patches lie must be one of diagonal, anywhere. Got 'left' instead."),
        ({"epochs": 201}, "Epochs must be a whole number from 1 to 200. Got 201 instead."),
    ],
)
def test_a_setting_out_of_bounds_has_its_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(PatchConfig, values)
    assert str(error.value) == sentence


def test_every_image_that_can_be_asked_for_has_a_place_for_its_patch() -> None:
    for size in range(3, 22):
        for patch in range(1, size + 1):
            assert parse(PatchConfig, {"size": size, "patch": patch}).maker.everywhere()


def test_the_images_are_those_of_the_settings() -> None:
    config = PatchConfig(size=12, patch=4, noise=0.1, share=0.25, where="anywhere")
    assert config.maker == Maker(12, 4, 0.1, 0.25, "anywhere")
    assert config.widths == [144, 56, 1]


def test_the_recipe_is_that_of_the_settings() -> None:
    config = PatchConfig(lr=0.5, epochs=3, batch_size=7, shuffle=True, train_size=100)
    assert (config.steps_per_epoch, config.total_steps) == (15, 45)
    assert config.recipe == Recipe(0.5, 3, 7, True, 1)


@given(st.integers(20, 10_000), st.integers(1, 256), st.integers(1, 200))
def test_progress_is_neither_rare_nor_a_flood(size: int, batch: int, epochs: int) -> None:
    config = PatchConfig(train_size=size, batch_size=batch, epochs=epochs)
    reports = config.total_steps / config.report_every
    assert reports <= 2000
    assert reports >= min(config.total_steps, 20 * epochs, 1000)


def test_the_book_is_the_book() -> None:
    book = PRESETS["book"].config
    assert (book.widths, book.lr, book.epochs, book.batch_size) == ([81, 56, 1], 0.001, 50, 1)
    assert (book.shuffle, book.where, book.init, book.seed) == (False, "diagonal", 0.01, 42)
    assert (book.train_size, book.test_size) == (2000, 600)
    assert book.maker == Maker()


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_survives_json(name: str) -> None:
    config = PRESETS[name].config
    assert parse(PatchConfig, json.loads(json.dumps(config.model_dump()))) == config


def test_every_setting_has_its_words() -> None:
    for knob in knobs(PatchConfig).values():
        assert knob.title
        assert knob.help.endswith(".")
