"""The numbers of a profile as tables."""

from __future__ import annotations

from collections.abc import Sequence

from dlcore.inspection.torch_profile.result import Point, Taken
from dlcore.inspection.torch_profile.words import meaning
from dlcore.words import percent, size


def sweep_table(sweep: Sequence[Point]) -> list[dict[str, object]]:
    """A row for each batch size."""
    return [
        {
            "Batch": point.batch_size,
            "p50 (ms)": round(point.p50, 3),
            "p95 (ms)": round(point.p95, 3),
            "Digits per second": round(point.per_second),
            "µs per digit": round(1000 * point.per_digit, 1),
            "Calls": len(point.calls),
        }
        for point in sweep
    ]


def operators_table(taken: Taken) -> list[dict[str, object]]:
    """A row for each operator."""
    shares = taken.operator_shares()
    return [
        {
            "Operator": operator.name,
            "What for": meaning(operator.name),
            "Calls": operator.calls,
            "Own (ms)": round(operator.own, 3),
            "Share": percent(shares[operator.name]),
            "Allocated": size(max(0, operator.allocated)),
        }
        for operator in taken.operators
    ]
