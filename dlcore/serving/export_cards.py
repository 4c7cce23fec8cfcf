"""The cards of the export page. They read the run's own files, its test digits and the race."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlcore.cards import Card, Finding
from dlcore.serving.export import LeftOut
from dlcore.serving.race import InferenceRace
from dlcore.training.evaluation import band
from dlcore.words import exact_percent, percent

MOST_HEADER = 0.05  # of the weights' bytes: a larger one hides what a weight takes


@dataclass(frozen=True)
class ShownExport:
    """What the page knows by now; the race may be missing, and so may a file."""

    num_params: int
    file_bytes: int | None  # of the weights' file
    left_out: LeftOut | None
    race: InferenceRace | None


def _size(seen: ShownExport) -> Finding | None:
    if seen.file_bytes is None:
        return None
    weights = 4 * seen.num_params
    more = (seen.file_bytes - weights) / weights
    return Finding(
        f"{seen.num_params:,} parameters × 4 bytes = {weights:,} bytes. The file has {seen.file_bytes:,}, "
        f"{percent(more)} more: its header.",
        shown=abs(more) < MOST_HEADER,
        right="4" if abs(more) < MOST_HEADER else "",
    )


def _normalisation(seen: ShownExport) -> Finding | None:
    if seen.left_out is None:
        return None
    left, total = seen.left_out, seen.left_out.total
    worst = min(left.scaled, left.other)
    fewer = band(worst, total).high < band(left.prepared, total).low
    return Finding(
        f"prepared as in training, {exact_percent(left.prepared / total)} of {total:,} test images are "
        f"right. Only scaled to 0…1: {exact_percent(left.scaled / total)}. "
        f"With another net's mean and deviation: {exact_percent(left.other / total)}.",
        shown=fewer,
        right="As many" if not fewer else "About 1 in 10" if worst / total < 0.2 else "Fewer",
    )


def _agree(seen: ShownExport) -> Finding | None:
    if seen.race is None:
        return None
    furthest = max(seen.race.timings, key=lambda timing: timing.difference)
    return Finding(
        f"on your image the largest difference of a logit is {seen.race.difference:.1e} ({furthest.engine}), "
        f"among {len(seen.race.timings)} engines.",
        shown=seen.race.agree,
        right="No" if not seen.race.agree else "To about 1e-5" if seen.race.difference else "To the last bit",
    )


CARDS: Mapping[str, Card] = {
    "size": Card(
        "Guess the size",
        "How many bytes does one parameter take in the file?",
        ("1", "4", "8"),
        setup={"format": "safetensors"},
        setup_words="the file that holds the weights",
        see=_size,
        why="A weight is a 32-bit float: four bytes. Names and shapes take about a kilobyte more.",
    ),
    "normalisation": Card(
        "Forget the normalisation",
        "Somebody leaves the normalisation out, or takes another net's. How many are right?",
        ("As many", "Fewer", "About 1 in 10"),
        setup={"format": "onnx"},
        setup_words="a file that holds no preprocessing",
        see=_normalisation,
        why="The weights were fitted to normalised numbers. Other numbers are another question, and no "
        "error tells you.",
    ),
    "agree": Card(
        "Six engines, one image",
        "Do all engines give your image the same logits?",
        ("To the last bit", "To about 1e-5", "No"),
        setup={"format": "torchscript"},
        setup_words="the scripted file; then press Race",
        see=_agree,
        why="The weights are the same. Each engine adds them in its own order, and every sum is rounded.",
    ),
}
