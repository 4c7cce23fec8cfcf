"""A saliency map in words: what its numbers are, and how far they may be trusted."""

from __future__ import annotations

from dlcore.inspection.activations.saliency import PATCH, STEPS, Saliency


def saliency_notes(found: Saliency) -> tuple[str, str]:
    """For the digit and for the map: the logit, and the strongest pixel."""
    return f"logit of {found.digit}: {found.logit:+.2f}", f"strongest ±{abs(found.map).max():.2g}"


def saliency_words(found: Saliency) -> str:
    """The number that checks the method, and what the method leaves out."""
    if found.method == "gradient":
        return (
            "If a pixel had a little more ink, would the logit rise (green) or fall (violet)? It is silent "
            "on large changes: a pixel that already did its work can be 0."
        )
    if found.method == "integrated":
        return (
            f"From blank paper to this digit its logit moves by **{found.difference:+.3f}**. "
            f"The map shares that out: its pixels add up to **{found.total:+.3f}**, {found.gap:.2%} off. "
            f"Summed over {STEPS} steps; against another background than paper it would differ."
        )
    return (
        f"A {PATCH}×{PATCH} patch of paper covers the digit, place by place. At worst the logit of "
        f"{found.digit} falls by **{found.drop:.2f}**, averaged over the patches on that pixel. "
        "It changes what it looks at: a digit with a hole is a new digit."
    )
