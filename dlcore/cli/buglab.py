"""`buglab`: training scripts with one slip each, what they show, and which slip that says."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from dlcore.buglab.bugs import RIGHT, SLIPS
from dlcore.buglab.config import Case
from dlcore.buglab.diagnosis import diagnose
from dlcore.buglab.recorded import FILE, cases, iter_record, run
from dlcore.buglab.script import script_text
from dlcore.buglab.symptoms import EPOCHS
from dlcore.buglab.words import SIGNS, share
from dlcore.cli.talk import AsJson, say

buglab = typer.Typer(no_args_is_help=True, help="Training scripts with one slip each, and their symptoms.")


@buglab.command("list")
def list_(as_json: AsJson = False) -> None:
    """The slips there are."""
    lines = [f"{name:20}{slip.title}" for name, slip in SLIPS.items()]
    say(as_json, {"slips": list(SLIPS)}, "\n".join(lines))


@buglab.command()
def show(name: Annotated[str, typer.Argument(help="A slip, or right.")]) -> None:
    """Print a script as it runs."""
    print(script_text(name), end="")


@buglab.command("run")
def run_(
    name: Annotated[str, typer.Argument(help="A slip, or right.")] = RIGHT,
    seed: Annotated[int, typer.Option(min=0, max=9999, help="Draws weights and order.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Train with this script, and name its bug by what it showed."""
    seen = run(Case(name, seed))
    bug = diagnose(seen)
    said = f"told by its symptoms: {SLIPS[bug].title} ({SIGNS[bug](seen)})" if bug else "nothing is wrong"
    line = (
        f"after {EPOCHS} epochs {share(seen.last.train)} of training digits right, "
        f"{share(seen.last.test)} of test digits"
    )
    say(as_json, {"bug": bug, "symptoms": asdict(seen)}, f"{line}\n{said}")


@buglab.command(hidden=True)
def record() -> None:
    """Run every script with its seeds, and keep what they showed with the lab."""
    for case in iter_record():
        print(f"{case.name}, seed {case.seed}")
    print(f"{len(cases())} trainings in {FILE}")
