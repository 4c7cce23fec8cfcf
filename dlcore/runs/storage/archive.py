"""A run to take away: one zip with its settings, its measurements and its weights."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from dlcore.errors import DlcoreError
from dlcore.run import Run
from dlcore.runs.storage.checkpoint_files import files_to_take

README = """One training run of the Deep Learning Lab.

config.json        every setting and the seed
metrics.csv        what was measured: name, step, epoch, seconds of work, value
checkpoints/       weights after each epoch that was kept (safetensors), with a JSON that describes them
tensorboard/       the same measurements for TensorBoard, if it was installed: tensorboard --logdir .
"""


def tensorboard_installed() -> bool:
    return find_spec("tensorboard") is not None


def archive(run: Run) -> bytes:
    """The zip's bytes. Weights that have meanwhile gone are left out; of others a file says why they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("README.txt", README)
        file.writestr("config.json", json.dumps(_about(run), indent=1))
        file.writestr("metrics.csv", _csv(run))
        try:
            for checkpoint in run.checkpoints:
                for name, content in files_to_take(checkpoint):
                    file.writestr(f"checkpoints/{name}", content, compress_type=zipfile.ZIP_STORED)
        except DlcoreError as error:  # their object store refuses them, or has damaged ones
            file.writestr("checkpoints/MISSING.txt", f"Not all weights are here. {error}\n")
        if tensorboard_installed():
            for name, content in _tensorboard_files(run):
                file.writestr(f"tensorboard/{name}", content)
    return out.getvalue()


def _about(run: Run) -> dict[str, object]:
    return {
        "name": run.name,
        "kind": run.kind,
        "status": run.status,
        "created": datetime.fromtimestamp(run.created, UTC).isoformat(timespec="seconds"),
        "seconds": run.seconds,
        "threads": run.threads,
        "device": run.device,
        "controls": [list(control) for control in run.controls()],
        "config": dict(run.config),
    }


def _csv(run: Run) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["name", "step", "epoch", "seconds", "value"])
    for name, points in run.series.items():
        rows.writerows([name, m.step, m.epoch, f"{m.seconds:.3f}", m.value] for m in points)
    return out.getvalue()


def _tensorboard_files(run: Run) -> list[tuple[str, bytes]]:
    from torch.utils.tensorboard import SummaryWriter

    with tempfile.TemporaryDirectory() as folder:
        with SummaryWriter(folder) as writer:
            for name, points in run.series.items():
                for m in points:
                    writer.add_scalar(name, m.value, m.step, walltime=run.created + m.seconds)
        return [(path.name, path.read_bytes()) for path in sorted(Path(folder).iterdir())]
