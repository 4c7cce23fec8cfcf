"""Frames for the game in the plane: its board asks here, with no rerun of the page, for what comes next."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from dlcore.errors import ConfigError
from dlcore.gan.losses import LOSSES
from dlcore.gan.plane.config import PlaneConfig
from dlcore.gan.plane.points import own_points
from dlcore.gan.plane.story import story_of
from dlcore.gan.plane.training import BOTH, DETECTIVE, Frames, Moment, count_params, start, train_ahead
from dlcore.gan.plane.words import words_of
from dlcore.schema import parse
from ui import limits
from ui.answering import answered, said_of
from ui.own_routes import OwnRoute
from ui.turns import Turns

ADDRESS, STORY = "/forger/frames", "/forger/story"
ASKS = {"frames": ADDRESS.lstrip("/"), "tells": STORY.lstrip("/")}  # as the board calls them
MOST_STEP, MOST_NUDGES = 20_000, 10**9
OPENING, EVERY = 8, 5  # frames that a board opens on, and the steps between them, as lane.js has them
SCALE = 8_000  # a place in the plane ± 4 as a 16-bit number
TOO_LARGE = "These numbers are too large to show: go back some steps."
ODD = "A moment must have its step and its nudges."


def packed(values: NDArray[Any], kind: str) -> str:
    """Row by row, little-endian, as the type that NumPy calls `kind`."""
    return base64.b64encode(np.ascontiguousarray(values, np.dtype(kind)).tobytes()).decode()


def _places(values: NDArray[Any]) -> str:
    return packed(np.clip(np.round(values * SCALE), -32_768, 32_767), "<i2")


def frames_answer(config: PlaneConfig, found: Frames, began: Moment | None = None) -> dict[str, Any]:
    """What a board paints of these frames, and from where the next ones go on; `began`: a moment that was
    reached on the way to them, for the board to keep.
    """
    return {
        "step": found.step,
        "every": found.every,
        "count": len(found.scores),
        "fakes": _places(found.fakes),
        "heat": packed(np.round(found.heat * 255), "u1"),
        "cloth": _places(found.cloth),
        "arrows": packed(found.arrows, "<f4"),
        "scores": packed(found.scores, "<f4"),
        "words": [asdict(word) for word in words_of(config, found)],
        "balance": LOSSES[config.loss].balance(config.smoothing),
        "began": began and _packed_moment(began),
        "moment": found.last and _packed_moment(found.last),
    }


def _packed_moment(moment: Moment) -> dict[str, Any]:
    return {
        "step": moment.step,
        "nudges": list(moment.nudges),
        "weights": packed(moment.weights, "<f4"),
        "kept": packed(moment.kept, "<f4"),
    }


def _whole(value: Any, least: int, most: int, name: str) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ConfigError(f"{name} must be from {least:,} to {most:,}.")
    return value


def _moment(config: PlaneConfig, said: Any) -> Moment:
    if not isinstance(said, Mapping) or not isinstance(said.get("nudges"), list) or len(said["nudges"]) != 2:
        raise ConfigError(ODD)
    one, other = (_whole(count, 0, MOST_NUDGES, "Nudges") for count in said["nudges"])
    count = count_params(config)
    weights, kept = _floats(said.get("weights"), (count,)), _floats(said.get("kept"), (2, count))
    if (kept[1] < 0).any():
        raise ConfigError("What Adam keeps of squares must not be negative.")
    return Moment(_whole(said.get("step"), 0, MOST_STEP, "The step"), (one, other), weights, kept)


def _floats(text: Any, shape: tuple[int, ...]) -> NDArray[np.float32]:
    try:
        values = np.frombuffer(base64.b64decode(text, validate=True), "<f4").reshape(shape)
    except (TypeError, ValueError, binascii.Error):
        raise ConfigError("The weights do not fit these networks.") from None
    if not np.isfinite(values).all():
        raise ConfigError("The weights must be finite numbers.")
    return values.astype(np.float32)


def _begin(said: Mapping[str, Any]) -> tuple[PlaneConfig, Moment, NDArray[Any] | None]:
    """The config, the moment to go on from, and one's own points.

    A board knows moments some steps apart: `ahead` steps on from one lies the step it means, played as the
    config `before` says. Raises ConfigError or DataError if anything in it cannot be.
    """
    config = parse(PlaneConfig, said["config"])
    own = own_points(said.get("own")) if config.data == "own" else None
    moment = _moment(config, said["moment"]) if said.get("moment") is not None else start(config)
    before = parse(PlaneConfig, said["before"]) if isinstance(said.get("before"), dict) else config
    most = min(affordable(config), affordable(before))
    ahead = _whole(said.get("ahead", 0), 0, most, "Steps ahead")
    if ahead:
        if (before.g_sizes, before.d_sizes, before.data) != (config.g_sizes, config.d_sizes, config.data):
            raise ConfigError("What was played before must be of the same networks and points.")
        reached = train_ahead(before, moment, 1, ahead, own).last
        if reached is None:
            raise ConfigError("Before this step nothing is a number any more: go back some steps.")
        moment = reached
    return config, moment, own


def affordable(config: PlaneConfig) -> int:
    """Steps that one answer may take: more updates and wider networks get fewer."""
    work = (config.d_steps + config.g_steps + 1) * config.batch_size * count_params(config)
    return max(1, min(limits.FORGED_STEPS, limits.FORGED_WORK // work))


@lru_cache(limits.FORGED_ANSWERS)
def frames(body: bytes) -> dict[str, Any]:
    """Play and pack. A class opens one set-up: what was played for one is there for all."""
    said = said_of(body)
    config, moment, own = _begin(said)
    every = _whole(said.get("every", 1), 1, 50, "Steps between two frames")
    count = _whole(said.get("frames", 1), 1, limits.FORGED_FRAMES, "Frames")
    side = _whole(said.get("side", BOTH), BOTH, DETECTIVE, "The side")
    count = max(1, min(count, affordable(config) // every))
    began = moment if said.get("ahead") else None
    return frames_answer(config, train_ahead(config, moment, count, every, own, side), began)


def opening(config: PlaneConfig) -> dict[str, Any]:
    """The first frames of a game from its beginning, as a board asks for them."""
    question = {"config": config.model_dump(exclude={"schema_version"}), "frames": OPENING, "every": EVERY}
    return frames(json.dumps(question).encode())


def story(body: bytes) -> dict[str, Any]:
    """One step in slow motion, from a moment."""
    config, moment, own = _begin(said_of(body))
    found = story_of(config, moment, own)
    return frames_answer(config, found.frames) | {
        "d_gradient": found.d_gradient,
        "g_gradient": found.g_gradient,
    }


turns = Turns(limits.PLAYS_PER_SECOND, 30 * limits.PLAYS_PER_SECOND, at_once=limits.PLAYS_SAVED_SECONDS)


async def play(request: Request) -> Response:
    """The body is what a board asks for, in JSON; the answer its frames."""
    return await answered(request, frames, turns, limits.PLAYS_PER_CPU_SECOND, TOO_LARGE)


async def tell(request: Request) -> Response:
    """The body names a moment; the answer is the next step in three looks."""
    return await answered(request, story, turns, limits.PLAYS_PER_CPU_SECOND, TOO_LARGE)


ROUTES = [OwnRoute(ADDRESS, play, "POST"), OwnRoute(STORY, tell, "POST")]
