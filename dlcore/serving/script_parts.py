"""What stands in a training script only where a setting asks for it."""

from __future__ import annotations

import inspect
import math
import re

from dlcore.datasets.catalogue import count_classes
from dlcore.mnist.augment import MAX_ROTATION, MAX_SCALE, MAX_SHIFT, PARTS, augment
from dlcore.nets.first_weights import DRAWN_BY
from dlcore.nets.registry import chunk_of
from dlcore.training.config import TrainConfig

MIXED = (
    "# Layers multiply bfloat16; weights, their gradients and updates stay float32.",
    'with torch.autocast(str(device).partition(":")[0], torch.bfloat16):',
)


def batch_blamed(config: TrainConfig) -> str:
    """Loss and gradients of a batch, in chunks where the run computed it in chunks: what is drawn for each
    image, to vary it or to drop units, hangs on them.
    """
    chunk = chunk_of(config.net, config.layers)
    chunked = min(config.batch_size, config.train_size) > chunk
    part = "chunk" if chunked else "batch"
    images = f"augment(images[{part}], moves)" if config.augment else f"images[{part}]"
    logits = f"logits = model(normalize({images}))"
    lines = [*MIXED, f"    {logits}.float()"] if config.precision == "bfloat16" else [logits]
    smoothing = f", label_smoothing={config.label_smoothing}" if config.label_smoothing else ""
    loss = f"F.cross_entropy(logits, labels[{part}]{smoothing}"
    lines.append(f'loss = {loss}, reduction="sum") / len(batch)' if chunked else f"loss = {loss})")
    lines += ["loss.backward()", "mean += loss.item() * len(batch) / len(train)"]
    if chunked:
        lines = [f"for chunk in batch.split({chunk}):", *(f"    {line}" for line in lines)]
    return "".join(f"        {line}\n" for line in lines)


def first_weights_drawn(config: TrainConfig) -> str:
    """First weights of another kind than torch's own, drawn before they are moved anywhere."""
    if config.first_weights == "torch":
        return ""
    function, told = DRAWN_BY[config.first_weights]
    words = "".join(f", {name}={value!r}" for name, value in told.items()).replace("'", '"')
    return (
        "\nfor layer in model.modules():\n"
        "    if isinstance(layer, nn.Conv2d | nn.Linear):\n"
        f"        nn.init.{function}(layer.weight{words})\n"
        "        nn.init.zeros_(layer.bias)\n"
        "model = model"
    )


def labels_made_wrong(config: TrainConfig) -> str:
    """Labels made wrong on purpose, where there is another class to name."""
    classes = count_classes(config.dataset)
    if not config.wrong_labels or classes < 2:
        return ""
    return (
        f"dice = torch.Generator().manual_seed({config.seed + 3})\n"
        f"hit = torch.rand(len(train), generator=dice) < {config.wrong_labels}\n"
        f"others = torch.randint(1, {classes}, (len(train),), generator=dice)\n"
        f"labels[train] = (labels[train] + torch.where(hit, others, 0).to(device)) % {classes}\n"
    )


def digit_made_rare(config: TrainConfig) -> str:
    """A digit of which little stays."""
    if config.rare_digit == "none":
        return ""
    return (
        f"dice = torch.Generator().manual_seed({config.seed + 4})\n"
        "told = labels[train].cpu()\n"
        f"gone = (told == {config.rare_digit}) & "
        f"(torch.rand(len(train), generator=dice) >= {config.rare_share})\n"
        f"others = train[told != {config.rare_digit}]\n"
        "drawn = torch.randint(len(others), (len(train),), generator=dice)\n"
        "train = torch.where(gone, others[drawn], train)\n"
    )


def gradients_reshaped(config: TrainConfig) -> str:
    """What stands between the gradients and the update."""
    indent, lines = " " * 8, ""
    if config.l1:
        lines += (
            f"{indent}for weight in model.parameters():\n"
            f"{indent}    if weight.dim() > 1:\n"
            f"{indent}        weight.grad.add_(weight.detach().sign(), alpha={config.l1})\n"
        )
    if config.clip:
        lines += f"{indent}nn.utils.clip_grad_norm_(model.parameters(), {config.clip})\n"
    return lines


def augmenting(config: TrainConfig) -> str:
    """The lab's own function, its bounds and its parts as numbers."""
    source = re.sub(r'\n    """.*?"""\n', "\n", inspect.getsource(augment), count=1, flags=re.DOTALL)
    bounds = {"MAX_SHIFT": MAX_SHIFT, "MAX_SCALE": MAX_SCALE, "MAX_ROTATION": MAX_ROTATION}
    for name, value in bounds.items():
        known = f"math.radians({math.degrees(value):g})" if name == "MAX_ROTATION" else f"{value:.6g}"
        source = source.replace(name, known)
    source = source.replace(", parts: tuple[float, ...] = ALL", "")
    used = "" if config.augment_by == "all" else "    draws *= torch.tensor(PARTS)[:, None]\n"
    source = source.replace("    draws *= torch.tensor(parts)[:, None]\n", used)
    source = source.replace("PARTS", str(PARTS[config.augment_by]))
    return f"\n{source}\n"
