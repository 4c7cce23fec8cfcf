"""A field that its page moves shows what counts also where it is drawn late, or its news is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

LINKS: dict[str, dict[str, Any]] = {
    "home.py": {},
    "builder.py": {"layers": "dense 12, relu, dense 10"},
    "gan/plane.py": {"preset": "collapse"},
    "gan/train.py": {"preset": "asleep"},
    "lr_finder.py": {"optimizer": "sgd", "batch_size": 32, "normalize": "true"},
    "many_gpus.py": {},
    "mnist/activations.py": {"view": "filters"},
    "mnist/data.py": {"part": "digits", "order": "doubtful", "digit": "7"},
    "mnist/embedding.py": {"layer": "conv1", "seed": 3, "perplexity": 40},
    "mnist/loss_surface.py": {"samples": 64, "seed": 9},
    "mnist/structure.py": {"paint": "memory", "batch_size": 3},
    "mnist/train.py": {"preset": "lesson", "epochs": 3, "momentum": 0.5, "augment": "true"},
    "optimizers/race.py": {"preset": "bowl", "start_x": 1.0, "steps": 77, "racers": "sgd adam"},
    "playground.py": {"preset": "spiral"},
    "recogniser.py": {"mode": "train", "scale": "none"},
    "sweep.py": {"first": "optimizer", "first_values": "sgd, adam", "seeds": 2, "way": "draw"},
    "tensors.py": {"part": "tensors", "topic": "view"},
}


def own_default(element: Any) -> bool:
    """Does it show by itself what it shows?"""
    proto = element.proto
    match type(element).__name__:
        case "Selectbox":
            return bool(proto.default == element.index)
        case "ButtonGroup" | "Pills" | "SegmentedControl":
            return list(proto.default) == list(element.indices)
        case "Slider":
            return list(proto.default) == [element.value]
        case "SelectSlider":
            return [proto.options[int(place)] for place in proto.default] == [
                element.format_func(element.value)
            ]
    return bool(proto.default == element.value)


@pytest.mark.parametrize("path", LINKS)
def test_each_field_is_by_itself_what_counts(open_page: Callable[..., Any], path: str) -> None:
    name = path.removesuffix(".py").replace("/", "_")
    page = open_page(path, **{f"{name}__{field}": str(value) for field, value in LINKS[path].items()})
    assert not page.at.exception
    kinds = ("selectbox", "number_input", "toggle", "text_input", "slider", "select_slider", "button_group")
    moved = [
        one
        for kind in kinds
        for one in page.at.get(kind)
        if one.key
        and (key := re.fullmatch(r"(.+)_[0-9]+", one.key))
        and f"{key[1]}_turn" in page.at.session_state
    ]
    assert moved
    assert [one.key for one in moved if not own_default(one)] == []
