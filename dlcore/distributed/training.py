"""What a training by several ranks showed: each step's gradients and weights, its times, and how it ended."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from dlcore.distributed.config import RanksConfig
from dlcore.distributed.group import Ended, Said, iter_group
from dlcore.errors import RunError
from dlcore.events import Stage, Tick

WORK = ("compute", "wait", "reduce", "update")  # of a step that is taken apart, in this order


@dataclass(frozen=True)
class SeenStep:
    """One step of all ranks. `own` by rank, and `mean`: gradients of the ten last biases.

    `apart`: how long the difference of all averaged gradients to those of the whole batch, computed by one
    process, is beside the latter. `digests` by rank: of all weights after the step.
    """

    step: int
    losses: tuple[float, ...]
    own: tuple[tuple[float, ...], ...]
    mean: tuple[float, ...]
    apart: float
    digests: tuple[str, ...]

    @property
    def equal(self) -> bool:
        return len(set(self.digests)) == 1


@dataclass(frozen=True)
class Stretch:
    """What a rank did from `begin` to `end`, seconds since the first of all."""

    rank: int
    step: int
    work: str
    begin: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.begin


@dataclass(frozen=True)
class Fate:
    """How a rank ended. `said`: torch's own words, "" if it had none. `code` below 0: a signal."""

    rank: int
    steps: int
    code: int
    said: str


@dataclass(frozen=True)
class Trained:
    """One training by ranks. Times in seconds; what was not measured is 0 or empty.

    `drawn`: digests of the weights that each rank drew by itself; `joined`: after DDP had made them equal.
    `final`: after the last step. `pace`: of a step;
    half of them took longer. `small`, `large`: an all-reduce of one number, of all `weights` (bytes).
    `compute`: forward and backward of one image; `fixed`: of a step, whatever its batch.
    """

    config: RanksConfig
    drawn: tuple[str, ...]
    joined: tuple[str, ...]
    final: tuple[str, ...]
    fates: tuple[Fate, ...]
    seen: tuple[SeenStep, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    pace: float = 0.0
    small: float = 0.0
    large: float = 0.0
    weights: int = 0
    compute: float = 0.0
    fixed: float = 0.0
    correct: int = 0
    total: int = 0
    device: str = ""

    @property
    def whole(self) -> bool:
        """Did every rank come to its end?"""
        return all(fate.code == 0 for fate in self.fates)

    @property
    def equal(self) -> bool:
        """Have all ranks the same weights, bit by bit, after each step that was looked at and at the end?"""
        return len(set(self.final)) == 1 and all(step.equal for step in self.seen)

    @property
    def speed(self) -> float:
        """Images a second of all ranks together; 0 if too few steps were made."""
        return self.config.whole / self.pace if self.pace else 0.0

    @property
    def accuracy(self) -> float:
        return self.correct / self.total if self.total else 0.0


@dataclass(frozen=True)
class Trainings:
    """Some trainings, one after the other, on `cores` cores with `busy` threads of others at work."""

    each: tuple[Trained, ...]
    cores: int
    busy: float


@dataclass
class _Heard:
    """What the ranks have said so far: by rank, by step."""

    steps: dict[int, dict[int, Mapping[str, Any]]] = field(default_factory=dict)
    once: dict[int, dict[str, Any]] = field(default_factory=dict)
    fates: dict[int, Fate] = field(default_factory=dict)

    def take(self, said: Said) -> None:
        if "step" in said.what:
            self.steps.setdefault(said.rank, {})[said.what["step"]] = said.what
        else:
            known = self.once.setdefault(said.rank, {})
            # The digest of the join and that of the end bear one name.
            known |= {"first": said.what["digest"]} if "joined" in said.what else {}
            known |= said.what

    def end(self, ended: Ended) -> None:
        said = str(self.once.get(ended.rank, {}).get("failed", ""))
        if ended.code > 0 and not said:
            *_, said = ["It ended without a word.", *ended.log.strip().splitlines()]
        self.fates[ended.rank] = Fate(ended.rank, len(self.steps.get(ended.rank, {})), ended.code, said)


def iter_together(configs: Sequence[RanksConfig]) -> Generator[Stage | Tick, None, tuple[Trained, ...]]:
    """Make these trainings with the same ranks, one after the other, and say how far they are.

    The generator's value is what each showed, also if a rank was lost. Raises RunError if a rank ends before
    all have met: nothing was trained.
    """
    heard = [_Heard() for _ in configs]
    yield Stage(0.0, f"{_named(configs[0])}: starting Python and torch")
    for event in iter_group(configs):
        match event:
            case Said(rank, training, what):
                heard[training].take(event)
                if rank == 0 and "step" in what:
                    config = configs[training]
                    step, many = what["step"], config.most_steps
                    share = (training + step / many) / len(configs)
                    yield Stage(share, f"{_named(config)}: step {step} of {many}")
            case Ended():
                for one in heard:
                    one.end(event)
        yield Tick()
    for config, one in zip(configs, heard, strict=True):
        if len(one.once) < config.ranks or any("first" not in once for once in one.once.values()):
            reasons = [fate.said for fate in one.fates.values() if fate.said]
            raise RunError(
                f"The ranks did not meet ({'; '.join(reasons) or 'one was ended'}): start them again."
            )
    return tuple(_trained(config, one) for config, one in zip(configs, heard, strict=True))


def _named(config: RanksConfig) -> str:
    return f"{config.ranks} rank{'s' if config.ranks > 1 else ''} of {config.batch}"


def iter_trainings(configs: Sequence[RanksConfig]) -> Iterator[Stage | Tick | Trainings]:
    """One after the other; the last event is Trainings. Neighbours of as many ranks share their processes.

    Raises RunError if a rank is lost where none was to be.
    """
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    done: list[Trained] = []
    for _, alike in groupby(configs, lambda config: config.ranks):
        some = tuple(alike)
        together = iter_together(some)
        while True:
            try:
                event = next(together)
            except StopIteration as end:
                done += end.value
                break
            if isinstance(event, Stage):
                event = Stage((len(done) + event.share * len(some)) / len(configs), event.words)
            yield event
        if lost := [one for one in done[-len(some) :] if not (one.whole or one.config.may_break)]:
            ended = next(fate for fate in lost[0].fates if fate.code)
            raise RunError(
                f"Rank {ended.rank} of {lost[0].config.ranks} was lost ({ended.said or 'it was ended'}): "
                "train them again."
            )
    yield Trainings(tuple(done), os.cpu_count() or 1, busy)


def _trained(config: RanksConfig, heard: _Heard) -> Trained:
    once = [heard.once[rank] for rank in range(config.ranks)]
    first = once[0]
    return Trained(
        config=config,
        drawn=tuple(said["drawn"] for said in once),
        joined=tuple(said["first"] for said in once),
        final=tuple(said["digest"] for said in once) if all("pace" in said for said in once) else (),
        fates=tuple(heard.fates[rank] for rank in sorted(heard.fates)),
        seen=_seen(config, heard),
        stretches=_stretches(heard),
        device=first["device"],
        **{name: first[name] for name in MEASURED if name in first},
    )


MEASURED = ("pace", "small", "large", "weights", "compute", "fixed", "correct", "total")


def _seen(config: RanksConfig, heard: _Heard) -> tuple[SeenStep, ...]:
    """Steps that every rank has told of, if they were looked at."""
    if not config.look:
        return ()
    by_rank = [heard.steps.get(rank, {}) for rank in range(config.ranks)]
    return tuple(
        SeenStep(
            step=step,
            losses=tuple(said[step]["loss"] for said in by_rank),
            own=tuple(tuple(said[step]["own"]) for said in by_rank),
            mean=tuple(by_rank[0][step]["mean"]),
            apart=by_rank[0][step]["apart"],
            digests=tuple(said[step]["digest"] for said in by_rank),
        )
        for step in sorted(set.intersection(*map(set, by_rank)))
    )


def _stretches(heard: _Heard) -> tuple[Stretch, ...]:
    timed = [
        (rank, step, said["times"])
        for rank, steps in heard.steps.items()
        for step, said in steps.items()
        if "times" in said
    ]
    zero = min((times[0] for _, _, times in timed), default=0.0)
    return tuple(
        Stretch(rank, step, work, begin - zero, end - zero)
        for rank, step, times in timed
        for work, begin, end in zip(WORK, times, times[1:], strict=False)
    )
