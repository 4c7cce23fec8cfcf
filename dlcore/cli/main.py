"""`python -m dlcore`: one group of commands per subject."""

from __future__ import annotations

import sys

import typer

from dlcore.cli.mnist import app as mnist
from dlcore.errors import DlcoreError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Deep Learning Lab on the command line.")
app.add_typer(mnist, name="mnist")


@app.callback()
def lab() -> None:
    """Deep Learning Lab on the command line."""


def main() -> None:
    """Run a command; an error of ours is one sentence on standard error and exit code 2."""
    try:
        app()
    except DlcoreError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
