"""A lesson plan under way: which step the class is at, and the time used against the time planned."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dlcore.classroom.lesson_plans import LessonPlan, Step


@dataclass(frozen=True)
class RunningPlan:
    """`place` counts the steps from 0; `since`: when it came there, in seconds of the room's clock.

    `used`: seconds at each step so far, without those of the present stay.
    """

    plan: LessonPlan
    since: float
    place: int = 0
    used: dict[int, float] = field(default_factory=dict)

    @property
    def step(self) -> Step:
        return self.plan.steps[self.place]

    def moved(self, by: int, now: float) -> RunningPlan:
        """So many steps on, or back; never past the ends."""
        place = min(max(self.place + by, 0), len(self.plan.steps) - 1)
        if place == self.place:
            return self
        return replace(self, place=place, since=now, used=self.used | {self.place: self.used_here(now)})

    def used_here(self, now: float) -> float:
        """Seconds at this step."""
        return self.used.get(self.place, 0.0) + max(0.0, now - self.since)

    def used_in_all(self, now: float) -> float:
        return sum(self.used.values()) - self.used.get(self.place, 0.0) + self.used_here(now)

    def behind(self, now: float) -> float:
        """Seconds by which the end will be late if all that comes takes what is planned; below 0: early."""
        before = 60 * sum(step.minutes for step in self.plan.steps[: self.place])
        over = max(0.0, self.used_here(now) - 60 * self.step.minutes)
        return self.used_in_all(now) - self.used_here(now) - before + over


def clock(seconds: float) -> str:
    """ "4:05"."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def pace_words(running: RunningPlan, now: float) -> str:
    """Whether the lesson will end in time."""
    behind = running.behind(now)
    minutes = round(abs(behind) / 60)
    if not minutes:
        return "In time."
    return f"{minutes} min {'behind the plan' if behind > 0 else 'ahead of the plan'}."
