"""The cards of many GPUs. They read what the ranks have shown, or what the model says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlcore.cards import Card, Finding
from dlcore.distributed.config import ManyConfig
from dlcore.distributed.scaling import Machine
from dlcore.distributed.training import Trained, Trainings
from dlcore.words import exact_percent

MUCH = 0.005  # shares right: two scores nearer than that are alike
FOUR = {"total": 256, "compute": 100.0, "bandwidth": 1.0, "latency": 50.0}  # the numbers of the question


@dataclass(frozen=True)
class ShownRanks:
    """What the page shows; what it does not is None."""

    config: ManyConfig
    step: Trained | None = None
    epoch: Trainings | None = None
    trap: Trained | None = None
    machine: Machine | None = None


def _equal(seen: ShownRanks) -> Finding | None:
    if seen.step is None or not seen.step.seen:
        return None
    steps, equal = len(seen.step.seen), seen.step.equal
    return Finding(
        f"after each of {steps} steps the fingerprint of all 215,194 weights is "
        f"{'the same' if equal else 'not the same'} on {seen.step.config.ranks} ranks.",
        shown=equal,
        right="None" if equal else "A few, by rounding",
    )


def _fewer(seen: ShownRanks) -> Finding | None:
    if seen.epoch is None:
        return None
    alone, _, together, _ = seen.epoch.each
    gap = together.accuracy - alone.accuracy
    return Finding(
        f"{together.config.ranks} ranks read {exact_percent(together.accuracy)} after "
        f"{together.config.most_steps} updates, one rank {exact_percent(alone.accuracy)} after "
        f"{alone.config.most_steps}.",
        shown=gap < -MUCH,
        right="Fewer" if gap < -MUCH else "More" if gap > MUCH else "As many",
    )


def _linear(seen: ShownRanks) -> Finding | None:
    if seen.epoch is None:
        return None
    alone, _, together, scaled = seen.epoch.each
    won = scaled.accuracy - together.accuracy
    return Finding(
        f"{exact_percent(together.accuracy)} with the same rate, {exact_percent(scaled.accuracy)} with "
        f"{scaled.config.ranks} times the rate; one rank alone had {exact_percent(alone.accuracy)}.",
        shown=won > MUCH,
        right="More" if won > MUCH else "Fewer" if won < -MUCH else "As many",
    )


def _missing(seen: ShownRanks) -> Finding | None:
    if seen.trap is None or seen.config.trap != "short":
        return None
    broke = [fate for fate in seen.trap.fates if fate.code > 0]
    return Finding(
        f"rank {broke[0].rank} broke off after {broke[0].steps} steps."
        if broke
        else "both ranks came to their end.",
        shown=bool(broke),
        right="It breaks off" if broke else "It goes on alone",
    )


def _killed(seen: ShownRanks) -> Finding | None:
    if seen.trap is None or seen.config.trap != "killed":
        return None
    survivors = [fate for fate in seen.trap.fates if fate.code >= 0]
    broke = [fate for fate in survivors if fate.code]
    return Finding(
        f"{len(broke)} of {len(survivors)} surviving ranks broke off: the killed one's connection closed.",
        shown=len(broke) == len(survivors),
        right="It breaks off" if broke else "It goes on alone",
    )


def _bandwidth(seen: ShownRanks) -> Finding | None:
    if seen.machine is None or any(getattr(seen.config, name) != said for name, said in FOUR.items()):
        return None
    until = seen.machine.pays_until(seen.config.total)
    return Finding(
        f"with {seen.config.bandwidth:g} GB/s it is quickest with {until} of them.",
        shown=until < 128,
        right={2: "2", 16: "16", 128: "Each one more helps"}.get(until, ""),
    )


CARDS: Mapping[str, Card] = {
    "equal": Card(
        "Equal to the last bit",
        "Both ranks read other images. After 8 steps, how many of 215,194 weights differ between them?",
        ("Nearly all", "A few, by rounding", "None"),
        setup={"part": "step", "ranks": "2"},
        setup_words="two ranks, eight steps",
        see=_equal,
        why="They begin equal, and all-reduce gives each rank the very same bytes. The same update of the "
        "same weights is the same.",
    ),
    "fewer": Card(
        "Half the updates",
        "One epoch: do two ranks of 32 read as many test digits as one rank of 32?",
        ("More", "As many", "Fewer"),
        setup={"part": "epoch", "ranks": "2", "batch": "32"},
        setup_words="an epoch alone and together",
        see=_fewer,
        why="Two ranks of 32 are one batch of 64: half as many updates in an epoch, none of them longer.",
    ),
    "linear": Card(
        "A longer step",
        "Two ranks make half the updates. Does twice the learning rate read more?",
        ("More", "As many", "Fewer"),
        setup={"part": "epoch", "ranks": "2", "batch": "32"},
        setup_words="an epoch with both rates",
        see=_linear,
        why="Half the updates, each twice as long: the linear scaling rule. It holds until the rate "
        "itself overshoots.",
    ),
    "missing": Card(
        "One batch too few",
        "Rank 0 has a last batch, rank 1 has none left. What does rank 0 do?",
        ("It goes on alone", "It breaks off"),
        setup={"part": "traps", "trap": "short"},
        setup_words="a batch that rank 1 lacks",
        see=_missing,
        why="Each all-reduce needs all ranks. Who leaves early closes the connection, and the error does "
        "not say why.",
    ),
    "killed": Card(
        "One is killed",
        "The system kills rank 1 in the middle. What does rank 0 do?",
        ("It goes on alone", "It breaks off"),
        setup={"part": "traps", "trap": "killed"},
        setup_words="rank 1 killed after step 3",
        see=_killed,
        why="A mean without its part would be another mean. So one lost rank ends all.",
    ),
    "bandwidth": Card(
        "When it stops paying",
        "A batch of 256, 100 µs an image, 1 GB/s, 50 µs a message: how many GPUs are quickest?",
        ("2", "16", "Each one more helps"),
        setup={"part": "many", **FOUR},
        setup_words="those four numbers",
        see=_bandwidth,
        why="Compute shrinks with each GPU. The reduction does not: its latency even grows with them.",
    ),
}
