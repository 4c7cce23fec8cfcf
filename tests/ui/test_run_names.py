"""What runs are called where several stand beside each other: no two alike."""

from __future__ import annotations

from dataclasses import replace

from dlcore.run import new_run
from dlcore.training.config import TrainConfig
from ui.run_names import labels_of, next_name

RUN = new_run("anna", "mnist", TrainConfig(), name="class-2")


def test_a_new_run_is_counted_on_from_the_highest_number_there_is() -> None:
    assert next_name("class", []) == "class-1"
    assert next_name("class", ["class-2"]) == "class-3", "the first was deleted"
    others = ["class-9x", "subclass-8", "class-", "my class-7"]
    assert next_name("class", ["class-2", "class-10 · lr 0.01", "class-3", *others]) == "class-11"
    assert next_name("a.b", ["axb-4"]) == "a.b-1"


def test_of_runs_of_one_name_the_later_ones_get_a_number() -> None:
    first, second, third, odd = (
        replace(RUN, id=name, name=called, created=created)
        for created, (name, called) in enumerate(
            [("first", "class-2"), ("second", "class-2"), ("third", "class-3"), ("odd", "class-2 (2)")]
        )
    )
    found = labels_of([odd, third, second, first])
    assert list(found) == ["odd", "third", "second", "first"]
    assert found["first"] == "class-2"
    assert found["second"] == "class-2 (2)"
    assert found["third"] == "class-3"
    assert len(set(found.values())) == 4
    assert labels_of([second, first]) == {"second": "class-2 (2)", "first": "class-2"}
