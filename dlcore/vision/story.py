"""The way from a file to five names: each step with its line of code and the numbers that came out."""

from __future__ import annotations

from dataclasses import dataclass

from dlcore.vision.config import RecogniserConfig
from dlcore.vision.prepare import SHORTER, SIDE
from dlcore.vision.recogniser import Named
from dlcore.words import vote_percent


@dataclass(frozen=True)
class Step:
    """`picture` names what there is to see: "opened", "resized", "cropped", or "" for numbers alone."""

    title: str
    code: str
    words: str
    picture: str = ""


SCALES = {
    "own": ("x = (x - 127) / 128", "from {low:.2f} to {high:.2f}, as in its training"),
    "imagenet": (
        "x = (x / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]",
        "from {low:.2f} to {high:.2f}: not the scale of its training",
    ),
    "none": ("", "from {low:.0f} to {high:.0f}: nobody scaled them"),
}


def steps(named: Named, opened: tuple[int, int], config: RecogniserConfig) -> tuple[Step, ...]:
    """`opened`: width and height of the picture, in pixels."""
    prepared, best = named.prepared, named.guesses[0]
    red, green, blue = prepared.cropped.getpixel((SIDE // 2, SIDE // 2))  # type: ignore[misc]
    line, numbers = SCALES[config.scale]
    swap = "[..., [2, 1, 0]]  # as OpenCV reads a file" if config.channels == "bgr" else ""
    low, high = float(prepared.batch.min()), float(prepared.batch.max())
    left, top = prepared.corner
    total = float(named.logits.exp().sum())
    wide, tall = prepared.resized.size
    return (
        Step("Open", 'img = Image.open("photo.jpg")', f"{opened[0]}×{opened[1]} pixels.", "opened"),
        Step(
            "Resize",
            f"img = img.resize(({wide}, {tall}), Image.Resampling.BICUBIC, reducing_gap=2.0)",
            f"The shorter side becomes {SHORTER}: {wide}×{tall} pixels.",
            "resized",
        ),
        Step(
            "Crop",
            f"img = img.crop(({left}, {top}, {left + SIDE}, {top + SIDE}))",
            f"{SIDE}×{SIDE} pixels are kept. What lies outside is never seen.",
            "cropped",
        ),
        Step(
            "To numbers",
            f"x = np.array(img, np.float32){swap}",
            f"Three numbers for each pixel, {3 * SIDE * SIDE:,} in all. In the middle: "
            f"red {red}, green {green}, blue {blue}.",
        ),
        Step("Scale", line or "# left out", f"The numbers go {numbers.format(low=low, high=high)}."),
        Step(
            "Batch",
            "x = torch.from_numpy(x).float().permute(2, 0, 1)[None]",
            "Networks read several pictures at once: here one, (1, 3, 224, 224).",
        ),
        Step(
            "Logits",
            f"net.{config.mode}(); logits = net(x)",
            f"A thousand numbers, the highest {best.logit:.2f} for {best.name}.",
        ),
        Step(
            "Softmax",
            "shares = logits.softmax(1)",
            f"exp({best.logit:.4f}) divided by the sum of all thousand, {total:,.0f}: "
            f"{vote_percent(best.share)}. All shares add up to 100 %: it cannot say “none of these”.",
        ),
    )
