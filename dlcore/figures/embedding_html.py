"""All layers of a black patch network in one file that opens in any browser, without a network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go
from plotly.io import to_html

from dlcore.figures.digits import data_uri, maps_image
from dlcore.figures.embedding import embedding_alt, embedding_figure
from dlcore.figures.logits import logit_alt, logit_figure
from dlcore.figures.palette import PALETTES, Theme
from dlcore.inspection.embedding.patches import PatchEmbedding

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 "Source Sans 3", "Source Sans", sans-serif; margin: 2rem auto; max-width: 1400px;
  padding: 0 1rem; color: {text}; background: {background} }}
h1 {{ font-size: 28px }} h2 {{ font-size: 18px; margin: 0 }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); gap: 2rem }}
p {{ color: {muted}; margin: 0.25rem 0 }}
img {{ max-width: 100%; image-rendering: pixelated }}
</style></head><body>
<h1>{title}</h1>
<p>{about}</p>
<main>
{panels}
</main></body></html>
"""


def embedding_html(results: Sequence[PatchEmbedding], name: str, theme: Theme = "light") -> str:
    """An HTML document: one panel for each layer, the logits, the weights of layer 1. `name` is the run's."""
    colours, last = PALETTES[theme], results[-1]
    panels = [
        _panel(_heading(result), embedding_alt(result), embedding_figure(result, theme), first=number == 0)
        for number, result in enumerate(results)
    ]
    panels.append(_panel("Logits", logit_alt(last), logit_figure(last, theme, height=350)))
    units, size = last.widths[1], last.trained.size
    maps = data_uri(maps_image(last.filters, theme, columns=8, scale=5))
    words = f"{units} units, {size}×{size} weights each: green adds, violet takes away."
    picture = f'<img alt="The weights of the {units} units of layer 1" src="{maps}">'
    panels.append(f"<section><h2>Weights of layer 1</h2><p>{words}</p>{picture}</section>")
    total = len(last.labels)
    images = "the fair test" if last.config.images == "fair" else "its own test"
    return PAGE.format(
        title=escape(f"Embedding of {name}"),
        about=f"{total - last.correct} of {total} images of {images} judged wrong. "
        "Point at a mark to see its image.",
        panels="\n".join(panels),
        text=colours.text,
        muted=colours.muted,
        background=colours.background,
    )


def _heading(result: PatchEmbedding) -> str:
    numbers = result.widths[result.config.layer]
    return f"{result.layer_name}: {numbers} number{'s' * (numbers != 1)} an image"


def _panel(heading: str, words: str, figure: go.Figure, *, first: bool = False) -> str:
    """The first one brings plotly.js along."""
    chart = to_html(
        figure,
        full_html=False,
        include_plotlyjs=first,
        config={"displayModeBar": False, "responsive": True},
    )
    return f"<section><h2>{escape(heading)}</h2><p>{escape(words)}</p>{chart}</section>"
