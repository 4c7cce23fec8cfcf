"""A runner and the words to speak of its runs, for several test files."""

from __future__ import annotations

from collections.abc import Callable

from dlcore.run import Run
from dlcore.runs.protocol import Control
from dlcore.runs.runner import Runner
from dlcore.training.config import TrainConfig

WaitUntil = Callable[..., None]


class Lab:
    """A runner and the words to speak of its runs."""

    def __init__(self, runner: Runner, wait_until: WaitUntil) -> None:
        self.runner, self.wait_until = runner, wait_until

    def submit(self, config: TrainConfig, owner: str = "anna") -> str:
        return self.runner.submit(owner, "mnist", config, name="a run")

    def get(self, run_id: str) -> Run:
        run = self.runner.get(run_id)
        assert run is not None
        return run

    def stored(self, run_id: str) -> Run:
        run = self.runner.store.get(run_id)
        assert run is not None
        return run

    def until(self, run_id: str, condition: Callable[[Run], object], what: str) -> Run:
        self.wait_until(
            lambda: condition(self.get(run_id)),
            f"{what}; it is {self.get(run_id).status} {self.get(run_id).reason}",
        )
        return self.get(run_id)

    def started(self, *run_ids: str) -> None:
        for run_id in run_ids:
            self.until(run_id, lambda run: run.last("train_loss"), "it trains")

    def status(self, run_id: str, status: str) -> Run:
        return self.until(run_id, lambda run: run.status == status, f"it is {status}")

    def control(self, run_id: str, *control: object) -> None:
        self.runner.control(run_id, Control(*control))  # type: ignore[arg-type]

    def stop(self, *run_ids: str) -> None:
        for run_id in run_ids:
            self.control(run_id, "stop")
        for run_id in run_ids:
            self.status(run_id, "stopped")
