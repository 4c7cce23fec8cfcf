"""What the components' scripts and styles do by themselves, without a browser."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.dlcore.figures.test_palette import luminance
from ui.components.parts import HERE

SETTINGS = Path(__file__).resolve().parents[2] / ".streamlit/config.toml"
FILLED = re.compile(r"[^{}]*\{[^{}]*background(-color)?: var\(--st-primary-color\)[^{}]*\}")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_white_can_be_read_on_the_primary_colour(theme: str) -> None:
    settings = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))
    primary = settings["theme"][theme]["primaryColor"]
    assert 1.05 / (luminance(primary) + 0.05) >= 4.5


def test_what_stands_on_the_primary_colour_is_white() -> None:
    """The page's background is not: on the dark one it has only 4.1:1."""
    filled = {
        f"{path.name}: {rule[0].strip()}": rule[0]
        for path in HERE.rglob("*.css")
        for rule in FILLED.finditer(path.read_text(encoding="utf-8"))
    }
    assert len(filled) >= 6
    assert [name for name, rule in filled.items() if " color: #fff;" not in rule] == []
