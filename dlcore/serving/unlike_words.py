"""What the distance from the training digits says, in words, and how often it errs."""

from __future__ import annotations

from dlcore.serving.unlike import HELD_OUT, KNOWN, LINE, Rates, Unlike
from dlcore.words import percent


def times_words(found: Unlike) -> str:
    return f"{found.times:.1f} times as far from the training digits as a usual digit"


def unlike_words(found: Unlike) -> str:
    """One line: the number, and what it means."""
    nearer = f"{percent(found.share)} of held-out digits are nearer"
    said = "Unlike a digit" if found.beyond else "Like a digit"
    return f"{said}: {times_words(found)}; {nearer}."


def meaning_words(rates: Rates) -> str:
    """What is measured, where the line lies, and both ways it errs."""
    others = ", ".join(f"{percent(share)} of {name}" for name, share in rates.others.items())
    return (
        f"The shipped network's features of this image, against those of {KNOWN:,} training digits: 1 minus "
        f"the mean cosine to the three nearest. Unlike begins where {percent(LINE)} of {HELD_OUT:,} held-out "
        f"digits are nearer. Measured: {percent(rates.digits)} of other digits are called unlike, wrongly; "
        f"rightly {others}."
    )
