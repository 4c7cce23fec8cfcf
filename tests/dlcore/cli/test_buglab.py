"""`buglab` on the command line: its slips, a script as it runs, a training that is told by its symptoms."""

from __future__ import annotations

from functools import partial

import pytest

from dlcore.buglab.bugs import SLIPS
from dlcore.buglab.recorded import recorded
from dlcore.buglab.script import script_text
from dlcore.cli import buglab as module
from dlcore.cli.buglab import buglab
from dlcore.errors import ConfigError
from tests.dlcore.cli import call

invoke = partial(call.invoke, buglab)
answer = partial(call.answer, buglab)


def test_slips_are_listed_and_scripts_printed() -> None:
    assert answer("list") == {"slips": list(SLIPS)}
    assert "softmax_twice       Softmax twice" in invoke("list")
    assert invoke("show", "softmax_twice") == script_text("softmax_twice")


def test_a_training_is_told_by_its_symptoms() -> None:
    found = answer("run", "detached", "--seed", "4")
    assert found["bug"] == "detached"
    assert len(found["symptoms"]["judged"]) == 3


def test_words_are_those_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "run", recorded)
    assert "told by its symptoms: Not shuffled (half of all losses" in invoke("run", "sorted")
    assert invoke("run").endswith("nothing is wrong\n")


def test_an_unknown_slip_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match="A script must be one of right, no_zero_grad"):
        invoke("run", "nobody")
