"""A run to take away: one zip with its settings, its measurements and its weights."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from importlib.util import find_spec
from threading import Lock

from dlcore.errors import DlcoreError
from dlcore.run import Run
from dlcore.runs.storage.blobs import WEIGHTS
from dlcore.runs.storage.checkpoint_files import files_to_take

MOST_BYTES = 100_000_000  # of weights: a page has the whole zip in memory
ZIP_BEGINS = datetime(1980, 1, 1, tzinfo=UTC).timestamp()  # a zip has no earlier date
TOO_MANY = f"All are more than {MOST_BYTES // 10**6} MB; the page Take it with you gives any other one."
MISSING = "checkpoints/MISSING.txt"
_making = Lock()

README = """One training run of the Deep Learning Lab.

config.json        every setting and the seed
metrics.csv        what was measured: name, step, epoch, seconds of work, value
checkpoints/       weights after each epoch that was kept (safetensors), with a JSON that describes them;
                   where some are missing, MISSING.txt says why
tensorboard/       the same measurements for TensorBoard, if it was installed: tensorboard --logdir .
"""


def tensorboard_installed() -> bool:
    return find_spec("tensorboard") is not None


def archive(run: Run) -> bytes:
    """The zip's bytes; made again, the same ones. One is made at a time, for all of it lies in memory.

    Weights that have meanwhile gone are left out, and the older ones where all take too much room: a
    file says so.
    """
    with _making, closing(io.BytesIO()) as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in _files(run):
                entry = zipfile.ZipInfo(name, _date(run))
                weights = name.endswith(WEIGHTS)
                file.writestr(entry, content, zipfile.ZIP_STORED if weights else zipfile.ZIP_DEFLATED)
        return out.getvalue()


def _date(run: Run) -> tuple[int, int, int, int, int, int]:
    day = datetime.fromtimestamp(max(run.created, ZIP_BEGINS), UTC)
    return day.year, day.month, day.day, day.hour, day.minute, day.second


def _files(run: Run) -> Iterator[tuple[str, str | bytes]]:
    yield "README.txt", README
    yield "config.json", json.dumps(_about(run), indent=1)
    yield "metrics.csv", _csv(run)
    yield from _weights(run)
    if tensorboard_installed():
        yield f"tensorboard/events.out.tfevents.{int(run.created)}.lab", _tensorboard_events(run)


def _weights(run: Run) -> Iterator[tuple[str, str | bytes]]:
    """The last ones first. MISSING.txt says which are not here."""
    size = 0
    try:
        for place, checkpoint in enumerate(reversed(run.checkpoints)):
            files = list(files_to_take(checkpoint))
            size += sum(len(content) for _, content in files)
            if place and size > MOST_BYTES:
                yield MISSING, f"Only the last {place} of {len(run.checkpoints)} are here. {TOO_MANY}\n"
                return
            for name, content in files:
                yield f"checkpoints/{name}", content
    except DlcoreError as error:  # their object store refuses them, or has damaged ones
        yield MISSING, f"Not all weights are here. {error}\n"


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


def _tensorboard_events(run: Run) -> bytes:
    """As its SummaryWriter writes them, which would put the moment and this machine's name in."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    out = io.BytesIO()
    records = RecordWriter(out)
    records.write(Event(wall_time=run.created, file_version="brain.Event:2").SerializeToString())
    for name, points in run.series.items():
        for m in points:
            value = Summary(value=[Summary.Value(tag=name, simple_value=m.value)])
            event = Event(wall_time=run.created + m.seconds, step=m.step, summary=value)
            records.write(event.SerializeToString())
    return out.getvalue()
