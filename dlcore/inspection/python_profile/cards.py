"""A profile in words: its finding, its cards, and the commands that measure the same from outside."""

from __future__ import annotations

from collections.abc import Mapping

from dlcore.blackpatch.config import PRESETS
from dlcore.cards import Card, Finding
from dlcore.inspection.python_profile.result import Profile, ProfileConfig, multiply_adds
from dlcore.schema import knobs
from dlcore.words import number

COUNTS = {1: "one line", 2: "two lines", 3: "three lines", 4: "four lines"}
PRESET = "quick"  # what the commands start from
BOOK: Mapping[str, object] = {"hidden": "56", "epochs": 1, "train_size": 500}


def percent(share: float, digits: int = 0) -> str:
    """0.907 -> "91 %"."""
    return f"{100 * share:.{digits}f} %"


def headline(profile: Profile) -> str:
    """The finding, with the share that was measured (Markdown)."""
    share, lines = profile.layer_one, len(profile.hot_lines)
    amount = "Nearly all" if share >= 0.85 else "Most" if share >= 0.5 else "Part of the"
    words = COUNTS.get(lines, f"{lines} lines")
    return f"{amount} time is layer 1's multiply-add: **{percent(share)}**, in {words} of Python."


def provenance(profile: Profile) -> str:
    """What was measured, and where."""
    config = profile.config
    epochs = f"{config.epochs} epoch{'s' if config.epochs > 1 else ''}"
    return (
        f"{epochs} of {config.train_size:,} images and their tests, {net(config)}, "
        f"Python {profile.python}, on this server, in a process of its own."
    )


def net(config: ProfileConfig) -> str:
    return "-".join(str(width) for width in config.widths)


def train_command(config: ProfileConfig) -> str:
    """The command that trains the same."""
    base = PRESETS[PRESET].config
    options = [
        f"--{name.replace('_', '-')} {_text(getattr(config, name))}"
        for name in knobs(ProfileConfig)
        if getattr(config, name) != getattr(base, name)
    ]
    return " ".join(["-m dlcore black-patch train", f"--preset {PRESET}", *options])


def commands(config: ProfileConfig) -> str:
    """How to measure the same from outside, as a shell takes it."""
    train = train_command(config)
    return "\n".join(
        [
            "# calls, and who calls whom (dot is part of Graphviz)",
            f"python -m cProfile -o out.pstats {train}",
            "gprof2dot -f pstats out.pstats | dot -Tsvg -o calls.svg",
            "",
            "# memory over time (pip install memory-profiler matplotlib)",
            f"mprof run python {train}",
            "mprof plot",
            "",
            "# this page's numbers, without the page",
            "python -m dlcore black-patch profile --out profile.pstats --dot profile.dot",
        ]
    )


def _text(value: object) -> str:
    if isinstance(value, float):
        return number(value)
    return str(value)


def see_layer_one(profile: Profile) -> Finding | None:
    if profile.config.widths != ProfileConfig(hidden="56").widths:
        return None
    first, *_ = counts = multiply_adds(profile.config.widths)
    return Finding(
        f"{first:,} of {sum(counts):,} multiply-adds are layer 1's: {percent(first / sum(counts), 1)}. "
        f"Of the measured time they took {percent(profile.layer_one)}.",
        shown=profile.layer_one > 0.5,
    )


def see_index_loops(profile: Profile) -> Finding | None:
    race = profile.race
    low, middle, high = race.quartiles
    return Finding(
        f"Index loops took {middle:.1f} times as long: {low:.1f} to {high:.1f} "
        f"in the middle half of {len(race.ours)} turns of {race.images} images. "
        f"Afterwards no weight differed by more than {race.difference:.0e}.",
        shown=race.ratio > 1.0,
    )


def see_twins(profile: Profile) -> Finding | None:
    if profile.config.widths != ProfileConfig(hidden="56").widths:
        return None
    twins = profile.twins
    return Finding(
        f"One training step takes {twins.numpy:.0f} µs in NumPy and {twins.torch:.0f} µs in torch, "
        f"{twins.plain:.0f} µs in plain Python.",
        shown=twins.torch > twins.numpy,
    )


CARDS: Mapping[str, Card] = {
    "layer_one": Card(
        title="Guess layer 1's share",
        setup=BOOK,
        setup_words="81-56-1, 1 epoch, 500 images",
        question="One image passes through 81-56-1. How many of its multiply-adds are layer 1's?",
        answers=("About half", "9 of 10", "Nearly all"),
        see=see_layer_one,
        why=(
            "Each weight is one multiply-add: 81 × 56 in layer 1, 56 in layer 2. "
            "A faster layer 2 would save next to nothing."
        ),
    ),
    "index_loops": Card(
        title="The same sums with index loops",
        setup=BOOK,
        setup_words="81-56-1, 1 epoch, 500 images",
        question="for i …, for j …: z += w[i][j] * x[j]. How long does it take, compared with this network?",
        answers=("Less", "As long", "Longer"),
        see=see_index_loops,
        why=(
            "With an index, Python looks up every number by its place. "
            "zip and the dot product walk along the numbers in C."
        ),
    ),
    "twins": Card(
        title="torch, one image at a time",
        setup=BOOK,
        setup_words="81-56-1, 1 epoch, 500 images",
        question="The same step in NumPy and in torch, for one image. Which takes longer?",
        answers=("NumPy", "Equal", "torch"),
        see=see_twins,
        why=(
            "torch records every operation to find the gradients by itself. "
            "For 4,592 numbers that costs more than the arithmetic. Batches and large layers repay it."
        ),
    ),
}
