"""What the page of the classifier has to choose: which pictures, how they are read, how it is judged."""

from __future__ import annotations

from typing import Literal

from dlcore.presets import Preset
from dlcore.schema import Config, knob

Fit = Literal["pad", "crop", "squash"]
Labels = Literal["right", "noise_10", "noise_30", "shuffled"]
SHARE_WRONG = {"right": 0.0, "noise_10": 0.1, "noise_30": 0.3, "shuffled": 1.0}


class ClassifierConfig(Config):
    """As it opens: the pictures that come along, all of them, honestly judged."""

    which: Literal["example", "own"] = knob(
        "example",
        title="Pictures",
        help="Those that come with the lab, or your own.",
        options={"example": "Fishes, monuments, tools", "own": "My own"},
    )
    take: Literal["all", "10", "3"] = knob(
        "all",
        title="Of each class",
        help="How many pictures of each class it may have.",
        options={"all": "All", "10": "10", "3": "3"},
    )
    copies: Literal["none", "three"] = knob(
        "none",
        title="Near-copies",
        help="Three more of each picture, of 10 a class at most: cut, mirrored, lighter or darker.",
        options={"none": "None", "three": "3 of each"},
    )
    labels: Literal["right", "noise_10", "noise_30", "shuffled"] = knob(
        "right",
        title="Labels",
        help="Wrong labels on purpose: of every tenth picture, of three in ten, or all dealt out anew.",
        options={
            "right": "As they are",
            "noise_10": "10 % wrong",
            "noise_30": "30 % wrong",
            "shuffled": "Shuffled",
        },
    )
    split: Literal["content", "random"] = knob(
        "content",
        title="Split",
        help="Whether near-copies of one picture stay on one side of the split.",
        options={"content": "By content", "random": "At random"},
    )
    fit: Literal["pad", "crop", "squash"] = knob(
        "pad",
        title="To a square",
        help="The network reads squares: with a white margin, cut, or squeezed.",
        options={"pad": "White margin", "crop": "Cut", "squash": "Squeeze"},
    )
    seed: int = knob(0, ge=0, le=9999, title="Seed", help="Fixes every random choice.")


PRESETS = {
    "example": Preset("The lab's pictures", "Fishes, monuments and tools, all of them.", ClassifierConfig())
}
