"""The race: every engine answers the same digit, in turns, and the model stays as it was."""

from __future__ import annotations

import pytest

from dlcore.events import Stage
from dlcore.figures.inference_race import inference_race_chart, race_words
from dlcore.mnist.files import load_test
from dlcore.serving import formats
from dlcore.serving.export_cards import CARDS, ShownExport
from dlcore.serving.race import ENGINES, InferenceRace, iter_race
from tests.dlcore.serving.exports import shipped

DIGIT = load_test().images[7, 0].numpy()


@pytest.fixture(scope="module")
def race() -> InferenceRace:
    *steps, result = iter_race(shipped(), DIGIT, calls=20)
    assert isinstance(result, InferenceRace)
    shares = [step.share for step in steps if isinstance(step, Stage)]
    assert len(shares) == len(steps)
    assert shares == sorted(shares)
    return result


def test_all_engines_race_and_agree(race: InferenceRace) -> None:
    assert [timing.engine for timing in race.timings] == list(ENGINES)
    assert all(0 < timing.p50 <= timing.p95 for timing in race.timings)
    assert race.timings[0].difference == 0
    assert race.agree
    assert race.missing == ()
    assert race.fastest.p50 == min(timing.p50 for timing in race.timings)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_says_what_it_was_measured_on(race: InferenceRace, theme: str) -> None:
    chart = inference_race_chart(race, theme)  # type: ignore[arg-type]
    assert list(chart.columns["engine"]) == list(ENGINES)
    assert sum(chart.columns["quickest"]) == 1
    assert race.fastest.engine in chart.alt
    assert "ms" in chart.alt
    assert race_words(race).startswith("20 calls each on this server (")
    assert "1 thread," in race_words(race)


def test_what_is_missing_is_said_and_the_others_race(monkeypatch: pytest.MonkeyPatch) -> None:
    found = formats.find_spec
    monkeypatch.setattr(formats, "find_spec", lambda name: None if name == "onnxruntime" else found(name))
    trained = shipped()
    trained.model.train()
    *_, result = iter_race(trained, DIGIT, calls=2)
    assert isinstance(result, InferenceRace)
    assert [timing.engine for timing in result.timings] == [*ENGINES][:-1]
    assert result.missing == ("ONNX needs onnxruntime: install it to have this row.",)
    assert all(module.training for module in trained.model.modules())


def test_the_card_reads_the_race(race: InferenceRace) -> None:
    finding = CARDS["agree"].see(ShownExport(1, None, None, race))
    assert finding is not None
    assert finding.shown
    assert "among 6 engines" in finding.text
    assert finding.right == ("To about 1e-5" if race.difference else "To the last bit")
    assert CARDS["agree"].see(ShownExport(1, None, None, None)) is None
