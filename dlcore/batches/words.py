"""What is found of the data, in sentences with their numbers."""

from __future__ import annotations

from dlcore.batches.leaks import TEST, TRAIN, Leak
from dlcore.batches.loading import TENSORS, Loading, Way
from dlcore.batches.pipeline import BATCH, Passage
from dlcore.batches.statistics import Scaled, Statistics
from dlcore.words import exact_percent, percent

NOISY = 1.5  # a slowest try that many times the quietest: others were at work


def batch_words(seen: Passage, *, shuffle: bool) -> str:
    """What came out, and how mixed it is. Markdown."""
    kinds = sum(count > 0 for count in seen.labels)
    mixed = "It holds" if shuffle else "Unshuffled, they come as they lie:"
    return (
        f"The batch is a tensor of **({', '.join(map(str, seen.shape))})**: {seen.shape[0]} images, one "
        f"channel, 28×28 pixels, numbers from {seen.low:.2f} to {seen.high:.2f}. {mixed} {kinds} of the "
        f"ten digits. {seen.batches:,} batches make an epoch of {seen.total:,}."
    )


def classes_words(train: Statistics, test: Statistics) -> str:
    """The rarest and the most frequent class, and what always saying the latter gets. Markdown."""
    rarest = min(range(10), key=lambda digit: train.classes[digit])
    most = max(range(10), key=lambda digit: train.classes[digit])
    always = test.classes[most] / test.total
    return (
        f"Rarest is the **{rarest}**: {train.classes[rarest]:,} of {train.total:,}. Most frequent is the "
        f"**{most}**: {train.classes[most]:,}. Always saying {most} gets {exact_percent(always)} of the "
        f"{test.total:,} test digits right."
    )


def grey_words(seen: Statistics) -> str:
    """Markdown."""
    return (
        f"**{percent(seen.zeros)}** of all {sum(seen.grey):,} training pixels are 0: paper. Scaled to "
        f"0..1, their mean "
        f"is **{seen.mean:.4f}** and their deviation **{seen.std:.4f}**."
    )


def scaled_words(found: Scaled, mean: float, std: float) -> str:
    """What Normalize makes of them. Markdown."""
    return (
        f"Normalize({mean:g}, {std:g}): numbers go from **{found.low:.2f}** to **{found.high:.2f}**, "
        f"their mean is "
        f"**{found.mean:.2f}**, their deviation **{found.std:.2f}**."
    )


def leak_words(seen: Leak) -> str:
    """Markdown."""
    if not seen.copies:
        return (
            f"No copies: {exact_percent(seen.honest, 1)} of {TEST} test digits are like their nearest of "
            f"{TRAIN:,} training digits. With labels drawn at random it is {exact_percent(seen.shuffled, 1)}."
        )
    return (
        f"**{seen.copies}** of {TEST} test digits have a near-copy among the training digits. The score "
        f"rises from "
        f"{exact_percent(seen.honest, 1)} to **{exact_percent(seen.leaked, 1)}**. With labels drawn at "
        f"random there is "
        f"nothing to learn, and still it rises from {exact_percent(seen.shuffled, 1)} to "
        f"**{exact_percent(seen.shuffled_leaked, 1)}**."
    )


def times(way: Way, base: Way) -> float:
    return way.best / base.best


def loading_words(seen: Loading) -> str:
    """How much slower the loader is than tensors, and whether that matters. Markdown."""
    tensors, loader = seen.way(TENSORS), seen.loader
    share = loader.best / (loader.best + seen.step)
    return (
        f"An image takes **{loader.best:.1f} µs** through the DataLoader and **{tensors.best:.2f} µs** "
        f"from tensors "
        f"that lie ready: {times(loader, tensors):.0f} times as long. FastCNN's training step takes "
        f"{seen.step:.0f} µs an "
        f"image here: with the loader, {percent(share)} of the time goes into loading."
    )


def workers_words(seen: Loading) -> str:
    """What workers brought. Markdown."""
    told = [
        f"{way.name.partition(', ')[2]}: {way.best:.1f} µs, the first batch after {1000 * way.first:.0f} ms"
        for way in seen.ways
        if way.name not in (TENSORS, seen.loader.name)
    ]
    if not told:
        return "Workers were not tried."
    best = min((way for way in seen.ways if way.name != TENSORS), key=lambda way: way.best)
    verdict = f"quickest is {best.name.partition(', ')[2]}"
    if best is seen.loader:
        verdict = "none of them helps here: a worker must send each batch to this process"
    return (
        f"{'; '.join(told)}. Without: {seen.loader.best:.1f} µs, {1000 * seen.loader.first:.0f} ms. So "
        f"{verdict}."
    )


def noise_words(seen: Loading) -> str:
    """How far these numbers can be trusted."""
    worst = max(seen.ways, key=lambda way: way.spread)
    tries = len(worst.tries)
    text = (
        f"Each way brought {seen.images:,} images into batches of {BATCH}, {tries} times in turn; the "
        f"quietest "
        f"counts. {seen.cores} cores here, load average of the minute before: {seen.busy:.1f}."
    )
    if worst.spread > NOISY:
        text += f" Noisy: of {worst.name}, the slowest try took {worst.spread:.1f} times the quietest."
    return text
