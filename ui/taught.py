"""Which of the lab's words a page speaks of: at its foot each can be asked for, whatever stands above it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dlcore.glossary import BY_NAME, Term
from ui.explain import link

# By the page's file. A page comes first at the words of its subject.
_WORDS: Mapping[str, str] = {
    "home.py": "MNIST, label, filter, loss, nat, criterion, test images, learning rate, parameter",
    "runs.py": "knob, seed, noise floor, 95 % band, validation, confusion, epoch, test images, weight",
    "my_work.py": "run, seed, test images",
    "machine.py": "run, step",
    "class.py": "noise floor, seed, 95 % band, test images, loss",
    "mnist/draw.py": "MNIST, softmax, checkpoint, test images, preprocessing",
    "mnist/fool.py": "adversarial example, gradient, test images",
    "classifier.py": "head, label, 95 % band, confusion, fine-tuning",
    "picture_app.py": "softmax, label, head",
    "gan.py": (
        "GAN, forger, detective, gradient, loss, seed, Fréchet distance, parameter, test images, MNIST, "
        "preset, step"
    ),
    "gan/train.py": (
        "GAN, forger, detective, gradient, loss, seed, Fréchet distance, learning rate, batch, schedule, "
        "thread, label"
    ),
    "gan/plane.py": (
        "GAN, forger, detective, gradient, loss, seed, mode collapse, learning rate, optimizer, batch, layer"
    ),
    "recogniser.py": "logit, softmax, label, batch, batch norm, gradient, dropout",
    "mnist/hand.py": "fine-tuning, MNIST, label, test images, 95 % band, epoch, weight, checkpoint",
    "playground.py": "activation, batch, epoch, learning rate, loss, optimizer, seed, weight",
    "mnist/train.py": (
        "loss, learning rate, batch, epoch, step, validation, optimizer, seed, dropout, confusion, "
        "checkpoint, schedule, weight decay, preset, run, thread, test images, gradient, weight, "
        "dead unit, layer, unit, momentum, activation, ReLU, sigmoid, bias, Muon, mixed arithmetic, "
        "group norm"
    ),
    "lr_finder.py": (
        "learning rate, range test, loss, nat, batch, step, optimizer, SGD, Adam, RMSprop, momentum, "
        "gradient, weight, unit, schedule, seed, validation"
    ),
    "sweep.py": (
        "sweep, knob, seed, noise floor, median, learning rate, dropout, run, preset, step, loss, "
        "test images, optimizer, weight decay, Adam, label, weight, epoch, batch, schedule"
    ),
    "black_patch/train.py": "weight, hidden unit, unit, label, dead unit, learning rate, epoch, test images",
    "optimizers/race.py": "optimizer, SGD, momentum, RMSprop, Adam, gradient, saddle",
    "mnist/loss_surface.py": (
        "surface, loss, nat, weight, sharpness, normalisation, dropout, checkpoint, test images"
    ),
    "builder.py": (
        "architecture, layer, activation, parameter, logit, filter, map, ReLU, sigmoid, dropout, weight, "
        "gradient, softmax, epoch, test images, 95 % band"
    ),
    "bug_lab.py": (
        "loss, nat, gradient, epoch, batch, learning rate, dropout, softmax, optimizer, SGD, label, "
        "weight, layer, confusion, test images, seed"
    ),
    "black_patch/inside.py": "weight, gradient, backpropagation, bias, sigmoid, unit, label, loss",
    "activations_and_gradients.py": (
        "activation, gradient, sigmoid, ReLU, dead unit, normalisation, weight, unit, loss, batch, label, "
        "seed"
    ),
    "tensors.py": (
        "tensor, autograd, gradient, leaf, backpropagation, broadcasting, stride, view, ReLU, sigmoid, "
        "loss, optimizer, batch, thread, multiply-add, label"
    ),
    "mnist/activations.py": "filter, map, activation, ReLU, convolution, pooling, bias, label, test images",
    "mnist/embedding.py": "embedding, layer, PCA, t-SNE, perplexity, variance, epoch, label, test images",
    "black_patch/embedding.py": "embedding, layer, PCA, t-SNE, perplexity, variance, epoch, logit, weight",
    "mnist/structure.py": "layer, parameter, multiply-add, architecture, convolution, bias, ReLU, dropout",
    "mnist/profiling.py": (
        "profile, operator, thread, batch, pooling, inference, gradient, autograd, loss, weight, "
        "convolution, ReLU, softmax, optimizer"
    ),
    "black_patch/profiling.py": "profile, multiply-add, autograd, batch, epoch, loss, weight",
    "mnist/data.py": (
        "batch, DataLoader, tensor, normalisation, MNIST, label, validation, test images, epoch, "
        "preprocessing, seed"
    ),
    "many_gpus.py": (
        "rank, DDP, all-reduce, all-gather, gradient, bias, batch, loss, learning rate, epoch, weight, "
        "checkpoint, backpropagation, test images, thread, SGD, label, step"
    ),
    "mnist/export.py": (
        "architecture, preprocessing, normalisation, safetensors, ONNX, TorchScript, engine, logit, "
        "weight, label, seed, test images, inference, epoch"
    ),
}
WORDS = {file: tuple(words.split(", ")) for file, words in _WORDS.items()}


def words_of(file: str) -> tuple[Term, ...]:
    """Of the page of this file."""
    return tuple(BY_NAME[name] for name in WORDS.get(file, ()))


def pages_of(term: Term) -> tuple[str, ...]:
    """The files of the pages that speak of it, those first that speak of it first."""
    having = [file for file, names in WORDS.items() if term.name in names]
    return tuple(sorted(having, key=lambda file: WORDS[file].index(term.name)))


def foot(file: str) -> None:
    """The words of a page in one line, each of which explains itself."""
    if words := words_of(file):
        st.markdown(f":gray[Words here:] {' · '.join(link(term) for term in words)}")
