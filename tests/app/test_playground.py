"""The playground's page: set-ups, what its board reports, the address, the code, the cards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlcore.playground.config import PRESETS, PlaygroundConfig
from dlcore.playground.script import script_text
from dlcore.schema import knobs

OpenPage = Callable[..., Any]
PATH, PAGE = "playground.py", "playground"


def config_of(page: Any) -> PlaygroundConfig:
    """What the page would give its board."""
    return PlaygroundConfig(**{name: page.state(f"{PAGE}__{name}") for name in knobs(PlaygroundConfig)})


def test_it_opens_on_the_first_preset_and_takes_another(open_page: OpenPage) -> None:
    page = open_page(PATH)
    assert config_of(page) == PRESETS["xor"]
    page.at.pills(key=page.shown(f"{PAGE}__preset")).set_value("spiral").run()
    assert config_of(page) == PRESETS["spiral"]
    assert script_text(PRESETS["spiral"]).strip() in [block.value for block in page.at.code]
    assert page.at.query_params["playground__preset"] == "spiral"


def test_a_link_opens_a_whole_set_up_and_half_a_network_is_said(open_page: OpenPage) -> None:
    given = {"playground__data": "moons", "playground__layers": "3 3", "playground__lr": "0.3"}
    page = open_page(PATH, **given)
    assert config_of(page) == PRESETS["xor"].replace(data="moons", layers="3 3", lr=0.3)
    assert page.at.pills(key=page.shown(f"{PAGE}__preset")).value is None, "it is none of them"
    page = open_page(PATH, **given | {"playground__layers": "3 x"})
    assert "Hidden layers must be" in " ".join(page.sentences)
    assert config_of(page) == PRESETS["xor"].replace(data="moons", lr=0.3)


def test_a_link_shows_a_moment(open_page: OpenPage) -> None:
    page = open_page(PATH, playground__epoch="120")
    assert (page.state(f"{PAGE}__epoch"), page.sentences) == (120, [])
    assert page.at.query_params["playground__epoch"] == "120"
    page.at.pills(key=page.shown(f"{PAGE}__preset")).set_value("spiral").run()
    assert "playground__epoch" not in page.at.query_params, "another set-up begins anew"


@pytest.mark.parametrize("epoch", ["-1", "5001", "1e3", "²", "9" * 5000])
def test_a_moment_that_cannot_be_is_said_and_the_board_opens(open_page: OpenPage, epoch: str) -> None:
    page = open_page(PATH, playground__epoch=epoch)
    (sentence,) = page.sentences
    assert sentence.startswith("The epoch must be from 0 to 5,000.")
    assert page.state(f"{PAGE}__epoch") is None


def test_a_link_leaves_out_what_it_names(open_page: OpenPage) -> None:
    page = open_page(PATH, playground__hidden="cards presets lr", playground__preset="circle")
    assert page.state(f"{PAGE}__hidden") == ["presets", "lr", "cards"]
    assert not page.at.pills
    assert "Try this" not in page.words
    assert config_of(page) == PRESETS["circle"]
    page.at.multiselect(key=f"{PAGE}__hidden").set_value(["lr"]).run()
    assert "Try this" in page.words
    assert page.at.query_params["playground__hidden"] == "lr"
    assert page.at.query_params["playground__preset"] == "circle"
    page.at.multiselect(key=f"{PAGE}__hidden").set_value(["presets"]).run()
    page.run()
    assert page.at.query_params["playground__preset"] == "circle"
    (sentence,) = open_page(PATH, playground__layers="4 4", playground__activations="relu").sentences
    assert sentence.endswith(": using nothing.")
    (sentence,) = open_page(PATH, playground__hidden="lr nothing").sentences
    assert sentence.startswith("A link can hide presets,")
    assert sentence.endswith("Got 'nothing' instead.")


@pytest.mark.parametrize("name", ["no_layer", "linear"])
def test_a_card_sets_the_board_up_and_says_what_it_showed(open_page: OpenPage, name: str) -> None:
    page = open_page(PATH)
    turn = page.state(f"{PAGE}__turn") if f"{PAGE}__turn" in page.at.session_state else 0
    page.click(f"{PAGE}__setup_{name}")
    assert page.state(f"{PAGE}__turn") == turn + 1, "the board takes it"
    page.at.pills(key=f"{PAGE}__guess_{name}").set_value("Skip").run()
    assert "It was **" in page.words
    trained = page.state(f"{PAGE}__played")
    assert page.run().state(f"{PAGE}__played") is trained, "the same frames are not made twice"
