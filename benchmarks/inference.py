"""One digit as the lab serves it, against PyTorch's eager mode doing the same; every format beside them.

Both sides go from 28x28 grey levels to a Prediction, with one thread, in turns. Before that the work is
proved equal: the same digits, the same shares to 1e-5. `max_difference` says for each exported format how far
its logits are from eager's on 1,000 test images; `race` times the engines alone, from tensor to logits.

    python -m benchmarks.inference [--full] [--json]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks.common import alternate, arguments, p95, report
from dlcore.errors import ExportError
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import Normalize
from dlcore.runs.jobs.export import load_trained
from dlcore.runs.shipped import shipped_run
from dlcore.serving.export import AGREE, write
from dlcore.serving.formats import FORMATS
from dlcore.serving.predictor import Prediction, make_predictor
from dlcore.serving.race import InferenceRace, iter_race
from dlcore.serving.trained import Trained

THREADS = 1
IMAGES = 200  # compared before anything is timed
CALLS = 50  # of one side in one turn
WRONG = 1e-3  # no rounding: a format that computes something else

Predict = Callable[[NDArray[np.uint8]], Prediction]


class Eager:
    """The module itself, in inference mode; digits are prepared as in the served path."""

    def __init__(self, model: nn.Module, normalize: Normalize) -> None:
        self.model, self.normalize = model.eval(), normalize

    @torch.inference_mode()
    def predict(self, digit: NDArray[np.uint8]) -> Prediction:
        began = time.perf_counter()
        digits = self.normalize(torch.from_numpy(digit.copy())[None, None])
        shares = self.model(digits).softmax(1)[0].tolist()
        milliseconds = 1000 * (time.perf_counter() - began)
        return Prediction(max(range(10), key=shares.__getitem__), tuple(shares), milliseconds)


def check(served: Predict, eager: Predict, digits: list[NDArray[np.uint8]]) -> float:
    """The largest difference of a share; ends the benchmark if the work is not equal."""
    apart = 0.0
    for digit in digits:
        ours, theirs = served(digit), eager(digit)
        apart = max(
            apart, *(abs(a - b) for a, b in zip(ours.probabilities, theirs.probabilities, strict=True))
        )
        if ours.digit != theirs.digit or apart > AGREE:
            sys.exit(
                f"The work is not equal: shares must agree to {AGREE:g} and digits must be the same. "
                f"Got {ours.digit} and {theirs.digit}, {apart:.2g} apart."
            )
    return apart


def microseconds(predict: Predict, digits: list[NDArray[np.uint8]], number: int) -> list[float]:
    """Each call of one turn."""
    times = []
    for call in range(CALLS):
        digit = digits[(number * CALLS + call) % len(digits)]
        began = time.perf_counter()
        predict(digit)
        times.append(1e6 * (time.perf_counter() - began))
    return times


def differences(trained: Trained) -> tuple[dict[str, float], float]:
    """By format, and the largest logit; ends the benchmark if one computes something else."""
    found, largest = {}, 0.0
    for name in FORMATS:
        try:
            written = write(trained, name)
        except ExportError as error:
            print(error)
            continue
        found[name], largest = written.difference, written.largest
        if written.difference > WRONG:
            sys.exit(f"{name} does not say what the network says: {written.difference:.2g} apart.")
    return found, largest


def main() -> None:
    options = arguments(__doc__).parse_args()
    torch.set_num_threads(THREADS)
    pairs = 400 if options.full else 80
    trained = load_trained(shipped_run("mnist").checkpoints[-1])
    digits = [image[0].numpy() for image in load_test().images[:IMAGES]]
    served = make_predictor(trained.in_eval(), trained.config).predict
    eager = Eager(trained.in_eval(), trained.normalize).predict
    shares_apart = check(served, eager, digits)
    measured = alternate(partial(microseconds, served, digits), partial(microseconds, eager, digits), pairs)
    ours = [time for first, _ in measured for time in first]
    theirs = [time for _, second in measured for time in second]
    ratio = float(np.median(ours) / np.median(theirs))
    formats, largest = differences(trained)
    *_, race = iter_race(trained, digits[0], calls=2000 if options.full else 400)
    assert isinstance(race, InferenceRace)
    report(
        "inference",
        {
            "served_vs_eager_by_pair": [float(np.median(a) / np.median(b)) for a, b in measured],
            "served_us": ours,
            "eager_us": theirs,
        },
        options.json,
        threads=THREADS,
        served_vs_eager=ratio,
        served_p95_us=p95(ours),
        eager_p95_us=p95(theirs),
        shares_apart=shares_apart,
        max_difference=formats,
        over_1e_5=[name for name, apart in formats.items() if apart > AGREE],
        largest_logit=largest,
        race=[asdict(timing) for timing in race.timings],
    )


if __name__ == "__main__":
    main()
