"""A run from the command line: its settings from a preset, trained here, told as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing

from dlcore.cli.ending import ASKED, Ended
from dlcore.cli.talk import progress_bar
from dlcore.errors import ConfigError
from dlcore.events import Event, Finished, Progress
from dlcore.presets import Preset
from dlcore.run import Run
from dlcore.run_config import RunConfig
from dlcore.runs.kinds import RUN_KINDS, preset_of
from dlcore.runs.local import iter_local_run
from dlcore.runs.storage.disk import resumable
from dlcore.runs.storage.store import Store
from dlcore.schema import ConfigType, parse


def config_from(
    presets: Mapping[str, Preset[ConfigType]], preset: str, given: Mapping[str, str | bool]
) -> ConfigType:
    """The preset with what was `given` on top. Raises ConfigError if one cannot be."""
    if preset not in presets:
        raise ConfigError(f"Preset must be one of {', '.join(presets)}. Got {preset!r} instead.")
    base = presets[preset].config
    return parse(type(base), base.model_dump() | dict(given))


def iter_training(
    kind: str, config: RunConfig, *, name: str, threads: int
) -> Iterator[tuple[str, Event, Callable[[str], None]]]:
    """Train in this process, and in the store, with a bar: the run's id, an event, and what prints a line.

    The run is named after its preset, else `name`. A signal stops it between two steps; once its weights
    are kept, Ended says where.
    """
    name, run_id = preset_of(kind, config) or name, ""
    with closing(Store()) as store:
        with ASKED.between_steps(), progress_bar() as bar:
            task = bar.add_task("training", total=config.total_steps)
            steps = iter_local_run(
                store, kind, config, name=name, threads=threads, stopping=lambda: bool(ASKED.by)
            )
            with closing(steps) as run:
                for run_id, event in run:
                    match event:
                        case Progress(step=step, loss=loss):
                            bar.update(task, completed=step, description=f"loss {loss:.4f}")
                        case Finished(status=status, reason=reason) if status != "finished" and not ASKED.by:
                            bar.console.print(f"{status}: {reason}")
                    yield run_id, event, bar.console.print
        if ASKED.by:
            ended = store.get(run_id)
            raise Ended(ASKED.by, _how_to_go_on(ended) if ended is not None else "")


def _how_to_go_on(run: Run) -> str:
    """Which run was ended, where its weights are, and how it goes on."""
    done = f"Run {run.id} is {run.status} after step {run.step:,} of {run.total_steps:,}"
    if not run.checkpoints:
        return f"{done}, before it had weights to keep: start it again."
    kind = RUN_KINDS[run.kind]
    page = f"open /{kind.address}?run={run.id} in the lab"
    if not kind.page:
        page = f"choose it on /{kind.address} in the lab"
    kept = f"{done}, its weights are in {run.checkpoints[-1].path.parent}"
    if run.status == "stopped" and (start := resumable(run.checkpoints)) is not None:
        return f"{kept}: to go on from epoch {start.epoch}, {page}."
    return f"{kept}: to look at it, {page}."
