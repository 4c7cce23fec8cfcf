"""Frames for the playground: its board asks here, with no rerun of the page, for what it plays next."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from dlcore.errors import ConfigError
from dlcore.playground.config import PlaygroundConfig
from dlcore.playground.diagnosis import diagnose
from dlcore.playground.network import num_params
from dlcore.playground.points import Points, checked_rows, make_points, own_points
from dlcore.playground.script import weights_bytes
from dlcore.playground.story import story_of
from dlcore.playground.surface import WeightSurface, surface_over
from dlcore.playground.training import Moment, fitting, start, train_ahead, train_by_batch
from dlcore.playground.twin import blame_of
from dlcore.schema import parse
from ui import limits
from ui.answering import answered, said_of
from ui.own_routes import OwnRoute
from ui.turns import Turns

ADDRESS, BLAME, STORY, BATCHES = (f"/playground/{name}" for name in ("train", "blame", "story", "batches"))
ASKS = {  # as the board calls them, relative to its page
    name: address.lstrip("/")
    for name, address in {"frames": ADDRESS, "blames": BLAME, "tells": STORY, "batches": BATCHES}.items()
}
MOST_EPOCH, MOST_STEP = 5_000, 10**9  # the board trains no further
MOST_PATH = 400  # points of a path
TOO_LARGE = "These weights are too large to compute with: go back some epochs."


@dataclass(frozen=True)
class Question:
    """What a board wants: so many epochs on from a moment, or from the first weights."""

    config: PlaygroundConfig
    own: Points | None
    moment: Moment | None
    epochs: int
    points: bool


def packed(values: NDArray[Any]) -> str:
    """Row by row, as little-endian float32."""
    return base64.b64encode(np.ascontiguousarray(values, np.dtype("<f4")).tobytes()).decode()


def asked(body: bytes) -> Question:
    """Read a request. Raises ConfigError with a sentence if anything in it cannot be."""
    said = said_of(body)
    config = parse(PlaygroundConfig, said["config"])
    epochs = said.get("epochs")
    if type(epochs) is not int or not 1 <= epochs <= limits.PLAYED_EPOCHS:
        raise ConfigError(f"Epochs must be from 1 to {limits.PLAYED_EPOCHS}.")
    own = _own(config, said)
    moment = _moment(config, said["moment"]) if said.get("moment") is not None else None
    return Question(config, own, moment, epochs, said.get("points") is True)


def _own(config: PlaygroundConfig, said: Mapping[str, Any]) -> Points | None:
    return own_points(said.get("own")) if config.data == "own" else None


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


def frames(wanted: Question) -> dict[str, Any]:
    """Train and pack. As many epochs as were asked for, or as take no longer than a moment."""
    points = make_points(wanted.config, wanted.own)
    epochs = max(1, min(wanted.epochs, affordable(wanted.config, points)))
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


def affordable(config: PlaygroundConfig, points: Points) -> int:
    """Epochs that one answer may take: deep networks and small batches get fewer."""
    steps = -(-points.train // config.batch_size)
    return limits.PLAYED_WORK // (steps * len(config.sizes))


def _frames_for(body: bytes) -> dict[str, Any]:
    """A class opens one set-up: what was trained for one is there for all."""
    question = asked(body)
    small = (question.epochs + 1) * num_params(question.config.sizes) <= limits.PLAYED_NUMBERS
    return _kept(body) if small else frames(question)


@lru_cache(limits.PLAYED_ANSWERS)
def _kept(body: bytes) -> dict[str, Any]:
    return frames(asked(body))


def blame(said: Mapping[str, Any]) -> dict[str, Any]:
    """The gradient of all weights, and that of one in three ways. Raises ConfigError if it cannot be."""
    config = parse(PlaygroundConfig, said["config"])
    own = _own(config, said)
    weights, place = weights_in(said.get("weights"), config), said.get("place")
    count = len(weights)
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
    lr = config.lr_at(_whole(said["moment"].get("epoch"), MOST_EPOCH))
    return told | {"nudged": packed(found.nudged), "lr": lr}


def batches(said: Mapping[str, Any]) -> dict[str, Any]:
    """One epoch nudge by nudge, from a moment at it or some epochs before. Raises ConfigError."""
    config = parse(PlaygroundConfig, said["config"])
    points = make_points(config, _own(config, said))
    moment = _moment(config, said["moment"]) if said.get("moment") is not None else start(config)
    ahead = _whole(said.get("epoch"), MOST_EPOCH) - moment.epoch
    if not 0 <= ahead <= limits.PLAYED_EPOCHS:
        raise ConfigError(f"The moment must lie at most {limits.PLAYED_EPOCHS} epochs before the epoch.")
    if ahead > affordable(config, points):
        raise ConfigError("These batches are too far from a moment that is known: play from there once more.")
    reached = train_ahead(config, points, moment, ahead).last if ahead else moment
    if reached is None:
        raise ConfigError("Before this epoch the weights are no longer numbers: go back some epochs.")
    found = train_by_batch(config, points, reached)
    return {
        "weights": packed(found.weights),
        "scores": packed(found.scores),
        "order": found.order.tolist(),
        "size": found.size,
    }


def cut(said: Any) -> tuple[int, WeightSurface]:
    """The epoch, and the loss over two weights there. Raises ConfigError or DataError if it cannot be."""
    if not isinstance(said, Mapping) or not isinstance(said.get("config"), Mapping):
        raise ConfigError("A board must ask with its config.")
    config = parse(PlaygroundConfig, said["config"])
    points = make_points(config, _own(config, said))
    weights = weights_in(said.get("weights"), config)
    places, path = said.get("places"), said.get("path")
    if (
        not isinstance(places, list)
        or len(places) != 2
        or not all(type(place) is int and 0 <= place < len(weights) for place in places)
        or places[0] == places[1]
    ):
        raise ConfigError("The loss must be over two weights of the network.")
    try:
        way = np.array(path, np.float64)
    except (TypeError, ValueError, OverflowError):
        way = np.empty(0)
    if way.ndim != 2 or way.shape[1] != 3 or len(way) > MOST_PATH or not np.isfinite(way).all():
        raise ConfigError("The path over two weights must be rows of three finite numbers.")
    epoch = _whole(said.get("epoch"), MOST_EPOCH)
    return epoch, surface_over(config, points, weights, (places[0], places[1]), way)


def weights_in(text: Any, config: PlaygroundConfig) -> NDArray[np.float32]:
    """The (num_params,) that a board or a link sent. Raises ConfigError if they are none of this network."""
    return _floats(text, (num_params(config.sizes),))


def weights_file(config: PlaygroundConfig, epoch: int, text: str) -> bytes:
    """The weights that stand on a board, as JSON. Raises ConfigError if they are none of this network."""
    return weights_bytes(config, weights_in(text, config), epoch)


turns = Turns(limits.PLAYS_PER_SECOND, 30 * limits.PLAYS_PER_SECOND, at_once=limits.PLAYS_SAVED_SECONDS)


async def play(request: Request) -> Response:
    """The body is what a board asks for, in JSON; the answer its frames."""
    return await _answer(request, _frames_for)


async def explain(request: Request) -> Response:
    """The body names a weight of a moment; the answer is its gradient, in three ways."""
    return await _answer(request, lambda body: blame(said_of(body)))


async def step(request: Request) -> Response:
    """The body names a moment and an epoch; the answer is that epoch, batch by batch."""
    return await _answer(request, lambda body: batches(said_of(body)))


async def tell(request: Request) -> Response:
    """The body names a moment and a point; the answer is that point's step."""
    return await _answer(request, lambda body: story(said_of(body)))


async def _answer(request: Request, work: Callable[[bytes], dict[str, Any]]) -> Response:
    return await answered(request, work, turns, limits.PLAYS_PER_CPU_SECOND, TOO_LARGE)


ROUTES = [
    OwnRoute(ADDRESS, play, "POST"),
    OwnRoute(BLAME, explain, "POST"),
    OwnRoute(STORY, tell, "POST"),
    OwnRoute(BATCHES, step, "POST"),
]
