"""The cards of the page *Race*. Each reads the race on screen."""

from __future__ import annotations

from collections.abc import Mapping

from dlcore.cards import Card, Finding
from dlcore.optimizers.advice import standing
from dlcore.optimizers.race import Arrived, Left, Race
from dlcore.optimizers.rules import LIMITS, TITLES, RacerName, lr_limit


def _limit(result: Race, name: RacerName, leaves: str, arrives: str) -> Finding | None:
    """`leaves` and `arrives` are the card's answers, whichever the racer bears out."""
    racer, config = result.of(name), result.config
    if config.hill != "bowl" or racer is None:
        return None
    if config.rates == "best" or config.start_y == 0:  # not the lr that was set; nothing swings along y
        return None
    limit = lr_limit(name, config.steepest, config.momentum)
    assert limit is not None
    left, above = isinstance(racer.outcome, Left), racer.lr > limit
    side = "above" if above else "below"
    return Finding(
        f"lr {racer.lr:g} is {side} {LIMITS[name]} = {limit:.3g}. {TITLES[name]}: "
        f"{standing(result, racer).lower()}.",
        shown=left == above,
        right=leaves if left else arrives if isinstance(racer.outcome, Arrived) else "",
    )


def _sgd_limit(result: Race) -> Finding | None:
    """Of steps near the limit only: others do not answer the question."""
    swing = result.config.lr * result.config.steepest
    if swing <= 1.8:
        return None
    return _limit(result, "sgd", "It leaves the map", "A little sooner" if swing > 2 else "")


def _momentum_limit(result: Race) -> Finding | None:
    if result.config.lr * result.config.steepest <= 2:
        return None
    return _limit(result, "momentum", "It leaves too", "It still arrives")


def _ridge(result: Race) -> Finding | None:
    if result.config.hill != "saddle" or result.config.start_y != 0:
        return None
    left = [racer.name for racer in result.racers if isinstance(racer.outcome, Left)]
    stay = len(result.racers) - len(left)
    right = "None" if not left else "All" if not stay else "Only Adam" if left == ["adam"] else ""
    return Finding(
        f"From y = 0, {stay} of {len(result.racers)} racers never leave.", shown=not left, right=right
    )


def _saddle(result: Race) -> Finding | None:
    if result.config.hill != "saddle" or result.config.start_y == 0:
        return None
    left = {racer.name: racer.outcome.step for racer in result.racers if isinstance(racer.outcome, Left)}
    steps = ", ".join(f"{TITLES[name]} after {step}" for name, step in left.items())
    last = TITLES[max(left, key=left.__getitem__)] if len(left) == len(result.racers) else ""
    return Finding(
        f"From y = {result.config.start_y:g} they leave the map: {steps or 'none of them'} steps.",
        shown=bool(left),
        right=last if last in CARDS["saddle"].answers else "",
    )


def _valleys(result: Race) -> Finding | None:
    if result.config.hill != "himmelblau":
        return None
    config = result.config
    ends: dict[int, list[str]] = {}
    for racer in result.racers:
        if isinstance(racer.outcome, Arrived):
            ends.setdefault(racer.outcome.minimum, []).append(TITLES[racer.name])
    if not ends:
        return Finding("none has arrived in these steps.", shown=False)
    sgd = result.of("sgd")
    valley = sgd.outcome.minimum if sgd is not None and isinstance(sgd.outcome, Arrived) else None
    where = "; ".join(
        f"{', '.join(names)} in ({result.map.minima[k][0]:.2f}, {result.map.minima[k][1]:.2f})"
        for k, names in ends.items()
    )
    return Finding(
        f"from ({config.start_x:g}, {config.start_y:g}) they end: {where}.",
        shown=0 not in ends,
        right="" if valley is None else "In another valley" if valley else "In (3, 2) too",
    )


def _winner(result: Race) -> Finding | None:
    if result.config.rates != "best":
        return None
    there = [racer for racer in result.racers if isinstance(racer.outcome, Arrived)]
    there.sort(key=lambda racer: racer.outcome.step)
    if not there:
        return None
    order = ", ".join(f"{TITLES[racer.name]} (lr {racer.lr:g}) at {racer.outcome.step}" for racer in there)
    another = there[0].name not in ("adam", "adamw")
    return Finding(f"arrived at step: {order}.", another, "Another one" if another else "Adam")


CARDS: Mapping[str, Card] = {
    "limit": Card(
        "How large may a step be?",
        "With lr 0.19 SGD arrives. With 0.21?",
        ("A little sooner", "It leaves the map"),
        setup={"hill": "bowl", "lr": 0.21},
        setup_words="bowl with λ = 10, lr 0.21",
        see=_sgd_limit,
        why="A step multiplies y by 1 − lr·λ. Beyond 2/λ that is below −1: each swing is wider.",
    ),
    "momentum": Card(
        "Does momentum allow larger steps?",
        "Above 2/λ = 0.20 SGD leaves. And Momentum with β = 0.9?",
        ("It leaves too", "It still arrives"),
        setup={"hill": "bowl", "lr": 0.37, "start_y": 0.1, "racers": "sgd momentum"},
        setup_words="bowl, lr 0.37, SGD and Momentum",
        see=_momentum_limit,
        why="What it remembers of the last step brakes the swing. Its limit is 2(1 + β)/λ = 0.38.",
    ),
    "ridge": Card(
        "Exactly on the ridge",
        "They start exactly on the ridge, at y = 0. Who gets off?",
        ("All", "Only Adam", "None"),
        setup={"hill": "saddle", "start_y": 0.0},
        setup_words="saddle, start y = 0",
        see=_ridge,
        why="There the gradient along y is 0, and every rule turns 0 into 0. Only noise would help.",
    ),
    "saddle": Card(
        "A hair beside the ridge",
        "At y = 0.001 the slope is almost nothing. Who leaves last?",
        ("SGD", "Momentum", "Adam"),
        setup={"hill": "saddle"},
        setup_words="saddle, start y = 0.001, lr 0.01",
        see=_saddle,
        why="SGD grows by 2 % a step. Momentum adds steps up. Adam divides by the gradient's size.",
    ),
    "valleys": Card(
        "Who chooses the valley?",
        "From (1, 1) SGD ends in (3, 2). Start at (−1, 1): where?",
        ("In (3, 2) too", "In another valley"),
        setup={"hill": "himmelblau", "start_x": -1.0, "start_y": 1.0},
        setup_words="Himmelblau, start (−1, 1)",
        see=_valleys,
        why="All four valleys are equally deep. A gradient knows only the slope where you stand.",
    ),
    "fair": Card(
        "Does Adam always win?",
        "Each gets the lr that suits it best. Who arrives first?",
        ("Adam", "Another one"),
        setup={"hill": "bowl", "rates": "best"},
        setup_words="bowl, each with its best lr",
        see=_winner,
        why="Who wins depends on the hill, the start and the lr. No rule wins everywhere: try other hills.",
    ),
}
