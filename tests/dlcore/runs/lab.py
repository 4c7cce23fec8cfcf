"""A runner and the words to speak of its runs, for several test files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dlcore.run import Run
from dlcore.runs.pool import Pool
from dlcore.runs.protocol import Control
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig

WaitUntil = Callable[..., None]
LONG = TrainConfig(  # no test waits for its end
    train_size=20_000, val_size=0, epochs=100, batch_size=40, lr=0.002, schedule="constant", device="cpu"
)


class Lab:
    """A runner and the words to speak of its runs."""

    def __init__(self, runner: Runner, wait_until: WaitUntil) -> None:
        self.runner, self.wait_until = runner, wait_until

    @classmethod
    def start(cls, folder: Path, wait_until: WaitUntil, pool: Pool | None = None, **more: Any) -> Lab:
        """One core: a run in one thread gives the numbers that it gives in the tests' process."""
        return cls(Runner(Store(folder), pool=pool, cores=1, **more), wait_until)

    def close(self) -> None:
        self.runner.close()
        self.runner.store.close()

    def submit(self, config: TrainConfig = LONG, owner: str = "anna") -> str:
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
        """The run as soon as the condition holds; a run that ends before fails the test at once."""
        run = self.get(run_id)

        def decided() -> bool:
            nonlocal run
            run = self.get(run_id)
            return bool(condition(run)) or not run.active

        self.wait_until(decided, what)
        assert condition(run), f"{what}; it is {run.status} {run.reason}"
        return run

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
