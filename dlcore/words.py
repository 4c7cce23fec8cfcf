"""Shares and sizes as people write them."""

from __future__ import annotations


def percent(share: float) -> str:
    """0.5555 -> "56 %", 0.0021 -> "0.2 %", 0.0004 -> "0.04 %", 0.998 -> "99.8 %"."""
    value = 100 * share
    digits = 2 if 0 < value < 0.1 else 1 if 0 < value < 10 or 99 < value < 100 else 0
    return f"{value:.{digits}f} %"


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


def shape_words(shape: tuple[int, ...]) -> str:
    """(24, 12, 12) -> "24×12×12"."""
    return "×".join(map(str, shape))


def duration(seconds: float) -> str:
    """ "45 s", "3:05 min"."""
    whole = round(seconds)
    return f"{whole} s" if whole < 90 else f"{whole // 60}:{whole % 60:02d} min"
