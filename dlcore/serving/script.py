"""The training script of a run: the same net, data order and updates, in plain PyTorch."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dlcore.datasets.catalogue import load
from dlcore.datasets.dataset import MNIST
from dlcore.mnist.normalize import NORMALIZE
from dlcore.mnist.splits import SPLIT_SEED, TEST_TOTAL, TRAIN_TOTAL
from dlcore.nets.registry import net_class
from dlcore.schema import knobs
from dlcore.serving.script_parts import (
    augmenting,
    batch_blamed,
    digit_made_rare,
    first_weights_drawn,
    gradients_reshaped,
    labels_made_wrong,
)
from dlcore.serving.script_schedule import after_step, factor_of, schedule_of
from dlcore.serving.trained import source_class
from dlcore.training.config import WITH_MOMENTUM, TrainConfig
from dlcore.training.fine_tune_config import FineTuneConfig
from dlcore.training.muon import MuonAdamW

OPTIMIZERS: Mapping[str, str] = {
    "sgd": "torch.optim.SGD",
    "rmsprop": "torch.optim.RMSprop",
    "adam": "torch.optim.Adam",
    "adamw": "torch.optim.AdamW",
    "muon": "MuonAdamW",
}

CUDA = '"cuda" if torch.cuda.is_available() else "cpu"'
# Where the script runs there may be no such device.
DEVICES: Mapping[str, str] = {
    "auto": CUDA,
    "cuda": CUDA,
    "mps": '"mps" if torch.backends.mps.is_available() else "cpu"',
    "cpu": '"cpu"',
}

TEMPLATE = '''"""{title}

{files}
"""

{copy}import gzip
{math}import sys
import zlib
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import {tensor}nn

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/MNIST/raw")
if len(sys.argv) == 1:
{fetch}
device = {device}
torch.backends.cudnn.deterministic = True  # or a GPU gives other weights every time


{net}

def load(name, count):
    found = []
    for kind, start, size in (("images-idx3", 16, 784 * count), ("labels-idx1", 8, count)):
        file = folder / f"{{name}}-{{kind}}-ubyte.gz"
        try:
            raw = bytearray(gzip.decompress(file.read_bytes()))
            found.append(torch.frombuffer(raw, dtype=torch.uint8, count=size, offset=start).to(device))
        except (OSError, EOFError, ValueError, zlib.error) as error:
            sys.exit(f"{{file}} is not a whole file of {set} ({{error}}): name the folder of its four files.")
    return found[0].view(-1, 1, 28, 28), found[1].long()


def normalize(images):
    return (images / 255 - {mean}) / {std}

{augment}
@torch.no_grad()
def accuracy(images, labels):
    {judged}.eval()
    parts = zip(images.split(1000), labels.split(1000), strict=True)
    return sum(({judged}(normalize(x)).argmax(1) == y).sum().item() for x, y in parts) / len(labels)


(images, labels), test = load("train", {total}), load("t10k", {test_total})
shuffled = torch.randperm({total}, generator=torch.Generator().manual_seed({split_seed}))
train, val = shuffled[:{train_size}], shuffled[{val_from}:{usable}]
{wrong}
torch.manual_seed({seed})
model = {class_name}({dropout}){drawn}.to({to})
{average}optimizer = {optimizer}(model.parameters(), {options})
{scheduler}order = torch.Generator().manual_seed({seed})
{extra}for epoch in range({epochs}):
    model.train()
    mean = 0.0
    for batch in train[torch.randperm(len(train), generator=order)].split({batch_size}):
        optimizer.zero_grad()
{blamed}{reshaped}        optimizer.step()
{after}    print(f"epoch {{epoch + 1}}: training loss {{mean:.4f}}{validation}")
print(f"test: {{accuracy(*test):.2%}} right")
'''


FILES = (
    "`python train.py FOLDER` reads the four MNIST files (.gz) there. "
    "Without FOLDER, torchvision fetches them."
)
OTHER_FILES = (
    "`python train.py FOLDER` reads the four files (.gz) of {set} there. "
    "The page Take it with you gives them."
)
FETCH = """\
    try:
        from torchvision.datasets import MNIST

        MNIST("data", download=True)
    except (ImportError, OSError, RuntimeError) as error:
        sys.exit(f"MNIST cannot be fetched ({type(error).__name__}): name the folder of its four files.")"""


def training_script(config: TrainConfig, moved: str = "") -> str:
    """A file that trains this net with these settings, without the lab. It says what a hand `moved`.

    Its initial weights, the order of its images and its dropout come from the same seeds. Its schedules are
    torch's own: the peak of one cycle comes up to one update earlier. Rounding differs, and so do the last
    digits of what it reaches.

    Raises DataError if its images are not here.
    """
    mean, std = NORMALIZE[config.normalize]
    schedule = schedule_of(config)
    digits, name = config.dataset == MNIST, "MNIST"
    total, test_total = TRAIN_TOTAL, TEST_TOTAL
    if not digits:
        found = load(config.dataset)
        name, total, test_total = found.title, len(found.train), len(found.test)
    usable = min(total, TRAIN_TOTAL)
    return TEMPLATE.format(
        title=_title(config, moved),
        copy="import copy\n" if config.ema else "",
        math=_imports(config),
        tensor="Tensor, " if "Tensor" in _net(config) or config.augment else "",
        device=DEVICES[config.device],
        net=_net(config),
        mean=mean,
        std=std,
        augment=(augmenting(config) if config.augment else "") + factor_of(config),
        files=FILES if digits else OTHER_FILES.format(set=name),
        fetch=FETCH if digits else '    sys.exit("Name the folder of its four files.")',
        set=name,
        total=f"{total:_}",
        test_total=f"{test_total:_}",
        split_seed=SPLIT_SEED,
        train_size=f"{config.train_size:_}",
        val_from=f"{usable - config.val_size:_}",
        usable="" if total == usable else f"{usable:_}",
        seed=config.seed,
        class_name=net_class(**config.architecture).__name__,
        dropout=f"dropout={config.dropout}" if config.dropout else "",
        # Where maps are dropped, which ones hangs on how they lie in memory.
        to="device, memory_format=torch.channels_last" if "dropout" in config.layers else "device",
        drawn=first_weights_drawn(config),
        optimizer=OPTIMIZERS[config.optimizer],
        options=_options(config),
        scheduler=f"scheduler = torch.optim.lr_scheduler.{schedule}\n" if schedule else "",
        extra=_extra(config),
        judged="average" if config.ema else "model",
        wrong=labels_made_wrong(config) + digit_made_rare(config),
        average="average = copy.deepcopy(model)\n" if config.ema else "",
        blamed=batch_blamed(config),
        reshaped=gradients_reshaped(config),
        epochs=config.epochs,
        batch_size=config.batch_size,
        after=after_step(config, schedule),
        validation=", validation {accuracy(images[val], labels[val]):.2%}" if config.val_size else "",
    )


def _images(config: TrainConfig) -> str:
    return "MNIST digits" if config.dataset == MNIST else f"images of {config.dataset.partition('@')[0]}"


def _title(config: TrainConfig, moved: str) -> str:
    epochs = f"{config.epochs} epoch{'s' if config.epochs > 1 else ''}"
    optimizer = knobs(TrainConfig)["optimizer"].options[config.optimizer]
    images = f"{config.train_size:,} {_images(config)}"
    told = f"{config.net} on {images}: {epochs} of {optimizer}, seed {config.seed}."
    if config.precision == "bfloat16":
        told += " Its arithmetic is mixed."
    if isinstance(config, FineTuneConfig):
        told += (
            "\n\nIts network went on from a trained one and learned drawings too. This script begins anew."
        )
    if moved:
        told += f"\n\nWhile it ran, a hand moved {moved}. This script does not."
    return told


def _net(config: TrainConfig) -> str:
    """The network, and the update rule if torch has none of that kind."""
    source = source_class(net_class(**config.architecture))
    if config.optimizer != "muon":
        return source
    rule = source_class(MuonAdamW).replace(": Iterable[nn.Parameter]", "").replace(": None = None", "=None")
    return source + "\n\n" + re.sub(r"  # type: ignore.*", "", rule)


def _options(config: TrainConfig) -> str:
    options = {"lr": config.lr, "momentum": 0.0, "nesterov": False, "weight_decay": config.weight_decay}
    if config.optimizer in WITH_MOMENTUM:
        options["momentum"] = config.momentum
    if config.optimizer == "sgd":
        options["nesterov"] = config.nesterov
    given = [f"{name}={value}" for name, value in options.items() if value]
    if config.optimizer == "adamw" and not config.weight_decay:
        given.append("weight_decay=0.0")  # its default is another
    return ", ".join(given)


def _extra(config: TrainConfig) -> str:
    """What else draws random numbers."""
    lines = []
    if config.augment:
        lines.append(f"moves = torch.Generator().manual_seed({config.seed + 1})\n")
    if config.ema:
        lines.append("steps = 0\n")
    if config.dropout or "dropout" in config.layers:
        lines.append(f"torch.manual_seed({config.seed + 2})  # for dropout\n")
    return "".join(lines)


def _imports(config: TrainConfig) -> str:
    """Those that stand between gzip and sys, or before it."""
    return "import math\n" if config.augment or "math." in factor_of(config) else ""
