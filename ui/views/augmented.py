"""What augmentation makes of a digit: itself, and as training may see it in six epochs."""

from __future__ import annotations

import streamlit as st
import torch

from dlcore.datasets.dataset import MNIST
from dlcore.mnist.augment import PARTS, augment
from dlcore.runs.jobs.mnist import watched_samples
from dlcore.training.config import TrainConfig
from ui import live

DIGIT, VARIED = 1, 6  # of the watched digits: a 1, which shows a turn best


def show(config: TrainConfig) -> None:
    """Nothing if it does not augment."""
    if not config.augment:
        return
    digits = config.dataset == MNIST
    watched = watched_samples(config.dataset).images
    digit = watched[DIGIT : DIGIT + 1] if digits else watched[:1]
    generator = torch.Generator().manual_seed(config.seed + 1)
    varied = augment(digit.expand(VARIED, 1, 28, 28), generator, PARTS[config.augment_by])
    pictures = [picture[0].numpy() for picture in torch.cat([digit, varied])]
    noun = "1" if digits else "test image"
    st.markdown(f"{'A digit' if digits else 'An image'}, then as training may see it:")
    captions = ["itself", *("varied" for _ in range(VARIED))]
    alts = [f"A {noun} as it is", *(f"The same {noun}, varied, {number}" for number in range(1, VARIED + 1))]
    live.digit_tiles(pictures, captions, alts, side=44)
