"""What somebody asks of a running training. It listens between two steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Controls:
    """Values are checked before they come here."""

    changes: deque[tuple[str, float]] = field(default_factory=deque)
    planned: deque[tuple[int, str, float]] = field(default_factory=deque)  # by step: what was once asked
    stopping: bool = False
    report_next: bool = False  # speak after the next step, whatever the rhythm

    def set(self, name: str, value: float) -> None:
        self.changes.append((name, value))

    def stop(self) -> None:
        self.stopping = True

    def due(self, step: int) -> Iterator[tuple[str, float]]:
        """What now takes effect, (name, value), first what was planned for this step or an earlier one."""
        while self.planned and self.planned[0][0] <= step:
            yield self.planned.popleft()[1:]
        while self.changes:
            yield self.changes.popleft()
