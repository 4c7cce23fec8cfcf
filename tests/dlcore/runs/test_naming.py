"""What a repeated run is called."""

from __future__ import annotations

import pytest

from dlcore.runs.naming import LONGEST, root_name, variation_name

KNOWN = {"lr": 0.005, "seed": 0, "augment": False, "batch_size": 64, "optimizer": "adam"}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"lr": 0.01}, "class-1 · lr 0.01"),
        ({"seed": 1}, "class-1 · seed 1"),
        ({"seed": 1, "lr": 0.01}, "class-1 · lr 0.01 · seed 1"),
        ({"augment": True, "batch_size": 128}, "class-1 · augment on · batch size 128"),
        ({"optimizer": "sgd"}, "class-1 · optimizer sgd"),
        ({}, "class-1 · same"),
    ],
)
def test_it_says_what_differs(changes: dict[str, object], name: str) -> None:
    assert variation_name("class-1", KNOWN, KNOWN | changes, ()) == name


def test_no_two_have_one_name() -> None:
    taken: list[str] = []
    for _ in range(3):
        taken.append(variation_name("class-1", KNOWN, KNOWN, taken))
    assert taken == ["class-1 · same", "class-1 · same (2)", "class-1 · same (3)"]


def test_a_long_name_gives_way_to_the_difference() -> None:
    name = variation_name("x" * 40, KNOWN, KNOWN | {"lr": 0.01, "seed": 3}, ())
    assert name.endswith("x · lr 0.01 · seed 3")
    assert len(name) == LONGEST


def test_many_differences_give_way_to_the_root() -> None:
    changes = {"lr": 0.00353, "batch_size": 1660, "optimizer": "rmsprop", "seed": 11}
    name = variation_name("sweep-12", KNOWN, KNOWN | changes, ())
    assert name == "sweep-12 · lr 0.00353 · … · seed 11"
    assert root_name(name) == "sweep-12"
    assert variation_name("sweep-12", KNOWN, KNOWN | changes, (name,)) == f"{name} (2)"


def test_the_root_of_a_name() -> None:
    assert root_name("class-1 · lr 0.01 · seed 1") == root_name("class-1") == "class-1"
