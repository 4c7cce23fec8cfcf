"""The small programs: what torch prints and refuses is torch's own, and what the words speak of."""

from __future__ import annotations

import warnings

import pytest

from dlcore.tensors.lessons import AUTOGRAD, TENSORS, Lesson, run

SAYS = {
    "again": "tensor(6.)\ntensor(12.)\ntensor(18.)\ntensor(6.)",
    "no_grad": "False None\nRuntimeError: element 0 of tensors does not require grad and does not have a",
    "detach": "tensor(9.)\ntensor(27.)",
    "in_place": "modified by an inplace operation",
    "leaf_in_place": "a leaf Variable that requires grad is being used in an in-place operation",
    "twice": "Trying to backward through the graph a second time",
    "many": "grad can be implicitly created only for scalar outputs",
    "to_numpy": "Can't call numpy() on Tensor that requires grad",
    "stretched": "torch.Size([3, 3])\ntensor(1.3333)\nUserWarning: Using a target size",
    "sizes": "must match the size of tensor b (4) at non-singleton dimension 0",
    "inner": "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
    "dtypes": "to have the same dtype",
    "bytes_only": "tensor(44, dtype=torch.uint8)\ntensor(16777216.)\n0.10000000149011612\ntensor(-4)",
    "devices": "is not on the expected device",
    "viewed": "view size is not compatible",
    "labels": "Target 3 is out of bounds.",
}
LESSONS = AUTOGRAD | TENSORS


def test_every_lesson_is_here() -> None:
    assert set(SAYS) == set(LESSONS)


@pytest.mark.parametrize("name", LESSONS)
def test_torch_says_it_now(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning is shown, not thrown about
        said = run(LESSONS[name])
    assert SAYS[name] in said.text
    assert max(map(len, said.text.splitlines())) < 420, "no traceback"


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_its_source_is_what_a_learner_would_type(lesson: Lesson) -> None:
    assert "say" not in lesson.source
    assert "def " not in lesson.source
    compile(lesson.source, lesson.title, "exec")
    assert lesson.means
    assert lesson.way_out
