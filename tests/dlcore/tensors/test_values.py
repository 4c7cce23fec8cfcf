"""Tensors as cells: what is typed, how it lies, what shares it, what an index or a product reads."""

from __future__ import annotations

import re

import pytest
import torch

from dlcore.errors import ConfigError
from dlcore.figures.cells import (
    broadcast_grids,
    indexed_grids,
    lies_grids,
    product_grids,
    shared_grids,
)
from dlcore.tensors.broadcasting import broadcast
from dlcore.tensors.config import SHARES
from dlcore.tensors.indexing import indexed, product
from dlcore.tensors.sharing import MAKE, share
from dlcore.tensors.values import lies, read_index, read_tensor
from dlcore.tensors.words import (
    broadcast_words,
    indexed_words,
    lies_words,
    printed,
    refused_product_words,
    shared_words,
)

A = torch.tensor([[1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize(
    ("text", "dtype", "shape"),
    [
        ("3", torch.int64, ()),
        ("[1, 2.5]", torch.float32, (2,)),
        ("[[1], [-2]]", torch.int64, (2, 1)),
        ("[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]", torch.int64, (2, 2, 2)),
        ("[True, False]", torch.bool, (2,)),
    ],
)
def test_typed_values_are_what_torch_makes_of_them(
    text: str, dtype: torch.dtype, shape: tuple[int, ...]
) -> None:
    found = read_tensor(text)
    assert (found.dtype, tuple(found.shape)) == (dtype, shape)
    assert lies_grids(lies(found))[0].count == found.numel()
    assert lies_words(lies(found))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a cannot be read"),
        ("[1, 2", "a cannot be read"),
        ("[]", "1 to 36 numbers"),
        (str(list(range(37))), "1 to 36 numbers"),
        ("[[1, 2], [3]]", "equally long"),
        ("[[1, 2], 3]", "equally long"),
        ("[[[[1]]]]", "at most 3 brackets"),
        ("[x]", "numbers and brackets only"),
        ("[1] * 9", "numbers and brackets only"),
        ("[1e999]", "at most 1,000,000,000"),
        ("[1j]", "numbers and brackets only"),
        ("1," * 200, "at most 300 are read"),
        ("[" * 250, "a cannot be read"),
    ],
)
def test_what_is_no_tensor_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)) as raised:
        read_tensor(text)
    assert "\n" not in str(raised.value)


def test_storage_is_read_off_torch() -> None:
    turned = lies(A.t())
    assert (turned.shape, turned.strides, turned.contiguous) == ((3, 2), (1, 3), False)
    assert turned.storage == ("1", "2", "3", "4", "5", "6")
    assert turned.cells == (0, 3, 1, 4, 2, 5)
    assert lies(A[:, 1:]).offset == 1
    assert "torch.int64, 8 bytes each" in printed("a", turned)
    assert "not contiguous" in lies_words(turned)


@pytest.mark.parametrize(
    ("how", "shares", "follows"),
    [
        ("t", True, (0,)),
        ("view", True, (0,)),
        ("slice", True, (0,)),
        ("index", False, ()),
        ("reshape", True, (0,)),
        ("reshape_t", False, ()),
        ("contiguous", False, ()),
    ],
)
def test_a_view_follows_and_a_copy_stays(how: str, shares: bool, follows: tuple[int, ...]) -> None:
    assert set(MAKE) == set(SHARES)
    found = share(A, how, changed=0)
    assert (found.shares, found.follows) == (shares, follows)
    assert A[0, 0] == 1, "what the learner typed stays"
    assert ("it is a view" in shared_words(found)) == shares
    assert shared_grids(found)[0].rows[0][0].text == "99"
    assert "Click a value" in shared_words(share(A, how))


@pytest.mark.parametrize(
    ("a", "written"), [("[[99, 2], [3, 4]]", "0"), ("[[True, False]]", "False"), ("[[False, True]]", "True")]
)
def test_a_click_always_changes_what_stood_there(a: str, written: str) -> None:
    found = share(read_tensor(a), "view", changed=0)
    assert (found.a.values[0], found.follows) == (written, (0,))
    assert "it is a view" in shared_words(found)


def test_what_torch_refuses_it_says_itself() -> None:
    flat = torch.tensor([1, 2, 3, 4])
    assert share(flat, "slice").error.startswith("IndexError: too many indices")
    assert shared_grids(share(flat, "slice"))
    assert "must match the size of tensor b (4)" in broadcast(torch.ones(3), torch.ones(4)).error
    assert product(A, A).error.endswith("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)")
    assert indexed(A, (5,)).error.startswith("IndexError: index 5 is out of bounds")
    bools = broadcast(torch.tensor([True]), torch.tensor([True]))
    assert bools.error.startswith("RuntimeError: Subtraction")
    for grids in (product_grids(product(A, A)), indexed_grids(indexed(A, (5,))), broadcast_grids(bools, 2)):
        assert grids


def test_broadcasting_step_by_step() -> None:
    found = broadcast(torch.tensor([1, 2, 3]), torch.tensor([[1], [2], [3]]))
    assert found.result is not None
    assert found.result.shape == (3, 3)
    assert found.squares == pytest.approx(4 / 3)
    assert [axis.words for axis in found.axes] == ["b is stretched to 3", "a is stretched to 3"]
    assert [len(broadcast_grids(found, step)) for step in range(3)] == [2, 2, 3]
    faint = [cell.mark for row in broadcast_grids(found, 1)[0].rows for cell in row]
    assert faint == [""] * 3 + ["faint"] * 6, "rows two and three read the same cells"
    assert "1.333" in broadcast_words(found)
    same = broadcast(A, A)
    assert "nothing is stretched" in broadcast_words(same)
    assert [axis.words for axis in same.axes] == ["equal", "equal"]
    apart = broadcast(torch.ones(3), torch.ones(4))
    assert apart.axes[0].words == "neither is 1: they do not go together"
    assert broadcast_words(apart).startswith("These shapes do not go together.")


def test_shapes_are_at_fault_only_where_they_are() -> None:
    bools = broadcast(torch.tensor([True, False]), torch.tensor([True, True]))
    assert [axis.words for axis in bools.axes] == ["equal"]
    assert broadcast_words(bools) == "Torch refuses: what it says stands below."


@pytest.mark.parametrize(
    ("text", "lit", "shares"),
    [
        ("0", (0, 1, 2), True),
        (":, 1", (1, 4), True),
        ("-1, ::2", (3, 5), True),
        ("[0, 1], [2, 0]", (2, 3), False),
        ("[1]", (3, 4, 5), False),
        ("0:1", (0, 1, 2), True),
    ],
)
def test_an_index_lights_what_torch_reads(text: str, lit: tuple[int, ...], shares: bool) -> None:
    found = indexed(A, read_index(text))
    assert (found.lit, found.shares) == (lit, shares)
    assert ("a view" in indexed_words(found)) == shares
    assert [cell.number for row in indexed_grids(found)[0].rows for cell in row if cell.mark] == list(lit)


@pytest.mark.parametrize("text", ["", "x", "0;1", "0,", "[0", "::0", "1.5", "::-1", "0, 0, 0, 0", "[" * 40])
def test_what_is_no_index_is_one_sentence(text: str) -> None:
    with pytest.raises(ConfigError, match=r"An index is made of|must step by 1") as raised:
        read_index(text)
    assert "\n" not in str(raised.value)


def test_a_product_is_written_out() -> None:
    found = product(A, torch.tensor([[1, 0], [0, 1], [2, -1]]), cell=3)
    assert (found.row, found.column, found.sum) == (1, 1, "4×0 + 5×1 + 6×(-1) = -1")
    grids = product_grids(found)
    assert [sum(bool(cell.mark) for row in grid.rows for cell in row) for grid in grids] == [3, 3, 1]
    assert product(A, A.t(), cell=99).row == 0, "a client may send anything"
    assert product(torch.ones(2), torch.ones(2)).sum == "", "no matrices: no row and no column"


@pytest.mark.parametrize(
    ("a", "b", "sentence"),
    [
        ("[[1, 2, 3]]", "[[1], [2]]", "A row of a has 3 values, a column of b 2"),
        ("[1, 2]", "[1, 2, 3]", "The last axis of a must be as long as the axis of b"),
        ("[[[1, 2]]]", "[[1], [2], [3]]", "The last axis of a must be as long as the axis of b"),
        ("[[1, 2, 3]]", "[[0.5], [0], [2]]", "a is torch.int64, b is torch.float32"),
        ("[1, 2]", "[0.5, 2]", "a is torch.int64, b is torch.float32"),
        ("[[True]]", "[[1]]", "a is torch.bool, b is torch.int64"),
        ("3", "[[1, 0], [0, 1]]", "a is a single number"),
        ("[1, 2]", "3", "b is a single number"),
        ("[[[1]], [[2]]]", "[[[1]], [[2]], [[3]]]", "The first axes of a and b must be equally long"),
        ("[[[True]], [[True]]]", "[[[True]]]", "Torch has no product for torch.bool"),
    ],
)
def test_a_refused_product_is_told_its_own_reason(a: str, b: str, sentence: str) -> None:
    found = product(read_tensor(a), read_tensor(b))
    assert found.error
    assert refused_product_words(found).startswith(sentence)


def test_torch_is_quoted_with_the_kind_of_its_error() -> None:
    bools = torch.tensor([[True]])
    assert product(bools, bools).error.startswith("NotImplementedError: ")
