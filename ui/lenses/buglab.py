"""A script of the bug lab, trained here and now. Whoever asks for the same one shares it."""

from __future__ import annotations

from dlcore.buglab.config import Case
from dlcore.buglab.symptoms import Symptoms
from ui.work import Asked, ask


def trained(case: Case) -> Asked[Symptoms]:
    return ask(Symptoms, "buglab", f"{case.name} {case.seed}", lambda: {"case": case})
