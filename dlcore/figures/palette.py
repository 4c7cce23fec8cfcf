"""One colour, one meaning, in both themes. Each also has a mark of its own, so none is read by hue alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Theme = Literal["light", "dark"]
FONT = '"Source Sans", "Source Sans 3", sans-serif'  # of the pages, for figures


@dataclass(frozen=True)
class Palette:
    """Hex colours by role, at least 4.5:1 on `background`."""

    train: str
    val: str
    test: str
    positive: str
    negative: str
    wrong: str
    muted: str
    text: str
    background: str
    grid: str


PALETTES: Mapping[Theme, Palette] = {
    "light": Palette(
        train="#005FB8",
        val="#A85300",
        test="#1B1F24",
        positive="#4D7C0F",
        negative="#6D28D9",
        wrong="#C4161C",
        muted="#6B7280",
        text="#1B1F24",
        background="#FFFFFF",
        grid="#E3E6EA",
    ),
    "dark": Palette(
        train="#5AA9FF",
        val="#FFB454",
        test="#F2F4F7",
        positive="#A3D65C",
        negative="#B58CFF",
        wrong="#FF6B6B",
        muted="#9AA3AE",
        text="#F2F4F7",
        background="#0F1318",
        grid="#2A313A",
    ),
}


# Of each digit, where the digit itself is drawn in it: the colour only helps to see its island.
DIGIT_COLOURS: Mapping[Theme, tuple[str, ...]] = {
    "light": (
        "#005FB8", "#A85300", "#4D7C0F", "#6D28D9", "#B0125B", "#00707A", "#7A3E2E", "#6B7280", "#1B1F24",
        "#007A5A",
    ),
    "dark": (
        "#5AA9FF", "#FFB454", "#A3D65C", "#B58CFF", "#FF7EB6", "#4DD0C8", "#E0A58C", "#9AA3AE", "#F2F4F7",
        "#5FD9A5",
    ),
}  # fmt: skip


def mixed(colour: str, background: str, share: float) -> str:
    """That share of a colour on a background, both hex."""
    pairs = [(int(colour[i : i + 2], 16), int(background[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * over + (1 - share) * under):02X}" for over, under in pairs)
