"""No rank is left, however its group ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest

from dlcore.distributed.config import TRAPS, ManyConfig, RanksConfig, trapped
from dlcore.distributed.group import Said, environment, iter_group
from dlcore.distributed.rank import Rank
from dlcore.distributed.training import iter_together
from dlcore.errors import RunError
from dlcore.events import drained
from tests.ranks import gone, ranks_below
from tests.waiting import wait_until

ENDLESS = RanksConfig(ranks=2, batch=8, images=60_000)


def test_a_group_that_is_closed_leaves_none() -> None:
    group = iter_group([ENDLESS])
    next(event for event in group if isinstance(event, Said) and event.what.get("step") == 2)
    ranks = ranks_below(psutil.Process())
    assert len(ranks) == 2
    group.close()
    assert all(map(gone, ranks))


PARENT = """
from dlcore.distributed.group import Said, iter_group
from dlcore.distributed.config import RanksConfig
for event in iter_group([RanksConfig.model_validate_json({config!r})]):
    if isinstance(event, Said):
        print("said", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("early", [True, False], ids=["while they start", "while they train"])
def test_ranks_notice_that_their_parent_was_killed(early: bool, python_environment: dict[str, str]) -> None:
    code = PARENT.format(config=ENDLESS.model_dump_json())
    parent = subprocess.Popen(
        [sys.executable, "-c", code], env=python_environment, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    try:
        if early:
            wait_until(lambda: len(ranks_below(psutil.Process(parent.pid))) == 2, "both ranks are started")
        else:
            parent.stdout.readline()
        ranks = ranks_below(psutil.Process(parent.pid))
        assert len(ranks) == 2
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        parent.stdout.close()
    wait_until(lambda: all(map(gone, ranks)), "no rank is left")


@pytest.mark.usefixtures("forked_ranks")
def test_ranks_that_never_meet_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = environment() | {"GLOO_SOCKET_IFNAME": "no-such-interface"}
    monkeypatch.setattr("dlcore.distributed.group.environment", lambda: nowhere)
    with pytest.raises(RunError, match=r"The ranks did not meet \(.+\): start them again\."):
        drained(iter_together([RanksConfig(ranks=2, steps=1)]))


def test_who_is_to_break_off_stays_on_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """NCCL would tell nobody that a rank has left."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 4)
    devices = {
        name: Rank(0, trapped(ManyConfig().replace(trap=name)), lambda **said: None).device.type
        for name in TRAPS
    }
    assert devices == {"short": "cpu", "joined": "cuda", "killed": "cpu"}
    assert Rank(1, RanksConfig(), lambda **said: None).device.type == "cuda"
