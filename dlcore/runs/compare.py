"""Several runs side by side: what was set differently, and how fast each one got how far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dlcore.datasets.catalogue import title_of
from dlcore.datasets.dataset import MNIST
from dlcore.run import Metric, Run
from dlcore.runs.kinds import config_type
from dlcore.schema import Config, knobs
from dlcore.training.change import Change, change
from dlcore.training.evaluation import Evaluation
from dlcore.words import number

Axis = Literal["epoch", "step", "second"]

MILESTONES = (0.97, 0.98, 0.99)
IMAGES = {"dataset": MNIST, "images": "", "digest": ""}  # which they are: setting, where it has none
NOT_HYPER_PARAMETERS = frozenset({"schema_version", "drawings"})


def differing(runs: Sequence[Run]) -> dict[str, tuple[Any, ...]]:
    """The settings that are not the same in all runs: name -> each run's value, None where it has none."""
    names = dict.fromkeys(name for run in runs for name in run.config if name not in NOT_HYPER_PARAMETERS)
    values = {name: tuple(setting(run, name) for run in runs) for name in names}
    return {name: found for name, found in values.items() if any(value != found[0] for value in found)}


def setting(run: Run, name: str) -> Any:
    """As a run was set; what had no knob yet when it was made stood where that knob stands by itself."""
    field = config_type(run.kind).model_fields.get(name)
    default = None if field is None or field.is_required() else field.get_default(call_default_factory=True)
    return run.config.get(name, default)


def images_of(run: Run) -> tuple[str, ...]:
    """What tells the images that a run has learnt, and is tested on, from those of another run."""
    return tuple(str(run.config.get(name, first)) for name, first in IMAGES.items())


def images_words(run: Run) -> str:
    """These, as people read them."""
    named, dataset = str(run.config.get("images", "")), str(run.config.get("dataset", MNIST))
    return named or title_of(dataset)


def setting_words(config: type[Config], name: str, value: Any) -> tuple[str, str]:
    """A setting's title and its value as people read them; a setting this version does not know as it is."""
    knob = knobs(config).get(name)
    if knob is None:
        field = config.model_fields.get(name)
        return (field and field.title) or name, "–" if value is None else str(value)
    if value is None:
        return knob.title, "–"
    if name == "dataset":
        return knob.title, title_of(str(value))
    if knob.kind is bool:
        return knob.title, "on" if value else "off"
    if knob.kind is str or not isinstance(value, int | float):  # of a damaged record, it may be anything
        return knob.title, knob.options.get(value, str(value))
    return knob.title, number(value)


@dataclass(frozen=True)
class Milestone:
    """When a run was first measured at least this well: `epochs` may be a fraction. `first`: it had not been
    measured before.
    """

    epochs: float
    seconds: float
    first: bool = False


def milestone(run: Run, accuracy: float, split: str) -> Milestone | None:
    """The first time this accuracy was measured on that split; None if it never was."""
    for place, point in enumerate(run.series.get(f"{split}_accuracy", ())):
        if point.value >= accuracy:
            return Milestone(point.step / run.steps_per_epoch, point.seconds, place == 0)
    return None


def milestone_split(runs: Sequence[Run], chosen: str = "train") -> str:
    """One split for all: the chosen one, else validation images where each run has some, else test images.

    Training accuracy is a running mean over seen images: it does not count, and chooses neither.
    """
    if chosen != "train":
        return chosen
    return "val" if all(run.series.get("val_accuracy") for run in runs) else "test"


def position(run: Run, point: Metric, axis: Axis) -> float:
    """Where a measurement stands on that axis."""
    match axis:
        case "epoch":
            return point.step / run.steps_per_epoch
        case "step":
            return point.step
        case "second":
            return point.seconds


def turned(a: Evaluation, b: Evaluation) -> Change:
    """From one result to another on the same images: which turned right, and which wrong."""
    return change(a.predictions == a.labels, b.predictions == b.labels)


def shared_metrics(runs: Sequence[Run]) -> tuple[str, ...]:
    """The series that every one of these runs has, so that runs of different kinds can be compared at all."""
    names: Mapping[str, None] = dict.fromkeys(runs[0].series) if runs else {}
    return tuple(name for name in names if all(run.series.get(name) for run in runs))
