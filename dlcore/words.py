"""Numbers as people write them: one rule for each kind, for pages, charts and the command line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal


def raised(power: int) -> str:
    """As an exponent is set: -7 -> "⁻⁷"."""
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def percent(share: float) -> str:
    """0.5555 -> "56 %", 0.0021 -> "0.2 %", 0.0004 -> "0.04 %", 0.998 -> "99.8 %", 0.99998 -> "99.998 %".

    Only what is nearer than half a millionth to nothing or to all, as float32 rounds, is called so.
    """
    value = 100 * share
    near = round(min(value, 100 - value), 4)  # to nothing, or to all
    decimals = 1 if near >= 0.1 and not 10 <= value <= 99 else 0
    if 0 < near < 0.1:
        decimals = next(few for few in range(2, 5) if abs(round(near, few) - near) < near / 4)
    return exact_percent(share, decimals)


def vote_percent(share: float, *, brief: bool = False) -> str:
    """What one of several answers has of a vote: never all of it, and never nothing, whatever is rounded.

    0.99997 -> "over 99.99 %", `brief` "> 99.99 %".
    """
    if share < 1e-4:
        return "< 0.01 %" if brief else "less than 0.01 %"
    if share > 1 - 1e-4:
        return "> 99.99 %" if brief else "over 99.99 %"
    return percent(share)


def exact_percent(share: float, decimals: int = 2) -> str:
    """With these decimals, so that scores can be compared: 0.9834 -> "98.34 %"."""
    return f"{100 * share:.{decimals}f} %"


def banded(share: float, band: tuple[float, float]) -> str:
    """A share and the band from low to high in which it may lie: "98.34 % (±0.25)"."""
    return f"{exact_percent(share)} {_around(share, band)}"


def _around(share: float, band: tuple[float, float], unit: str = "") -> str:
    """ "(±0.25)"; where that would reach beyond nothing or all, "(99.36 to 100.00)"."""
    low, high = band
    half = (high - low) / 2
    if half <= share <= 1 - half:
        return f"(±{100 * half:.2f}{unit})"
    return f"({100 * low:.2f} to {100 * high:.2f})"


def score(correct: int, total: int, band: tuple[float, float], of: str) -> str:
    """ "98.34 % (±0.25) of 10,000 test images, 166 wrong"; `band` as in `banded`."""
    return f"{banded(correct / total, band)} of {total:,} {of}, {total - correct:,} wrong"


def terminal_percent(share: float, decimals: int | None = None) -> str:
    """The same on a line of the terminal: 0.9834 -> "98%", with 2 decimals "98.34%"."""
    words = percent(share) if decimals is None else exact_percent(share, decimals)
    return words.replace(" ", "")


def terminal_score(correct: int, total: int, band: tuple[float, float]) -> str:
    """The same on a line of the terminal: "98.34% right (±0.25 points), 166 of 10,000 wrong"."""
    share = correct / total
    right = f"{terminal_percent(share, 2)} right {_around(share, band, ' points')}"
    return f"{right}, {total - correct:,} of {total:,} wrong"


def number(value: float) -> str:
    """60,000 and 0.0008, not 6e+04."""
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{Decimal(f'{value:g}'):f}"


def count_of(count: int, thing: str) -> str:
    """ "1 thread", "2 threads"."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def tex(value: float) -> str:
    """LaTeX: four digits; tiny and huge ones with a power of ten."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.4g}"
    if not math.isfinite(value):
        return r"\text{none}" if math.isnan(value) else r"\infty" if value > 0 else r"-\infty"
    digits, power = f"{value:.2e}".split("e")  # never by a division: 10**-324 is 0
    return rf"{float(digits):.3g}\cdot 10^{{{int(power)}}}"


MOST_DIGITS = 12


def decimals_that_add(parts: Sequence[float], total: float, least: int = 4) -> int:
    """How many decimals a sum is written with, so that what stands there adds up: `least` if possible."""
    for decimals in range(least, MOST_DIGITS):
        written = sum((Decimal(f"{part:.{decimals}f}") for part in parts), Decimal())
        if written == Decimal(f"{total:.{decimals}f}"):
            return decimals
    return least


def product_words(left: float, right: float, least: int = 3) -> tuple[str, str, str]:
    """Two factors and their product in LaTeX. The factors have as many digits, `least` or more, as give the
    product that stands there.
    """
    product = f"{left * right:.{least}g}"
    for digits in range(least, MOST_DIGITS):
        factors = f"{left:.{digits}g}", f"{right:.{digits}g}"
        if f"{float(factors[0]) * float(factors[1]):.{least}g}" == product:
            break
    return _power(factors[0]), _power(factors[1]), _power(product)


def written_change(before: float, after: float, decimals: int = 4) -> str:
    """What lies between two numbers as they are written: 0.69704 and 0.69418 give "-0.0028"."""
    first, last = (Decimal(f"{value:.{decimals}f}") for value in (before, after))
    return f"{last - first:+.{decimals}f}"


def _power(text: str) -> str:
    """ "1.5e-05" -> 1.5 · 10^-5 in LaTeX."""
    digits, e, power = text.partition("e")
    return rf"{digits}\cdot 10^{{{int(power)}}}" if e else text


def size(count: float) -> str:
    """Bytes: 40 -> "40 B", 55296 -> "55 kB", 3538944 -> "3.5 MB"."""
    for unit, scale in (("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            value = count / scale
            return f"{value:.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"
    return f"{count:.0f} B"


def milliseconds(value: float) -> str:
    """With two digits: "0.034 ms", "0.52 ms", "4.1 ms", "38 ms"."""
    digits = 3 if value < 0.1 else 2 if value < 1 else 1 if value < 10 else 0
    return f"{value:.{digits}f} ms"


def seconds(value: float) -> str:
    """Short times with two digits: "0.31 s", "4.2 s", "12 s"."""
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s" if value < 10 else duration(value)


def duration(seconds: float) -> str:
    """ "45 s", "3:05 min"."""
    whole = round(seconds)
    return f"{whole} s" if whole < 90 else f"{whole // 60}:{whole % 60:02d} min"


def shape_words(shape: tuple[int, ...]) -> str:
    """(24, 12, 12) -> "24×12×12"."""
    return "×".join(map(str, shape))


def short(value: object) -> str:
    """A value as a sentence quotes it, 40 signs at most."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else text[:37] + "..."
