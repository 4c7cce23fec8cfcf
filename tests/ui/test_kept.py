"""What is kept of each visitor: as many as there is room for, and nobody pushes out the others."""

from __future__ import annotations

from ui.kept import Kept


def test_who_was_there_longest_ago_is_forgotten_first() -> None:
    kept: Kept[int] = Kept(3)
    for number in (1, 2, 3):
        kept.keep(f"visitor {number}", number, "")
    kept.keep("visitor 1", 10, "")  # is there again
    kept.keep("visitor 4", 4, "")
    assert [kept.get(f"visitor {number}") for number in (1, 2, 3, 4)] == [10, None, 3, 4]
    kept.forget("visitor 3")
    kept.forget("nobody")
    assert kept.get("visitor 3") is None


def test_who_invents_visitors_pushes_out_only_these() -> None:
    kept: Kept[str] = Kept(40)
    for number in range(30):
        kept.keep(f"pupil {number}", "fifty drawings", f"10.0.0.{number}")
    for number in range(1_000):
        kept.keep(f"invented {number}", "one drawing", "10.0.0.99")
    assert all(kept.get(f"pupil {number}") for number in range(30))
    assert [number for number in range(1_000) if kept.get(f"invented {number}")] == list(range(990, 1_000))
