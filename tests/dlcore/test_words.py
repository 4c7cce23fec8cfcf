"""Numbers as people write them."""

from __future__ import annotations

import math
from decimal import Decimal
from random import Random

import numpy as np
import pytest

from dlcore.words import (
    banded,
    decimals_that_add,
    duration,
    exact_percent,
    milliseconds,
    number,
    percent,
    product_words,
    score,
    seconds,
    shape_words,
    short,
    size,
    terminal_percent,
    terminal_score,
    tex,
    vote_percent,
    written_change,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (60_000, "60,000"),
        (10.0, "10"),
        (0, "0"),
        (0.0008, "0.0008"),
        (0.03, "0.03"),
        (1e-5, "0.00001"),
        (1e-6, "0.000001"),
        (0.5, "0.5"),
        (0.123456789, "0.123457"),
        (4e-12, "0.000000000004"),  # where a one-cycle schedule ends
        (1234567.8, "1234570"),
    ],
)
def test_a_number_has_no_exponent(value: float, text: str) -> None:
    assert number(value) == text


def test_a_share_has_the_digits_that_part_it_from_nothing_and_from_all() -> None:
    shares = [percent(s) for s in (0, 0.0004, 0.0021, 0.032, 0.5555, 0.998, 0.9996, 1, 2)]
    assert shares == ["0 %", "0.04 %", "0.2 %", "3.2 %", "56 %", "99.8 %", "99.96 %", "100 %", "200 %"]


def test_a_share_is_called_nothing_or_all_only_where_it_is() -> None:
    shares = [percent(s) for s in (1 / 60_000, 0.00004, 59_999 / 60_000, 0.99996, 1 - 1e-6, 0.99995)]
    assert shares == ["0.002 %", "0.004 %", "99.998 %", "99.996 %", "99.9999 %", "99.995 %"]
    assert percent(sum([float(np.float32(0.1))] * 10)) == "100 %", "the rounding of float32 is no share"
    for left in range(1, 1_001):
        told = percent(left / 1e6), percent(1 - left / 1e6)
        assert float(told[0].split()[0]) > 0
        assert float(told[1].split()[0]) < 100


def test_a_share_of_a_vote_is_never_all_and_never_nothing() -> None:
    """A probability that is a hair below 1 rounds to 1, in float32 too."""
    shares = (0, 3e-5, 2e-4, 0.5555, 0.9998, 0.99996, 1)
    assert [vote_percent(share) for share in shares] == [
        *("less than 0.01 %", "less than 0.01 %", "0.02 %", "56 %"),
        *("99.98 %", "over 99.99 %", "over 99.99 %"),
    ]
    assert [vote_percent(share, brief=True) for share in (0, 1)] == ["< 0.01 %", "> 99.99 %"]


def test_a_score_keeps_its_decimals() -> None:
    assert [exact_percent(0.5), exact_percent(0.9834), exact_percent(0.12345, 1)] == [
        "50.00 %",
        "98.34 %",
        "12.3 %",
    ]
    band = 0.9807, 0.9857
    assert score(9834, 10_000, band, "test images") == "98.34 % (±0.25) of 10,000 test images, 166 wrong"
    assert score(600, 600, (0.9936, 1.0), "digits") == "100.00 % (99.36 to 100.00) of 600 digits, 0 wrong"
    assert banded(0.001, (0.0, 0.006)) == "0.10 % (0.00 to 0.60)", "there is no share below nothing"
    assert [terminal_percent(0.99998), terminal_percent(0.9834, 2)] == ["99.998%", "98.34%"]
    assert terminal_score(9834, 10_000, band) == "98.34% right (±0.25 points), 166 of 10,000 wrong"


def test_sizes_and_shapes() -> None:
    assert [size(n) for n in (40, 55_296, 3_538_944)] == ["40 B", "55 kB", "3.5 MB"]
    assert shape_words((24, 12, 12)) == "24×12×12"


def test_times() -> None:
    assert [milliseconds(t) for t in (0.034, 0.52, 4.12, 38.4)] == ["0.034 ms", "0.52 ms", "4.1 ms", "38 ms"]
    assert [seconds(t) for t in (0.314, 4.2, 12.3, 185.0)] == ["0.31 s", "4.2 s", "12 s", "3:05 min"]
    assert [duration(t) for t in (45.2, 89.4, 90.0)] == ["45 s", "89 s", "1:30 min"]


def test_a_formula_has_powers_of_ten() -> None:
    assert [tex(value) for value in (0.0, 0.25, -12345.0, 2.5e-7)] == [
        "0", "0.25", "-1.234e+04", r"2.5\cdot 10^{-7}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "formula"),
    [
        (5e-324, r"4.94\cdot 10^{-324}"),
        (-1.7e308, r"-1.7\cdot 10^{308}"),
        (9.999e-4, r"1\cdot 10^{-3}"),
        (math.inf, r"\infty"),
        (-math.inf, r"-\infty"),
        (math.nan, r"\text{none}"),
    ],
)
def test_every_number_there_is_has_a_formula(value: float, formula: str) -> None:
    assert tex(value) == formula


def test_a_quoted_value_is_short() -> None:
    assert short("adam") == "'adam'"
    assert short("x" * 100) == "'" + 36 * "x" + "..."


def test_a_written_sum_adds_up() -> None:
    random = Random(0)
    for _ in range(300):
        parts = [random.gauss(0, 1) for _ in range(3)]
        decimals = decimals_that_add(parts, sum(parts))
        written = sum(Decimal(f"{part:.{decimals}f}") for part in parts)
        assert decimals >= 4
        assert written == Decimal(f"{sum(parts):.{decimals}f}")
    assert decimals_that_add((0.25, 0.5), 0.75) == 4


def test_a_written_change_leads_from_one_written_number_to_the_other() -> None:
    assert written_change(0.69704, 0.69416) == "-0.0028"
    assert written_change(0.4981, 0.4995) == "+0.0014"


def test_a_written_product_is_that_of_the_written_factors() -> None:
    random = Random(0)
    for _ in range(300):
        left, right = random.gauss(0, 0.01), random.random()
        *factors, product = (
            float(text.replace(r"\cdot 10^{", "e").rstrip("}")) for text in product_words(left, right)
        )
        assert float(f"{factors[0] * factors[1]:.3g}") == product
        assert product == pytest.approx(left * right, rel=0.01)
    assert product_words(-0.5, 0.0) == ("-0.5", "0", "-0")
