"""A surface in words: what the plane holds, how far the picture has come, what the numbers mean."""

from __future__ import annotations

import math

from dlcore.landscape.lines import Line
from dlcore.landscape.picture import Picture
from dlcore.landscape.rolling import Known, due
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
    return f"{picture.done:,} of {picture.cells:,} points, {picture.prepared.samples:,} images at each"


def about_samples(picture: Picture) -> str:
    """What the loss was measured on."""
    prepared, surface = picture.prepared, picture.surface
    which = "training" if prepared.config.digits == "train" else "test"
    size = f", {surface.resolution}×{surface.resolution} points" if surface is not None else ""
    return f"Mean loss of the same {prepared.samples:,} {which} images at every point, in eval mode{size}."


def about_line(line: Line) -> str:
    """Is there a hill between the two networks?"""
    if not math.isfinite(line.barrier):
        return "Between them the network breaks: there its loss is not a finite number."
    if line.barrier < 1e-4:  # that much is rounding
        return "Between them the loss never rises above the straight line from one to the other."
    if line.barrier < 0.01:
        return (
            f"Between them the loss hardly rises: {line.barrier:.4f} nats at most above the straight line "
            "from one to the other."
        )
    return (
        f"Between them stands a hill: {line.barrier:.2f} nats above the straight line from one to the other."
    )


def about_sharpness(sharpness: Sharpness) -> str:
    """The number, its error, and what it is a number of (Markdown)."""
    words = (
        f"**{sharpness.eigenvalue:.3g}** ± {sharpness.error:.2g}, after {sharpness.iterations} steps of "
        f"power iteration on {sharpness.samples:,} images."
    )
    if sharpness.eigenvalue > 0:
        limit = 2 / sharpness.eigenvalue
        words += f" Plain gradient descent overshoots there with a learning rate above 2 ÷ that, {limit:.2g}."
    return words


def about_rolling(known: Known, before: str) -> str:
    """Which cut the ball rolls on, and how much of the run's way it shows (Markdown).

    `before`: the name of the run whose directions these are, made safe.
    """
    facts, ball = known.facts, known.balls[-1]
    assert facts is not None
    along = f"those in which **{before}** moved most" if facts.along else "drawn at random"
    words = f"A cut along two of {facts.num_params:,} directions, {along}. "
    if ball.held is None:
        return words + "The run has not moved yet."
    share = percent(ball.held) if ball.held >= 0.0001 else "less than 0.01 %"
    return words + f"This plane holds **{share}** of the movement so far; the rest is not in the picture."


def about_ground(known: Known) -> str:
    """Where the ball stands on what is measured (Markdown)."""
    ground, facts = known.ground, known.facts
    if ground is None or facts is None:
        return "Measuring the first points …"
    ball = known.balls[-1]
    why = due(ground, ball)
    if why == "left":
        return "The ball has left the square: a wider one is being measured."
    if why == "off":
        return "The ball has come off the cut, through the other directions: a new one is being measured."
    where = f"Ball: step {ball.step:,}, loss {ball.loss:.3g} nats, on {facts.samples:,} training images."
    if ball.step == ground.step:
        return f"{where} The cut goes through it."
    return f"{where} :red[Red]: down to the cut, which goes through step {ground.step:,}."
