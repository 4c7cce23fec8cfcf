"""The forger and the detective for digits: a small conditional DCGAN.

Radford et al. 2016, "Unsupervised representation learning with deep convolutional generative adversarial
networks"; the detective reads the label as Miyato and Koyama 2018, "cGANs with projection discriminator".
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlcore.randomness import drawn_with

CLASSES, SIDE = 10, 28


class Generator(nn.Module):
    """Noise (B, noise) and labels (B,) -> images (B, 1, 28, 28) from -1 (paper) to 1 (ink).

    74,401 parameters with a noise of 32 and a width of 16.
    """

    def __init__(self, noise: int = 32, width: int = 16) -> None:
        super().__init__()
        self.noise, self.width, self.classes = noise, width, CLASSES  # TorchScript knows no globals
        self.project = nn.Linear(noise + CLASSES, 2 * width * 7 * 7, bias=False)
        self.norm1 = nn.BatchNorm2d(2 * width)
        self.grow1 = nn.ConvTranspose2d(2 * width, width, kernel_size=4, stride=2, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.grow2 = nn.ConvTranspose2d(width, 1, kernel_size=4, stride=2, padding=1)

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        wanted = F.one_hot(labels, self.classes).to(noise.dtype)
        x = self.project(torch.cat([noise, wanted], dim=1)).view(-1, 2 * self.width, 7, 7)
        x = F.relu(self.norm1(x))  # (B, 2 width, 7, 7)
        x = F.relu(self.norm2(self.grow1(x)))  # (B, width, 14, 14)
        return torch.tanh(self.grow2(x))  # (B, 1, 28, 28)


class Discriminator(nn.Module):
    """Images (B, 1, 28, 28) from -1 to 1 and labels (B,) -> logits (B,): above 0 it says real.

    25,745 parameters with a width of 16.
    """

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        features = 2 * width * 7 * 7
        self.conv1 = nn.Conv2d(1, width, kernel_size=4, stride=2, padding=1)
        self.conv2 = nn.Conv2d(width, 2 * width, kernel_size=4, stride=2, padding=1)
        self.judge = nn.Linear(features, 1)
        self.looks_for = nn.Embedding(CLASSES, features)  # what a digit of this label should have
        self.scale = 1 / math.sqrt(features)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        x = F.leaky_relu(self.conv1(images), 0.2)  # (B, width, 14, 14)
        x = F.leaky_relu(self.conv2(x), 0.2).flatten(1)  # (B, features)
        fits = (self.looks_for(labels) * x).sum(1) * self.scale
        logits: Tensor = self.judge(x).squeeze(1) + fits
        return logits


def build_pair(*, noise: int, width: int, seed: int) -> tuple[Generator, Discriminator]:
    """Both on the CPU, their first weights drawn by `seed` alone."""
    with drawn_with(seed):
        return Generator(noise, width), Discriminator(width)
