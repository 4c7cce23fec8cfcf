"""The lab's own words, each in one sentence. What stands on a page and is no everyday word stands here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    name: str
    meaning: str  # one sentence, 20 words at most
    forms: tuple[str, ...] = ()  # how else it is written on screen
    everyday: bool = False  # also an everyday word: it is explained here, but not wherever it stands

    @property
    def slug(self) -> str:
        """By which an address finds it."""
        return "-".join(re.findall("[a-z0-9]+", self.name.lower()))

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.name, *self.forms)


TERMS = (
    Term(
        "95 % band",
        "Where the true share lies in 95 of 100 cases: within it, differences are within chance.",
        ("within chance",),
    ),
    Term("activation", "The number that a unit puts out for one input.", ("activations",)),
    Term(
        "Adam",
        "An optimizer that gives each weight its own step: smaller where its gradients are large.",
        ("AdamW",),
    ),
    Term(
        "adversarial example",
        "An input changed a little, on purpose, so that a network misreads it.",
        ("adversarial examples",),
    ),
    Term("all-gather", "The second half of an all-reduce: each rank hands on the sums that are finished."),
    Term(
        "all-reduce",
        "Adding up a vector of each rank, so that all hold the sum: in a ring, chunk by chunk.",
    ),
    Term("architecture", "Which layers a network has and how they are connected, without their weights."),
    Term("autograd", "The part of torch that records each operation and finds all gradients by itself."),
    Term(
        "backpropagation",
        "Going back through the network to find how much each weight is to blame for the loss.",
    ),
    Term(
        "batch",
        "The images that are looked at together before the weights change once.",
        ("batches", "batch size"),
    ),
    Term(
        "batch norm",
        "Scales what a layer gives by its mean and spread: in training the batch's, then those gathered.",
    ),
    Term("bias", "A number that a unit adds to its sum, whatever the input is.", ("biases",)),
    Term(
        "broadcasting",
        "Stretching axes of length 1, so that tensors of two shapes can meet value by value.",
    ),
    Term(
        "checkpoint",
        "The weights as they stood at one moment of a training, kept to come back to.",
        ("checkpoints",),
    ),
    Term(
        "confusion",
        "A table of which digit was read as which: what lies off the diagonal are mistakes.",
        ("confusion matrix",),
    ),
    Term(
        "convolution",
        "Sliding a small filter over an image and scoring, place by place, how well it fits.",
        ("convolutions",),
    ),
    Term("criterion", "The number that training makes smaller: it says how bad the answers are."),
    Term("DataLoader", "The part of torch that draws examples, prepares each and stacks them into batches."),
    Term(
        "DDP",
        "DistributedDataParallel of torch: every rank holds all weights, and gradients are averaged.",
    ),
    Term(
        "dead unit",
        "A unit that gives 0 on every input: it gets no gradient and never learns again.",
        ("dead units", "dead"),
    ),
    Term(
        "detective",
        "The network of a GAN that tells real from fake, also called discriminator.",
        ("detectives",),
        everyday=True,
    ),
    Term("dropout", "Switching off some units at random while training, so that none is relied on alone."),
    Term("embedding", "Where an image lies among others, if a layer's numbers are taken as its place."),
    Term("engine", "A program that computes a network's answer from its file.", ("engines",)),
    Term("epoch", "One pass through all training images.", ("epochs",)),
    Term(
        "filter",
        "A small pattern of weights, slid over the image; also called a kernel.",
        ("filters", "kernel", "kernels"),
    ),
    Term(
        "fine-tuning",
        "Training a finished network a little further on new examples.",
        ("fine-tune", "fine-tuned"),
    ),
    Term(
        "forger",
        "The network of a GAN that makes fakes of random numbers, also called generator.",
        ("forgers",),
        everyday=True,
    ),
    Term(
        "Fréchet distance",
        "How far drawings lie from real digits, by a reader's features: 0 if they lie alike.",
    ),
    Term(
        "GAN",
        "Two networks that train each other: one makes fakes, one tells them from what is real.",
        ("GANs",),
    ),
    Term(
        "gradient", "How fast the loss rises if a weight grows: training steps the other way.", ("gradients",)
    ),
    Term(
        "group norm",
        "Brings what a layer makes of one image to mean 0 and deviation 1, then scales and shifts it.",
    ),
    Term(
        "head",
        "The last layer: it turns features into classes, and alone learns where a network is borrowed.",
        ("heads",),
    ),
    Term(
        "hidden unit",
        "A unit between input and output: training finds out what it looks for.",
        ("hidden units",),
    ),
    Term("inference", "Letting a trained network answer, without changing it."),
    Term("knob", "A setting of training that you choose, such as the learning rate.", ("knobs",)),
    Term("label", "The right answer that comes with an example.", ("labels", "labelled")),
    Term("layer", "Units that all read what the units before them put out.", ("layers",), everyday=True),
    Term(
        "leaf",
        "A tensor that no operation made: here gradients arrive, in its .grad.",
        ("leaves",),
        everyday=True,
    ),
    Term("learning rate", "How far a step moves each weight against its gradient.", ("learning rates", "lr")),
    Term(
        "logit",
        "A network's raw score for one answer, before softmax makes shares of all scores.",
        ("logits",),
    ),
    Term("loss", "One number for how bad an answer is: 0 when it is right and sure.", ("losses",)),
    Term("map", "What one filter finds, place by place, as an image.", ("maps",), everyday=True),
    Term(
        "median", "The value in the middle: as many are larger as are smaller.", ("medians",), everyday=True
    ),
    Term(
        "mixed arithmetic",
        "Layers multiply numbers kept to two or three significant places, quicker only where the processor "
        "has such numbers.",
    ),
    Term("MNIST", "70,000 handwritten digits of 28×28 grey pixels: 60,000 to learn from, 10,000 to test on."),
    Term("mode collapse", "The forger makes only a few kinds of all there are, again and again."),
    Term("momentum", "Keeping part of the last step, so that steps in one direction add up.", ("Nesterov",)),
    Term(
        "multiply-add",
        "One weight times one number, added to a sum: a network's work is counted in them.",
        ("multiply-adds",),
    ),
    Term("Muon", "An optimizer that makes the step of each weight matrix equally large in every direction."),
    Term(
        "nat",
        "The unit of loss, counted with natural logarithms: guessing among ten costs ln 10 = 2.30 nats.",
        ("nats",),
    ),
    Term("noise floor", "The difference that luck alone makes: what is smaller has not been shown."),
    Term(
        "normalisation",
        "Shifting and scaling numbers by a fixed rule, the same in training and in use.",
        ("normalised", "normalization"),
    ),
    Term("ONNX", "A file format for networks that many other programs can run."),
    Term(
        "operator", "One kind of computation that torch carries out, such as a convolution.", ("operators",)
    ),
    Term("optimizer", "The rule that turns gradients into changes of the weights.", ("optimizers",)),
    Term("parameter", "A number that training adjusts: a weight or a bias.", ("parameters",)),
    Term("PCA", "Looking at points of many dimensions from the side where they spread most."),
    Term("perplexity", "About how many neighbours t-SNE keeps each point near to."),
    Term(
        "pooling",
        "Keeping only the largest of four neighbours, which halves an image's sides.",
        ("pool", "pools"),
    ),
    Term("preprocessing", "What is done to an image before the network sees it."),
    Term("preset", "A whole set-up under one name, chosen with one click.", ("presets",)),
    Term("profile", "A measurement of where a program spends its time.", ("profiling",)),
    Term(
        "range test",
        "A short training in which the learning rate grows with each step, until the loss breaks.",
        ("learning-rate finder",),
    ),
    Term("rank", "One of the processes that train together, and its number, from 0.", ("ranks",)),
    Term("ReLU", "What many units do at the end: pass on what is above 0, and 0 for the rest.", ("ReLUs",)),
    Term("RMSprop", "An optimizer that divides each step by how large the weight's last gradients were."),
    Term(
        "run", "One training from start to end, kept with its settings and results.", ("runs",), everyday=True
    ),
    Term("saddle", "A place where the ground falls one way and rises the other.", ("saddles",)),
    Term("safetensors", "A file format that holds a network's weights and cannot run as a program."),
    Term("schedule", "A plan by which the learning rate changes while training goes on.", ("schedules",)),
    Term(
        "seed", "The number from which all random choices come: the same seed, the same choices.", ("seeds",)
    ),
    Term(
        "SGD",
        "Stochastic gradient descent: each step is the learning rate times one batch's gradient, downwards.",
    ),
    Term("sharpness", "How fast the loss rises around the weights: little around a flat valley."),
    Term("sigmoid", "A curve that makes a share between 0 and 1 of any number."),
    Term("softmax", "Makes shares that add up to 100 % of a network's raw scores."),
    Term("step", "One change of all weights, after one batch.", ("steps",), everyday=True),
    Term(
        "stride",
        "How many cells of storage lie between one value and the next along an axis.",
        ("strides",),
        everyday=True,
    ),
    Term(
        "surface",
        "The loss over two directions of the weights, drawn as a landscape.",
        ("surfaces",),
        everyday=True,
    ),
    Term("sweep", "Many runs that try several settings, each with several seeds.", ("sweeps",)),
    Term("t-SNE", "A way to lay out points of many dimensions so that neighbours stay neighbours."),
    Term(
        "tensor",
        "A table of numbers with a shape, a kind of number and a device where it lies.",
        ("tensors",),
        everyday=True,
    ),
    Term(
        "test images",
        "Images kept apart for the end: the network has never learned from them.",
        ("test image", "test digits", "test digit"),
    ),
    Term("thread", "A strand of work that a processor's core does beside others.", ("threads",)),
    Term("TorchScript", "A file format of torch: a network that runs without its Python code."),
    Term(
        "unit",
        "A small sum: inputs times weights, plus a bias, bent by ReLU or sigmoid.",
        ("units",),
        everyday=True,
    ),
    Term(
        "validation", "Examples kept apart while training, to see how it does on what it did not learn from."
    ),
    Term("variance", "How far numbers spread around their mean, squared."),
    Term(
        "view",
        "A tensor that looks at the storage of another: change one, and both have changed.",
        ("views",),
        everyday=True,
    ),
    Term("weight", "A number by which an input counts for or against; training adjusts it.", ("weights",)),
    Term("weight decay", "Pulling every weight a little towards 0 at each step."),
)

BY_NAME: Mapping[str, Term] = {term.name: term for term in TERMS}
BY_SPELLING: Mapping[str, Term] = {said.lower(): term for term in TERMS for said in term.spellings}


def _pattern() -> re.Pattern[str]:
    """Any spelling as a whole word, the longest first: "weight decay" is no "weight"."""
    spellings = sorted((said for term in TERMS for said in term.spellings), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, spellings))})(?![\w-])", re.IGNORECASE)


SPELLED = _pattern()
