"""A worker says its words whole, and that it lives, again and again."""

from __future__ import annotations

import pickle
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from dlcore.runs.protocol import BEAT_SECONDS, Beat, Report
from dlcore.runs.voice import Voice
from tests.waiting import DEADLINE_SECONDS, Counted, wait_until


def test_a_beat_waits_until_a_report_is_out() -> None:
    with ThreadPoolExecutor(1) as other:
        beats: list[Future[None]] = []

        class Pipe:
            """In the middle of the report another thread wants to speak."""

            said = b""

            def write(self, part: bytes) -> int:
                self.said += part
                if not beats:
                    beats.append(other.submit(voice.say, Beat()))
                    wait_until(lambda: turns.came == 2, "it wants to")
                return len(part)

            def flush(self) -> None:
                """It is out already."""

        pipe = Pipe()
        voice = Voice(pipe)
        voice._one_at_a_time = turns = Counted(voice._one_at_a_time)  # type: ignore[assignment]
        report = Report("a", events=(bytes(100_000),))  # written in parts
        voice.say(report)
        beats[0].result(DEADLINE_SECONDS)
    assert pipe.said == pickle.dumps(report) + pickle.dumps(Beat())


def test_it_says_that_it_lives_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(Exception):
        """No more is to be written."""

    class Pipe:
        said = 0

        def write(self, part: bytes) -> int:
            assert part == pickle.dumps(Beat())
            return len(part)

        def flush(self) -> None:
            self.said += 1
            if self.said == 3:
                raise Full

    pauses: list[float] = []
    monkeypatch.setattr("dlcore.runs.voice.time", SimpleNamespace(sleep=pauses.append))
    with pytest.raises(Full):
        Voice(Pipe()).live()
    assert pauses == [BEAT_SECONDS] * 2
