"""Every format of a trained net: written, read back, and held against the net itself."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dlcore.data import Samples
from dlcore.datasets.catalogue import samples
from dlcore.errors import ExportError
from dlcore.mnist.normalize import NORMALIZE, Normalize
from dlcore.nets.shapes import CHUNK
from dlcore.serving import reload
from dlcore.serving.formats import FORMATS, FormatName
from dlcore.serving.torchscript import readable
from dlcore.serving.trained import Trained
from dlcore.training.evaluation import evaluate

IMAGES = 1_000  # test digits on which a file must say what the net says
AGREE = 1e-5  # logits nearer than this are equal
ROUNDED = 1e-3  # logits further apart than this are no matter of rounding,
SHARE = 1e-5  # unless they are huge: about eighty steps of float32
ONLY_SCALED = Normalize(0.0, 1.0)  # grey / 255, mean and deviation left out

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Written:
    """One file. `difference`: the largest between its logits and the net's, over `images` test digits.

    It is rounding: other engines add in another order. One step of float32 is 4e-6 for logits above 32.
    """

    format: FormatName
    content: bytes
    difference: float
    images: int
    largest: float  # of all these logits: the larger, the coarser float32 rounds
    code: str = ""  # TorchScript's, to read
    graph: str = ""

    @property
    def agrees(self) -> bool:
        return self.difference <= AGREE


@dataclass(frozen=True)
class Unwritten:
    """Why there is no such file."""

    format: FormatName
    problem: str


@dataclass(frozen=True)
class LeftOut:
    """How many of `total` test digits are right: prepared as in training, only scaled, or as another net."""

    prepared: int
    scaled: int  # grey / 255, no more
    other: int  # by the mean and deviation of the other normalisation
    total: int


@dataclass(frozen=True)
class Exported:
    """One format as the page shows it. Its bytes lie on the disk under their digest, if they take time."""

    format: FormatName
    size: int = 0  # bytes
    digest: str = ""
    difference: float | None = None  # the largest between its logits and the net's; None: not measured yet
    images: int = 0  # test digits this was measured on
    largest: float = 0.0  # of all their logits
    code: str = ""
    graph: str = ""
    problem: str = ""  # why there is no such file

    @property
    def agrees(self) -> bool:
        return self.difference is not None and self.difference <= AGREE


@dataclass(frozen=True)
class Export:
    """All formats of one checkpoint, in the order of their making, and what its weights lose unprepared."""

    files: tuple[Exported, ...]
    left_out: LeftOut


def files_by_now(quick: Iterable[Exported], events: Iterable[object]) -> list[Exported]:
    """The files there are after these events of an export; the `quick` ones from the first moment.

    A quick one is written anew when it is taken, with what was moved by hand: it keeps its own size.
    """
    files = {file.format: file for file in quick}
    sizes = {file.format: file.size for file in files.values()}
    for event in events:
        if isinstance(event, Exported):
            size = event.size if event.problem else sizes.get(event.format, event.size)
            files[event.format] = replace(event, size=size)
    return list(files.values())


@torch.inference_mode()
def logits_of(forward: reload.Forward, digits: Tensor) -> Tensor:
    """(N, 1, 28, 28) normalised -> (N, 10), in pieces."""
    return torch.cat([forward(part) for part in digits.split(CHUNK)])


def write(trained: Trained, name: FormatName, *, images: int = IMAGES) -> Written:
    """The file, read back and compared on the first `images` test digits. The model is left as found.

    Raises ExportError if this net or this machine cannot have it, or if it does not compute the same.
    """
    form = FORMATS[name]
    if form.unavailable:
        raise ExportError(form.unavailable)
    try:
        return _write(trained, name, images)
    except ExportError:
        raise
    except Exception as error:  # whatever an exporter stumbles over, the other formats go on
        log.exception("%s failed", form.title)
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ExportError(f"{form.title} cannot hold this net ({reason}): take another format.") from error


def _write(trained: Trained, name: FormatName, images: int) -> Written:
    form = FORMATS[name]
    content = form.write(trained)
    digits = trained.normalize(samples(trained.config.dataset, "test").images[:images])
    read = form.read(content)
    expected = logits_of(trained.in_eval(), digits)
    largest = float(expected.abs().max())
    if not math.isfinite(largest):
        raise ExportError("The net's own logits are no finite numbers: take weights of an earlier epoch.")
    difference = float((logits_of(read, digits) - expected).abs().max())
    if not difference <= max(ROUNDED, SHARE * largest):  # also if it is no number
        raise ExportError(
            f"The file does not compute the same (a logit differs by {difference:.2g}): do not use it."
        )
    code, graph = readable(read) if isinstance(read, torch.jit.ScriptModule) else ("", "")
    return Written(name, content, difference, len(digits), largest, code, graph)


def iter_export(trained: Trained) -> Iterator[Written | Unwritten | LeftOut]:
    """All formats, quick ones first, then what the test digits say without normalisation."""
    for name in sorted(FORMATS, key=lambda name: not FORMATS[name].quick):
        try:
            yield write(trained, name)
        except ExportError as error:
            yield Unwritten(name, str(error))
    yield left_out(trained, samples(trained.config.dataset, "test"))


def left_out(trained: Trained, digits: Samples) -> LeftOut:
    """The same weights, their digits prepared in three ways."""
    model = trained.in_eval().to(memory_format=torch.channels_last)
    (other,) = (way for way in NORMALIZE.values() if way != trained.normalize)
    ways = (trained.normalize, ONLY_SCALED, other)
    prepared, scaled, another = (evaluate(model, digits, way).correct for way in ways)
    return LeftOut(prepared, scaled, another, len(digits))


def quick_files(trained: Trained) -> tuple[Exported, ...]:
    """What can be had at once. That it agrees is still to be measured."""
    return tuple(
        Exported(name, size=len(form.write(trained))) for name, form in FORMATS.items() if form.quick
    )
