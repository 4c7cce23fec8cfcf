"""Structure: it opens painted by work, each control redraws it, and every count has its sum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlcore.inspection.structure.cards import CARDS
from dlcore.inspection.structure.structure import inspect_model
from dlcore.nets.registry import build_model
from dlcore.runs import local
from dlcore.training.config import TrainConfig
from tests.app.at_work import active
from ui.lenses import profiles

OpenPage = Callable[..., Any]
PATH, PAGE = "mnist/structure.py", "mnist_structure"


@pytest.fixture
def lens(open_page: OpenPage) -> Any:
    return open_page(PATH)


def dot(page: Any) -> str:
    graph, *upright = page.at.get("graphviz_chart")
    assert graph.proto.alt
    assert [other.proto.alt for other in upright] in ([], [graph.proto.alt])
    return str(graph.proto.spec)


def choose(page: Any, name: str, value: Any) -> Any:
    page.at.segmented_control(key=page.shown(f"{PAGE}__{name}")).set_value(value).run()
    return page


def test_it_opens_painted_by_work_with_the_busiest_layers_sums(lens: Any) -> None:
    assert "**fc1** holds 95 % of the parameters. **conv2** does 56 % of the work." in lens.words
    assert [tile.value for tile in lens.at.metric] == ["215,194", "1,244,160", "6.9 MB"]
    assert r"conv2: Conv2d 3×3\n691,200 · 56 %" in dot(lens)
    assert "10·10·32·(24·3·3) = 691,200" in lens.words
    (table, _) = lens.tables()
    assert [row["Step"] for row in table[:4]] == ["conv1", "pool1", "relu1", "conv2"]
    assert sum(row["Parameters"] for row in table) == 215_194
    assert "17,290 here" in lens.words
    assert "dropout1 counts as nothing: it hands on the numbers it got." in lens.words


def test_every_paint_shows_its_own_numbers(lens: Any) -> None:
    assert r"fc1: Linear\n205,056 · 95 %" in dot(choose(lens, "paint", "parameters"))
    assert r"conv1: Conv2d 5×5\n3.5 MB · 51 %" in dot(choose(lens, "paint", "memory"))
    lens.at.number_input(key=lens.shown(f"{PAGE}__batch_size_exact")).set_value(1).run()
    assert r"conv1: Conv2d 5×5\n55 kB · 51 %" in dot(lens)
    assert lens.metric(2) == "107 kB"


def test_time_is_measured_once_asked_for(lens: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    measure = profiles.torch_profile
    monkeypatch.setattr(profiles, "torch_profile", lambda config: measure(config.replace(largest=1)))
    lens.at.number_input(key=lens.shown(f"{PAGE}__batch_size_exact")).set_value(3).run()
    choose(lens, "paint", "time")
    assert lens.at.get("progress")
    assert r"conv1: Conv2d 5×5\n" in dot(lens)
    lens.wait(lambda: not lens.at.get("progress"), "it has measured")
    assert " ms · " in dot(lens)
    assert "FastCNN with 3 images, 1 thread" in lens.words


def test_time_no_longer_shown_is_no_longer_measured(lens: Any, wait_until: Callable[..., None]) -> None:
    lens.at.number_input(key=lens.shown(f"{PAGE}__batch_size_exact")).set_value(1000).run()
    choose(lens, "paint", "time")
    assert active()
    choose(lens, "paint", "memory")
    wait_until(lambda: not active(), "it has stopped")


def test_the_theme_colours_the_graph(open_page: OpenPage) -> None:
    assert 'bgcolor="#0F1318"' in dot(open_page(PATH, theme="dark"))
    assert 'bgcolor="#FFFFFF"' in dot(open_page(PATH))


def test_autograd_shows_saved_tensors_on_demand(lens: Any) -> None:
    choose(lens, "graph", "autograd")
    assert "AddmmBackward0" in dot(lens)
    assert "filled,dashed" not in dot(lens)
    lens.at.toggle(key=lens.shown(f"{PAGE}__saved")).set_value(True).run()
    assert "filled,dashed" in dot(lens)
    assert "more tensors are kept" in lens.words


@pytest.mark.parametrize(
    ("layer", "sum_"),
    [
        ("conv1", "24·(1·5·5 + 1) = 624"),
        ("pool1", "0: it keeps the largest of each 2×2 numbers."),
        ("relu1", "0: it turns what is negative to 0."),
        ("dropout1", "0: in training it turns some numbers to 0"),
        ("fc1", "256·(800 + 1) = 205,056"),
    ],
)
def test_each_steps_counts_are_explained(lens: Any, layer: str, sum_: str) -> None:
    lens.at.pills(key=f"{PAGE}__layer").set_value(layer).run()
    assert sum_ in lens.words
    assert f'"{layer}" [' in dot(lens)


@pytest.mark.parametrize("name", CARDS)
def test_a_card_sets_its_controls_and_reads_the_network(lens: Any, name: str) -> None:
    choose(lens, "graph", "autograd")
    lens.click(f"{PAGE}__setup_{name}")
    card = CARDS[name]
    assert lens.at.segmented_control(key=lens.shown(f"{PAGE}__paint")).value == card.setup["paint"]
    found = card.see(inspect_model(build_model("FastCNN")))
    assert found is not None
    assert found.text not in lens.words
    lens.at.pills(key=f"{PAGE}__guess_{name}").set_value(card.answers[0]).run()
    assert found.text in lens.words


def test_a_link_opens_the_same_picture(open_page: OpenPage) -> None:
    query = {f"{PAGE}__graph": "autograd", f"{PAGE}__saved": "true", f"{PAGE}__batch_size": "5000"}
    page = open_page(PATH, **query)
    assert page.sentences == [
        "Batch size must be a whole number from 1 to 1,024. Got '5000' instead: using 64 images."
    ]
    assert "filled,dashed" in dot(page)


def test_a_run_of_another_net_is_that_net(
    open_page: OpenPage, lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "OWNER", "test_simple")
    config = TrainConfig(net="SimpleCNN", train_size=100, val_size=0, epochs=1, dropout=0.5)
    events = local.iter_local_run(lab.store, "mnist", config, name="simple", threads=1)
    run, _ = next(events)
    events.close()
    page = open_page(PATH, owner="test_simple", run=run)
    assert page.metric(0) == "804,554"
    assert r"fc1: Linear\n802,816 · 78 %" in dot(page)
    page.at.selectbox(key=page.shown(f"{PAGE}__run")).set_value("shipped").run()
    assert page.metric(0) == "215,194"


def test_without_dot_the_page_says_how_to_get_an_svg(lens: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    lens.run()
    assert "An SVG needs Graphviz's program dot" in lens.words
    assert [button.proto.label for button in lens.at.get("download_button")] == ["Download the DOT"]
