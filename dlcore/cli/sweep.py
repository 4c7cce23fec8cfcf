"""`sweep`: many runs of the digits, one after the other, and which difference is more than luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from dlcore.cli.ending import ASKED, Ended
from dlcore.cli.options import with_options
from dlcore.cli.talk import AsJson, progress_bar, say
from dlcore.cli.training import config_from
from dlcore.events import Progress
from dlcore.run import Run
from dlcore.runs.compare import setting_words
from dlcore.runs.local import OWNER, iter_local_run
from dlcore.runs.naming import root_name, variation_name
from dlcore.runs.storage.store import Store
from dlcore.runs.sweep_results import losses_of, luck_or_not, means, share_of
from dlcore.schema import parse
from dlcore.sweep.plan import Plan, make_grid, make_random, plan_words, read_turned
from dlcore.sweep.stopping import Losses, comparable, why_lost
from dlcore.training.config import TrainConfig
from dlcore.training.recipes import PRESETS

sweep = typer.Typer(help="Many runs at once.", invoke_without_command=True)
KIND = "mnist"
DONE = ("finished", "diverged")
LOOKED_THROUGH = 1_000  # runs of this machine, for those that a broken sweep has made already


@sweep.callback()
@with_options(TrainConfig)
def run(
    turn: Annotated[list[str], typer.Option(help="A knob and its values: lr=0.001,0.01. Up to three.")],
    preset: Annotated[str, typer.Option(help="|".join(PRESETS))] = "class",
    seeds: Annotated[int, typer.Option(help="How many seeds each point has.")] = 2,
    points: Annotated[int | None, typer.Option(help="Draw so many points at random: no grid.")] = None,
    name: Annotated[str, typer.Option(help="Of its runs. The same name again goes on.")] = "sweep",
    keep_all: Annotated[bool, typer.Option("--keep-all", help="Stop no run that is far behind.")] = False,
    as_json: AsJson = False,
    **given: str | bool,
) -> None:
    """Train every point with every seed, 24 runs at most. What is far behind half-way is stopped."""
    base = config_from(PRESETS, preset, given)
    turned = read_turned(turn)
    plan = make_grid(base, turned, seeds) if points is None else make_random(base, turned, seeds, points)
    if not as_json:
        print(plan_words(plan))
    with closing(Store()) as store:
        made = _Sweep(store, plan, name, PRESETS[preset].threads, stops=not keep_all)
        made.train()
        runs = made.runs
    say(as_json, _answer(plan, runs, made.lost), _words(plan, runs, made.lost))


@dataclass
class _Sweep:
    """`lost`: why a run was stopped, by its id."""

    store: Store
    plan: Plan
    name: str
    threads: int
    stops: bool
    runs: list[Run] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)

    def train(self) -> None:
        """Raises Ended if a signal asks for it; what is done is found again under the same name."""
        known, kept = [self._whole(run) for run in self._earlier()], 0
        with ASKED.between_steps(), progress_bar() as bar:
            task = bar.add_task("training", total=self.plan.steps)
            for config in self.plan.configs:
                alike = [run for run in known if parse(TrainConfig, run.config) == config]
                done = next(filter(self._is_done, alike), None)
                if done is None:
                    done = self._train_one(config, lambda: bar.update(task, advance=1))
                else:
                    bar.update(task, advance=config.total_steps)
                kept += self._is_done(done)
                self.runs.append(done)
                if ASKED.by:
                    break
        if ASKED.by:
            words = f"{kept} of {len(self.plan.configs)} runs are kept: the same command goes on."
            raise Ended(ASKED.by, words)

    def _earlier(self) -> list[Run]:
        kept = self.store.runs_of(OWNER, kind=KIND, limit=LOOKED_THROUGH)
        return [run for run in kept if root_name(run.name) == self.name and run.status in (*DONE, "stopped")]

    def _is_done(self, run: Run) -> bool:
        """Came to its end, or was lost: then its losses say so again."""
        if run.status == "stopped" and self.stops and run.id not in self.lost:
            total = parse(TrainConfig, run.config).total_steps
            if why := why_lost(losses_of(run), total, self._others(run.config)):
                self.lost[run.id] = why
        return run.status in DONE or run.id in self.lost

    def _others(self, config: Mapping[str, Any]) -> list[Losses]:
        return [losses_of(run) for run in self.runs if comparable(run.config, config)]

    def _whole(self, run: Run) -> Run:
        return self.store.get(run.id) or run

    def _train_one(self, config: TrainConfig, stepped: Any) -> Run:
        taken = {run.name for run in self.store.runs_of(OWNER, limit=LOOKED_THROUGH)}
        known = {k: v for k, v in config.model_dump().items() if k not in (*self.plan.turned, "seed")}
        name = variation_name(self.name, known, config.model_dump(), taken)
        others = self._others(config.model_dump())
        losses: list[tuple[int, float]] = []
        why, run_id, step = "", "", 0
        with closing(
            iter_local_run(
                self.store,
                KIND,
                config,
                name=name,
                threads=self.threads or 1,
                stopping=lambda: bool(ASKED.by or why),
            )
        ) as events:
            for run_id, event in events:  # noqa: B007
                if isinstance(event, Progress):
                    losses.append((event.step, event.loss))
                    for _ in range(event.step - step):
                        stepped()
                    step = event.step
                    if self.stops and not why:
                        why = why_lost(losses, config.total_steps, others)
        if why:
            self.lost[run_id] = why
        found = self.store.get(run_id)
        assert found is not None
        return found


def _answer(plan: Plan, runs: Sequence[Run], lost: dict[str, str]) -> dict[str, Any]:
    told = [
        {
            "run_id": run.id,
            "name": run.name,
            "status": run.status,
            "accuracy": share_of(run),
            "stopped": lost.get(run.id, ""),
            **{name: run.config.get(name) for name in (*plan.turned, "seed")},
        }
        for run in runs
    ]
    tables = {
        name: [{"value": m.value, "mean": m.mean, "shares": m.shares} for m in means(runs, name)]
        for name in plan.turned
    }
    said = {
        name: {"kind": v.kind, "says": v.sentence} for name, v in luck_or_not(runs, list(plan.turned)).items()
    }
    return {"runs": told, "means": tables, "verdicts": said}


def _words(plan: Plan, runs: Sequence[Run], lost: dict[str, str]) -> str:
    lines = [f"{run.name}: {why}" for run in runs if (why := lost.get(run.id))]
    for name in plan.turned:
        for mean in means(runs, name):
            lines.append("{} {}: {}".format(*setting_words(TrainConfig, name, mean.value), mean.words))
    for found in luck_or_not(runs, list(plan.turned)).values():
        lines.append(found.sentence)
    return "\n".join(lines) or "No run came to its test."
