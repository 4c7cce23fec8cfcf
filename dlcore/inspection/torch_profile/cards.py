"""The cards of the digits' profile. Each reads what was measured."""

from __future__ import annotations

from collections.abc import Mapping

from dlcore.cards import Card, Finding
from dlcore.inspection.torch_profile.result import TorchProfile
from dlcore.inspection.torch_profile.words import busiest, meaning
from dlcore.words import milliseconds, percent

BATCH = 64  # the cards compare one digit at a time with so many
POOLS = "pool"  # how the nets name what takes the largest of some numbers
SETUP: Mapping[str, object] = {"batch_size": BATCH, "threads": 1, "work": "training"}
SETUP_WORDS = f"a training step, batch {BATCH}, 1 thread"


def see_batch(profile: TorchProfile) -> Finding | None:
    one, many = profile.point(1), profile.point(BATCH)
    if one is None or many is None:
        return None
    ratio = one.quickest / many.quickest
    return Finding(
        f"one digit takes {1000 * one.quickest:.0f} µs alone and {1000 * many.quickest:.0f} µs among "
        f"{BATCH}, in the quickest calls: {ratio:.1f} times as much alone.",
        shown=ratio > 1.5,
        right="Cheaper" if ratio > 1.1 else "As dear as alone" if ratio > 0.9 else "Dearer",
    )


def see_operator(profile: TorchProfile) -> Finding | None:
    if profile.config.batch_size != BATCH:
        return None
    name = busiest(profile.training)
    return Finding(
        f"{name} takes {percent(profile.training.share(name))} of the step: {meaning(name)}.",
        shown=name == "convolution_backward",
        right="" if "conv" not in name else f"Convolution, {'backward' if 'backward' in name else 'forward'}",
    )


def see_pool(profile: TorchProfile) -> Finding | None:
    if profile.config.batch_size != BATCH:
        return None
    taken = profile.training
    pools = [layer for layer in taken.layers if layer.name.startswith(POOLS)]
    if not pools:
        return None
    share = sum(layer.both for layer in pools) / taken.milliseconds
    return Finding(
        f"without one multiply-add, the pools take {percent(share)} of the step.",
        shown=share > 0.02,
        right="More" if share >= 0.01 else "Under 1 %" if share else "None",
    )


def _threads_answer(ratio: float) -> str:
    if ratio > 0.95:
        return "As long, or longer"
    return "Between half and as long" if ratio > 0.55 else "Half as long"


def see_threads(profile: TorchProfile) -> Finding | None:
    times = {time.threads: time.milliseconds for time in profile.by_threads}
    if 2 not in times:
        return None
    ratio = times[2] / times[1]
    return Finding(
        f"a call with {profile.config.batch_size} images takes {milliseconds(times[1])} with 1 thread and "
        f"{milliseconds(times[2])} with 2: {percent(ratio)} of the time.",
        shown=ratio > 0.5,
        right=_threads_answer(ratio),
    )


CARDS: Mapping[str, Card] = {
    "batch": Card(
        "One at a time, or 64 at once?",
        "A network reads 64 digits in one call. Is one digit cheaper than alone?",
        ("As dear as alone", "Cheaper", "Dearer"),
        setup=SETUP,
        setup_words=SETUP_WORDS,
        see=see_batch,
        why="Each call costs Python and torch a fixed time, whatever it computes. A batch shares that among "
        "its digits.",
    ),
    "operator": Card(
        "What takes most of a training step?",
        "Which operator takes most of the step?",
        ("Convolution, forward", "Convolution, backward", "The optimizer's update"),
        setup=SETUP,
        setup_words=SETUP_WORDS,
        see=see_operator,
        why="The way back computes two gradients, one for the weights and one for the input. The way there "
        "computes one result.",
    ),
    "pool": Card(
        "Nothing to multiply, nothing to wait for?",
        "Pools do 0 multiply-adds. Do they take any time?",
        ("None", "Under 1 %", "More"),
        setup=SETUP,
        setup_words=SETUP_WORDS,
        see=see_pool,
        why="They read and write every number of the largest maps. Moving numbers takes time too.",
    ),
    "threads": Card(
        "Twice the threads, half the time?",
        "Two threads instead of one: how long does a call take?",
        ("Half as long", "Between half and as long", "As long, or longer"),
        setup={**SETUP, "work": "inference"},
        setup_words=f"one call, batch {BATCH}; all numbers of threads are compared",
        see=see_threads,
        why="Some steps do not divide, and threads wait for each other. On a busy machine they also wait for "
        "a core.",
    ),
}
