"""The way from a file to five names: each step with its line of code and the numbers that came out."""

from __future__ import annotations

from dataclasses import dataclass

from dlcore.vision.config import RecogniserConfig
from dlcore.vision.networks import Network, lite0
from dlcore.vision.prepare import scaling
from dlcore.vision.recipe import Scaling
from dlcore.vision.recogniser import Named
from dlcore.words import vote_percent


@dataclass(frozen=True)
class Step:
    """`picture` names what there is to see: "opened", "resized", "cropped", or "" for numbers alone."""

    title: str
    code: str
    words: str
    picture: str = ""


def steps(
    named: Named, opened: tuple[int, int], config: RecogniserConfig, network: Network | None = None
) -> tuple[Step, ...]:
    """`opened`: width and height of the picture, in pixels; `network`: who answered, Lite0 by default."""
    network = network or lite0()
    recipe = network.recipe
    prepared, best, side = named.prepared, named.guesses[0], recipe.crop
    red, green, blue = prepared.cropped.getpixel((side // 2, side // 2))  # type: ignore[misc]
    how = scaling(config.scale, recipe)
    swap = "[..., [2, 1, 0]]  # as OpenCV reads a file" if config.channels == "bgr" else ""
    left, top = prepared.corner
    total = float(named.logits.double().exp().sum())
    wide, tall = prepared.resized.size
    gap = f", reducing_gap={recipe.gap}" if recipe.gap else ""
    return (
        Step("Open", 'img = Image.open("photo.jpg")', f"{opened[0]}×{opened[1]} pixels.", "opened"),
        Step(
            "Resize",
            f"img = img.resize(({wide}, {tall}), Image.Resampling.{recipe.interpolation}{gap})",
            f"The shorter side becomes {recipe.resize}: {wide}×{tall} pixels.",
            "resized",
        ),
        Step(
            "Crop",
            f"img = img.crop(({left}, {top}, {left + side}, {top + side}))",
            f"{side}×{side} pixels are kept. What lies outside is never seen.",
            "cropped",
        ),
        Step(
            "To numbers",
            f"x = np.array(img, np.float32){swap}",
            f"Three numbers for each pixel, {3 * side * side:,} in all. In the middle: "
            f"red {red}, green {green}, blue {blue}.",
        ),
        Step("Scale", how.code if how else "# left out", _range_words(named, how, recipe.scaling)),
        Step(
            "Batch",
            "x = torch.from_numpy(x).float().permute(2, 0, 1)[None]",
            f"Networks read several pictures at once: here one, (1, 3, {side}, {side}).",
        ),
        Step(
            "Logits",
            f"{_made(network)}net.{config.mode}(); logits = net(x)",
            f"A thousand numbers, the highest {best.logit:.2f} for {best.name}.",
        ),
        Step(
            "Softmax",
            "shares = logits.softmax(1)",
            f"exp({best.logit:.4f}) divided by the sum of all thousand, {total:,.0f}: "
            f"{vote_percent(best.share)}. All shares add up to 100 %: it cannot say “none of these”.",
        ),
    )


def _range_words(named: Named, how: Scaling | None, own: Scaling) -> str:
    low, high = float(named.prepared.batch.min()), float(named.prepared.batch.max())
    if how is None:
        return f"The numbers go from {low:.0f} to {high:.0f}: nobody scaled them."
    told = ", as in its training" if how == own else ": not the scale of its training"
    return f"The numbers go from {low:.2f} to {high:.2f}{told}."


def _made(network: Network) -> str:
    """How torchvision makes it; Lite0 is none of its own."""
    if not network.builder:
        return ""
    return f'net = models.get_model("{network.builder}", weights="{network.weights}")\n'
