"""One training by several ranks, and what the page of many GPUs has to choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import model_validator

from dlcore.mnist.splits import TRAIN_TOTAL
from dlcore.schema import Config, knob

PartName = Literal["step", "time", "epoch", "traps", "many"]
PARTS: Mapping[str, str] = {
    "step": "One step",
    "time": "Time",
    "epoch": "An epoch",
    "traps": "What breaks",
    "many": "N GPUs",
}
MOST_RANKS = 4
MOST_STEPS = TRAIN_TOTAL  # of an epoch: batches of one image
WARM = 3  # steps before the clock counts
TrapName = Literal["short", "joined", "killed"]
TRAPS: Mapping[str, str] = {
    "short": "A missing last batch",
    "joined": "The same, with join()",
    "killed": "A killed rank",
}


class RanksConfig(Config):
    """One training: `ranks` processes, each with its share of every batch."""

    ranks: int = knob(2, title="Ranks", help="Processes that train together.", ge=1, le=MOST_RANKS)
    batch: int = knob(32, title="Images per rank", help="Of each batch.", ge=1, le=512)
    lr: float = knob(
        0.02, title="Learning rate", help="Of plain SGD, on every rank.", ge=1e-4, le=10.0, scale="log"
    )
    seed: int = knob(0, title="Seed", help="Draws weights and order.", ge=0, le=9_999)
    images: int = knob(6_000, title="Training images", help="One epoch sees each once.", ge=1, le=TRAIN_TOTAL)
    steps: int = knob(0, title="Steps", help="At most so many; 0: the whole epoch.", ge=0, le=MOST_STEPS)
    drop_last: bool = knob(True, title="Drop the rest", help="Images that do not fill a batch of all ranks.")
    joined: bool = knob(False, title="Join", help="Ranks without a batch still answer: model.join().")
    look: bool = knob(False, title="Look", help="Say digests and gradients of every step.")
    apart: bool = knob(False, title="Apart", help="Compute, wait and reduce one after the other.")
    test: bool = knob(False, title="Test", help="Measure on the 10,000 test digits at the end.")
    kill: int = knob(0, title="Kill", help="End the last rank after this step; 0: none.", ge=0, le=MOST_STEPS)

    @model_validator(mode="after")
    def _makes_steps(self) -> Self:
        if self.drop_last and self.images < self.whole:
            raise ValueError(
                f"Training images must be at least {self.whole:,}, a batch of all ranks, where the rest is "
                f"dropped. Got {self.images:,} instead."
            )
        return self

    @model_validator(mode="after")
    def _is_answered(self) -> Self:
        """`model.join()` answers for the all-reduces of DDP, not for those that are made by hand."""
        if self.joined and self.apart:
            raise ValueError("Join and Apart cannot both be on, the ranks would wait forever: leave one out.")
        return self

    @property
    def whole(self) -> int:
        """Images in a batch of all ranks."""
        return self.ranks * self.batch

    @property
    def may_break(self) -> bool:
        """Is it made to be broken off: by a killed rank, or by one without a last batch?"""
        return self.kill > 0 or not (self.drop_last or self.joined)

    @property
    def most_steps(self) -> int:
        """Steps that rank 0 makes; another may have fewer where the rest is not dropped."""
        full, rest = divmod(self.images, self.whole)
        steps = full + (rest > 0 and not self.drop_last)
        return min(steps, self.steps) if self.steps else steps


class ManyConfig(Config):
    """One part of the page, and its settings."""

    part: PartName = knob("step", title="Part", help="What of it you look at.", options=PARTS)
    ranks: Literal["2", "3", "4"] = knob("2", title="Ranks", help="Processes that train together.")
    batch: Literal["8", "16", "32", "64"] = knob(
        "32", title="Images per rank", help="Each rank's share of a batch."
    )
    seed: int = knob(0, title="Seed", help="Draws weights and order.", ge=0, le=99)
    trap: TrapName = knob("short", title="What breaks", help="On purpose.", options=TRAPS)
    total: int = knob(
        256,
        title="Batch of all GPUs",
        help="Shared out among them.",
        ge=8,
        le=8192,
        unit="images",
        scale="log",
    )
    compute: float = knob(
        0.0,
        title="Compute",
        help="Forward and backward of one image. 0: as measured here.",
        ge=0.0,
        le=10_000.0,
        unit="µs/image",
        scale="log",
    )
    bandwidth: float = knob(
        0.0,
        title="Bandwidth",
        help="Between two neighbours of the ring. 0: as measured here.",
        ge=0.0,
        le=1_000.0,
        unit="GB/s",
        scale="log",
    )
    latency: float = knob(
        0.0,
        title="Latency",
        help="Before the first byte of each message. 0: as measured here.",
        ge=0.0,
        le=10_000.0,
        unit="µs",
        scale="log",
    )


PRESETS: Mapping[str, ManyConfig] = {"start": ManyConfig()}


def looked_at(config: ManyConfig) -> RanksConfig:
    """A few steps of which every number is said, as `config` has them."""
    return RanksConfig(ranks=int(config.ranks), batch=int(config.batch), seed=config.seed, steps=8, look=True)


def timed() -> tuple[RanksConfig, ...]:
    """By ranks 1, 2 and 4: as it is done, and one more of two, taken apart."""
    one, two, four = (RanksConfig(ranks=ranks, batch=64, steps=40) for ranks in (1, 2, 4))
    return one, two, two.replace(steps=12, apart=True), four


def compared(config: ManyConfig) -> tuple[RanksConfig, ...]:
    """An epoch alone, alone with the whole batch, together, and together with the rate scaled linearly."""
    ranks, batch = int(config.ranks), int(config.batch)
    alone = RanksConfig(ranks=1, batch=batch, seed=config.seed, test=True)
    whole, together = alone.replace(batch=ranks * batch), alone.replace(ranks=ranks)
    return alone, whole, together, together.replace(lr=ranks * alone.lr)


def trapped(config: ManyConfig) -> RanksConfig:
    """Some steps of two ranks that end in the chosen trap."""
    some = RanksConfig(ranks=2, batch=32, seed=config.seed)
    if config.trap == "killed":
        return some.replace(steps=20, kill=3)
    uneven = 4 * some.whole + some.batch
    return some.replace(images=uneven, drop_last=False, joined=config.trap == "joined")
