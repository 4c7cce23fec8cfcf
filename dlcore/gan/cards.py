"""The cards of the forger's game on digits. They read a finished run, or the one that comes with the lab."""

from __future__ import annotations

from collections.abc import Mapping

from dlcore.cards import Card, Finding, nearest
from dlcore.gan.config import PRESETS, GanConfig
from dlcore.run import Metric, Run
from dlcore.words import percent

EARLY, LATE = 300, 1_200  # steps
READ = 0.7  # read as asked: digits have appeared
GOOD, WINDOW = 1_000, 200  # steps: from here on digits are there, and a loss is a mean over so many


def _of(run: Run, **changes: object) -> bool:
    """Is it a game by these settings, whatever its seed, that nobody moved, to its end?"""
    wanted = PRESETS["digits"].config.replace(**changes)
    same = {name: run.config.get(name) for name in GanConfig.model_fields if name != "seed"}
    return (
        run.kind == "gan"
        and run.status == "finished"
        and same == wanted.model_dump(exclude={"seed"})
        and not run.controls()
    )


def _at(run: Run, name: str, step: int) -> Metric | None:
    return next((point for point in run.series.get(name, ()) if point.step == step), None)


def _appear(run: Run) -> Finding | None:
    early, late = _at(run, "asked_read", EARLY), _at(run, "asked_read", LATE)
    if not _of(run) or early is None or late is None:
        return None
    read = [point for point in run.series["asked_read"] if point.value >= READ]
    first = read[0].step if read else None
    right = ""  # it never did
    if first is not None:
        right = nearest(first, {"About 100": 100, "About 500": 500, "About 1,500": 1_500})
    when = f", over {percent(READ)} for the first time at step {first:,}" if first else ""
    return Finding(
        f"of 500 drawings the reader takes {percent(early.value)} for the asked digit at step {EARLY}, "
        f"{percent(late.value)} at step {LATE:,}{when}.",
        shown=late.value > READ and late.value > early.value,
        right=right,
    )


def _goal(run: Run) -> Finding | None:
    before, after = _at(run, "frechet", GOOD), run.last("frechet")
    forger = run.series.get("generator_loss", ())
    early = [point.value for point in forger if GOOD - WINDOW < point.step <= GOOD]
    late = [point.value for point in forger if point.step > run.step - WINDOW]
    if not _of(run) or before is None or after is None or not early or not late:
        return None
    start, end = sum(early) / len(early), sum(late) / len(late)
    ratio = end / start
    right = "It halves too" if ratio < 0.7 else "It hardly moves" if ratio < 1.3 else "It rises"
    return Finding(
        f"from step {GOOD:,} to {run.step:,} the distance from real digits went from {before.value:.0f} to "
        f"{after.value:.0f}, the forger's loss from {start:.2f} to {end:.2f} (means over {WINDOW} steps).",
        shown=0.7 <= ratio < 1.3 and after.value < 0.7 * before.value,
        right=right,
    )


def _asleep(run: Run) -> Finding | None:
    last, distance = run.last("fake_score"), run.last("frechet")
    if not _of(run, d_steps=0, epochs=5) or last is None or distance is None:
        return None
    read = run.last("asked_read")
    return Finding(
        f"the detective holds its drawings for real to {last.value:.2f}; the reader takes "
        f"{percent(read.value if read else 0)} for the asked digit, their distance is {distance.value:.0f}.",
        shown=last.value > 0.6 and distance.value > 500,
        right="Nothing that looks like a digit" if distance.value > 500 else "Digits",
    )


CARDS: Mapping[str, Card] = {
    "appear": Card(
        "When do digits appear?",
        "From nothing, by step: when does the reader take seven in ten drawings for the asked digit?",
        ("About 100", "About 500", "About 1,500"),
        setup={"preset": "digits"},
        setup_words="all ten digits, 3,000 steps",
        see=_appear,
        why="First the detective learns what strokes are, and the forger from it. Then both grow slowly.",
    ),
    "goal": Card(
        "A falling loss is not the goal",
        "From step 1,000 on the distance from real digits halves. What does the forger's own loss do?",
        ("It halves too", "It hardly moves", "It rises"),
        setup={"preset": "digits"},
        setup_words="all ten digits, 3,000 steps",
        see=_goal,
        why="Its loss says how it fares against this detective, who learns too. Only a fixed yardstick shows "
        "progress.",
    ),
    "asleep": Card(
        "Who teaches the forger?",
        "The detective never learns. After 500 steps it takes the drawings for real. What do they show?",
        ("Digits", "Nothing that looks like a digit"),
        setup={"preset": "asleep"},
        setup_words="no updates of the detective",
        see=_asleep,
        why="The forger learns what its detective believes. One who knows nothing is fooled by anything.",
    ),
}
