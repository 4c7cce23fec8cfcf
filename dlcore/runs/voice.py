"""What a worker says: its reports, and every few seconds that it lives."""

from __future__ import annotations

import os
import pickle
import threading
import time
from contextlib import suppress

from dlcore.runs.protocol import BEAT_SECONDS, Beat, Report, Sink


class Voice:
    """Any thread may speak; each word is said whole."""

    def __init__(self, out: Sink) -> None:
        self._out, self._one_at_a_time = out, threading.Lock()

    def say(self, word: Report | Beat) -> None:
        try:
            with self._one_at_a_time:
                pickle.dump(word, self._out)
                self._out.flush()
        except BrokenPipeError:  # the server is gone; nobody is left to report to
            os._exit(0)

    def live(self) -> None:
        """Beat until the process ends, on a thread of its own: whatever the jobs are at."""
        while True:
            with suppress(MemoryError):  # a job ends by that, not its worker
                self.say(Beat())
            time.sleep(BEAT_SECONDS)
