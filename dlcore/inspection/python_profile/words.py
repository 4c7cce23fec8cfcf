"""A profile in words: its finding, what it was measured on, how to measure the same from outside."""

from __future__ import annotations

from dlcore.blackpatch.config import PRESETS
from dlcore.inspection.python_profile.result import Profile, ProfileConfig
from dlcore.schema import knobs
from dlcore.words import number, percent

COUNTS = {1: "one line", 2: "two lines", 3: "three lines", 4: "four lines"}
PRESET = "quick"  # what the commands start from


def headline(profile: Profile) -> str:
    """The finding, with the share that was measured (Markdown)."""
    share, lines = profile.layer_one, len(profile.hot_lines)
    amount = "Nearly all" if share >= 0.85 else "Most" if share >= 0.5 else "Part of the"
    words = COUNTS.get(lines, f"{lines} lines")
    return f"{amount} time is layer 1's multiply-add: **{percent(share)}**, in {words} of Python."


def provenance(profile: Profile) -> str:
    """What was measured, and where."""
    config = profile.config
    epochs = f"{config.epochs} epoch{'s' if config.epochs > 1 else ''}"
    return (
        f"{epochs} of {config.train_size:,} images and their tests, {net(config)}, "
        f"Python {profile.python}, on this server, in a process of its own."
    )


def net(config: ProfileConfig) -> str:
    return "-".join(str(width) for width in config.widths)


def train_command(config: ProfileConfig) -> str:
    """The command that trains the same."""
    base = PRESETS[PRESET].config
    options = [
        f"--{name.replace('_', '-')} {_text(getattr(config, name))}"
        for name in knobs(ProfileConfig)
        if getattr(config, name) != getattr(base, name)
    ]
    return " ".join(["-m dlcore black-patch train", f"--preset {PRESET}", *options])


def commands(config: ProfileConfig) -> str:
    """How to measure the same from outside, as a shell takes it."""
    train = train_command(config)
    return "\n".join(
        [
            "# calls, and who calls whom (dot is part of Graphviz)",
            f"python -m cProfile -o out.pstats {train}",
            "gprof2dot -f pstats out.pstats | dot -Tsvg -o calls.svg",
            "",
            "# memory over time (pip install memory-profiler matplotlib)",
            f"mprof run python {train}",
            "mprof plot",
            "",
            "# this page's numbers, without the page",
            "python -m dlcore black-patch profile --out profile.pstats --dot profile.dot",
        ]
    )


def _text(value: object) -> str:
    if isinstance(value, float):
        return number(value)
    return str(value)
