"""What augmentation makes of a digit: itself, and as training may see it in six epochs."""

from __future__ import annotations

import streamlit as st
import torch

from dlcore.mnist.augment import PARTS, augment
from dlcore.mnist.files import load_test
from dlcore.training.config import TrainConfig
from ui import live

DIGIT, VARIED = 2, 6  # of the test digits: a 1, which shows a turn best


def show(config: TrainConfig) -> None:
    """Nothing if it does not augment."""
    if not config.augment:
        return
    digit = load_test().images[DIGIT : DIGIT + 1]
    generator = torch.Generator().manual_seed(config.seed + 1)
    varied = augment(digit.expand(VARIED, 1, 28, 28), generator, PARTS[config.augment_by])
    pictures = [picture[0].numpy() for picture in torch.cat([digit, varied])]
    st.markdown("A digit, then as training may see it:")
    captions = ["itself", *("varied" for _ in range(VARIED))]
    alts = ["A 1 as it is", *(f"The same 1, varied, {number}" for number in range(1, VARIED + 1))]
    live.digit_tiles(pictures, captions, alts, side=44)
