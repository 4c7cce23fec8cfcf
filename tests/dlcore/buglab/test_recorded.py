"""The trainings that come with the lab: all are there, and are what the scripts give."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlcore.buglab import recorded as module
from dlcore.buglab.config import Case
from dlcore.buglab.recorded import FILE, cases, iter_record, recorded
from dlcore.buglab.symptoms import EPOCHS, STEPS
from dlcore.errors import DataError
from tests.dlcore.buglab.runs import trained


def test_every_case_is_kept_and_small() -> None:
    for case in cases():
        assert len(recorded(case).losses) == EPOCHS * STEPS
    assert FILE.stat().st_size < 300_000
    with pytest.raises(DataError, match="cannot be read"):
        recorded(Case("nobody", 0))


@pytest.mark.parametrize("name", ["right", "sorted", "summed"])
def test_it_is_what_the_script_gives(name: str) -> None:
    """On another machine the last digits may differ, and grow: the first steps are compared."""
    kept, now = recorded(Case(name, 1)), trained(name, 1)
    assert kept.losses[:10] == pytest.approx(now.losses[:10], rel=0.02)
    assert kept.last.test == pytest.approx(now.last.test, abs=0.1)


def test_what_is_written_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = (Case("detached", 1),)
    monkeypatch.setattr(module, "cases", lambda: few)
    monkeypatch.setattr(module, "run", lambda case: trained(case.name, case.seed))
    file = tmp_path / "recorded.json"
    assert list(iter_record(file)) == list(few)
    (key,) = json.loads(file.read_text())
    assert key == "detached 1"


def test_a_damaged_file_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "recorded.json"
    monkeypatch.setattr(module, "FILE", file)
    module._read.cache_clear()
    for content in (None, "{", "[]", '{"right 0": {}}'):
        if content is not None:
            file.write_text(content)
        with pytest.raises(DataError, match="put back dlcore/buglab/assets/"):
            recorded(Case("right", 0))
        module._read.cache_clear()
