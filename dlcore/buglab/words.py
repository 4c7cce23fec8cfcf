"""What a training of the bug lab showed, and what its bug is known by: sentences with its numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from dlcore.buglab.bugs import BUGS, SLIPS
from dlcore.buglab.symptoms import JUDGED, LAYERS, STEPS, Symptoms
from dlcore.words import exact_percent, percent

SAID_OFTEN = 0.5  # a digit said that often is worth a word


def share(value: float) -> str:
    """Of JUDGED digits, to the last of them."""
    return exact_percent(value, 1)


def scores_words(seen: Symptoms) -> str:
    """How often it is right, in a line. Markdown."""
    last = seen.last
    return (
        f"Right: **{share(last.train)}** of {JUDGED:,} training digits, **{share(last.test)}** of {JUDGED:,} "
        f"test digits. Test loss **{last.test_loss:.2f}**."
    )


def epochs_words(seen: Symptoms) -> str:
    """How often it was right after each epoch. Markdown."""
    train, test = ([100 * getattr(one, split) for one in seen.judged] for split in ("train", "test"))
    said = (", ".join(f"{value:.1f}" for value in values) for values in (train, test))
    return "Right after epochs 1, 2, 3, in %: training **{}**; test **{}**.".format(*said)


def gradient_words(seen: Symptoms) -> str:
    """Of the last epoch's end."""
    window = seen.windows[-1]
    silent = [name for name, norm in zip(LAYERS, window.gradients, strict=True) if norm == 0]
    alike = round(window.alike, 2) + 0.0  # never "-0.00"
    text = f"Cosine of two gradients in a row at the end: **{alike:.2f}** (1: the very same direction). "
    if LAYERS[-1] in silent:
        text = ""
    if silent:
        text += f"At the end the gradient of **{', '.join(silent)}** is 0, which a log scale cannot show."
    if len(silent) == len(LAYERS):
        text += " Only biases of the last layer still move: they alone change what it says."
    return text.rstrip()


def moved_words(seen: Symptoms) -> str:
    """How far each layer's weights went since the first step."""
    moved = zip(LAYERS, seen.last.moved, strict=True)
    return (
        "Weights moved since step 1: " + ", ".join(f"{name} **{percent(far)}**" for name, far in moved) + "."
    )


def given_words(seen: Symptoms) -> str:
    low, high = seen.given_training
    test_low, test_high = seen.given_test
    return (
        f"Numbers it was given: in training **{low:.2f} to {high:.2f}**, in the test "
        f"**{test_low:.2f} to {test_high:.2f}**."
    )


def twice_words(seen: Symptoms) -> str:
    changed = round(seen.asked_twice * JUDGED)
    if not changed:
        return f"Asked twice, it gives the same answer to all {JUDGED:,} test digits."
    return f"Asked twice, it answers **{changed} of {JUDGED:,}** test digits otherwise the second time."


def said_words(seen: Symptoms) -> str:
    """What it says most often."""
    most = max(range(10), key=lambda digit: seen.said[digit])
    often = seen.said[most] / sum(seen.said)
    if often > SAID_OFTEN:
        return f"It says **{most}** to {percent(often)} of the test digits."
    next_one = sum(row[(digit + 1) % 10] for digit, row in enumerate(seen.confusion)) / sum(seen.said)
    if next_one > SAID_OFTEN:
        return f"To {percent(next_one)} of the test digits it says the **next** digit."
    return f"What it says most often is {most}, to {percent(often)} of the test digits."


def _middle(losses: tuple[float, ...]) -> float:
    return sorted(losses)[len(losses) // 2]


def _in_the_end(seen: Symptoms) -> str:
    return f"{_middle(seen.losses[-STEPS:]):.2f}"


def _guesses(seen: Symptoms) -> str:
    return f"in the last epoch the loss is {_in_the_end(seen)}, {share(seen.last.train)} are right"


# By its name: the numbers that a bug is known by, of whatever training, to be laid beside another's.
SIGNS: Mapping[str, Callable[[Symptoms], str]] = {
    "no_zero_grad": lambda seen: (
        f"the cosine of two gradients in a row is {seen.windows[-1].alike:.2f}, and the weights of fc2 "
        f"moved by {percent(seen.last.moved[-1])}"
    ),
    "softmax_twice": lambda seen: (
        f"the lowest loss is {min(seen.losses):.3f}, {share(seen.last.test)} are right"
    ),
    "wrong_axis": lambda seen: f"the first loss is {seen.losses[0]:.2f}",
    "sorted": lambda seen: (
        f"half of all losses are below {_middle(seen.losses):.2g}, the highest is {_highest(seen)}"
    ),
    "mixed_up": _guesses,
    "large_lr": lambda seen: (
        f"the highest loss is {_highest(seen)}, in the last epoch it is {_in_the_end(seen)}"
    ),
    "no_eval": lambda seen: f"asked twice, {round(seen.asked_twice * JUDGED)} of {JUDGED:,} answers change",
    "test_data": lambda seen: (
        f"training has {share(seen.last.train)} right, the test {share(seen.last.test)}"
    ),
    "detached": lambda seen: f"the gradient of conv1 is {seen.windows[-1].gradients[0]:.2g}",
    "not_scaled": lambda seen: (
        f"the largest number is {seen.given_training[1]:.1f} in training, "
        f"{seen.given_test[1]:.1f} in the test"
    ),
    "other_net": lambda seen: f"the weights of fc2 moved by {percent(seen.last.moved[-1])}",
    "off_by_one": _guesses,
}


def _highest(seen: Symptoms) -> str:
    highest = max(loss for loss in seen.losses if math.isfinite(loss))
    return f"{highest:,.0f}" if highest >= 100 else f"{highest:.3g}"


def not_words(guess: str, seen: Symptoms, other: Symptoms) -> str:
    """Of a wrong guess: what tells the two apart. `other` is a run that has what was guessed. Markdown."""
    sign, title = SIGNS[guess], BUGS[guess].title.lower()
    return f"**It is something else: {title} looks otherwise.** With it {sign(other)}. Here {sign(seen)}."


def yes_words(name: str, seen: Symptoms) -> str:
    """What the slip is and what it is known by. Markdown."""
    slip = SLIPS[name]
    known = f" You see it here: {sign(seen)}." if (sign := SIGNS.get(name)) else ""
    return f"**{slip.title}.** {slip.why}{known}"
