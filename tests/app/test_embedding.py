"""Embedding: it opens on layer 1, every control moves the picture, and slow pictures come by themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from dlcore.blackpatch.config import PatchConfig
from dlcore.inspection.embedding.patch_cards import CARDS
from dlcore.runs import local

OpenPage = Callable[..., Any]
PATH, PAGE = "black_patch/embedding.py", "black_patch_embedding"


@pytest.fixture
def lens(open_page: OpenPage) -> Any:
    return open_page(PATH)


def figure(page: Any, position: int = 0) -> dict[str, Any]:
    """The scatter, or the logits below it."""
    return dict(json.loads(page.at.get("plotly_chart")[position].proto.spec))


def axis(page: Any) -> str:
    return str(figure(page)["layout"]["xaxis"]["title"]["text"])


def choose(page: Any, name: str, value: Any) -> Any:
    page.at.segmented_control(key=page.shown(f"{PAGE}__{name}")).set_value(value).run()
    return page


def epoch(page: Any, value: str) -> Any:
    (slider,) = page.at.select_slider
    slider.set_value(value).run()
    return page


def test_it_opens_on_layer_1_with_the_logits_below(lens: Any) -> None:
    assert not lens.sentences
    assert axis(lens) == "Direction 1: 99.4 % of the variance"
    assert "Logit" in figure(lens, 1)["layout"]["xaxis"]["title"]["text"]
    assert "79.00 % (±3.25) of 600 images of the fair test, 126 wrong" in lens.words
    assert "this plane holds **99.94 %** of the variance of 56 numbers" in lens.words
    assert all(chart.proto.alt for chart in lens.at.get("plotly_chart"))


def test_the_epoch_moves_all_of_it(lens: Any) -> None:
    before = figure(lens), figure(lens, 1), lens.picture(1)
    epoch(lens, "0")
    after = figure(lens), figure(lens, 1), lens.picture(1)
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert "50.00 %" in lens.words
    assert "epoch 0" in lens.words
    assert "Everywhere on it the network says no patch." in lens.words


def test_the_input_shows_what_its_plane_leaves_out(lens: Any) -> None:
    choose(lens, "layer", 0)
    assert axis(lens) == "Direction 1: 18.7 % of the variance"
    assert "this plane holds **36 %** of the variance of 81 numbers" in lens.words
    assert re.search(r"\d+ images lie across the line", lens.words)
    choose(lens, "layer", 2)
    assert "One number is left" in lens.words


def test_its_own_test_hides_the_mistakes(lens: Any) -> None:
    choose(lens, "images", "test")
    assert "100.00 %" in lens.words
    assert "600 images of its own test, 0 wrong" in lens.words
    assert lens.at.button(key=f"{PAGE}__wrong").disabled


def test_one_image_is_followed_from_layer_to_layer(lens: Any) -> None:
    first = lens.picture()
    lens.click(f"{PAGE}__wrong")
    followed = lens.picture()
    assert followed != first
    choose(lens, "layer", 0)
    epoch(lens, "1")
    assert lens.picture() == followed


def test_a_click_on_a_mark_shows_its_image(lens: Any) -> None:
    """AppTest has no mouse: the image is chosen as the click's callback does it."""
    before = lens.picture()
    lens.at.session_state[f"{PAGE}__image"] = 9
    lens.run()
    assert "Image 10" in lens.words
    assert lens.picture() != before
    lens.at.session_state[f"{PAGE}__image"] = 5000  # of a run with more test images
    lens.run()
    assert lens.picture() == before


def test_tsne_comes_by_itself_and_the_seed_card_reads_both(lens: Any) -> None:
    lens.click(f"{PAGE}__setup_seeds")
    lens.wait(lambda: len(lens.at.get("plotly_chart")) == 2, "t-SNE is there")
    assert "means nothing" in lens.words
    lens.at.number_input(key=lens.shown(f"{PAGE}__seed")).set_value(2).run()
    lens.wait(lambda: len(lens.at.get("plotly_chart")) == 2, "the second one is there")
    lens.at.pills(key=f"{PAGE}__guess_seeds").set_value(CARDS["seeds"].answers[1]).run()
    assert "from seed 1 to 2" in lens.words
    assert CARDS["seeds"].why in lens.words


def test_tsne_can_be_cancelled(lens: Any) -> None:
    lens.at.session_state[f"{PAGE}__seed"] = 77
    choose(lens, "method", "tsne")
    lens.click(f"{PAGE}__cancel")
    assert lens.at.segmented_control(key=lens.shown(f"{PAGE}__method")).value == "pca"
    assert axis(lens).startswith("Direction 1")


def test_too_large_a_perplexity_is_a_sentence_and_the_picture_stays(lens: Any) -> None:
    lens.at.session_state[f"{PAGE}__perplexity"] = 600
    choose(lens, "method", "tsne")
    assert lens.sentences == ["Perplexity must be below 600 (images). Got 600 instead."]
    assert axis(lens).startswith("Direction 1")


def test_a_link_opens_the_same_picture(open_page: OpenPage, lens: Any) -> None:
    choose(lens, "layer", 0)
    link = lens.at.query_params
    assert link[f"{PAGE}__layer"] == "0"
    assert f"{PAGE}__preset" not in link
    other = open_page(PATH, owner="other", **{f"{PAGE}__layer": "0", f"{PAGE}__images": "test"})
    assert "6 dots" in other.words
    wrong = open_page(PATH, owner="third", **{f"{PAGE}__layer": "9", f"{PAGE}__method": "umap"})
    assert wrong.sentences == [
        "Layer must be a whole number from 0 to 5. Got '9' instead: using 1.",
        "UMAP is not installed here: PCA is shown.",
    ]
    assert axis(wrong) == "Direction 1: 99.4 % of the variance"


@pytest.mark.parametrize("name", ["dots", "one_number"])
def test_a_card_sets_its_controls_and_reads_the_picture(lens: Any, name: str) -> None:
    choose(epoch(lens, "1"), "layer", 2)
    lens.click(f"{PAGE}__setup_{name}")
    lens.at.pills(key=f"{PAGE}__guess_{name}").set_value("Skip").run()
    assert CARDS[name].why in lens.words
    if name == "one_number":
        assert "after epoch 10" in lens.words


def test_what_is_not_installed_is_not_offered(lens: Any) -> None:
    offered = lens.at.segmented_control(key=lens.shown(f"{PAGE}__method")).options
    assert offered == ["PCA", "t-SNE"]
    assert "UMAP is offered too once umap-learn is installed." in lens.words


def test_a_deeper_network_of_ones_own_has_its_layers(
    open_page: OpenPage, lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "OWNER", "test_deep")
    config = PatchConfig(hidden="5-4", epochs=1, train_size=20, test_size=20)
    events = local.iter_local_run(lab.store, "black_patch", config, name="deep", threads=1)
    (run,) = {run_id for run_id, _ in events}
    page = open_page(PATH, owner="test_deep", run=run, **{f"{PAGE}__layer": "2"})
    assert not page.sentences
    layers = page.at.segmented_control(key=page.shown(f"{PAGE}__layer")).options
    assert layers == ["Input", "Layer 1", "Layer 2", "Output"]
    assert "of 4 numbers" in page.words
    choose(page, "layer", 3)
    page.at.selectbox(key=page.shown(f"{PAGE}__run")).set_value("shipped-patch").run()
    assert page.at.segmented_control(key=page.shown(f"{PAGE}__layer")).value == 2, "the last one it has"


@pytest.mark.parametrize(("film", "pictures"), [("layers", 3), ("epochs", 11)])
def test_it_plays_from_layer_to_layer_and_from_epoch_to_epoch(lens: Any, film: str, pictures: int) -> None:
    choose(lens, "film", film)
    lens.wait(lambda: "turned onto the one before" in lens.words, "all pictures are laid out")
    playing = figure(lens)
    assert len(playing["frames"]) == pictures
    (slider,) = playing["layout"]["sliders"]
    shown = [step["label"] for step in slider["steps"]]
    assert (shown[0], shown[-1]) == (("Input", "Output") if film == "layers" else ("Epoch 0", "Epoch 10"))
