"""The script that is right and its slips: one change each, found by its line, mended by its own lines."""

from __future__ import annotations

import ast
from typing import get_args

import pytest

from dlcore.buglab.bugs import BUGS, HARMLESS, RIGHT, SLIPS, BugName, HarmlessName
from dlcore.buglab.diagnosis import RULES
from dlcore.buglab.script import mend_of, mended, script_text
from dlcore.buglab.words import SIGNS
from dlcore.errors import ConfigError


def test_every_bug_is_in_every_table() -> None:
    assert list(BUGS) == list(get_args(BugName))
    assert list(HARMLESS) == list(get_args(HarmlessName))
    assert set(RULES) == set(SIGNS) == set(BUGS)
    assert len(BUGS) == 12


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_changes_one_place_and_its_mend_gives_the_right_script(name: str) -> None:
    slip = SLIPS[name]
    for right, _ in (*slip.given, (slip.right, slip.wrong)):
        assert script_text(RIGHT).count(right) == 1
    wrong, good = script_text(name), script_text(mended(name))
    assert wrong != good
    ast.parse(wrong)
    mend = mend_of(name)
    lines = wrong.splitlines()
    put = [good.splitlines()[at - 1] for at in sorted(mend.put_at)]
    assert tuple(put) == mend.put
    assert len(mend.put) <= 1
    assert len(mend.taken) <= 1
    for line in mend.taken:
        assert lines.index(line) + 1 in mend.culprits
    if not mend.taken:  # a line is missing: those around the gap
        after = next(iter(mend.put_at))
        assert {after - 1, after} <= mend.culprits
    assert 1 <= len(mend.culprits) <= 6


def test_nothing_else_is_a_script() -> None:
    for name in ("nobody", "../right", "import os"):
        with pytest.raises(ConfigError, match="A script must be one of right, no_zero_grad"):
            script_text(name)


def test_it_is_short_and_each_text_too() -> None:
    lines = script_text(RIGHT).splitlines()
    assert len([line for line in lines if line]) <= 36
    assert max(map(len, lines)) <= 70
    assert max(len(slip.title) for slip in SLIPS.values()) <= 32
    assert max(len(slip.why.split()) for slip in SLIPS.values()) <= 40
