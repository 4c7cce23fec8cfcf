"""How far a picture of the black patch's images may be trusted, in words."""

from __future__ import annotations

from dlcore.inspection.embedding.patches import PatchEmbedding
from dlcore.words import percent


def about(result: PatchEmbedding) -> str:
    """What the plane holds and what it leaves out."""
    if result.plane is None:
        return (
            "Neighbours are kept together. How far apart islands lie, and how large they are, means nothing."
        )
    units = result.widths[result.config.layer]
    if result.plane.held == 0:
        return f"All images lie on one point: these {units} numbers are the same for each."
    dots = f"{len(result.labels)} images lie on {result.dots.max() + 1} dots"
    held = f"this plane holds **{percent(result.plane.held)}** of the variance of {units} numbers"
    if units == 1:
        return f"{dots}. One number is left: the logit itself."
    if not result.cut:
        said = "patch" if result.logits[0] > 0 else "no patch"
        return f"{dots}; {held}. Everywhere on it the network says {said}."
    astray = ""
    if result.astray:
        astray = f" {result.astray} images lie across the line from where the network has them."
    return f"{dots}; {held}.{astray} Dashed: where the network changes its mind."
