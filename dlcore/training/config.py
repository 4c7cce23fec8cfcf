"""Every hyper-parameter of a training run on the digits, with its bounds and its words."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import ValidationInfo, field_validator, model_validator

from dlcore.mnist.augment import AugmentBy
from dlcore.mnist.normalize import NormalizeName
from dlcore.mnist.splits import TRAIN_TOTAL, overlap
from dlcore.nets.registry import WITHOUT
from dlcore.schema import knob
from dlcore.training.network_config import NetworkConfig

OptimizerName = Literal["sgd", "adam", "adamw", "rmsprop", "muon"]
ScheduleName = Literal["constant", "step", "cosine", "one_cycle"]
WITH_MOMENTUM = ("sgd", "rmsprop", "muon")
MOVABLE = ("lr", "momentum", "weight_decay", "dropout", "augment")  # while a run goes on
RareDigit = Literal["none", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
PrecisionName = Literal["float32", "bfloat16"]
DeviceName = Literal["auto", "cpu", "cuda", "mps"]


class TrainConfig(NetworkConfig):
    """One training run, complete: the same config, seed, threads and device give the same losses."""

    dataset: str = knob(
        "mnist",
        title="Images",
        help="Which images it learns: MNIST's digits, the letters A to J, or others that this lab was given.",
        form="mnist, or a set's name and digest, as in letters@0123456789ab",
        longest=60,
        pattern="^(mnist|[a-z0-9][a-z0-9-]{0,39}@[0-9a-f]{12})$",
    )
    train_size: int = knob(
        55_000,
        ge=100,
        le=TRAIN_TOTAL,
        unit="images",
        title="Training images",
        help=f"How many images the network may learn from: of MNIST's, {TRAIN_TOTAL:,} at most.",
    )
    val_size: int = knob(
        5_000,
        ge=0,
        le=10_000,
        unit="images",
        title="Validation images",
        help="Images kept aside to choose by, measured after every epoch. 0 measures none.",
    )
    epochs: int = knob(
        2, ge=1, le=200, title="Epochs", help="How many times training passes over all training images."
    )
    batch_size: int = knob(
        128,
        ge=1,
        le=4096,
        scale="log",
        unit="images",
        title="Batch size",
        help="How many images are averaged into one update of the weights.",
    )
    optimizer: OptimizerName = knob(
        "adam",
        options={"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "muon": "Muon"},
        title="Optimizer",
        help="The rule that turns a gradient into an update. Muon turns the matrices of weights, a "
        "convolution's kernels laid flat to one; biases and norms it leaves to AdamW.",
    )
    lr: float = knob(
        0.005,
        ge=1e-6,
        le=10.0,
        scale="log",
        title="Learning rate",
        help="How large each update is. Too small crawls, too large breaks.",
    )
    momentum: float = knob(
        0.9,
        ge=0.0,
        le=0.999,
        title="Momentum",
        help="SGD, RMSprop and Muon: the share of the last update carried into the next.",
    )
    nesterov: bool = knob(
        False,
        title="Nesterov",
        help="SGD: look ahead along the momentum before measuring the gradient. Muon always does.",
    )
    weight_decay: float = knob(
        0.0, ge=0.0, le=1.0, scale="log", title="Weight decay", help="A pull of every weight towards zero."
    )
    schedule: ScheduleName = knob(
        "one_cycle",
        options={"constant": "Constant", "step": "Step", "cosine": "Cosine", "one_cycle": "One cycle"},
        title="Schedule",
        help="How the learning rate moves during the run.",
    )
    augment: bool = knob(
        False,
        title="Augmentation",
        help="Shift, turn and resize each training image a little, anew every epoch.",
    )
    augment_by: AugmentBy = knob(
        "all",
        title="Augmentation by",
        options={"all": "All three", "shift": "Shift alone", "turn": "Turn alone", "resize": "Size alone"},
        help="Which of the three varies an image, if it is augmented: up to 2 pixels, 12 degrees, 12 %.",
    )
    label_smoothing: float = knob(
        0.0,
        ge=0.0,
        le=0.5,
        title="Label smoothing",
        help="The share of every label that is spread evenly over all classes: it must never be quite sure.",
    )
    clip: float = knob(
        0.0,
        ge=0.0,
        le=100.0,
        title="Gradient clipping",
        help="A gradient longer than this is cut to this length. 0 cuts none.",
    )
    warmup: float = knob(
        0.0,
        ge=0.0,
        le=0.5,
        title="Warm-up",
        help="The share of the run over which the learning rate rises from almost nothing. One cycle rises "
        "by itself.",
    )
    ema: float = knob(
        0.0,
        ge=0.0,
        le=0.9999,
        title="Mean of weights",
        help="What is judged and kept is a running mean of the weights that keeps so much of itself at each "
        "step. 0: the weights of the last step.",
    )
    l1: float = knob(
        0.0,
        ge=0.0,
        le=0.1,
        scale="log",
        title="Lasso penalty",
        help="L1: a pull of every weight towards zero, as strong for small ones, so that many end near it.",
    )
    wrong_labels: float = knob(
        0.0,
        ge=0.0,
        le=1.0,
        title="Wrong labels",
        help="The share of the training images that get another class's label, by chance.",
    )
    rare_digit: RareDigit = knob(
        "none",
        title="Rare digit",
        options={"none": "None"},
        help="A digit of which training sees little: others come in its place. The test stays as it is.",
    )
    rare_share: float = knob(
        0.1,
        ge=0.0,
        le=1.0,
        title="Share of it that stays",
        help="How much of the rare digit's training images is left, if one is rare.",
    )
    normalize: NormalizeName = knob(
        "mnist",
        options={"mnist": "Mean 0, deviation 1", "half": "0.5 and 0.5 (-1 to 1)"},
        title="Grey levels",
        help="How they become numbers. Drawing uses the same, always.",
    )
    precision: PrecisionName = knob(
        "float32",
        options={"bfloat16": "bfloat16, mixed"},
        title="Arithmetic",
        help="Mixed: layers multiply numbers kept to two or three significant places; weights and updates "
        "keep seven. Quicker only where the processor has such numbers.",
    )
    internals: bool = knob(
        False,
        title="Watch inside",
        help="Measures now and then how long each layer's gradient is, how far a step moves its weights, and "
        "how many units are off. It changes no result.",
    )
    seed: int = knob(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        help="Fixes every random choice: the same seed on the same machine, with as many threads, "
        "repeats the run exactly.",
    )
    device: DeviceName = knob(
        "auto",
        options={"auto": "Automatic", "cpu": "CPU", "cuda": "GPU (CUDA)", "mps": "GPU (Apple)"},
        title="Device",
        help="Where the arithmetic happens. Automatic takes a GPU if there is one.",
    )

    @property
    def called(self) -> str:
        """What a run of no preset is called: its network, after images that are not MNIST's."""
        name = self.dataset.partition("@")[0]
        return str(self.net) if name == "mnist" else f"{name}-{self.net}"

    @property
    def movable(self) -> tuple[str, ...]:
        idle = {"momentum"} if self.optimizer not in WITH_MOMENTUM else set()
        idle |= {"dropout"} if self.net in WITHOUT["dropout"] else set()
        return tuple(name for name in MOVABLE if name not in idle)

    @field_validator("augment_by")
    @classmethod
    def _without_augmentation_by_nothing(cls, by: AugmentBy, info: ValidationInfo) -> AugmentBy:
        """So that equal settings are equal."""
        return by if info.data.get("augment") else "all"

    @model_validator(mode="after")
    def _splits_do_not_overlap(self) -> Self:
        if sentence := overlap(self.train_size, self.val_size):
            raise ValueError(sentence)
        return self

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> Self:
        if self.nesterov and self.optimizer == "sgd" and self.momentum == 0:
            raise ValueError("Momentum must be above 0 for Nesterov. Got 0 instead.")
        return self
