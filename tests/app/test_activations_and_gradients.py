"""The page of deep stacks: its first screen, its cures, its address, its cards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlcore.schema import knobs
from dlcore.signals.config import SignalsConfig
from dlcore.signals.script import script_text

OpenPage = Callable[..., Any]
PATH = PAGE = "activations_and_gradients"


def config_of(page: Any) -> SignalsConfig:
    return SignalsConfig(**{name: page.state(f"{PAGE}__{name}") for name in knobs(SignalsConfig)})


def said(page: Any) -> str:
    return " ".join(block.value for block in page.at.markdown)


def test_it_opens_on_ten_layers_that_fade_and_a_button_cures_them(open_page: OpenPage) -> None:
    page = open_page(f"{PATH}.py")
    assert config_of(page) == SignalsConfig()
    assert "of layer 1 is 5.1 × 10⁻⁹" in said(page)
    page.at.button(key=f"{PAGE}__cure_0").click().run()
    assert config_of(page) == SignalsConfig(activation="relu", init="he")
    assert "**Healthy: the layers'" in said(page)
    assert page.at.query_params[f"{PAGE}__activation"] == "relu"
    assert script_text(config_of(page)).strip() in [block.value for block in page.at.code]


def test_a_link_opens_a_set_up_and_what_cannot_be_is_said(open_page: OpenPage) -> None:
    page = open_page(f"{PATH}.py", **{f"{PAGE}__depth": "30", f"{PAGE}__init": "he"})
    assert config_of(page) == SignalsConfig(depth=30, init="he")
    page = open_page(f"{PATH}.py", **{f"{PAGE}__depth": "31", f"{PAGE}__norm": "batch"})
    assert "Layers must be" in " ".join(page.sentences)
    assert config_of(page) == SignalsConfig(norm="batch")


def test_a_layer_that_is_gone_is_not_looked_at(open_page: OpenPage) -> None:
    page = open_page(f"{PATH}.py")
    page.at.slider(key=f"{PAGE}__layer").set_value(9).run()
    assert "through layer 9" in said(page)
    page.at.slider(key=f"{PAGE}__depth").set_value(4).run()
    assert "through layer 4" in said(page)
    page.at.slider(key=f"{PAGE}__depth").set_value(1).run()
    assert "through layer 1" in said(page)
    assert page.sentences == []
