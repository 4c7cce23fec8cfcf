"""What a forger's game suffered from, in one sentence with its own numbers, and the change that cures it."""

from __future__ import annotations

from dlcore.diagnosis import Diagnosis
from dlcore.run import Run
from dlcore.words import number, vote_percent

MUTE = 1e-3  # of the first gradients: what is left tells the forger nothing
SURE = 0.02  # how real it holds fakes, of a detective who has found them all out


def diagnose(run: Run) -> Diagnosis | None:
    """None if both learned, or the game is not over."""
    if run.status == "diverged":
        name, who = _faster(run)
        lr = float(f"{_rate(run, name) / 10:.3g}")
        return Diagnosis(run.reason, f"Again with {number(lr)} for the {who}", {name: max(lr, 1e-6)})
    if run.status not in ("finished", "stopped"):
        return None
    return _too_strong(run)


def _faster(run: Run) -> tuple[str, str]:
    forger, detective = ("lr_g", "forger"), ("lr_d", "detective")
    return forger if _rate(run, "lr_g") >= _rate(run, "lr_d") else detective


def _rate(run: Run, name: str) -> float:
    moved = run.last(f"set_{name}")
    return moved.value if moved else float(run.config[name])


def _too_strong(run: Run) -> Diagnosis | None:
    gradients = [point.value for point in run.series.get("generator_gradient", ())]
    fake = run.last("fake_score")
    if len(gradients) < 2 or fake is None or run.config.get("loss") != "saturating":
        return None
    first, last = max(gradients[:3]), sum(gradients[-3:]) / len(gradients[-3:])
    if last > MUTE * first or fake.value > SURE:
        return None
    return Diagnosis(
        f"The detective holds fakes for real to {vote_percent(fake.value)}, and the forger's gradient fell "
        f"from {first:.2g} to {last:.1g}: under the saturating loss it learns nothing from that.",
        "Again with the non-saturating loss",
        {"loss": "non_saturating"},
    )
