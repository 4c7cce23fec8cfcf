"""Some hundred steps of the game in one go: the frames that a browser plays back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlcore.gan.plane.config import PlaneConfig
from dlcore.gan.plane.losses import LOSSES
from dlcore.gan.plane.network import Adam, Dense, Descent, first_weights, num_params
from dlcore.gan.plane.points import SIDE, good_share, modes_found, real_points

Array = NDArray[Any]
FAKES, ARROWS = 256, 48  # fakes that a frame shows, and how many of them with their gradient
HEAT, CLOTH = 30, 13  # places of the detective's map and of the forger's cloth along each side
THREAD = 121  # places of the cloth if the noise is one number
REACH = 2.2  # of normal noise: as far out as the cloth goes
SCORES = ("d_loss", "g_loss", "real_score", "fake_score", "gradient", "modes", "good")
BOTH, FORGER, DETECTIVE = 0, 1, 2  # who learns in a step


@dataclass(frozen=True)
class Moment:
    """A game after `step` steps, from which it goes on. `weights` are the forger's, then the detective's;
    `kept` (2, num_params) what Adam remembers; `nudges`: how often each was nudged. All float32.
    """

    step: int
    nudges: tuple[int, int]
    weights: Array
    kept: Array


@dataclass(frozen=True)
class Frames:
    """F moments, `every` steps apart, the first at `step`; places are in units of the plane.

    `last`: from where it goes on; None once numbers are no longer finite.
    """

    step: int
    every: int
    fakes: Array  # (F, FAKES, 2)
    heat: Array  # (F, HEAT, HEAT): 0 fake to 1 real, the first row at the top
    cloth: Array  # (F, CLOTH², 2), or (F, THREAD, 2)
    arrows: Array  # (F, ARROWS, 2): where each of the first fakes is pulled
    scores: Array  # (F, len(SCORES)); nan where there is none
    last: Moment | None


def start(config: PlaneConfig) -> Moment:
    draw = np.random.default_rng(config.seed)
    weights = np.concatenate([first_weights(config.g_sizes, draw), first_weights(config.d_sizes, draw)])
    return Moment(0, (0, 0), weights, np.zeros((2, len(weights)), np.float32))


def count_params(config: PlaneConfig) -> int:
    return num_params(config.g_sizes) + num_params(config.d_sizes)


class Players:
    """Both networks of a moment at play; their weights change in place."""

    def __init__(self, config: PlaneConfig, begin: Moment, own: Array | None) -> None:
        self.config, self.own, self.step, self.nudges = config, own, begin.step, list(begin.nudges)
        self.weights, self.kept = begin.weights.copy(), begin.kept.copy()
        cut = num_params(config.g_sizes)
        self.forger = Dense(self.weights[:cut], config.g_sizes)
        self.detective = Dense(self.weights[cut:], config.d_sizes)
        self._parts = (self.weights[:cut], self.kept[:, :cut]), (self.weights[cut:], self.kept[:, cut:])
        self._rule = Adam(config.betas) if config.optimizer == "adam" else Descent()
        self.loss = LOSSES[config.loss]

    def play(self, side: int = BOTH) -> None:
        """One step."""
        for _ in self.turns(side):
            pass

    def turns(self, side: int) -> Iterator[Dense | None]:
        """One step: after the detective's nudges it yields the detective, after the forger's the forger; None
        of who sleeps. Its random numbers hang on the seed and the step alone.
        """
        config = self.config
        draw = np.random.default_rng((config.seed, 1 + self.step))
        times = config.d_steps if side != FORGER else 0
        for _ in range(times):
            self.teach_detective(draw)
        yield self.detective if times else None
        times = config.g_steps if side != DETECTIVE else 0
        for _ in range(times):
            self.teach_forger(draw)
        self.step += 1
        yield self.forger if times else None

    def teach_detective(self, draw: np.random.Generator) -> float:
        """One nudge; the loss before it."""
        count = self.config.batch_size
        real = real_points(self.config, draw, count, self.own)
        fakes = self.forger.forward(noise(self.config, draw, count))
        logits = self.detective.forward(np.concatenate([real, fakes]))
        lost, by_real, by_fake = self.loss.detective(logits[:count], logits[count:], self.config.smoothing)
        self.detective.backward(np.concatenate([by_real, by_fake]))
        self._nudge(1, self.detective, self.config.lr_d)
        return lost

    def teach_forger(self, draw: np.random.Generator) -> float:
        """One nudge; the loss before it."""
        fakes = self.forger.forward(noise(self.config, draw, self.config.batch_size))
        lost, by_fake = self.loss.forger(self.detective.forward(fakes))
        self.forger.backward(self.detective.backward(by_fake, inputs_alone=True))
        self._nudge(0, self.forger, self.config.lr_g)
        return lost

    def _nudge(self, who: int, network: Dense, lr: float) -> None:
        self.nudges[who] += 1
        weights, kept = self._parts[who]
        self._rule.nudge(weights, network.gradient, kept, lr, self.nudges[who])

    def moment(self) -> Moment:
        return Moment(self.step, (self.nudges[0], self.nudges[1]), self.weights.copy(), self.kept.copy())


def noise(config: PlaneConfig, draw: np.random.Generator, count: int) -> Array:
    """(count, noise_size) float32."""
    shape = (count, config.noise_size)
    found = draw.standard_normal(shape) if config.noise == "normal" else draw.uniform(-1, 1, shape)
    return found.astype(np.float32)


def cloth_noise(config: PlaneConfig) -> Array:
    """Noise on a grid, row by row, or on a thread."""
    reach = REACH if config.noise == "normal" else 1.0
    if config.noise_size == 1:
        return np.linspace(-reach, reach, THREAD, dtype=np.float32)[:, None]
    steps = np.linspace(-reach, reach, CLOTH, dtype=np.float32)
    return np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)


def heat_places() -> Array:
    """(HEAT², 2): the middles of equal squares of the plane, row by row from the top."""
    steps = (np.arange(HEAT, dtype=np.float32) + 0.5) / HEAT * 2 * SIDE - SIDE
    xs, ys = np.meshgrid(steps, steps[::-1])
    return np.stack([xs, ys], axis=-1).reshape(-1, 2)


class Watcher:
    """What is looked at of every frame: always the same noise and the same real points."""

    def __init__(self, config: PlaneConfig, own: Array | None) -> None:
        draw = np.random.default_rng((config.seed, 0))
        self.config = config
        self.noise, self.cloth, self.places = noise(config, draw, FAKES), cloth_noise(config), heat_places()
        self.real = real_points(config, draw, FAKES, own)

    def look(self, players: Players) -> tuple[Array, Array, Array, Array, Array]:
        """Fakes, heat, cloth, arrows and scores, as in Frames."""
        loss, count = players.loss, len(self.noise)
        fakes = players.forger.forward(self.noise)
        cloth = players.forger.forward(self.cloth)
        heat = loss.score(players.detective.forward(self.places)).reshape(HEAT, HEAT)
        real = players.detective.forward(self.real)
        fake = players.detective.forward(fakes)
        d_loss, _, _ = loss.detective(real, fake, self.config.smoothing)
        g_loss, by_fake = loss.forger(fake)
        pull = -count * players.detective.backward(by_fake, inputs_alone=True)  # of each by itself
        modes = modes_found(fakes) if self.config.data == "ring" else np.nan
        good = good_share(self.config, fakes, self.real)
        size = float(np.median(np.linalg.norm(pull, axis=1)))
        means = float(loss.score(real).mean()), float(loss.score(fake).mean())
        return fakes, heat, cloth, pull[:ARROWS], np.array([d_loss, g_loss, *means, size, modes, good])


def train_ahead(
    config: PlaneConfig,
    begin: Moment,
    frames: int,
    every: int = 1,
    own: Array | None = None,
    side: int = BOTH,
) -> Frames:
    """Play on for `frames` times `every` steps; the first frame is that of `begin`.

    From the same moment the same frames follow. Raises DataError if there are no real points.
    """
    players, watcher = Players(config, begin, own), Watcher(config, own)
    with np.errstate(all="ignore"):  # what is not finite ends it
        looks = [watcher.look(players)]
        for _ in range(frames):
            for _ in range(every):
                players.play(side)
            if not np.isfinite(players.weights).all():
                break
            looks.append(watcher.look(players))
    return stacked(begin.step, every, looks, players)


def stacked(step: int, every: int, looks: Sequence[tuple[Array, ...]], players: Players) -> Frames:
    """Looks as frames, and from where the players go on."""
    fakes, heat, cloth, arrows, scores = (
        np.stack(one).astype(np.float32) for one in zip(*looks, strict=True)
    )
    last = players.moment() if np.isfinite(players.weights).all() else None
    return Frames(step, every, fakes, heat, cloth, arrows, scores, last)
