"""What the export page says of a net's three parts and of its files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlcore.run import Run
from dlcore.serving.export import AGREE, Exported
from dlcore.serving.formats import FORMATS
from dlcore.serving.own_picture import prepared_words
from dlcore.serving.trained import Trained, source_class
from dlcore.training.config import TrainConfig
from dlcore.words import size

WAITING = "…"


def parts(trained: Trained) -> tuple[tuple[str, str, str], ...]:
    """The three parts of a model: name, in short, and where that comes from."""
    normalize = trained.normalize
    lines = len(source_class(type(trained.model)).splitlines())
    return (
        ("Weights", size(trained.weight_bytes), f"{trained.num_params:,} numbers × 4 bytes"),
        ("Architecture", f"{lines} lines", f"the source of {type(trained.model).__name__}"),
        (
            "Preprocessing",
            f"(x / 255 − {normalize.mean}) / {normalize.std}",
            f"after {prepared_words(trained.config.dataset)}",
        ),
    )


def table(files: Sequence[Exported]) -> list[dict[str, str]]:
    """A row for every format, always in the same order."""
    made = {file.format: file for file in files}
    return [
        {
            "For whom": FORMATS[name].whom,
            "Format": FORMATS[name].title,
            "Size": _size(made.get(name)),
            "Max |Δ logits|": _difference(made.get(name)),
            "Holds": FORMATS[name].holds,
            "Runs without this app": _elsewhere(made.get(name)) or FORMATS[name].elsewhere,
        }
        for name in FORMATS
    ]


def _elsewhere(file: Exported | None) -> str:
    return file.problem if file is not None else ""


def _size(file: Exported | None) -> str:
    return WAITING if file is None else size(file.size) if file.size else ""


def _difference(file: Exported | None) -> str:
    if file is not None and file.problem:
        return ""
    if file is None or file.difference is None:
        return WAITING
    return f"{file.difference:.1e}" if file.difference else "0"


def agreement(files: Sequence[Exported], epoch: int) -> str:
    """One sentence on what the differences mean, and what they were measured on."""
    written = [file for file in files if not file.problem]
    if not written:
        return ""
    apart = [file for file in written if not file.agrees]
    on = f"{written[0].images:,} test images, after epoch {epoch}, against the network in PyTorch itself"
    if not apart:
        return f"Δ: the largest difference on {on}. All agree to {AGREE:.0e}."
    names = ", ".join(FORMATS[file.format].title for file in apart)
    return (
        f"Δ: the largest difference on {on}. More than {AGREE:.0e}: {names}. It adds in another order, and "
        f"logits up to {apart[0].largest:.0f} are rounded to steps of {_step(apart[0].largest):.0e}."
    )


def script_goes_on(run: Run, config: TrainConfig) -> str:
    """What the script does that a run which ended early did not; empty if there is no such thing."""
    if run.step >= config.total_steps:
        return ""
    return f"This run ended at step {run.step:,} of {config.total_steps:,}. The script trains to the end."


def _step(value: float) -> float:
    """From this float32 to the next."""
    return float(np.spacing(np.float32(value)))
