"""What one forger makes of noise: all its moments, a walk between two noises, a plane of noises, copies?"""

from __future__ import annotations

from functools import partial
from typing import Literal

import streamlit as st
import torch

from dlcore.figures.digits import data_uri, digit_image
from dlcore.figures.gan import wall_picture, wall_sheet
from dlcore.gan.data import digits_to_learn
from dlcore.gan.drawing import between, drawn, film, nearest, noise_of, noise_plane, pictures, walk
from dlcore.gan.networks import CLASSES
from dlcore.run import Checkpoint, Run
from dlcore.words import percent
from ui import form, live
from ui.components.sheets.component import show_sheets
from ui.explain import explain
from ui.lenses import gan
from ui.remember import remembered

STOPS = 9  # of a walk, drawn under the slider
MOST_SEED = 9_999
WALL = 30


def choose_digit(page: str, digit: int | None) -> int:
    """Which digit is asked for; of a forger of one digit, that one."""
    if digit is not None:
        st.caption(f"This forger draws the digit {digit} alone.")
        return digit
    chosen = st.segmented_control(
        "Digit",
        list(range(CLASSES)),
        default=3,
        required=True,
        key=form.key(page, "digit"),
        persist_state="session",
    )
    return int(chosen)


def _seed(label: str, first: int, key: str, width: int | Literal["stretch"] = "stretch") -> int:
    """Of a noise; it stays while one looks at another page, or in another way."""
    return int(st.number_input(label, 0, MOST_SEED, first, key=key, width=width, persist_state="session"))


def show_film(page: str, run: Run, digit: int) -> None:
    """One noise at every kept moment."""
    seed = _seed("Noise by seed", 7, form.key(page, "film_seed"), width=160)
    pairs = [gan.pair(checkpoint) for checkpoint in run.checkpoints]
    strip = film([pair[0] for pair in pairs], digit, seed)
    steps = [f"{checkpoint.step:,}" for checkpoint in run.checkpoints]
    live.digit_tiles(list(strip), steps, [f"A drawing of a {digit} at step {step}" for step in steps])


def show_walk(page: str, checkpoint: Checkpoint, digit: int) -> None:
    """From one noise to another along a slider."""
    key = partial(form.key, page)
    forger = gan.pair(checkpoint)[0]
    left, right = st.columns(2)
    with left:
        start = _seed("From the noise of seed", 1, key("from"))
    with right:
        end = _seed("to that of seed", 2, key("to"))
    share = st.slider("How far on the way", 0, 100, 50, step=2, format="%d %%", key=key("share")) / 100
    noise = between(noise_of(start, forger.noise)[0], noise_of(end, forger.noise)[0], torch.tensor([share]))
    (now,) = pictures(forger, noise, torch.tensor([digit]))
    stops = remembered(
        key("stops"), (checkpoint.digest, digit, start, end), lambda: walk(forger, digit, (start, end), STOPS)
    )
    strip = data_uri(wall_picture(stops, STOPS))
    style = "image-rendering:pixelated;border-radius:4px"
    st.html(
        '<div style="display:flex;flex-wrap:wrap;gap:12px;align-items:center">'
        f'<img src="{data_uri(digit_image(now, 140))}" alt="A {digit}, {percent(share)} of the way" '
        f'width="140" height="140" style="{style}">'
        f'<img src="{strip}" alt="The whole way in {STOPS} stops" '
        f'style="{style};max-width:100%;width:504px"></div>'
    )


def show_plane(page: str, checkpoint: Checkpoint, digit: int) -> None:
    """Two numbers of a noise vary, the others stay."""
    key = partial(form.key, page)
    forger = gan.pair(checkpoint)[0]
    one, two, three = st.columns(3)
    with one:
        seed = _seed("Noise by seed", 1, key("plane_seed"))
    across = int(two.number_input("Across: number", 1, forger.noise, 1, key=key("across")))
    down = int(three.number_input("Upwards: number", 1, forger.noise, min(2, forger.noise), key=key("down")))
    found = remembered(
        key("plane"),
        (checkpoint.digest, digit, seed, across, down),
        lambda: noise_plane(forger, digit, seed, (across - 1, down - 1)),
    )
    picture = data_uri(wall_picture(found, 9, scale=1))
    st.html(
        f'<img src="{picture}" alt="81 drawings of a {digit}: two numbers of the noise go from −2 to 2" '
        'style="image-rendering:pixelated;border-radius:4px;width:100%;max-width:504px">'
    )
    st.caption(explain(f"Two of the {forger.noise} numbers of the noise go from −2 to 2, the others stay."))


def show_nearest(page: str, checkpoint: Checkpoint, digit: int | None) -> None:
    """A click on a drawing: the training digit that is most like it."""
    key = partial(form.key, page)
    forger, _, _ = gan.pair(checkpoint)
    wall = remembered(key("wall"), (checkpoint.digest,), lambda: drawn(forger, digit, count=WALL, seed=5))
    chosen = st.session_state.setdefault(key("fake"), 0)

    def choose(_: str, cell: int) -> None:
        st.session_state[key("fake")] = cell

    left, right = st.columns([3, 2], gap="large")
    with left:
        sheet = wall_sheet(wall, "fakes", 10, f"{WALL} drawings, number {chosen + 1} chosen", chosen=chosen)
        show_sheets([[sheet]], f"{page}-fakes", choose, leads_to=key("nearest"))
    with right, st.container(key=key("nearest")):
        digits = digits_to_learn(digit)
        place, apart = remembered(
            key("found"), (checkpoint.digest, chosen), lambda: nearest(wall[chosen], digits)
        )
        other = digits.images[place, 0].numpy()
        live.digit_tiles(
            [wall[chosen], other],
            ["the drawing", f"nearest, a {int(digits.labels[place])}"],
            ["The chosen drawing", "The training digit that is most like it"],
            side=96,
        )
        st.caption(
            f"Of {len(digits):,} training digits none is nearer: their grey levels differ by {apart:.0f} of "
            "255 (root of the mean square). A copy would differ by 0."
        )
