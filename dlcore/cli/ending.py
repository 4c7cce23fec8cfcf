"""How a command ends that is asked to: Ctrl-C, a terminal that closes, a machine that goes down.

A training is asked between two steps, so that it keeps its weights. Everything else ends where it stands.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # the last is unknown to Windows
SIGNALS = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))
NOTHING = "Ended before it was done: nothing of it was stored."


class Ended(BaseException):
    """A signal ends this command. Not a KeyboardInterrupt, of which typer makes an exit code of its own."""

    def __init__(self, number: int, words: str = NOTHING) -> None:
        super().__init__(words)
        self.number = number


class Asked:
    """Which signal has asked this process to end. The second one does not wait for a step's end."""

    def __init__(self) -> None:
        self.by = 0
        self._listened_to = False

    def listen(self) -> None:
        """Take over the signals, but for those that whoever started us wants ignored, as `nohup` does."""
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._take)

    def _take(self, number: int, frame: FrameType | None) -> None:
        again, self.by = self.by, number
        if again or not self._listened_to:
            raise Ended(number)

    @contextmanager
    def between_steps(self) -> Iterator[None]:
        """Here somebody looks at `by`, and nothing is raised at the first signal."""
        self._listened_to = True
        try:
            yield
        finally:
            self._listened_to = False


ASKED = Asked()  # of a process: there is one set of signals


@contextmanager
def told() -> Iterator[None]:
    """What was ended says so in one line, and has the exit code that shells give: 128 and the signal."""
    try:
        yield
    except Ended as ended:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # it is ending
        print(ended, file=sys.stderr)
        sys.exit(128 + ended.number)
