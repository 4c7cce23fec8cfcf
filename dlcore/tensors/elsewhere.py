"""What others say of a machine that is not here, with the place where it is said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stated:
    """`rate` in operations a second."""

    words: str
    rate: float
    title: str
    source: str


STATED = Stated(
    "An NVIDIA H100 has 132 × 128 cores for float32: 66,900 billion operations a second at most.",
    66.9e12,
    "Modal, GPU Glossary: peak rate",
    "https://modal.com/gpu-glossary/perf/peak-rate",
)
