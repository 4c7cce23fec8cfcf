"""The pages of the forger's game: the quiz, what noise becomes, a game begun and steered, the board."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dlcore.gan.config import GanConfig
from dlcore.gan.plane.cards import SCORES
from dlcore.gan.plane.config import PRESETS, PlaneConfig
from dlcore.runs.shipped import shipped_run
from dlcore.schema import knobs
from tests.app import at_work
from ui import services
from ui.components.forger import component

OpenPage = Callable[..., Any]
QUIZ, TRAIN, PLANE = "gan.py", "gan/train.py", "gan/plane.py"


def tell(page: Any) -> None:
    page.click("gan__tell")


def test_it_opens_on_ten_pictures_and_the_shipped_games_moments(open_page: OpenPage) -> None:
    page = open_page(QUIZ)
    assert "0 of 10 marked as fakes" in page.words
    assert page.state("gan__told") is False
    assert "Of 2,000 drawings" in page.words
    assert len(shipped_run("gan").checkpoints) >= 8


def test_who_is_who_is_told_with_both_scores_and_the_next_ten_come(open_page: OpenPage) -> None:
    page = open_page(QUIZ)
    tell(page)
    quiz = page.state("gan__made")[1]
    assert f"you {sum(quiz.real)} of 10 right, the detective {quiz.detective_right} of 10" in page.words
    page.click("gan__more")
    assert page.state("gan__told") is False
    assert page.state("gan__made")[1].labels != quiz.labels
    tell(page)
    assert "In 2 rounds" in page.words


def test_an_earlier_moment_asks_of_its_own_forger_and_shows_the_next_attempt(open_page: OpenPage) -> None:
    page = open_page(QUIZ)
    now = page.state("gan__made")[1]
    page.at.select_slider(key=page.shown("gan__epoch_shipped-gan")).set_value("4").run()
    then = page.state("gan__made")[1]
    assert then.labels == now.labels, "the same seed asks for the same"
    assert (then.pixels != now.pixels).any()
    tell(page)
    assert "Its next attempt" in page.words
    assert "at step 600" in page.words


def drawings(page: Any, beginning: str) -> dict[str, str]:
    """The pictures whose words begin so: what each says, and its content."""
    bodies = "".join(str(element.proto.body) for element in page.at.get("html"))
    found = re.findall(r'<img src="([^"]*)" alt="([^"]*)"', bodies)
    return {alt: source for source, alt in found if alt.startswith(beginning)}


def look(page: Any, way: str) -> Any:
    page.at.segmented_control(key="gan__way").set_value(way).run()
    assert not page.sentences
    return page


def test_noise_is_looked_at_in_four_ways_at_first_at_all_moments(open_page: OpenPage) -> None:
    page = open_page(QUIZ)
    moments = [f"A drawing of a 3 at step {one.step:,}" for one in shipped_run("gan").checkpoints]
    strip = drawings(page, "A drawing of a ")
    assert list(strip) == moments
    assert len(set(strip.values())) == len(moments)
    page.at.number_input(key="gan__film_seed").set_value(8).run()
    assert all(drawings(page, "A drawing of a ")[moment] != strip[moment] for moment in moments)
    look(page, "Does it copy?")
    assert look(page, "All its moments").at.number_input(key="gan__film_seed").value == 8


def test_a_walk_leads_from_one_noise_to_the_other(open_page: OpenPage) -> None:
    page = look(open_page(QUIZ), "A walk")
    (way,) = drawings(page, "The whole way in 9 stops").values()
    seen = drawings(page, "A 3, 50 % of the way")
    page.at.slider(key="gan__share").set_value(100).run()
    seen |= drawings(page, "A 3, 100 % of the way")
    assert len(set(seen.values())) == 2
    page.at.number_input(key="gan__from").set_value(2).run()
    assert drawings(page, "A 3, 100 % of the way").items() <= seen.items(), "it ends where it did"
    assert drawings(page, "The whole way in 9 stops") != {"The whole way in 9 stops": way}


def test_a_plane_shows_two_numbers_of_a_noise(open_page: OpenPage) -> None:
    page = look(open_page(QUIZ), "A plane of noises")
    (before,) = drawings(page, "81 drawings of a 3").values()
    page.at.number_input(key="gan__across").set_value(5).run()
    (after,) = drawings(page, "81 drawings of a 3").values()
    assert before != after
    page.at.segmented_control(key="gan__digit").set_value(7).run()
    assert len(drawings(page, "81 drawings of a 7")) == 1


def test_the_nearest_training_digit_tells_whether_a_drawing_is_a_copy(open_page: OpenPage) -> None:
    page = look(open_page(QUIZ), "Does it copy?")

    def pair() -> tuple[str, str]:
        (drawing,) = drawings(page, "The chosen drawing").values()
        (digit,) = drawings(page, "The training digit that is most like it").values()
        return drawing, digit

    before = pair()
    assert before[0] != before[1]
    (apart,) = re.findall(r"none is nearer: their grey levels differ by (\d+) of 255", page.words)
    assert 0 < int(apart) < 100
    page.set("gan", fake=7)
    assert all(one != other for one, other in zip(before, pair(), strict=True))


def test_both_networks_are_shown_layer_by_layer(open_page: OpenPage) -> None:
    words = open_page(QUIZ).words
    assert "74,401 parameters" in words
    assert "25,745 parameters" in words
    assert "| grow2 | ConvTranspose2d | 1×28×28 | 257 |" in words


def test_a_game_begins_and_is_stepped_one_side_at_a_time(open_page: OpenPage) -> None:
    page = open_page(TRAIN)
    page.click("gan_train__start")
    run_id = page.at.query_params["run"]
    run_id = run_id[0] if isinstance(run_id, list) else run_id

    def run() -> Any:
        return services.runner().get(run_id)

    page.wait(lambda: run().step > 0, "it plays")
    page.click("gan_train__pause")
    page.wait(lambda: run().status == "paused", "it pauses")
    before = run().step
    page.click("gan_train__step_forger")
    page.wait(lambda: run().status == "paused" and run().controls(), "one step is made", at_work.news)
    assert [control[1:] for control in run().controls()] == [("side", 1.0)]
    page.wait(lambda: run().step > before, "it is counted", at_work.news)
    assert run().step <= before + 2, "perhaps a step was under way"
    assert len(run().pictured) == 25 * 784
    page.click("gan_train__stop")
    page.wait(lambda: run().status == "stopped", "it stops")
    assert run().config == GanConfig().model_dump()


def test_a_preset_fills_the_form_and_who_sleeps_is_said(open_page: OpenPage) -> None:
    page = open_page(TRAIN)
    page.at.segmented_control(key=page.shown("gan_train__preset")).set_value("asleep").run()
    assert page.state("gan_train__d_steps") == 0
    page.click("gan_train__start")
    assert "The detective sleeps" in page.words


def config_of(page: Any) -> PlaneConfig:
    return PlaneConfig(**{name: page.state(f"gan_plane__{name}") for name in knobs(PlaneConfig)})


def test_the_plane_opens_on_frames_already_played(open_page: OpenPage) -> None:
    page = open_page(PLANE)
    assert config_of(page) == PRESETS["ring"]
    assert page.state("gan_plane__opening")[1]["count"] == 9


def test_a_preset_and_a_card_set_the_board_up(open_page: OpenPage) -> None:
    page = open_page(PLANE)
    page.at.pills(key=page.shown("gan_plane__preset")).set_value("collapse").run()
    assert (config_of(page), page.state("gan_plane__turn")) == (PRESETS["collapse"], 1)
    page.click("gan_plane__setup_saturating")
    assert config_of(page) == PlaneConfig(g_steps=0, loss="saturating")
    assert page.state("gan_plane__turn") == 2


def test_a_card_reads_what_the_board_has_shown(open_page: OpenPage) -> None:
    page = open_page(PLANE)
    page.click("gan_plane__setup_saturating")
    page.at.pills(key="gan_plane__guess_saturating").set_value("Skip").run()
    row = dict.fromkeys(SCORES, 0.5) | {"modes": 0.0, "good": 0.0}
    page.at.session_state["gan_plane__rows"] = (
        row | {"step": 0, "gradient": 0.1},
        row | {"step": 800, "gradient": 1e-7},
    )
    page.run()
    assert "under 1e-07" in page.words


def test_a_link_that_asks_for_too_much_noise_is_told(open_page: OpenPage) -> None:
    page = open_page(PLANE, gan_plane__noise_size="3")
    (sentence,) = page.sentences
    assert sentence.startswith("Size of the noise must be a whole number from 1 to 2. Got")
    assert config_of(page).noise_size == 2
    page = open_page(TRAIN, gan_train__noise="1000")
    (sentence,) = page.sentences
    assert sentence.startswith("Size of the noise must be a whole number from 1 to 128. Got")


def test_the_forger_is_taken_away_as_a_file_made_on_request(open_page: OpenPage) -> None:
    page = open_page(QUIZ)
    assert 'torch.jit.load("forger.pt")' in page.at.code[0].value
    page.click("gan__make")
    page.wait(lambda: "differ from the network's by" in page.words, "the file is made")
    page.at.segmented_control(key="gan__format").set_value("onnx").run()
    assert 'InferenceSession("forger.onnx"' in page.at.code[0].value


def test_a_game_that_was_ended_meanwhile_is_not_read(open_page: OpenPage, monkeypatch: Any) -> None:
    told = {"config": {"g_steps": 1}, "rows": [[500, *[0.5] * len(SCORES)]]}

    def show_board(key: str, config: PlaneConfig, own: Any, on: Any, **rest: Any) -> None:
        on["seen"](told)

    monkeypatch.setattr(component, "show_board", show_board)
    page = open_page(PLANE)
    assert page.state("gan_plane__rows")[0]["step"] == 500
    page.at.pills(key=page.shown("gan_plane__preset")).set_value("collapse").run()
    assert page.state("gan_plane__rows") == ()
