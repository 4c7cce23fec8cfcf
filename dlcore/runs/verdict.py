"""Runs grouped by their settings: what a knob changes, beside what the luck of the seed changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dlcore.presets import FREE
from dlcore.run import Run
from dlcore.runs.compare import differing, images_of, images_words, setting, setting_words
from dlcore.runs.kinds import config_type
from dlcore.runs.moves import moves_words

Split = Literal["test", "val"]
MOVED = "While it ran"  # moving a knob then counts as a knob


@dataclass(frozen=True)
class Group:
    """Runs with the same settings, one for each seed, and their shares of right answers on one split."""

    settings: tuple[tuple[str, str], ...]  # what sets it apart from the other groups: titles, values
    runs: tuple[Run, ...]
    shares: tuple[float, ...]

    @property
    def words(self) -> str:
        return ", ".join(f"{title} {value}" for title, value in self.settings) or "The same settings"

    @property
    def mean(self) -> float:
        return sum(self.shares) / len(self.shares)

    @property
    def spread(self) -> float:
        """Between its luckiest and its unluckiest seed, as a share."""
        return max(self.shares) - min(self.shares)


@dataclass(frozen=True)
class Verdict:
    """What a comparison says. `lacking`: one run of each group that has a single seed only.

    Runs that were tested on different images make no groups.
    """

    kind: Literal["more than luck", "within luck", "luck", "unknown"]
    sentence: str
    split: Split
    groups: tuple[Group, ...]
    lacking: tuple[Run, ...] = ()


def verdict(runs: Sequence[Run]) -> Verdict | None:
    """Is it the knob or the seed? None where fewer than two finished runs of one kind were measured alike.

    A difference between groups is more than luck where it is larger than every group's own spread. A run that
    did not finish counts in no group.
    """
    finished = [run for run in runs if run.status == "finished"]
    split = _common_split(finished)
    if len(finished) < 2 or len({run.kind for run in finished}) > 1 or split is None:
        return None
    if len({images_of(run) for run in finished}) > 1:
        named = " and ".join(dict.fromkeys(map(images_words, finished)))
        sentence = f"They were tested on different images, {named}: their scores cannot be compared."
        return Verdict("unknown", sentence, split, ())
    knobs, groups = _grouped(finished, split)
    several = [group for group in groups if len(group.runs) > 1]
    luck = max((group.spread for group in several), default=None)
    counts = sorted({len(group.runs) for group in groups})
    seeds = " to ".join(map(str, counts[:: max(1, len(counts) - 1)]))  # "3", "2 to 3"
    lacking = tuple(group.runs[0] for group in groups if len(group.runs) == 1)
    if all(share == 1.0 for group in groups for share in group.shares):
        images = {"test": "test", "val": "validation"}[split]
        sentence = f"All {len(finished)} runs have every {images} image right: nothing tells them apart."
        return Verdict("unknown", sentence, split, groups)
    if len(groups) == 1:
        return _of_seeds(groups, luck, seeds, lacking, split)
    if len(knobs) > 1:
        sentence = f"{len(knobs)} knobs differ: this comparison cannot say which one helped."
        return Verdict("unknown", sentence, split, groups)
    ranked = sorted(groups, key=lambda group: group.mean)
    low, high = groups if len(groups) == 2 else (ranked[0], ranked[-1])
    gap = high.mean - low.mean
    told = f"{low.words} → {high.settings[0][1]}: {_points(gap, signed=True)}"
    if luck is None:
        words = f"{told}. From one seed each nobody can tell whether that is luck."
        return Verdict("unknown", words, split, groups, lacking)
    told += f"; seeds alone: {_points(luck)}."
    if abs(gap) > luck:
        more = f"{told} More than the luck seen here, from {seeds} seeds.{_as_good(ranked, luck)}"
        return Verdict("more than luck", more, split, groups, lacking)
    return Verdict("within luck", f"{told} Within luck, from {seeds} seeds.", split, groups, lacking)


def _as_good(ranked: Sequence[Group], luck: float) -> str:
    """Which of three or more are no worse than the best, as far as luck lets anybody tell."""
    *others, best = ranked
    near = [group.settings[0][1] for group in reversed(others) if best.mean - group.mean <= luck]
    if not near or len(ranked) == 2:
        return ""
    return f" As good as the best, {best.settings[0][1]}, within that luck: {' and '.join(near)}."


def _of_seeds(
    groups: tuple[Group, ...], luck: float | None, seeds: str, lacking: tuple[Run, ...], split: Split
) -> Verdict:
    if luck is None:
        sentence = "The same settings and the same seed: there is nothing to compare."
        return Verdict("unknown", sentence, split, groups, lacking)
    sentence = (
        f"Only the seed differs: {_points(luck)} between {seeds} seeds. "
        "A knob that changes less has not been shown to change anything."
    )
    return Verdict("luck", sentence, split, groups)


def _common_split(runs: Sequence[Run]) -> Split | None:
    """On which all were measured."""
    splits: tuple[Split, ...] = ("test", "val")
    return next((s for s in splits if all(run.last(f"{s}_accuracy") for run in runs)), None)


def _grouped(runs: Sequence[Run], split: Split) -> tuple[tuple[str, ...], tuple[Group, ...]]:
    """The knobs that differ, and the groups: by the value of the only knob if it is a number."""
    knobs = tuple(name for name in differing(runs) if name not in FREE)
    moved = len({run.controls() for run in runs}) > 1
    by_setting: dict[str, list[Run]] = {}
    for run in runs:
        settings = repr(([setting(run, name) for name in knobs], run.controls() if moved else ()))
        alike = by_setting.setdefault(settings, [])
        if run.config.get("seed") not in [other.config.get("seed") for other in alike]:
            alike.append(run)  # the same seed again says nothing new
    found = list(by_setting.values())
    values = [setting(alike[0], knobs[0]) for alike in found] if knobs else []
    if len(knobs) == 1 and all(isinstance(value, int | float) for value in values):
        found.sort(key=lambda alike: setting(alike[0], knobs[0]))
    groups = tuple(_group(alike, knobs, split, moved=moved) for alike in found)
    return (*knobs, *([MOVED] if moved else [])), groups


def _group(runs: Sequence[Run], knobs: Sequence[str], split: Split, *, moved: bool) -> Group:
    run = runs[0]
    settings = [setting_words(config_type(run.kind), name, setting(run, name)) for name in knobs]
    if moved:
        settings.append((MOVED, moves_words(run) or "nothing was moved"))
    shares = [point.value for run in runs if (point := run.last(f"{split}_accuracy")) is not None]
    return Group(tuple(settings), tuple(runs), tuple(shares))


def _points(share: float, *, signed: bool = False) -> str:
    words = f"{100 * share:+.2f} points" if signed else f"{100 * share:.2f} points"
    return words.replace("-", "−")
