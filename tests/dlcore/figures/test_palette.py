"""Words and curves in role colours can be read: WCAG contrast of at least 4.5 on the page's background."""

from dataclasses import asdict

import pytest

from dlcore.figures.palette import DIGIT_COLOURS, PALETTES

ROLES = ("train", "val", "test", "positive", "negative", "wrong", "muted", "text")


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("role", ROLES)
def test_contrast(theme, role):
    palette = asdict(PALETTES[theme])
    light, dark = sorted([luminance(palette[role]), luminance(palette["background"])], reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("theme", PALETTES)
def test_ten_digits_have_ten_colours_that_can_be_read(theme):
    colours, palette = DIGIT_COLOURS[theme], PALETTES[theme]
    assert len(set(colours)) == 10
    assert palette.wrong not in colours, "red says that one is read wrongly"
    for colour in colours:
        light, dark = sorted([luminance(colour), luminance(palette.background)], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
