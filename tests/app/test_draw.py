"""Draw: strokes, uploads and test digits become 28×28 and get a vote; what cannot be read gets a sentence."""

from __future__ import annotations

import base64
import io
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from dlcore.datasets import catalogue
from dlcore.errors import DataError
from dlcore.mnist.files import load_test
from dlcore.serving import draw_cards as cards
from dlcore.serving.draw_cards import CARDS
from dlcore.serving.predictor import Predictor
from tests.app.reading import reading, sees, shares, vote
from ui import sketches
from ui.limits import SKETCH_LETTERS, SKETCHES
from ui.live_vote import Canvas, votes

OpenPage = Callable[..., Any]
PATH = "mnist/draw.py"
SIDE = 280
ONE = [(140, 45), (140, 235)]
SEVEN = [(80, 60), (200, 60), (125, 230)]


@pytest.fixture
def draw(open_page: OpenPage) -> Any:
    return open_page(PATH)


def png(*strokes: list[tuple[int, int]], side: int = SIDE, width: int = 20) -> bytes:
    """What the browser's canvas sends: round white strokes on black."""
    image = Image.new("RGBA", (side, side), "black")
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        pen.line(stroke, fill="white", width=width, joint="curve")
        for x, y in stroke:
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill="white")
    return encoded(image)


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def put(shown: Any, image: bytes, *, page: str = "mnist_draw", sheet: int = 0, strokes: int = 1) -> Any:
    """Let a page's canvas say that it holds this image."""
    data = "data:image/png;base64," + base64.b64encode(image).decode()
    objects = [{"type": "Path"}] * strokes
    shown.at.session_state[f"canvas-{page}-{sheet}"] = {
        "drawing": {"raw": {"objects": objects}, "data": data}
    }
    return shown.run()


def upload(page: Any, name: str, data: bytes) -> Any:
    (key,) = [u.key for u in page.at.file_uploader]  # Clear makes it a new one
    page.at.file_uploader(key=key).upload(name, data)
    return page.run()


def asks_for_a_digit(page: Any) -> bool:
    return not vote(page)["bars"] and "not a zero" in vote(page)["note"]


# --- Drawing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("strokes", "digit"), [(ONE, "1"), (SEVEN, "7")])
def test_it_reads_a_drawing(draw: Any, strokes: list[tuple[int, int]], digit: str) -> None:
    put(draw, png(strokes))
    assert reading(draw) == int(digit)
    bars = shares(draw)
    assert bars.index(max(bars)) == int(digit)
    assert not draw.sentences


def test_where_and_how_large_it_is_drawn_does_not_matter(draw: Any) -> None:
    small = [(x // 3, y // 3) for x, y in SEVEN]
    put(draw, png(small, width=7))
    assert reading(draw) == 7


def test_another_stroke_is_another_drawing(draw: Any) -> None:
    first = sees(put(draw, png(ONE)))
    put(draw, png(ONE, [(100, 45), (140, 45)]), strokes=2)
    assert sees(draw) != first


def test_centring_is_the_learners_choice(draw: Any) -> None:
    corner = png([(x // 3, y // 3) for x, y in SEVEN], width=7)
    centred = sees(put(draw, corner))
    draw.at.toggle(key="mnist_draw__centered").set_value(False).run()
    assert sees(draw) != centred
    draw.at.toggle(key="mnist_draw__centered").set_value(True).run()
    assert sees(draw) == centred


def test_clear_asks_for_a_digit(draw: Any) -> None:
    put(draw, png(ONE)).click("mnist_draw__clear")
    assert asks_for_a_digit(draw)
    put(draw, png(SEVEN), sheet=1)  # a cleared canvas is a new one
    assert reading(draw) == 7


def test_an_empty_canvas_is_not_a_zero(draw: Any) -> None:
    draw.click("mnist_draw__clear")
    put(draw, png(), sheet=1, strokes=0)
    assert asks_for_a_digit(draw)
    put(draw, png(), sheet=1)  # a stroke that left no ink
    assert reading(draw) is None
    assert "not a zero" in " ".join([draw.words, *draw.sentences])


def test_the_browser_may_ask_while_the_pen_is_down(draw: Any) -> None:
    """The page's own canvas, as it is set: tests/attack/test_live_vote.py has the answers."""
    name, _ = draw.state("mnist_draw__asks")
    assert vote(draw)["asks"] == f"/vote/{name}"
    canvas = votes.canvas(name)
    assert canvas is not None
    assert (canvas.centered, canvas.predictor.engine) == (True, "TorchScript")
    draw.at.toggle(key="mnist_draw__centered").set_value(False).run()
    assert draw.state("mnist_draw__asks")[0] == name
    assert votes.canvas(name) == Canvas(canvas.owner, canvas.predictor, centered=False)


def test_the_canvas_own_undo_takes_the_drawing_back(draw: Any) -> None:
    put(draw, png(ONE))
    assert reading(draw) == 1
    put(draw, png(), strokes=0)
    assert asks_for_a_digit(draw)


def test_a_test_digit_takes_the_drawings_place(draw: Any) -> None:
    """Else the canvas would show one digit and the network read another."""
    put(draw, png(ONE)).click("mnist_draw__test")
    assert "Test digit 2, labelled 2." in vote(draw)["note"]
    draw.at.toggle(key="mnist_draw__centered").set_value(False).run()
    assert "Test digit 2, labelled 2." in vote(draw)["note"]


def test_a_dot_is_no_digit(draw: Any) -> None:
    put(draw, png([(140, 140), (146, 140)]))
    assert draw.sentences == ["That is a dot. Draw a digit, larger."]
    assert reading(draw) is None
    put(draw, png(ONE))
    assert (reading(draw), draw.sentences) == (1, [])


@pytest.mark.parametrize("wipe", ["test", "clear"])
def test_what_was_wiped_can_be_had_again(draw: Any, wipe: str) -> None:
    def offered() -> bool:
        return "mnist_draw__again" in [button.key for button in draw.at.button]

    assert not offered()
    drawn = sees(put(draw, png(SEVEN)))
    draw.click(f"mnist_draw__{wipe}")
    assert reading(draw) != 7
    assert offered()
    put(draw, png([(140, 140), (146, 140)]), sheet=draw.state("mnist_draw__sheet"))
    assert not offered(), "beside what was refused nothing is offered"
    draw.click(f"mnist_draw__{wipe}")
    assert offered(), "the drawing, not the dot"
    draw.click("mnist_draw__again")
    assert (reading(draw), sees(draw), offered()) == (7, drawn, False)


def test_a_drawing_is_there_again_after_another_page_and_after_a_reload(open_page: OpenPage) -> None:
    page = put(open_page(PATH, owner="test_sketch"), png(SEVEN))
    drawn = sees(page)
    page.switch("runs.py").switch(PATH)
    assert (reading(page), sees(page)) == (7, drawn)
    again = open_page(PATH, owner="test_sketch")
    assert (reading(again), sees(again)) == (7, drawn)
    again.at.toggle(key="mnist_draw__centered").set_value(False).run()
    assert sees(again) != drawn, "it can still be prepared otherwise"
    put(again, png(ONE))
    assert reading(open_page("mnist/fool.py", owner="test_sketch")) == 1
    again.click("mnist_draw__clear")
    assert vote(open_page(PATH, owner="test_sketch"))["note"].startswith("Test digit 1")
    assert vote(open_page(PATH, owner="test_other"))["note"].startswith("Test digit 1")


def test_a_drawing_that_comes_again_is_read_anew(open_page: OpenPage) -> None:
    """Also if another digit was the current one in between, and it comes byte for byte."""
    page = put(open_page(PATH), png(SEVEN))
    page.switch("mnist/embedding.py").click("mnist_embedding__test")
    page.switch(PATH)
    assert vote(page)["note"].startswith("Test digit")
    put(page, png(SEVEN), sheet=page.state("mnist_draw__sheet"))
    assert reading(page) == 7


def test_a_drawing_too_large_to_keep_is_not_kept() -> None:
    sketches.keep("test_large", sketches.Sketch("data:", {"objects": []}))
    assert sketches.kept("test_large") is not None
    sketches.keep("test_large", sketches.Sketch("x" * (SKETCH_LETTERS + 1), {"objects": []}))
    assert sketches.kept("test_large") is None
    for number in range(SKETCHES + 1):
        sketches.keep(f"test_{number}", sketches.Sketch("data:", {}))
    assert sketches.kept("test_0") is None
    assert sketches.kept(f"test_{SKETCHES}") is not None


def test_without_the_digits_one_can_still_draw(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise DataError("The digits are gone: put them back.")

    monkeypatch.setattr(catalogue, "load_test", missing)
    page = open_page(PATH)
    assert page.sentences == ["The digits are gone: put them back."]
    put(page, png(ONE))
    assert reading(page) == 1
    assert not page.sentences


# --- What a stroke costs ----------------------------------------------------------------------


@pytest.fixture
def calls(draw: Any, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a drawing is decoded, prepared, and given to the network, on the page once it is open."""
    digit_input = sys.modules["ui.digit_input"]  # only a running server can import the canvas
    counted: Counter[str] = Counter()

    def count(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def counting(*args: Any, **settings: Any) -> Any:
            counted[name] += 1
            return real(*args, **settings)

        monkeypatch.setattr(owner, name, counting)

    count(digit_input, "decode_canvas")
    for module in (digit_input, cards):
        count(module, "to_digit")
    count(Predictor, "predict")
    return counted


ONCE = {"decode_canvas": 1, "to_digit": 1, "predict": 1}


def test_a_stroke_is_prepared_and_read_once(draw: Any, calls: Counter[str]) -> None:
    put(draw, png(ONE))
    assert calls == ONCE
    assert reading(draw) == 1
    draw.run()
    draw.run()
    assert calls == ONCE, "nothing has changed"
    assert reading(draw) == 1
    put(draw, png(ONE, [(100, 45), (140, 45)]), strokes=2)
    assert calls == dict.fromkeys(ONCE, 2)


def test_prepared_otherwise_it_is_not_decoded_again(draw: Any, calls: Counter[str]) -> None:
    put(draw, png(ONE))
    draw.at.toggle(key="mnist_draw__centered").set_value(False).run()
    assert calls == {"decode_canvas": 1, "to_digit": 2, "predict": 2}


def test_other_weights_read_the_same_digit_anew(draw: Any, calls: Counter[str]) -> None:
    before = shares(draw)
    (slider,) = draw.at.select_slider
    slider.set_value(slider.options[0]).run()
    assert calls["predict"] > 0
    assert shares(draw) != before


def test_a_card_looks_once_somebody_has_guessed(draw: Any, calls: Counter[str]) -> None:
    put(draw, png(SEVEN))
    calls.clear()
    draw.at.pills(key="mnist_draw__guess_letter").set_value("100 %").run()
    assert calls == {"to_digit": 2, "predict": 2}, "centred, and only shrunk"
    draw.run()
    draw.at.pills(key="mnist_draw__guess_corner").set_value("Yes").run()
    assert calls == {"to_digit": 2, "predict": 2}, "both cards look at the same"


def test_a_canvas_that_cannot_be_is_refused_once(draw: Any, calls: Counter[str]) -> None:
    put(draw, BAD_CANVASES["no image"])
    draw.run()
    assert calls == {"decode_canvas": 1}
    assert len(draw.sentences) == 1
    put(draw, png(ONE))
    assert reading(draw) == 1
    assert not draw.sentences


BAD_CANVASES = {
    "another size": png(side=100),
    "a huge one": png(side=2000),
    "no image": b"\x89PNG no image",
    "half an image": png(ONE)[:200],
    "a JPEG": encoded(Image.new("RGB", (SIDE, SIDE)), "JPEG"),
    "nothing": b"",
}


@pytest.mark.parametrize("name", BAD_CANVASES)
def test_a_canvas_that_cannot_be_is_a_sentence(draw: Any, name: str) -> None:
    put(draw, BAD_CANVASES[name])
    if BAD_CANVASES[name]:  # without bytes there is no drawing at all
        (sentence,) = draw.sentences
        assert "drawing" in sentence
    draw.click("mnist_draw__clear")
    put(draw, png(ONE), sheet=1)
    assert not draw.sentences
    assert reading(draw) == 1


# --- Test digits ------------------------------------------------------------------------------


def test_it_opens_on_a_digit(draw: Any) -> None:
    assert reading(draw) == int(load_test().labels[0])


def test_test_digits_come_one_after_the_other(draw: Any) -> None:
    labels, pictures = load_test().labels.tolist(), {sees(draw)}
    for index in (1, 2, 3):
        draw.click("mnist_draw__test")
        pictures.add(sees(draw))
        assert reading(draw) == labels[index]  # these it gets right
    assert len(pictures) == 4


def test_the_digit_is_kept_from_page_to_page(draw: Any) -> None:
    picture = sees(draw.click("mnist_draw__test"))
    assert sees(draw.switch("home.py").switch(PATH)) == picture


# --- Uploads ----------------------------------------------------------------------------------


def photo(index: int) -> Image.Image:
    """A test digit as a photo: dark ink on grey paper."""
    ink = Image.fromarray(load_test().images[index, 0].numpy()).resize((300, 300), Image.Resampling.BICUBIC)
    return Image.fromarray((220 - np.asarray(ink) * 0.7).astype(np.uint8))


@pytest.mark.parametrize("index", [0, 1, 2, 4])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_it_reads_an_uploaded_picture(draw: Any, kind: str, index: int) -> None:
    draw.click("mnist_draw__clear")
    upload(draw, f"digit.{kind.lower()}", encoded(photo(index), kind))
    assert not draw.sentences
    assert reading(draw) == int(load_test().labels[index])


BAD_FILES = {
    "no image": b"This is a letter, not a picture.",
    "half an image": encoded(photo(0))[:300],
    "empty": b"",
    "no digit": encoded(Image.new("L", (300, 300), 200)),
    "too many pixels": encoded(Image.new("1", (9000, 9000))),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_read_is_a_sentence(draw: Any, name: str) -> None:
    upload(draw, "digit.png", BAD_FILES[name])
    (sentence,) = draw.sentences
    assert "picture" in sentence or "image" in sentence
    assert reading(draw) is None, "an old vote beside it would be taken for this file's"
    draw.click("mnist_draw__test")
    assert not draw.sentences
    assert reading(draw) is not None


# --- Cards ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CARDS)
def test_a_card_sets_its_controls(draw: Any, name: str) -> None:
    (wanted,) = CARDS[name].setup.values()
    draw.at.toggle(key="mnist_draw__centered").set_value(not wanted).run()
    draw.click(f"mnist_draw__setup_{name}")
    assert draw.at.toggle(key="mnist_draw__centered").value is wanted


def test_a_card_begins_on_a_fresh_sheet(draw: Any) -> None:
    put(draw, png([(x // 4, y // 4) for x, y in SEVEN], width=5))
    assert reading(draw) is not None
    draw.click("mnist_draw__setup_letter")
    assert reading(draw) is None


def test_the_page_is_done_once_a_card_has_answered(draw: Any) -> None:
    def onwards() -> str:
        return next(link.label for link in draw.at.get("page_link") if "1.2" in link.label)

    assert onwards().startswith("Next: 1.2")
    put(draw, png([(x // 4, y // 4) for x, y in SEVEN], width=5))
    draw.at.pills(key="mnist_draw__guess_letter").set_value("Skip").run()
    assert onwards().startswith("1.1 done · next: 1.2")


def test_a_card_reads_the_visitors_own_drawing(draw: Any) -> None:
    why = CARDS["corner"].why
    draw.click("mnist_draw__setup_corner")
    assert why not in draw.words
    put(draw, png([(x // 4, y // 4) for x, y in SEVEN], width=5), sheet=1)
    assert why not in draw.words, "first the guess"
    draw.at.pills(key="mnist_draw__guess_corner").set_value("Skip").run()
    assert why in draw.words
    assert "What your run shows" in draw.words
    draw.click("mnist_draw__clear")
    assert why in draw.words, "what a card has shown stays"
    assert "What your run showed" in draw.words
