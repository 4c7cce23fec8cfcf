"""Each bug is told from all others by what its training showed alone, with seeds nobody has looked at."""

from __future__ import annotations

import pytest

from dlcore.buglab.bugs import BUGS, HARMLESS, RIGHT
from dlcore.buglab.config import SEEDS, Case
from dlcore.buglab.diagnosis import diagnose
from dlcore.buglab.recorded import recorded
from dlcore.buglab.script import mended
from tests.dlcore.buglab.runs import trained

FRESH = 101  # twelve trainings; with 102 to 105 all twelve were told apart, too


def test_at_least_eleven_of_twelve_are_told_apart() -> None:
    told = {name: diagnose(trained(name, FRESH)) for name in BUGS}
    wrong = {name: said for name, said in told.items() if said != name}
    assert len(wrong) <= 1, wrong
    assert diagnose(trained(RIGHT, FRESH)) is None


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", [*BUGS, *HARMLESS])
def test_what_comes_with_the_lab_can_be_told_and_its_mend_is_well(name: str, seed: int) -> None:
    assert diagnose(recorded(Case(name, seed))) == (name if name in BUGS else None)
    well = recorded(Case(mended(name), seed))
    assert diagnose(well) is None
    assert well.last.test > 0.94
