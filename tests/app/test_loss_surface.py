"""Loss surface: it comes by itself, every plane says what it holds, leaving the page ends the work."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from dlcore.landscape.cards import CARDS
from dlcore.nets.registry import build_model
from dlcore.run import Run
from dlcore.runs.storage.checkpoints import save_checkpoint
from dlcore.training.config import TrainConfig
from tests.app.at_work import active, status, tasks
from ui import present, services
from ui.views import surface as view

OpenPage = Callable[..., Any]
PATH, PAGE = "mnist/loss_surface.py", "mnist_loss_surface"
SMALL = {f"{PAGE}__resolution": "11", f"{PAGE}__samples": "32"}


def figures(page: Any) -> list[dict[str, Any]]:
    """The live figures: what their browsers get."""
    found = [json.loads(element.proto.json)["figure"] for element in page.at.get("bidi_component")]
    return [figure for figure in found if figure["data"]]


def kinds(page: Any) -> list[str]:
    return [trace["type"] for figure in figures(page) for trace in figure["data"]]


def done(page: Any) -> bool:
    return "images at every point" in page.words


@pytest.fixture
def surface(open_page: OpenPage) -> Any:
    page = open_page(PATH, **SMALL)
    page.wait(lambda: done(page), "the surface is there")
    return page


def test_it_opens_on_the_shipped_run_and_its_path(surface: Any) -> None:
    assert not surface.sentences
    assert kinds(surface)[0] == "surface"
    assert kinds(surface).count("scatter3d") == 3
    assert "This plane holds **94 %** of the movement between 6 checkpoints" in surface.words
    assert "215,192 other directions" in surface.words
    assert "the same 32 training images at every point, in eval mode, 11×11 points" in surface.words


def test_the_first_picture_is_there_at_once(open_page: OpenPage) -> None:
    """It comes with the lab: nothing is measured."""
    before = len(tasks())
    page = open_page(PATH, owner="test_at_once")
    assert done(page)
    assert "the same 256 training images at every point, in eval mode, 41×41 points" in page.words
    assert kinds(page).count("surface") == 1
    assert "of the movement between 6 checkpoints" in page.words
    assert len(tasks()) == before


def test_what_has_not_changed_is_not_drawn_anew(surface: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, shown = Counter[str](), kinds(surface)
    for name in ("surface_figure", "contour_figure", "slice_chart"):
        make = getattr(view, name)
        monkeypatch.setattr(
            view,
            name,
            lambda *given, name=name, make=make, **how: drawn.update([name]) or make(*given, **how),
        )
    surface.at.run()
    assert kinds(surface) == shown
    assert not drawn
    surface.set(PAGE, colour="accuracy")
    assert figures(surface)[0]["data"][0]["cmax"] == 100
    assert drawn == {"surface_figure": 1, "contour_figure": 1, "slice_chart": 1}
    before = figures(surface)[0]["layout"]["height"]
    surface.at.session_state[present.ON] = True  # larger letters of the same picture
    surface.at.run()
    assert figures(surface)[0]["layout"]["height"] > before


def test_a_random_plane_goes_through_the_chosen_weights(surface: Any) -> None:
    surface.at.segmented_control(key=surface.shown(f"{PAGE}__plane")).set_value("random").run()
    surface.wait(lambda: done(surface) and kinds(surface).count("scatter3d") == 0, "the other plane is there")
    assert "Two random directions of 215,194" in surface.words
    (slider,) = (s for s in surface.at.select_slider if s.key.startswith(f"{PAGE}__epoch"))
    slider.set_value("0").run()
    surface.wait(lambda: done(surface), "the surface before training is there")
    (slices, *_) = surface.charts()
    assert min(slices["Loss"]) > 1.5, "an untrained network is nowhere good"


def test_a_mistake_stands_beside_the_right_picture(surface: Any) -> None:
    surface.at.selectbox(key=surface.shown(f"{PAGE}__beside")).set_value("walk").run()
    assert surface.state(f"{PAGE}__plane") == "random"
    surface.wait(lambda: done(surface) and kinds(surface).count("surface") == 2, "both are there")
    assert not surface.sentences
    titles = [a["text"] for a in figures(surface)[0]["layout"]["annotations"]]
    assert titles == ["The shipped model", "If the network is never put back"]


@pytest.mark.parametrize("name", list(CARDS))
def test_a_card_sets_the_page_up(surface: Any, name: str) -> None:
    surface.click(f"{PAGE}__setup_{name}")
    for knob, value in CARDS[name].setup.items():
        assert surface.state(f"{PAGE}__{knob}") == value
    surface.wait(lambda: done(surface), "it is measured")
    surface.at.pills(key=f"{PAGE}__guess_{name}").set_value("Skip").run()
    shown = "What your run shows" in surface.words
    assert shown or name == "dropout"
    if name == "dropout":
        surface.click(f"{PAGE}__redraw")
        surface.wait(lambda: "What your run shows" in surface.words, "the second drawing is there")
    assert "did not appear" not in surface.words


def test_what_lies_deeper_is_measured_when_asked_for(surface: Any) -> None:
    assert "eigenvalue" not in surface.words.lower()
    for name in ("line", "sharpness"):
        surface.at.toggle(key=f"{PAGE}__{name}_asked").set_value(True).run()
    surface.wait(lambda: "power iteration on 32 images" in surface.words, "the sharpness is there")
    surface.wait(lambda: "Between them" in surface.words, "the line is there")


def test_what_is_measured_is_kept_when_it_is_enough(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__resolution": "81", f"{PAGE}__samples": "64"})
    page.wait(lambda: any(b.key == f"{PAGE}__enough" for b in page.at.button), "a first surface is there")
    before = len(tasks())
    page.click(f"{PAGE}__enough")
    assert int(page.state(f"{PAGE}__resolution")) < 81
    page.wait(lambda: done(page), "the path is measured to its end")
    assert len(tasks()) == before


def test_two_runs_stand_side_by_side(open_page: OpenPage) -> None:
    """Of another architecture too; the one that has no path says so, and the other stays."""
    config = TrainConfig(net="SimpleCNN")
    services.store().create(Run("other", "test_side", "mnist", "other", config.model_dump(), "stopped"))
    folder = services.store().run_folder("other")
    weights = [build_model("SimpleCNN", seed=seed).state_dict() for seed in (1, 2)]
    saved = [save_checkpoint(folder, w, config, epoch=e, step=e) for e, w in enumerate(weights)]
    services.store().record("other", [], saved[:1])
    page = open_page(PATH, owner="test_side", **SMALL, **{f"{PAGE}__beside": "run"})
    page.wait(lambda: page.sentences and done(page), "one of them is there")
    assert "train two more epochs" in page.sentences[0]
    assert kinds(page).count("surface") == 1
    services.store().record("other", [], saved[1:])
    page.run()
    page.wait(lambda: done(page) and kinds(page).count("surface") == 2, "both are there")
    assert not page.sentences


def test_leaving_the_page_ends_its_tasks(open_page: OpenPage, wait_until: Callable[..., None]) -> None:
    page = open_page(PATH, **{f"{PAGE}__resolution": "81", f"{PAGE}__samples": "2000"})
    mine = active("surface")
    assert mine
    page.switch("mnist/draw.py")
    wait_until(lambda: not active("surface"), "they have been dropped")
    assert {status(task) for task in mine} == {"stopped"}


def test_one_checkpoint_has_no_path_and_says_the_way_out(open_page: OpenPage) -> None:
    config = TrainConfig()
    services.store().create(Run("one", "test_one", "mnist", "one", config.model_dump(), "stopped"))
    weights = build_model("FastCNN", seed=0).state_dict()
    start = save_checkpoint(services.store().run_folder("one"), weights, config, epoch=0, step=0)
    services.store().record("one", [], [start])
    page = open_page(PATH, owner="test_one", run="one", **SMALL)
    page.wait(lambda: page.sentences, "it says so")
    (sentence,) = page.sentences
    assert "train two more epochs" in sentence


def test_what_a_link_must_not_say_is_a_sentence(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__resolution": "500", f"{PAGE}__extent": "0", f"{PAGE}__samples": "32"})
    refused = " ".join(page.sentences)
    assert "Resolution must be one of" in refused
    too_much = open_page(PATH, **{f"{PAGE}__resolution": "81", f"{PAGE}__samples": "10000"})
    assert any("Digits must be at most 3,048 at 81×81 points" in sentence for sentence in too_much.sentences)
    assert "Extent must be" in refused
