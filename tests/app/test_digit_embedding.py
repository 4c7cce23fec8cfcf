"""The digits' embedding: it opens on fc1, controls move the picture, slow pictures come by themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from dlcore.inspection.embedding.digit_cards import CARDS
from tests.app.at_work import active
from ui import state

OpenPage = Callable[..., Any]
PATH, PAGE = "mnist/embedding.py", "mnist_embedding"


@pytest.fixture
def lens(open_page: OpenPage) -> Any:
    return open_page(PATH)


def figure(page: Any) -> dict[str, Any]:
    return dict(json.loads(page.at.get("plotly_chart")[0].proto.spec))


def names(page: Any) -> list[str]:
    return [trace["name"] for trace in figure(page)["data"]]


def choose(page: Any, name: str, value: Any) -> Any:
    page.at.segmented_control(key=page.shown(f"{PAGE}__{name}")).set_value(value).run()
    return page


def share(page: Any) -> int:
    """The layer's share of neighbours with the same label, in per cent."""
    return int(re.findall(r"\*\*(\d+) %\*\* have the same label", page.words)[0])


def test_it_opens_on_fc1_with_its_neighbours(lens: Any) -> None:
    assert not lens.sentences
    assert share(lens) == 96
    assert "600 test images, epoch 20" in lens.words
    assert "of the variance of 256 numbers" in lens.words
    assert "the test digit" in names(lens)
    assert lens.at.get("plotly_chart")[0].proto.alt


def test_layer_by_layer_the_neighbours_are_of_one_kind(lens: Any) -> None:
    found = [share(choose(lens, "layer", name)) for name in ("input", "conv1", "conv2", "fc1", "fc2")]
    assert found == sorted(found)
    assert found[-1] > found[0] + 20


def test_one_digit_is_followed_through_layers_and_epochs(lens: Any) -> None:
    first = lens.picture()
    lens.click(f"{PAGE}__wrong")
    followed = lens.picture()
    assert followed != first
    assert ":red[✗]" in lens.words
    choose(lens, "layer", "conv1")
    (slider,) = lens.at.select_slider
    slider.set_value("1").run()
    assert lens.picture() == followed
    lens.at.session_state[f"{PAGE}__image"] = 10**6
    lens.run()
    assert lens.picture() == first


def test_another_digit_is_placed_elsewhere(lens: Any) -> None:
    def mark(name: str) -> Any:
        return next(trace for trace in figure(lens)["data"] if trace["name"] == name)

    before = mark("the test digit")
    lens.click(f"{PAGE}__test")
    assert mark("the test digit")["x"] != before["x"]
    assert "your digit" not in names(lens), "nobody has drawn it"
    pixels = lens.state("current_digit").pixels
    lens.at.session_state["current_digit"] = state.CurrentDigit(pixels, "Your drawing.")
    lens.run()
    assert mark("your digit")["marker"]["symbol"] == "star"
    assert mark("your digit")["marker"]["size"] > before["marker"]["size"]
    assert "the test digit" not in names(lens)
    lens.at.session_state["current_digit"] = None
    lens.run()
    assert "your digit" not in names(lens)
    assert "the test digit" not in names(lens)
    assert "Draw one on the page Draw, or take a test digit" in lens.words


def test_each_label_has_its_colour(lens: Any) -> None:
    colours = {t["name"]: t["textfont"]["color"] for t in figure(lens)["data"] if "textfont" in t}
    assert [name for name in colours if name.startswith("every")] == [f"every {label}" for label in range(10)]
    assert len(set(colours.values())) == 11, "ten, and red for what is read wrongly"
    (wrong,) = (t for t in figure(lens)["data"] if t["name"] == "read wrongly")
    assert all(sign.endswith("✗</b>") for sign in wrong["text"]), "not by its colour alone"


@pytest.mark.parametrize(("film", "names"), [("layers", 5), ("epochs", 6)])
def test_it_plays_from_layer_to_layer_and_from_epoch_to_epoch(lens: Any, film: str, names: int) -> None:
    choose(lens, "film", film)
    lens.wait(lambda: lens.at.get("plotly_chart"), "all pictures are laid out")
    playing = figure(lens)
    assert len(playing["frames"]) == names
    assert all(len(frame["data"]) == 11 for frame in playing["frames"]), "ten labels and the ring"
    (slider,) = playing["layout"]["sliders"]
    shown = [step["label"] for step in slider["steps"]]
    assert (shown[0], shown[-1]) == (("Pixels", "Logits") if film == "layers" else ("Epoch 0", "Epoch 20"))
    made = lens.state(f"{PAGE}__film_made")[1]
    assert lens.run().state(f"{PAGE}__film_made")[1] is made, "it is made once"
    choose(lens, "film", "still")
    assert "frames" not in figure(lens) or not figure(lens)["frames"]
    assert "of the variance of 256 numbers" in lens.words


def test_tsne_comes_by_itself_and_says_what_it_cannot(lens: Any) -> None:
    lens.click(f"{PAGE}__setup_seeds")
    lens.wait(lambda: lens.at.get("plotly_chart"), "t-SNE is there")
    assert "means nothing" in lens.words
    assert "cannot be placed" in lens.words
    assert "your digit" not in names(lens)
    lens.at.number_input(key=lens.shown(f"{PAGE}__seed")).set_value(2).run()
    lens.wait(lambda: lens.at.get("plotly_chart"), "the second one is there")
    lens.at.pills(key=f"{PAGE}__guess_seeds").set_value(CARDS["seeds"].answers[1]).run()
    assert "from seed 1 to 2" in lens.words


def test_tsne_can_be_cancelled(lens: Any) -> None:
    lens.at.session_state[f"{PAGE}__seed"] = 77
    choose(lens, "method", "tsne")
    lens.click(f"{PAGE}__cancel")
    assert lens.at.segmented_control(key=lens.shown(f"{PAGE}__method")).value == "pca"
    assert lens.at.get("plotly_chart")


def test_tsne_no_longer_shown_is_no_longer_laid_out(lens: Any, wait_until: Callable[..., None]) -> None:
    lens.at.session_state[f"{PAGE}__seed"] = 78
    choose(lens, "method", "tsne")
    assert active()
    choose(lens, "method", "pca")
    wait_until(lambda: not active(), "it has stopped")


@pytest.mark.parametrize("name", ["layers", "untrained"])
def test_a_card_sets_its_controls_and_reads_the_picture(lens: Any, name: str) -> None:
    choose(lens, "layer", "conv2")
    lens.click(f"{PAGE}__setup_{name}")
    lens.at.pills(key=f"{PAGE}__guess_{name}").set_value("Skip").run()
    assert CARDS[name].why in lens.words
    assert f"epoch {0 if name == 'untrained' else 20}" in lens.words


def test_a_link_opens_the_same_picture_and_refuses_what_cannot_be(open_page: OpenPage) -> None:
    other = open_page(PATH, owner="other", **{f"{PAGE}__layer": "conv2"})
    assert "of 800 numbers" in other.words
    wrong = open_page(PATH, owner="third", **{f"{PAGE}__layer": "conv7", f"{PAGE}__perplexity": "1"})
    assert wrong.sentences == [
        "Perplexity must be a whole number from 2 to 500. Got '1' instead: using 30.",
        "This network has no layer 'conv7': fc1 is shown.",
    ]
    umap = open_page(PATH, owner="fourth", **{f"{PAGE}__method": "umap"})
    assert umap.sentences == ["UMAP is not installed here: PCA is shown."]
