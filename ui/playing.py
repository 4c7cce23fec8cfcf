"""Frames for the playground: its board asks here, with no rerun of the page, for what it plays next."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlcore.errors import ConfigError
from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.diagnosis import diagnose
from dlcore.playground.network import num_params
from dlcore.playground.points import Points, checked_rows, make_points, own_points
from dlcore.playground.story import story_of
from dlcore.playground.training import Moment, fitting, start, train_ahead
from dlcore.playground.twin import blame_of
from dlcore.schema import parse
from ui import limits
from ui.answering import answered, said_of
from ui.turns import Turns

ADDRESS, BLAME, STORY = "/playground/train", "/playground/blame", "/playground/story"
MOST_EPOCH, MOST_STEP = 100_000, 10**9
TOO_LARGE = "These weights are too large to compute with: go back some epochs."


@dataclass(frozen=True)
class Asked:
    """What a board wants: so many epochs on from a moment, or from the first weights."""

    config: PlaygroundConfig
    own: Points | None
    moment: Moment | None
    epochs: int
    points: bool


def packed(values: NDArray[Any]) -> str:
    """Row by row, as little-endian float32."""
    return base64.b64encode(np.ascontiguousarray(values, np.dtype("<f4")).tobytes()).decode()


def asked(body: bytes) -> Asked:
    """Read a request. Raises ConfigError with a sentence if anything in it cannot be."""
    said = said_of(body)
    config = parse(PlaygroundConfig, said["config"])
    epochs = said.get("epochs")
    if type(epochs) is not int or not 1 <= epochs <= limits.PLAYED_EPOCHS:
        raise ConfigError(f"Epochs must be from 1 to {limits.PLAYED_EPOCHS}.")
    own = own_points(said.get("own")) if config.data == "own" else None
    moment = _moment(config, said["moment"]) if said.get("moment") is not None else None
    return Asked(config, own, moment, epochs, said.get("points") is True)


def _moment(config: PlaygroundConfig, said: Any) -> Moment:
    count = num_params(config.sizes)
    if not isinstance(said, Mapping):
        raise ConfigError("A moment must have its epoch and its step.")
    epoch, step = _whole(said.get("epoch"), MOST_EPOCH), _whole(said.get("step"), MOST_STEP)
    weights = _floats(said.get("weights"), (count,))
    kept = _floats(said.get("kept"), (-1, count))
    return fitting(config, Moment(epoch, step, weights, kept))


def _whole(value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ConfigError("A moment must have its epoch and its step.")
    return value


def _floats(text: Any, shape: tuple[int, ...]) -> NDArray[np.float32]:
    try:
        values = np.frombuffer(base64.b64decode(text, validate=True), "<f4").reshape(shape)
    except (TypeError, ValueError, binascii.Error):
        raise ConfigError("The weights do not fit this network.") from None
    if not np.isfinite(values).all():
        raise ConfigError("The weights must be finite numbers.")
    return values.astype(np.float32)


def frames(wanted: Asked) -> dict[str, Any]:
    """Train and pack. As many epochs as were asked for, or as take no longer than a moment."""
    points = make_points(wanted.config, wanted.own)
    steps = -(-points.train // wanted.config.batch_size)
    epochs = max(1, min(wanted.epochs, limits.PLAYED_STEPS // steps))
    found = train_ahead(wanted.config, points, wanted.moment or start(wanted.config), epochs)
    last = found.last
    answer: dict[str, Any] = {
        "epoch": found.epoch,
        "weights": packed(found.weights),
        "scores": packed(found.scores),
        "trouble": [asdict(one) for one in diagnose(wanted.config, points, found)],
        "moment": last
        and {
            "epoch": last.epoch,
            "step": last.step,
            "weights": packed(last.weights),
            "kept": packed(last.kept),
        },
    }
    if wanted.points:
        answer |= {
            "points": packed(np.column_stack([points.places, points.targets])),
            "train": points.train,
        }
    return answer


def blame(said: Mapping[str, Any]) -> dict[str, Any]:
    """The gradient of all weights, and that of one in three ways. Raises ConfigError if it cannot be."""
    config = parse(PlaygroundConfig, said["config"])
    own = own_points(said.get("own")) if config.data == "own" else None
    count = num_params(config.sizes)
    weights, place = _floats(said.get("weights"), (count,)), said.get("place")
    if type(place) is not int or not 0 <= place < count:
        raise ConfigError(f"The place of a weight must be from 0 to {count - 1}.")
    found = blame_of(config, weights, make_points(config, own), place)
    return {
        "gradient": packed(found.gradient),
        "ways": {"chain": found.chain, "autograd": found.autograd, "measured": found.measured},
        "products": [[float(a), float(b)] for a, b in zip(found.read[:3], found.blame[:3], strict=True)],
        "points": len(found.read),
    }


def story(said: Mapping[str, Any]) -> dict[str, Any]:
    """One point's step from a moment. Raises ConfigError or DataError if it cannot be."""
    config = parse(PlaygroundConfig, said["config"])
    ((x1, x2, target),) = checked_rows([said.get("point")], numbers=config.regression)
    found = story_of(config, _moment(config, said.get("moment")), (x1, x2), target)
    told = {name: getattr(found, name) for name in ("sums", "gives", "blames", "loss", "loss_after")}
    return told | {"nudged": packed(found.nudged)}


turns = Turns(limits.PLAYS_PER_SECOND, 30 * limits.PLAYS_PER_SECOND, at_once=limits.PLAYS_SAVED_SECONDS)


async def play(request: Request) -> Response:
    """The body is what a board asks for, in JSON; the answer its frames."""
    return await _answer(request, lambda body: frames(asked(body)))


async def explain(request: Request) -> Response:
    """The body names a weight of a moment; the answer is its gradient, in three ways."""
    return await _answer(request, lambda body: blame(said_of(body)))


async def tell(request: Request) -> Response:
    """The body names a moment and a point; the answer is that point's step."""
    return await _answer(request, lambda body: story(said_of(body)))


async def _answer(request: Request, work: Callable[[bytes], dict[str, Any]]) -> Response:
    return await answered(request, work, turns, limits.PLAYS_PER_CPU_SECOND, TOO_LARGE)


ROUTES = [
    Route(ADDRESS, play, methods=["POST"]),
    Route(BLAME, explain, methods=["POST"]),
    Route(STORY, tell, methods=["POST"]),
]
