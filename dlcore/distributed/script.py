"""A training by ranks to take away: one file for torchrun, its digits, and how to start it."""

from __future__ import annotations

import inspect
import io
import zipfile
from pathlib import Path

import numpy as np

from dlcore.distributed.config import RanksConfig
from dlcore.mnist.files import load_test, load_train
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.fast_cnn import FastCNN

TEMPLATE = Path(__file__).parent / "assets" / "train.py.txt"
TAKEN = ("ranks", "batch", "lr", "seed", "images")  # of a RanksConfig; it trains one whole epoch
WHEN = (1980, 1, 1, 0, 0, 0)  # the same run gives the same bytes
READ_ME = """A network trained by several processes, from the Deep Learning Lab.

    pip install torch numpy
    torchrun --standalone --nproc-per-node {ranks} train.py

`python -m torch.distributed.run` is another name of torchrun. The last lines give the SHA-256 of all
weights on each rank: they are equal.
"""


def script_text(config: RanksConfig) -> str:
    """train.py: the run's own settings are its defaults, the network is the lab's source."""
    mean, std = NORMALIZE["mnist"]
    net = inspect.getsource(FastCNN).rstrip()
    values = {
        "NET": net,
        "MEAN": mean,
        "STD": std,
        "BATCH": config.batch,
        "LR": config.lr,
        "SEED": config.seed,
    }
    text = TEMPLATE.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"${name}", str(value))
    return text


def script_zip(config: RanksConfig) -> bytes:
    """train.py, digits.npz (the run's training digits, and the 10,000 test digits) and README.txt, packed."""
    train, test = load_train()[: config.images], load_test()
    digits = io.BytesIO()
    np.savez_compressed(
        digits,
        images=train.images.numpy(),
        labels=train.labels.numpy(),
        test_images=test.images.numpy(),
        test_labels=test.labels.numpy(),
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        contents: dict[str, str | bytes] = {
            "train.py": script_text(config),
            "README.txt": READ_ME.format(ranks=config.ranks),
            "digits.npz": digits.getvalue(),
        }
        for name, content in contents.items():
            files.writestr(zipfile.ZipInfo(f"many_gpus/{name}", WHEN), content)
    return packed.getvalue()
