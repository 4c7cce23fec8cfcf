"""A surface in words: what the plane holds, how far the picture has come, what the numbers mean."""

from __future__ import annotations

import math

from dlcore.landscape.lines import Line
from dlcore.landscape.picture import Picture
from dlcore.landscape.sharpness import Sharpness
from dlcore.words import percent


def about_plane(picture: Picture) -> str:
    """How much of the truth this cut shows (Markdown)."""
    prepared = picture.prepared
    unseen = f"{prepared.num_params - 2:,} other directions are not in the picture."
    if prepared.held is None and not prepared.placed:
        return f"Two random directions of {prepared.num_params:,}: {unseen}"
    stops = len(prepared.placed)
    aside = max(placed.distance for placed in prepared.placed)
    far = max(max(abs(p.alpha), abs(p.beta)) for p in prepared.placed)
    if prepared.held is None or prepared.by_chance is None:
        return f"The plane through the first, the middle and the last of {stops} checkpoints. {unseen}"
    if stops == 2:
        return f"Two checkpoints lie on one line; the other direction is a random one. {unseen}"
    words = (
        f"This plane holds **{percent(prepared.held)}** of the movement between {stops} checkpoints; of a "
        f"random walk with the same stops it would hold {percent(prepared.by_chance)}, so much proves "
        f"little. {unseen}"
    )
    if aside > 0.05 * far:
        words += " :red[Red lines] lead from the path, beside the plane, to the plane's own loss."
    return words


def about_progress(picture: Picture | None) -> str:
    """How far the measuring has come."""
    if picture is None:
        return "Finding the plane …"
    return f"{picture.done:,} of {picture.cells:,} points, {picture.prepared.samples:,} digits at each"


def about_samples(picture: Picture) -> str:
    """What the loss was measured on."""
    prepared, surface = picture.prepared, picture.surface
    which = "training" if prepared.config.digits == "train" else "test"
    size = f", {surface.resolution}×{surface.resolution} points" if surface is not None else ""
    return f"Mean loss of the same {prepared.samples:,} {which} digits at every point, in eval mode{size}."


def about_line(line: Line) -> str:
    """Is there a hill between the two networks?"""
    if not math.isfinite(line.barrier):
        return "Between them the network breaks: there its loss is not a finite number."
    if line.barrier < 0.01:
        return "Between them the loss never rises above the straight line from one to the other."
    return (
        f"Between them stands a hill: {line.barrier:.2f} nats above the straight line from one to the other."
    )


def about_sharpness(sharpness: Sharpness) -> str:
    """The number, its error, and what it is a number of (Markdown)."""
    words = (
        f"**{sharpness.eigenvalue:.3g}** ± {sharpness.error:.2g}, after {sharpness.iterations} steps of "
        f"power iteration on {sharpness.samples:,} digits."
    )
    if sharpness.eigenvalue > 0:
        limit = 2 / sharpness.eigenvalue
        words += f" Plain gradient descent overshoots there with a learning rate above 2 ÷ that, {limit:.2g}."
    return words
