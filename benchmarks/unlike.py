"""How often the lab calls an image unlike a digit: held-out digits wrongly, letters, words, faces rightly.

The same rates for the usual rule, a largest share that is low, with its line at the same share of held-out
digits, say what the features add. `microseconds` is the cost of one image, `prediction` that of reading it.
With `--write` the statistics and rates that the lab ships are made anew, from the shipped network's last
weights.

    python -m benchmarks.unlike [--full] [--json] [--write]
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from benchmarks.common import alternate, arguments, report
from benchmarks.strangers import STRANGERS, Ink
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.mnist.splits import make_splits
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.serving import unlike
from dlcore.serving.predictor import make_predictor
from dlcore.serving.unlike import HELD_OUT, KNOWN, LINE, STATISTICS, STEPS, Yardstick, make_yardstick


def write() -> None:
    """The statistics: directions of training digits, and how far held-out digits are from them."""
    model, config = load_model(shipped_run("mnist").checkpoints[-1])
    features, normalize = unlike.last_but_one(model), NORMALIZE[config.normalize]
    trained = make_splits(config.train_size, config.val_size).train.images[:KNOWN, 0].numpy()
    found = unlike.directions(features, normalize, trained)
    known = np.rint(found / STEPS).clip(0, 255).astype(np.uint8)
    held_out = load_test().images[:HELD_OUT, 0].numpy()
    rounded = known.astype(np.float32) * np.float32(STEPS)
    distances = np.sort(unlike.nearest(unlike.directions(features, normalize, held_out), rounded))
    STATISTICS.mkdir(exist_ok=True)
    np.savez_compressed(STATISTICS / "known.npz", known=known, distances=distances.astype(np.float32))


def rate(yardstick: Yardstick, images: Ink) -> float:
    return float(np.mean([found.beyond for found in yardstick.measure_all(images)]))


def microseconds(work: Callable[[Ink], object], images: Ink, call: int) -> float:
    began = time.perf_counter()
    work(images[call % len(images)])
    return 1e6 * (time.perf_counter() - began)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--write", action="store_true", help="make the shipped statistics anew")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.write:
        write()
    pair = load_model(shipped_run("mnist").checkpoints[-1])
    yardstick, predictor = make_yardstick(*pair), make_predictor(*pair)
    strangers = {name: np.stack(make(np.random.default_rng(0))) for name, make in STRANGERS.items()}
    others = load_test().images[HELD_OUT:, 0].numpy()
    digits, called = (
        rate(yardstick, others),
        {name: rate(yardstick, images) for name, images in strangers.items()},
    )
    if options.write:
        rates = {
            "digits": round(digits, 4),
            "others": {name: round(share, 3) for name, share in called.items()},
        }
        (STATISTICS / "rates.json").write_text(json.dumps(rates, indent=1) + "\n", encoding="utf-8")

    def largest(images: Ink) -> np.ndarray:
        return predictor.logits(torch.from_numpy(images)[:, None]).softmax(1).amax(1).numpy()

    line = np.quantile(largest(load_test().images[:HELD_OUT, 0].numpy()), 1 - LINE)
    usual = {name: float((largest(images) <= line).mean()) for name, images in strangers.items()}
    pairs = alternate(
        partial(microseconds, yardstick.measure, others),
        partial(microseconds, predictor.predict, others),
        4000 if options.full else 1000,
    )
    cost, prediction = ([pair[n] for pair in pairs] for n in (0, 1))
    report(
        "unlike",
        {"microseconds": cost, "prediction": prediction},
        options.json,
        threads=1,
        times_a_prediction=float(np.median(cost) / np.median(prediction)),
        held_out_digits=digits,
        called_unlike=called,
        by_largest_share=usual,
    )


if __name__ == "__main__":
    main()
