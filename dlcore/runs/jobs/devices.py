"""Measuring this machine's devices inside a task's process, which is always a fresh one."""

from __future__ import annotations

from collections.abc import Iterator

from dlcore.events import Stage
from dlcore.runs.jobs.base import TaskJob
from dlcore.runs.protocol import Submission
from dlcore.schema import parse
from dlcore.tensors.devices import Devices, DevicesConfig, iter_devices


class DevicesJob(TaskJob):
    """Matrix products by size and device; the last event is a Devices.

    The payload is {"config": fields of DevicesConfig}. Raises ConfigError if they are out of bounds.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._config = parse(DevicesConfig, submission.payload["config"])

    def events(self) -> Iterator[Stage | Devices]:
        return iter_devices(self._config)
