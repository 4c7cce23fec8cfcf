"""The pictures of the bug lab: a script line by line, curves over each other, gradients by layer."""

from __future__ import annotations

import math

from dlcore.buglab.bugs import RIGHT, SLIPS
from dlcore.buglab.config import Case
from dlcore.buglab.recorded import recorded
from dlcore.buglab.script import script_text
from dlcore.buglab.symptoms import LAYERS
from dlcore.figures.buglab import HIGHEST, LOWEST, Curve, gradients_chart, losses_chart
from dlcore.figures.code_lines import code_lines


def test_lines_are_the_script_and_words_have_their_kinds() -> None:
    for name in (RIGHT, *SLIPS):
        lines = code_lines(script_text(name), {})
        assert ["".join(piece for piece, _ in line.parts) for line in lines] == script_text(name).splitlines()
    lines = code_lines("x = 5  # five\n\nreturn 'a'\n", {3: "found"})
    assert lines[0].parts == (("x = ", ""), ("5", "number"), ("  ", ""), ("# five", "comment"))
    assert lines[1].parts == ()
    assert lines[2].parts == (("return", "keyword"), (" ", ""), ("'a'", "text"))
    assert [line.mark for line in lines] == ["", "", "found"]


def test_every_curve_is_in_the_picture_within_its_edges() -> None:
    curves = [
        Curve("broken", (2.0, math.nan, 1e9), "broken"),
        Curve("guess", (math.inf, 0.0), "guess"),
    ]
    chart = losses_chart(curves, "light")
    assert chart.columns["role"] == ["broken", "broken", "guess"]
    assert chart.columns["step"] == [1, 3, 2]
    assert chart.columns["loss"] == [2.0, HIGHEST, LOWEST]
    assert "broken: it begins at 2.00, ends at 1000000000.00" in chart.alt
    assert losses_chart([], "dark").alt == "The loss by step: nothing yet."


def test_a_layer_without_a_gradient_has_no_line() -> None:
    chart = gradients_chart(recorded(Case("detached", 0)), "light")
    assert set(chart.columns["layer"]) == {"fc1", "fc2"}
    assert "conv1 0, conv2 0" in chart.alt
    assert set(gradients_chart(recorded(Case(RIGHT, 0)), "dark").columns["layer"]) == set(LAYERS)
