"""The cards of the black patch's profile. Each reads what was measured."""

from __future__ import annotations

from collections.abc import Mapping

from dlcore.cards import Card, Finding, nearest
from dlcore.inspection.python_profile.result import Profile, ProfileConfig, multiply_adds
from dlcore.words import exact_percent, percent

BOOK: Mapping[str, object] = {"hidden": "56", "epochs": 1, "train_size": 500}


def see_layer_one(profile: Profile) -> Finding | None:
    if profile.config.widths != ProfileConfig(hidden="56").widths:
        return None
    first, *_ = counts = multiply_adds(profile.config.widths)
    return Finding(
        f"{first:,} of {sum(counts):,} multiply-adds are layer 1's: {exact_percent(first / sum(counts), 1)}. "
        f"Of the measured time they took {percent(profile.layer_one)}.",
        shown=profile.layer_one > 0.5,
        right=nearest(first / sum(counts), {"About half": 0.5, "9 of 10": 0.9, "Nearly all": 1}),
    )


def see_index_loops(profile: Profile) -> Finding | None:
    race = profile.race
    low, middle, high = race.quartiles
    return Finding(
        f"Index loops took {middle:.1f} times as long: {low:.1f} to {high:.1f} "
        f"in the middle half of {len(race.ours)} turns of {race.images} images. "
        f"Afterwards no weight differed by more than {race.difference:.0e}.",
        shown=race.ratio > 1.0,
        right="Longer" if race.ratio > 1.05 else "As long" if race.ratio > 0.95 else "Less",
    )


def see_twins(profile: Profile) -> Finding | None:
    if profile.config.widths != ProfileConfig(hidden="56").widths:
        return None
    twins = profile.twins
    ratio = twins.torch / twins.numpy
    return Finding(
        f"One training step takes {twins.numpy:.0f} µs in NumPy and {twins.torch:.0f} µs in torch, "
        f"{twins.plain:.0f} µs in plain Python.",
        shown=twins.torch > twins.numpy,
        right="torch" if ratio > 1.05 else "Equal" if ratio > 0.95 else "NumPy",
    )


CARDS: Mapping[str, Card] = {
    "layer_one": Card(
        "Guess layer 1's share",
        "One image passes through 81-56-1. How many of its multiply-adds are layer 1's?",
        ("About half", "9 of 10", "Nearly all"),
        setup=BOOK,
        setup_words="81-56-1, 1 epoch, 500 images",
        see=see_layer_one,
        why="Each weight is one multiply-add: 81 × 56 in layer 1, 56 in layer 2. "
        "A faster layer 2 would save next to nothing.",
    ),
    "index_loops": Card(
        "The same sums with index loops",
        "for i …, for j …: z += w[i][j] * x[j]. How long does it take, compared with this network?",
        ("Less", "As long", "Longer"),
        setup=BOOK,
        setup_words="81-56-1, 1 epoch, 500 images",
        see=see_index_loops,
        why="With an index, Python looks up every number by its place. "
        "zip and the dot product walk along the numbers in C.",
    ),
    "twins": Card(
        "torch, one image at a time",
        "The same step in NumPy and in torch, for one image. Which takes longer?",
        ("NumPy", "Equal", "torch"),
        setup=BOOK,
        setup_words="81-56-1, 1 epoch, 500 images",
        see=see_twins,
        why="torch records every operation to find the gradients by itself. "
        "For 4,592 numbers that costs more than the arithmetic. Batches and large layers repay it.",
    ),
}
