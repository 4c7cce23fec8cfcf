"""The learning rate of a training script over its updates: torch's own schedules where they do."""

from __future__ import annotations

import math

from dlcore.training.config import TrainConfig
from dlcore.training.optimizers import warmup_steps

FEWEST = 10  # updates from which torch's one cycle is the run's, but for its peak


def _by_factor(config: TrainConfig) -> bool:
    """With a warm-up no schedule of torch's does, and one cycle of a few updates has no rise there."""
    return bool(config.warmup) or (config.schedule == "one_cycle" and config.total_steps < FEWEST)


def schedule_of(config: TrainConfig) -> str:
    """The scheduler's call; the learning rate reaches its end in the last step."""
    last = max(1, config.total_steps - 1)
    if _by_factor(config):
        return "LambdaLR(optimizer, factor)"
    match config.schedule:
        case "one_cycle":
            steps = f"total_steps={config.total_steps:_}"
            return f"OneCycleLR(optimizer, {config.lr}, {steps}, cycle_momentum=False)"
        case "cosine":
            return f"CosineAnnealingLR(optimizer, {last:_})"
        case "step":
            return f"MultiStepLR(optimizer, [{math.ceil(last / 2)}, {math.ceil(3 * last / 4)}])"
        case _:
            return ""


def factor_of(config: TrainConfig) -> str:
    """A function of what the learning rate is multiplied by at a step; "" where torch's schedule does."""
    if not _by_factor(config):
        return ""
    last, lines = max(1, config.total_steps - 1), list[str]()
    falls = {
        "cosine": f"(1 + math.cos(math.pi * step / {last:_})) / 2",
        "step": f"0.1 ** ((step >= {math.ceil(last / 2)}) + (step >= {math.ceil(3 * last / 4)}))",
        "one_cycle": "(rise if part < 0.3 else fall)" if config.warmup else "rise if part < 0.3 else fall",
    }
    if config.schedule == "one_cycle":
        lines = [
            f"part = step / {last:_}",
            "rise = 1 - 0.96 * (1 + math.cos(math.pi * part / 0.3)) / 2",
            "fall = 4e-6 + (1 - 4e-6) * (1 + math.cos(math.pi * (part - 0.3) / 0.7)) / 2",
        ]
    warm = f"min(1, (step + 1) / {warmup_steps(config.total_steps, config.warmup)})"
    factors = [warm] if config.warmup else []
    factors += [falls[config.schedule]] if config.schedule in falls else []
    lines.append(f"return {' * '.join(factors)}")
    body = "".join(f"    {line}\n" for line in lines)
    return f"\ndef factor(step):\n{body}\n"


def after_step(config: TrainConfig, schedule: str) -> str:
    """The learning rate goes on, and the mean of the weights follows."""
    lines = ["scheduler.step()"] if schedule else []
    if config.ema:
        lines += [
            "steps += 1",
            f"share = 1 - min({config.ema}, (1 + steps) / (10 + steps))",
            "for kept, now in zip(average.parameters(), model.parameters(), strict=True):",
            "    kept.data.lerp_(now.data, share)",
        ]
    return "".join(f"        {line}\n" for line in lines)
