"""Preparing a 12-megapixel photo, from bytes to 28×28: ours against Pillow decoding it to grey alone.

Both are counted in CPU milliseconds of one thread, so that a busy machine matters less. `--full` counts
more often. Kinds: a sheet on a wooden desk as JPEG, a squared sheet as JPEG, a clean one as PNG.

    python -m benchmarks.photo [--full] [--json]
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from PIL import Image

from benchmarks.common import alternate, arguments, report
from dlcore.mnist.canvas import to_digit
from dlcore.mnist.files import load_test
from dlcore.mnist.photo import find_photo
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.serving.predictor import make_predictor
from tests.dlcore.mnist.pictures import READ

PIXELS = 12_000_000
INDEX = 1  # of the test digit: a 2
KINDS = {"wooden desk": "JPEG", "squared": "JPEG", "plain": "JPEG", "clean": "PNG"}
MOST = 400.0  # milliseconds


def photo(kind: str, format: str) -> bytes:
    """A picture of this kind at 12 megapixels, with the noise of a sensor."""
    rng = np.random.default_rng(0)
    digit = load_test().images[INDEX, 0].numpy()
    small = Image.open(io.BytesIO(READ[kind][0](digit, rng))).convert("RGB")
    scale = (PIXELS / (small.width * small.height)) ** 0.5
    size = (round(small.width * scale), round(small.height * scale))
    large = np.asarray(small.resize(size, Image.Resampling.BICUBIC)).astype(np.int16)
    large += rng.integers(-3, 4, (*large.shape[:2], 1), dtype=np.int16)
    file = io.BytesIO()
    options = {"quality": 88} if format == "JPEG" else {"compress_level": 1}
    Image.fromarray(large.clip(0, 255).astype(np.uint8)).save(file, format, **options)
    return file.getvalue()


def decoded(data: bytes) -> None:
    Image.open(io.BytesIO(data)).convert("L")


def milliseconds(work: Callable[[], object], number: int) -> float:
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)


def main() -> None:
    options = arguments(__doc__).parse_args()
    torch.set_num_threads(1)
    predictor = make_predictor(*load_model(shipped_run("mnist").checkpoints[-1]))
    results: dict[str, list[float]] = {}
    for kind, format in KINDS.items():
        data = photo(kind, format)
        read = predictor.predict(to_digit(find_photo(data).only())).digit
        if read != int(load_test().labels[INDEX]):
            sys.exit(f"The work is not right: the photo on {kind} is read as {read}.")

        def prepared(data: bytes = data) -> None:
            to_digit(find_photo(data).only())

        pairs = alternate(
            partial(milliseconds, prepared),
            partial(milliseconds, partial(decoded, data)),
            40 if options.full else 8,
        )
        results[f"{kind}, {format}"] = [ours for ours, _ in pairs]
        results[f"{kind}, {format}, decoded alone"] = [alone for _, alone in pairs]
    slowest = max(float(np.median(times)) for name, times in results.items() if "alone" not in name)
    report("photo", results, options.json, threads=1, slowest_ms=slowest, at_most_ms=MOST)


if __name__ == "__main__":
    main()
