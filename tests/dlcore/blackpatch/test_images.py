"""An image has a whole patch where the task says, or none; the seed decides everything else."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcore.blackpatch.images import BACKGROUND, BLACK, Image, Maker, Where, make_examples, make_probes

BOOK = Maker()


@st.composite
def makers(draw: st.DrawFn) -> Maker:
    size = draw(st.integers(3, 21))
    return Maker(
        size=size,
        patch=draw(st.integers(1, size)),
        noise=draw(st.floats(0.0, 0.5)),
        share=draw(st.floats(0.05, 0.95)),
        where=draw(st.sampled_from(["diagonal", "anywhere"])),
    )


def patches(image: Image, maker: Maker) -> Iterator[tuple[int, int]]:
    """(row, column) of the upper left corner of every square that is black all over."""
    places = range(maker.size - maker.patch + 1)
    for row in places:
        for column in places:
            rows = range(row, row + maker.patch)
            if all(
                grey == BLACK
                for y in rows
                for grey in image[y * maker.size + column : y * maker.size + column + maker.patch]
            ):
                yield row, column


@given(makers(), st.integers(0, 2**31 - 1))
def test_an_image_has_its_one_whole_patch_or_none(maker: Maker, seed: int) -> None:
    examples = make_examples(maker, 20, seed)
    assert len(examples) == 20
    for image, label, position in zip(examples.images, examples.labels, examples.positions, strict=True):
        assert len(image) == maker.size**2
        assert list(patches(image, maker)) == ([position] if label else [])
        assert image.count(BLACK) == label * maker.patch**2
        assert all(grey == BLACK or 0.5 <= grey <= 1.0 for grey in image)


@given(makers(), st.integers(0, 2**31 - 1))
def test_the_middle_of_a_patch_lies_in_the_middle_half(maker: Maker, seed: int) -> None:
    margin = maker.size // 4
    for position in make_examples(maker, 20, seed).positions:
        for corner in position or ():
            assert 0 <= corner <= maker.size - maker.patch
            assert margin <= corner + maker.patch // 2 <= maker.size - 1 - margin


@given(makers(), st.integers(0, 2**31 - 1))
def test_on_the_diagonal_row_and_column_are_one_number(maker: Maker, seed: int) -> None:
    positions = [position for position in make_examples(maker, 20, seed).positions if position]
    assert set(positions) <= set(maker.everywhere())
    if maker.where == "diagonal":
        assert all(row == column for row, column in positions)


@pytest.mark.parametrize(("where", "places"), [("diagonal", 5), ("anywhere", 25)])
def test_the_book_has_five_places_of_twenty_five(where: Where, places: int) -> None:
    examples = make_examples(Maker(where=where), 1000, 0)
    assert len(set(examples.positions) - {None}) == places
    assert BOOK.everywhere() == [(row, column) for row in range(1, 6) for column in range(1, 6)]


@given(makers(), st.integers(20, 60))
def test_the_share_is_kept_exactly(maker: Maker, count: int) -> None:
    labels = make_examples(maker, count, 0).labels
    assert len(labels) == count
    assert sum(labels) == round(count * maker.share)


def test_images_with_and_without_a_patch_are_mixed() -> None:
    labels = make_examples(BOOK, 2000, 42).labels
    assert sum(labels) == 1000
    assert 400 < sum(labels[:1000]) < 600


@given(makers(), st.integers(0, 2**31 - 1))
def test_the_same_seed_gives_the_same_images(maker: Maker, seed: int) -> None:
    assert make_examples(maker, 20, seed) == make_examples(maker, 20, seed)


def test_another_seed_gives_other_images() -> None:
    assert make_examples(BOOK, 20, 1) != make_examples(BOOK, 20, 2)
    assert make_examples(BOOK, 20, "1 train") != make_examples(BOOK, 20, "1 test")


def test_without_noise_the_background_is_one_grey() -> None:
    examples = make_examples(Maker(noise=0.0), 20, 0)
    assert {grey for image in examples.images for grey in image} == {BACKGROUND, BLACK}


@given(makers())
def test_probes_are_one_image_for_each_place_and_one_without(maker: Maker) -> None:
    probes = make_probes(maker)
    assert list(probes.positions) == [*maker.everywhere(), None]
    assert list(probes.labels) == [1] * len(maker.everywhere()) + [0]
    for image, position in zip(probes.images, probes.positions, strict=True):
        assert list(patches(image, maker)) == ([position] if position else [])
    assert make_probes(maker) == probes


def test_more_noise_spreads_the_greys_further() -> None:
    spreads = [
        max(image) - min(image)
        for image in (Maker(noise=n).blank(random.Random(0)) for n in (0.0, 1e-4, 0.1, 0.5))
    ]
    assert spreads == sorted(spreads)
    assert spreads[0] == 0.0 < spreads[1] < 0.004 < 0.1 < spreads[2] < spreads[3]
