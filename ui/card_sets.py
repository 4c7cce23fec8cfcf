"""Which cards each page has, for whoever speaks of them elsewhere: loaded when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from dlcore.cards import Card

# By the page's file, in the order of the path.
MODULES: Mapping[str, str] = {
    "home.py": "serving.home_cards",
    "runs.py": "runs.cards",
    "mnist/draw.py": "serving.draw_cards",
    "mnist/fool.py": "fooling.cards",
    "mnist/hand.py": "hand.cards",
    "recogniser.py": "vision.cards",
    "classifier.py": "classifier.cards",
    "picture_app.py": "classifier.app_cards",
    "gan.py": "gan.home_cards",
    "gan/train.py": "gan.cards",
    "gan/plane.py": "gan.plane.cards",
    "playground.py": "playground.cards",
    "mnist/train.py": "training.cards",
    "lr_finder.py": "lr_finder.cards",
    "sweep.py": "runs.sweep_cards",
    "black_patch/train.py": "blackpatch.train_cards",
    "optimizers/race.py": "optimizers.cards",
    "mnist/loss_surface.py": "landscape.cards",
    "bug_lab.py": "buglab.cards",
    "builder.py": "builder.cards",
    "black_patch/inside.py": "blackpatch.inside_cards",
    "tensors.py": "tensors.cards",
    "activations_and_gradients.py": "signals.cards",
    "mnist/activations.py": "inspection.activations.cards",
    "mnist/embedding.py": "inspection.embedding.digit_cards",
    "black_patch/embedding.py": "inspection.embedding.patch_cards",
    "mnist/structure.py": "inspection.structure.cards",
    "mnist/data.py": "batches.cards",
    "mnist/profiling.py": "inspection.torch_profile.cards",
    "black_patch/profiling.py": "inspection.python_profile.cards",
    "many_gpus.py": "distributed.cards",
    "mnist/export.py": "serving.export_cards",
}


def cards_of(file: str) -> Mapping[str, Card]:
    """None for a page without cards."""
    if file not in MODULES:
        return {}
    found: Mapping[str, Card] = import_module(f"dlcore.{MODULES[file]}").CARDS
    return found
