"""How far a picture of the digits may be trusted, in words."""

from __future__ import annotations

from dlcore.inspection.embedding.digits import INPUT, NEIGHBOURS, DigitLayer, DigitPicture
from dlcore.words import percent


def layer_label(name: str, layers: tuple[str, ...]) -> str:
    """ "Pixels", "conv1", …, "Logits"."""
    return "Pixels" if name == INPUT else "Logits" if name == layers[-1] else name


def about(layer: DigitLayer, picture: DigitPicture, when: str) -> str:
    """Neighbours in the layer and in the picture, and what the plane holds; `when` of its run, in words."""
    numbers = layer.activations.shape[1]
    same = (
        f"Of the {NEIGHBOURS} nearest neighbours, **{percent(layer.purity)}** have the same label in the "
        f"layer and **{percent(picture.purity)}** in this picture ({len(layer.labels)} test images, "
        f"{when})."
    )
    if picture.config.method == "pca":
        return f"{same} This plane holds {percent(layer.plane.held)} of the variance of {numbers:,} numbers."
    return (
        f"{same} {percent(picture.kept)} of an image's neighbours stay its neighbours. How far apart islands "
        "lie means nothing, and a new one cannot be placed: what you draw needs PCA."
    )


def seeds_differ(one: DigitPicture, other: DigitPicture) -> bool:
    """Are they the same picture but for the seed?"""
    same = one.config.replace(seed=0) == other.config.replace(seed=0)
    return same and one.config.seed != other.config.seed
