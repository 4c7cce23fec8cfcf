"""The page of activations and gradients: set-ups, links, the code, the cards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlcore.schema import knobs
from dlcore.signals.config import SignalsConfig
from dlcore.signals.script import script_text

OpenPage = Callable[..., Any]
PATH, PAGE = "activations_and_gradients.py", "activations_and_gradients"


def config_of(page: Any) -> SignalsConfig:
    """What the page would give its board."""
    return SignalsConfig(**{name: page.state(f"{PAGE}__{name}") for name in knobs(SignalsConfig)})


def test_it_opens_on_ten_sigmoid_layers_already_measured(open_page: OpenPage) -> None:
    page = open_page(PATH)
    assert config_of(page) == SignalsConfig(activation="sigmoid", init="xavier", depth=10)
    _, opening = page.state(f"{PAGE}__opening")
    assert len(opening["layers"]) == 10
    assert opening["words"][0]["kind"] == "vanishing"
    assert script_text(SignalsConfig()).strip() in [block.value for block in page.at.code]
    assert "0.25, at 0." in page.words


def test_a_link_opens_a_whole_set_up_and_half_of_one_is_said(open_page: OpenPage) -> None:
    given = {f"{PAGE}__activation": "relu", f"{PAGE}__residual": "true", f"{PAGE}__depth": "30"}
    page = open_page(PATH, **given)
    expected = SignalsConfig(activation="relu", residual=True, depth=30)
    assert (config_of(page), page.sentences) == (expected, [])
    assert {name: page.at.query_params[name] for name in given} == given
    page = open_page(PATH, **given | {f"{PAGE}__depth": "31", f"{PAGE}__init": "best"})
    assert sorted(sentence.split(" must be")[0] for sentence in page.sentences) == ["First weights", "Layers"]
    assert config_of(page) == SignalsConfig(activation="relu", residual=True)


@pytest.mark.parametrize("name", ["he", "residual"])
def test_a_card_sets_the_board_up_and_says_what_it_showed(open_page: OpenPage, name: str) -> None:
    page = open_page(PATH)
    page.click(f"{PAGE}__setup_{name}")
    assert page.state(f"{PAGE}__turn") == 1, "the board takes it"
    assert len(page.state(f"{PAGE}__opening")[1]["layers"]) == 10
    assert page.state(f"{PAGE}__opening")[1]["words"][0]["kind"] == "healthy"
    page.at.pills(key=f"{PAGE}__guess_{name}").set_value("Skip").run()
    assert "It was **" in page.words
