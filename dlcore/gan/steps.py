"""One step of the forger's game: the detective learns to tell real from fake, then the forger to fool it.

Kept and shown is a running average of the forger's weights, which wobbles less than the forger itself (Yazıcı
et al. 2019, "The unusual effectiveness of averaging in GAN training").
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.optim import Adam

from dlcore.data import Samples
from dlcore.events import Tick
from dlcore.gan.config import GanConfig
from dlcore.gan.data import as_drawn
from dlcore.gan.losses import LOSSES, Loss
from dlcore.gan.networks import CLASSES, Discriminator, build_pair
from dlcore.gan.networks import Generator as Forger
from dlcore.gan.seen import Verdicts
from dlcore.nets.registry import private_copy

BETAS = (0.5, 0.99)  # of Adam: with the usual 0.9 the two swing around each other
AVERAGED = 0.995  # of the averaged weights stays at each step
FORGER, DETECTIVE = 1.0, 2.0  # who alone learns in a step, as the control "side" says it


@dataclass
class GanState:
    """Everything a step reads and changes. The same state continues bit by bit."""

    config: GanConfig
    forger: Forger
    shown: Forger  # the average of its weights
    detective: Discriminator
    forger_optimizer: Adam
    detective_optimizer: Adam
    draw: torch.Generator  # which digits, which noise, which labels
    lr_g: float  # the schedule's bases; a control can change them
    lr_d: float
    epoch: int = 0
    step: int = 0
    kept: int = -1  # the step whose weights were given out last

    @property
    def loss(self) -> Loss:
        return LOSSES[self.config.loss]


@dataclass
class Recent:
    """What was measured since the last report; of every step, before its updates."""

    detective: list[float] = field(default_factory=list)
    forger: list[float] = field(default_factory=list)
    gradient: list[float] = field(default_factory=list)
    verdicts: Verdicts = field(default_factory=Verdicts)


def start(config: GanConfig) -> GanState:
    """Fresh networks and everything random, all from the config's seed."""
    forger, detective = build_pair(noise=config.noise, width=config.width, seed=config.seed)
    return GanState(
        config=config,
        forger=forger,
        shown=private_copy(forger),
        detective=detective,
        forger_optimizer=Adam(forger.parameters(), lr=config.lr_g, betas=BETAS, foreach=True),
        detective_optimizer=Adam(detective.parameters(), lr=config.lr_d, betas=BETAS, foreach=True),
        draw=torch.Generator().manual_seed(config.seed),
        lr_g=config.lr_g,
        lr_d=config.lr_d,
    )


def lr_factor(config: GanConfig, step: int) -> float:
    """What the schedule makes of both learning rates at this step."""
    if config.schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * step / config.total_steps))


def train_step(
    state: GanState, digits: Samples, recent: Recent, side: float = 0.0
) -> Generator[Tick, None, None]:
    """The detective's updates, then the forger's, with a Tick after each; `side` lets one alone learn."""
    config, factor = state.config, lr_factor(state.config, state.step)
    _set_lr(state.detective_optimizer, state.lr_d * factor)
    _set_lr(state.forger_optimizer, state.lr_g * factor)
    for turn in range(max(1, config.d_steps)):
        _teach_detective(state, digits, recent if turn == 0 else Recent(), side != FORGER)
        yield Tick()
    for turn in range(max(1, config.g_steps)):
        _teach_forger(state, recent if turn == 0 else Recent(), side != DETECTIVE)
        yield Tick()
    state.step += 1
    if config.g_steps and side != DETECTIVE:  # a sleeping forger's drawings stay as they are
        _average(state)


def _teach_detective(state: GanState, digits: Samples, recent: Recent, awake: bool) -> None:
    """One batch of real digits and one of fakes; its weights change if it is awake."""
    config = state.config
    chosen = torch.randint(len(digits), (config.batch_size,), generator=state.draw)
    with torch.no_grad():
        fakes, wanted = _fakes(state)
    images = torch.cat([as_drawn(digits.images[chosen]), fakes])
    logits = state.detective(images, torch.cat([digits.labels[chosen], wanted]))
    real, fake = logits.split(config.batch_size)
    loss = state.loss.detective(real, fake, config.smoothing)
    recent.detective.append(loss.item())
    recent.verdicts.add(state.loss.score(real.detach()), state.loss.score(fake.detach()))
    if awake and config.d_steps:
        state.detective_optimizer.zero_grad()
        loss.backward()
        state.detective_optimizer.step()


def _teach_forger(state: GanState, recent: Recent, awake: bool) -> None:
    """One batch of fakes, through the detective and back; its weights change if it is awake."""
    fakes, wanted = _fakes(state)
    state.detective.requires_grad_(False)  # its gradients are not needed, only what goes through it
    loss = state.loss.forger(state.detective(fakes, wanted))
    state.forger_optimizer.zero_grad()
    loss.backward()
    state.detective.requires_grad_(True)
    recent.forger.append(loss.item())
    recent.gradient.append(gradient_norm(state.forger))
    if awake and state.config.g_steps:
        state.forger_optimizer.step()


def _fakes(state: GanState) -> tuple[Tensor, Tensor]:
    """A batch of drawings (B, 1, 28, 28), with gradient, and the labels that were asked for (B,)."""
    config = state.config
    noise = torch.randn(config.batch_size, config.noise, generator=state.draw)
    labels = torch.randint(CLASSES, (config.batch_size,), generator=state.draw)
    if config.digit is not None:
        labels.fill_(config.digit)
    return state.forger(noise, labels), labels


def gradient_norm(forger: Forger) -> float:
    """The length of the forger's whole gradient: all that the detective tells it."""
    parts = [p.grad.norm() for p in forger.parameters() if p.grad is not None]
    return float(torch.stack(parts).norm())


@torch.no_grad()
def _average(state: GanState) -> None:
    """The shown forger follows; at first faster, so that it forgets its first weights."""
    share = 1 - min(AVERAGED, (1 + state.step) / (10 + state.step))
    torch._foreach_lerp_([*state.shown.parameters()], [*state.forger.parameters()], share)
    for mine, its in zip(state.shown.buffers(), state.forger.buffers(), strict=True):
        if mine.is_floating_point():
            mine.lerp_(its, share)
        else:  # how many batches were seen
            mine.copy_(its)


def _set_lr(optimizer: Adam, lr: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = lr
