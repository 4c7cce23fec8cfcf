"""The recogniser's other networks: fetched at a click, read from a folder, damaged; where each looked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dlcore.vision.fetch import limit_of
from dlcore.vision.networks import Network, networks
from tests.app.at_work import active
from tests.dlcore.vision.hub import Hub, serving
from tests.dlcore.vision.published import SMALL, drawn, publish
from tests.waiting import wait_until
from ui import services
from ui.lenses import vision

OpenPage = Callable[..., Any]
PATH, PAGE = "recogniser.py", "recogniser"
OTHER = {f"{PAGE}__network": SMALL}
MISSING = "SqueezeNet1.1 is not on this machine yet."


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    """A network whose file lies in a folder that nobody has named yet."""
    network = publish(SMALL, tmp_path)
    monkeypatch.setitem(networks(), SMALL, network)  # type: ignore[arg-type]
    monkeypatch.delenv("DLLAB_WEIGHTS", raising=False)
    return network


@pytest.fixture
def hub(published: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """It has the file; the lab has none."""
    with serving() as hub:
        monkeypatch.setenv("DLLAB_WEIGHTS_HUB", hub.address)
        yield hub.offer(tmp_path)
    shutil.rmtree(services.store().folder / "weights", ignore_errors=True)


@pytest.fixture
def named(published: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lab is told of the folder."""
    monkeypatch.setenv("DLLAB_WEIGHTS", str(tmp_path))
    return tmp_path


def first(page: Any) -> str:
    (chart,) = page.charts()
    return str(chart["name"][0])


def fetched() -> list[str]:
    folder = services.store().folder / "weights"
    return [path.name for path in folder.iterdir()] if folder.exists() else []


# --- Fetched ------------------------------------------------------------------------------------


def test_what_is_not_here_is_told_and_nothing_is_asked_without_a_click(open_page: OpenPage, hub: Hub) -> None:
    page = open_page(PATH, **OTHER)
    assert MISSING in page.words
    assert f"put `{networks()[SMALL].file}` into" in page.words
    assert "EfficientNet-Lite0 alone is here" in page.words
    assert page.charts() == []
    assert page.sentences == []
    page.run()
    assert hub.asked == []


def test_a_click_fetches_it_for_everybody(open_page: OpenPage, hub: Hub) -> None:
    hub.part = 2_000_000
    page = open_page(PATH, **OTHER).click(f"{PAGE}__fetch")
    (task,) = active("fetch_weights")
    other = open_page(PATH, owner="who fetches nothing", **OTHER).click(f"{PAGE}__fetch")
    assert [one.id for one in active("fetch_weights")] == [task.id], "one file is fetched once"
    page.after(lambda: "Fetching" in str(active("fetch_weights")[0].events[-1:]), "the first part has come")
    (bar,) = page.at.get("progress")
    assert re.match(r"Fetching [0-2]\.\d of 5\.0 MB", bar.proto.text)
    hub.go.set()
    for visitor in (page, other):
        visitor.wait(visitor.charts, "the network has answered")
        assert "Here: EfficientNet-Lite0, SqueezeNet1.1." in visitor.words
        assert MISSING not in visitor.words
    assert hub.asked == [networks()[SMALL].file]
    assert fetched() == [networks()[SMALL].file]


def test_a_cancelled_one_leaves_nothing_and_can_be_asked_for_again(open_page: OpenPage, hub: Hub) -> None:
    hub.part = 2_000_000
    page = open_page(PATH, **OTHER).click(f"{PAGE}__fetch")
    page.after(fetched, "a part is there")
    page.click(f"{PAGE}__cancel")
    assert MISSING in page.words
    wait_until(lambda: not active("fetch_weights"), "the task has ended, though its server says no more")
    assert fetched() == []
    hub.part = None
    hub.go.set()
    page.click(f"{PAGE}__fetch").wait(page.charts, "the network has answered")


def test_a_failure_is_said_and_only_another_click_tries_again(
    open_page: OpenPage, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = hub.files.pop(networks()[SMALL].file)
    page = open_page(PATH, **OTHER).click(f"{PAGE}__fetch")
    page.wait(lambda: page.sentences, "it has failed")
    (said,) = page.sentences
    assert said.startswith("127.0.0.1 has no such file (404): put squeezenet1_1-")
    monkeypatch.setattr(services.tasks(), "_clock", lambda: 1e12)  # long after
    page.run().run()
    open_page(PATH, **OTHER)
    assert len(hub.asked) == 1
    hub.files[networks()[SMALL].file] = right
    page.click(f"{PAGE}__fetch").wait(page.charts, "the network has answered")
    assert page.sentences == []


def test_what_can_never_be_kept_is_refused_at_once(
    open_page: OpenPage, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert vision._limit() == limit_of(services.runner().limit_bytes)
    monkeypatch.setattr(vision, "_limit", lambda: 1_500_000)
    page = open_page(PATH, **OTHER).click(f"{PAGE}__fetch")
    (said,) = page.sentences
    assert "is 5.0 MB large, and 1.5 MB of fetched weights are kept" in said
    assert hub.asked == []


# --- From a folder ------------------------------------------------------------------------------


def test_one_of_the_named_folder_answers_in_its_own_way(open_page: OpenPage, named: Path) -> None:
    page = open_page(PATH, **OTHER)
    assert page.charts()
    page.at.segmented_control(key=f"{PAGE}__at").set_value("2 Resize").run()
    assert page.at.code[0].value == "img = img.resize((341, 256), Image.Resampling.BILINEAR)"
    page.at.segmented_control(key=f"{PAGE}__at").set_value("5 Scale").run()
    assert page.at.code[0].value == "x = (x / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]"
    page.at.segmented_control(key=f"{PAGE}__at").set_value("7 Logits").run()
    assert 'get_model("squeezenet1_1", weights="IMAGENET1K_V1")' in page.at.code[0].value
    page.at.segmented_control(key=page.shown(f"{PAGE}__mode")).set_value("train").run()
    assert "It has 1 layer that drop something at random" in page.words


def test_a_damaged_file_is_said_and_the_page_goes_on(
    open_page: OpenPage, named: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = publish(SMALL, named, drawn(SMALL, seed=1).state_dict())  # nobody has it in memory
    monkeypatch.setitem(networks(), SMALL, other)  # type: ignore[arg-type]
    content = bytearray((named / other.file).read_bytes())
    content[5000] ^= 1
    (named / other.file).write_bytes(content)
    page = open_page(PATH, **OTHER)
    (said,) = page.sentences
    assert "is damaged, or not the file that was published" in said
    page.at.selectbox(key=page.shown(f"{PAGE}__network")).set_value("efficientnet_lite0").run()
    assert first(page) == "ice bear"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "resnet101", "vit_h_14-swag_e2e_v1", "<b>x</b>", "x" * 3000]
)
def test_an_odd_name_in_the_link_is_a_sentence(open_page: OpenPage, name: str) -> None:
    page = open_page(PATH, **{f"{PAGE}__network": name})
    (said,) = page.sentences
    assert said.startswith("Network must be a name of the page's list. Got ")
    assert len(said) < 130
    assert first(page) == "ice bear"


# --- Where it looked, several ---------------------------------------------------------------------


def test_covering_and_gathered_gradients_are_asked_for_and_shown(open_page: OpenPage, named: Path) -> None:
    page = open_page(PATH, **OTHER)
    assert "The last maps have 13×13 places" in page.words
    for method, words in (
        ("occlusion", "grey square"),
        ("integrated", "It misses by"),
    ):
        page.at.segmented_control(key=page.shown(f"{PAGE}__method")).set_value(method).run()
        assert not active("look"), "nothing begins without a click"
        page.click(f"{PAGE}__look")
        page.wait(lambda: words in page.words, "it has looked")  # noqa: B023
        assert len(page.tables()) == 1
    page.at.selectbox(key=page.shown(f"{PAGE}__network")).set_value("efficientnet_lite0").run()
    assert page.at.button(key=f"{PAGE}__look")
    assert page.sentences == []


def test_what_is_looked_for_ends_when_it_is_cancelled(open_page: OpenPage) -> None:
    page = open_page(PATH)
    page.at.segmented_control(key=page.shown(f"{PAGE}__method")).set_value("occlusion").run()
    page.click(f"{PAGE}__look").click(f"{PAGE}__cancel")
    wait_until(lambda: not active("look"), "it has ended")
    assert page.at.button(key=f"{PAGE}__look")


def test_several_networks_answer_side_by_side(open_page: OpenPage, named: Path) -> None:
    page = open_page(PATH)
    assert page.state(f"{PAGE}__beside") == ["efficientnet_lite0", SMALL]
    page.click(f"{PAGE}__ask_all")
    page.wait(lambda: "median of 5 passes" in page.words, "all have answered")
    table = page.tables()[-1]
    assert [row["Network"] for row in table] == ["EfficientNet-Lite0", "SqueezeNet1.1"]
    assert table[0]["First"].startswith("ice bear 99")
    assert all(row["Time"].endswith("ms") for row in table)
    page.click(f"{PAGE}__setup_unknown")
    assert "median of 5 passes" not in page.words, "that was another photograph"


def test_the_crop_follows_the_square_and_a_card_puts_it_back(open_page: OpenPage) -> None:
    page = open_page(PATH)
    page.set(PAGE, across=0.0, down=1.0)
    assert page.at.query_params[f"{PAGE}__across"] == "0.0"
    page.at.segmented_control(key=f"{PAGE}__at").set_value("3 Crop").run()
    assert page.at.code[0].value == "img = img.crop((0, 32, 224, 256))"
    page.click(f"{PAGE}__setup_scale")
    assert page.at.code[0].value == "img = img.crop((58, 16, 282, 240))"


def test_what_no_browser_chooses_is_left_out(open_page: OpenPage, named: Path) -> None:
    page = open_page(PATH)
    page.set(PAGE, beside=["nonsense", SMALL, "vit_h_14-swag_e2e_v1"])
    assert page.state(f"{PAGE}__beside") == [SMALL]
    assert page.sentences == []
