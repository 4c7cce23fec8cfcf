"""Train: the set-up comes from presets, cards and links; a run is started, steered and found again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dlcore.runs.process import WorkerProcess
from dlcore.runs.protocol import Control
from dlcore.runs.shipped import shipped_run
from dlcore.runs.tasks import Task
from dlcore.schema import knobs
from dlcore.training.cards import CARDS
from dlcore.training.config import TrainConfig
from dlcore.training.recipes import PRESETS
from tests.app.at_work import holds
from tests.app.test_whose_run import keep
from ui import services

OpenPage = Callable[..., Any]
PATH = "mnist/train.py"
KNOBS = knobs(TrainConfig)
TINY = {"train_size": 200, "val_size": 100, "epochs": 2, "batch_size": 50, "device": "cpu"}
LONG = {"train_size": 20_000, "val_size": 0, "epochs": 100, "batch_size": 50, "device": "cpu"}


@pytest.fixture
def train(open_page: OpenPage) -> Any:
    return open_page(PATH)


def fields(page: Any) -> dict[str, Any]:
    return {name: page.state(f"mnist_train__{name}") for name in KNOBS}


def values(config: TrainConfig) -> dict[str, Any]:
    return {name: getattr(config, name) for name in KNOBS}


def link(setup: dict[str, Any]) -> dict[str, str]:
    """A set-up as a link carries it."""
    return {f"mnist_train__{name}": str(value) for name, value in setup.items()}


def start(page: Any, setup: dict[str, Any]) -> str:
    """Turn the knobs, start, and return the run's id."""
    for name, value in setup.items():
        page.at.session_state[f"mnist_train__{name}"] = value
    page.run().click("mnist_train__start")
    return run_id(page)


def run_id(page: Any) -> str:
    return str(page.at.query_params["run"])


def run(page: Any) -> Any:
    return stands(run_id(page))


def stands(run_id: str) -> Any:
    found = services.runner().get(run_id)
    assert found is not None
    return found


def submit(owner: str, **changes: Any) -> str:
    config = TrainConfig().replace(**TINY | changes)
    runner = services.runner()
    return runner.submit(owner, "mnist", config, name="a run")


def wait(page: Any, condition: Callable[[Any], object], what: str) -> None:
    """Until the run is so; the page is redrawn then."""
    page.after(lambda: condition(run(page)), f"{what} (run {run_id(page)})")


def until(page: Any, status: str) -> None:
    wait(page, lambda run: run.status == status, f"it is {status}")


# --- Setting up -------------------------------------------------------------------------------


def test_it_opens_on_the_first_preset(train: Any) -> None:
    first = next(iter(PRESETS))
    assert train.state("mnist_train__preset") == first
    assert fields(train) == values(PRESETS[first].config)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_sets_every_field(train: Any, preset: str) -> None:
    train.at.session_state["mnist_train__seed"] = 5
    train.run()
    for name in (next(name for name in PRESETS if name != preset), preset):
        train.at.segmented_control(key=train.shown("mnist_train__preset")).set_value(name).run()
    assert fields(train) == values(PRESETS[preset].config)


@pytest.mark.parametrize("name", CARDS)
def test_a_card_sets_its_controls(train: Any, name: str) -> None:
    train.click(f"mnist_train__setup_{name}")
    setup = dict(CARDS[name].setup)
    preset = setup.pop("preset")
    assert train.state("mnist_train__preset") == preset
    assert fields(train) == values(PRESETS[preset].config) | setup
    assert "run" not in train.at.query_params, "a card starts nothing"


def test_the_ladder_moves_the_exact_number(train: Any) -> None:
    train.at.select_slider(key=train.shown("mnist_train__lr_ladder")).set_value(0.02).run()
    assert train.state("mnist_train__lr") == 0.02
    train.at.number_input(key=train.shown("mnist_train__lr_exact")).set_value(0.0123).run()
    assert train.state("mnist_train__lr") == 0.0123
    assert train.state(train.shown("mnist_train__lr_ladder")) == 0.0123, "the slider shows what counts"


# --- Links ------------------------------------------------------------------------------------


def test_a_link_carries_a_set_up(open_page: OpenPage) -> None:
    given = {"train_size": 2000, "lr": 0.0123, "augment": True, "optimizer": "sgd", "seed": 7}
    page = open_page(PATH, **link({"preset": "class"} | given))
    assert not page.sentences
    assert page.state("mnist_train__preset") == "class"
    assert fields(page) == values(PRESETS["class"].config.replace(**given))


REFUSED = [
    ("train_size", "999999999"),
    ("train_size", "-1"),
    ("val_size", "many"),
    ("lr", "-0.1"),
    ("lr", "nan"),
    ("optimizer", "magic"),
    ("augment", "perhaps"),
    ("seed", "1.5"),
    ("net", ""),
]


@pytest.mark.parametrize(("name", "bad"), REFUSED)
def test_a_refused_value_is_said_and_replaced(open_page: OpenPage, name: str, bad: str) -> None:
    page = open_page(PATH, **link({"preset": "lesson", "epochs": 3, name: bad}))
    (sentence,) = page.sentences
    assert sentence.startswith(f"{KNOBS[name].title} must be ")
    assert fields(page) == values(PRESETS["lesson"].config.replace(epochs=3))
    assert page.run().sentences == [sentence], "until a knob is turned: the page may redraw itself"
    assert not page.set("mnist_train", internals=True).sentences


def test_values_that_do_not_fit_together_are_said_once(open_page: OpenPage) -> None:
    page = open_page(PATH, **link({"preset": "lesson", "val_size": 5000}))
    (sentence,) = page.sentences
    assert "60,000 together" in sentence
    assert fields(page) == values(PRESETS["lesson"].config)


def test_of_what_was_changed_only_knobs_in_sight_are_named(open_page: OpenPage) -> None:
    page = open_page(PATH, **link({"preset": "lesson", "net": "SoftmaxRegression", "dropout": 0.5}))
    assert "Changed from The lesson: Network. A click on *The lesson* brings all of it back." in page.words
    chosen = page.at.segmented_control(key=page.shown("mnist_train__preset"))
    chosen.set_value(None).run()  # what a browser says of a click on the one that is chosen
    assert page.at.segmented_control(key=page.shown("mnist_train__preset")).value == "lesson"
    assert fields(page) == values(PRESETS["lesson"].config)
    assert PRESETS["lesson"].about in page.words


@pytest.mark.parametrize(
    ("setup", "stands"),
    [
        (
            {"train_size": 60_000, "val_size": 10_000},
            "using Validation images 5,000, Training images 55,000.",
        ),
        ({"optimizer": "sgd", "nesterov": "true", "momentum": 0}, "Got 0 instead: using 0.9."),
        (
            {"optimizer": "sgd", "nesterov": "true", "momentum": 0, "train_size": 60_000, "val_size": 10_000},
            "using the preset's values.",
        ),
    ],
)
def test_what_cannot_be_together_is_told_with_what_stands(
    open_page: OpenPage, setup: dict[str, Any], stands: str
) -> None:
    (sentence,) = open_page(PATH, **link(setup)).sentences
    assert sentence.endswith(stands)


def test_an_unknown_preset_is_said_once(open_page: OpenPage) -> None:
    page = open_page(PATH, mnist_train__preset="magic")
    (sentence,) = page.sentences
    assert "magic" in sentence
    assert fields(page) == values(next(iter(PRESETS.values())).config)
    assert not page.run().sentences


def test_an_unknown_run_and_somebody_elses_are_the_same(open_page: OpenPage) -> None:
    unknown, others = open_page(PATH, run="nobody"), open_page(PATH, run=submit("bert"))
    assert len(unknown.sentences) == 1
    assert others.sentences == unknown.sentences
    for page in (unknown, others):
        assert "run" not in page.at.query_params
        assert shipped_run("mnist").name in page.words
        assert not page.run().sentences


# --- Running ----------------------------------------------------------------------------------


def test_a_run_from_start_to_result(train: Any) -> None:
    start(train, TINY)
    until(train, "finished")
    trained = run(train)
    assert {name: trained.config[name] for name in TINY} == TINY
    assert trained.step == trained.total_steps == 8
    test = trained.last("test_correct")
    assert f"{100 * test.value / 10_000:.2f} %" in train.words
    train.wait(lambda: train.at.get("plotly_chart"), "its mistakes are shown")
    assert not train.sentences
    assert not train.at.button(key="mnist_train__start").disabled
    assert all(train.charts())


def test_a_lesson_run_answers_the_lessons_questions(open_page: OpenPage) -> None:
    setup = {"preset": "lesson", "train_size": 300, "epochs": 2, "device": "cpu"}
    page = open_page(PATH, **link(setup))
    page.click("mnist_train__start")
    until(page, "finished")
    page.wait(lambda: page.at.get("plotly_chart"), "its mistakes are shown")
    first, second = (point.value for point in run(page).series["epoch_loss"])
    questions = [expander.label for expander in page.at.expander if "?" in expander.label]
    assert f"{first:.3f}, {second:.3f}" in page.words
    assert len(questions) >= 3


def why_no_preset(page: Any) -> str:
    """What the presets say of why none can be chosen."""
    return str(page.at.segmented_control(key=page.shown("mnist_train__preset")).proto.help)


def test_a_run_is_paused_stepped_resumed_and_stopped(train: Any) -> None:
    assert not why_no_preset(train)
    start(train, LONG)
    assert train.at.button(key="mnist_train__start").disabled
    assert why_no_preset(train) == "Your run trains: stop it, or wait for its end."
    wait(train, lambda run: run.step > 0, "it trains")
    train.click("mnist_train__pause")
    until(train, "paused")
    for _ in range(2):
        before = run(train).step
        train.click("mnist_train__step")
        wait(train, lambda run: (run.step, run.status) == (before + 1, "paused"), "a step")  # noqa: B023
    train.click("mnist_train__pause")
    wait(train, lambda run: run.step > before + 20, "it goes on")
    train.click("mnist_train__stop")
    until(train, "stopped")
    assert run(train).checkpoints
    assert not train.at.button(key="mnist_train__start").disabled


def test_a_run_says_that_it_is_being_stopped_until_it_has(
    train: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(train, LONG)
    wait(train, lambda run: run.step > 0, "it trains")
    with monkeypatch.context() as at_a_long_step:
        at_a_long_step.setattr(WorkerProcess, "send", lambda *_: True)
        train.click("mnist_train__stop")
    assert "Stopping at step" in train.words
    assert [train.at.button(key=f"mnist_train__{name}").disabled for name in ("pause", "step", "stop")] == [
        True,
        True,
        False,
    ]
    services.runner().control(run_id(train), Control("stop"))
    until(train, "stopped")
    assert "Stopped after step" in train.words


def test_who_stops_within_the_first_epoch_reads_how_far_it_came(train: Any) -> None:
    start(train, LONG | {"batch_size": 1})  # 20,000 steps
    wait(train, lambda run: run.step > 0, "it trains")
    train.click("mnist_train__stop")
    until(train, "stopped")
    train.wait(lambda: train.at.get("plotly_chart"), "its mistakes are shown")
    assert f"step {run(train).step:,}, within epoch 1." in train.words
    assert train.at.button(key="mnist_train__go_on").label == "Train it again from its start"


def test_a_learning_rate_moved_meanwhile_reaches_the_run(train: Any) -> None:
    start(train, LONG | {"schedule": "constant"})
    wait(train, lambda run: run.step > 0, "it trains")
    train.at.number_input(key=train.shown("mnist_train__lr_exact")).set_value(0.0007).run()
    wait(train, lambda run: run.last("set_lr"), "it has taken it")
    assert run(train).last("set_lr").value == 0.0007
    train.click("mnist_train__stop")
    until(train, "stopped")
    assert len(run(train).series["set_lr"]) == 1


def test_a_loss_that_breaks_is_explained_and_cured_by_one_button(train: Any) -> None:
    breaking = {"net": "SimpleCNN", "optimizer": "sgd", "schedule": "constant", "lr": 10.0}
    broken = start(train, TINY | breaking)
    until(train, "diverged")
    assert run(train).reason in train.words
    (diagnosis,) = train.sentences
    assert "learning rate 10 " in diagnosis
    train.click("mnist_train__cure")
    assert run_id(train) != broken
    assert fields(train) == {name: run(train).config[name] for name in KNOBS}
    assert run(train).config == stands(broken).config | {"lr": 1.0}
    wait(train, lambda run: not run.active, "it has ended")


def test_a_run_under_way_is_found_again(open_page: OpenPage) -> None:
    first = open_page(PATH)
    started = start(first, LONG | {"seed": 9})
    for page in (open_page(PATH, run=started), open_page(PATH)):  # by its link, or by its owner
        assert run(first).name in page.words
        assert page.at.button(key="mnist_train__start").disabled
    by_link = open_page(PATH, run=started)
    assert fields(by_link)["seed"] == 9
    by_link.click("mnist_train__stop")
    until(first, "stopped")


def test_a_run_under_way_is_nobody_elses(open_page: OpenPage) -> None:
    page = open_page(PATH)
    start(page, LONG)
    other = open_page(PATH, owner="carl")
    assert shipped_run("mnist").name in other.words
    assert not other.at.button(key="mnist_train__start").disabled
    page.click("mnist_train__stop")
    until(page, "stopped")


def test_a_finished_run_shows_on_home_and_can_be_drawn_for(open_page: OpenPage) -> None:
    page = open_page(PATH)
    start(page, TINY)
    until(page, "finished")
    name = run(page).name
    assert name in page.switch("home.py").words
    page.switch("mnist/draw.py")
    assert name in page.at.selectbox(key=page.shown("mnist_draw__run")).options


def test_cards_about_other_runs_say_nothing(train: Any) -> None:
    assert not [card.why for card in CARDS.values() if card.why in train.words]


def test_a_card_reads_the_visitors_own_run(train: Any) -> None:
    train.click("mnist_train__setup_too_large")
    start(train, {"train_size": 6000, "device": "cpu"})
    train.at.pills(key="mnist_train__guess_too_large").set_value(CARDS["too_large"].answers[1]).run()
    wait(train, lambda run: not run.active, "it has ended")
    finding = CARDS["too_large"].see(run(train))
    assert finding is not None
    assert finding.text in train.words
    assert CARDS["too_large"].why in train.words


# --- Clicks that must not reach a run -------------------------------------------------------------


def test_opening_the_page_elsewhere_leaves_the_run_alone(open_page: OpenPage) -> None:
    """Its settings are the run's; a link with others beside it is for the next run."""
    run = submit("test_elsewhere", **LONG, lr=0.002)
    page = open_page(PATH, owner="test_elsewhere")
    page.after(lambda: stands(run).step > 0, "it trains")
    assert page.state("mnist_train__lr") == 0.002
    open_page(PATH, owner="test_elsewhere", **link({"lr": 0.5}), run=run)
    services.runner().control(run, Control("step"))
    page.after(lambda: stands(run).status == "paused", "it stands")
    assert stands(run).controls() == ()
    services.runner().control(run, Control("stop"))


def test_a_moved_learning_rate_reaches_the_run(open_page: OpenPage) -> None:
    run = submit("test_moved", **LONG, lr=0.002)
    page = open_page(PATH, owner="test_moved", run=run)
    page.after(lambda: stands(run).step > 0, "it trains")
    page.at.number_input(key=page.shown("mnist_train__lr_exact")).set_value(0.001).run()
    page.after(lambda: stands(run).controls(), "it is told")
    page.at.select_slider(key=page.shown("mnist_train__lr_ladder")).set_value(0.005).run()
    page.after(lambda: len(stands(run).controls()) == 2, "it is told again")
    assert [value for _, _, value in stands(run).controls()] == [0.001, 0.005]
    assert page.at.button(key="mnist_train__setup_lesson").disabled
    services.runner().control(run, Control("stop"))


def test_a_click_reaches_the_run_on_the_page_not_a_newer_one(open_page: OpenPage) -> None:
    first = submit("test_click", **LONG)
    page = open_page(PATH, owner="test_click")
    page.after(lambda: stands(first).step > 0, "it trains")
    second = submit("test_click", **LONG)
    page.at.button(key="mnist_train__stop").click().run()
    page.after(lambda: stands(first).status == "stopped", "the first one stops")
    assert stands(second).active
    services.runner().control(second, Control("stop"))


def test_a_refused_start_keeps_the_page_and_says_why(train: Any) -> None:
    train.at.session_state["mnist_train__train_size"] = 60_000
    train.run().click("mnist_train__start")
    assert train.sentences == [
        "MNIST has 60,000 images to learn and to choose from. Got 65,000 instead: take fewer."
    ]
    assert train.at.button(key="mnist_train__start")
    assert "run" not in train.at.query_params
    assert train.run().sentences == [], "said once"


def test_a_link_whose_fields_do_not_go_together_loses_only_one(open_page: OpenPage) -> None:
    page = open_page(PATH, **link({"seed": 7, "train_size": 60_000}))
    assert len(page.sentences) == 1
    assert page.state("mnist_train__seed") == 7
    assert page.state("mnist_train__train_size") == TrainConfig().train_size


def test_text_from_a_link_is_shown_not_obeyed(open_page: OpenPage) -> None:
    page = open_page(PATH, mnist_train__preset="[Log in](http://evil.example) " + 500 * "x")
    raw = page.at.warning[0].value
    assert "[Log" not in raw.replace("\\[", "")
    assert len(raw) < 200


# --- Going on -------------------------------------------------------------------------------------


def test_a_finished_run_trains_more_epochs(open_page: OpenPage) -> None:
    run = submit("test_more", schedule="constant")
    page = open_page(PATH, owner="test_more", run=run)
    page.after(lambda: not stands(run).active, "it has ended")
    assert "mnist_train__go_on" in {button.key for button in page.at.button}
    page.at.number_input(key="mnist_train__more").set_value(3).run()
    page.click("mnist_train__go_on")
    page.after(lambda: stands(run).epoch == 5, "five epochs are done")
    assert stands(run).config["epochs"] == 5


@pytest.mark.usefixtures("fresh_lab")
def test_an_interrupted_run_is_resumed_by_its_button(open_page: OpenPage) -> None:
    run = submit("test_interrupted", **LONG)
    page = open_page(PATH, owner="test_interrupted", run=run)
    page.after(lambda: stands(run).step > 0, "it trains")
    services.stop()  # as a restart of the server does
    services.start()
    page.run()
    assert "Interrupted at step" in page.words
    page.click("mnist_train__pause")
    page.after(lambda: stands(run).status == "running", "it goes on")
    page.click("mnist_train__stop")
    page.after(lambda: stands(run).status == "stopped", "it stops")


def test_a_run_of_another_version_is_shown_and_not_continued(open_page: OpenPage) -> None:
    run = submit("test_old")
    page = open_page(PATH, owner="test_old")
    page.after(lambda: not stands(run).active, "it is over")
    stored = services.store().get(run)
    services.store().take_up(replace(stored, config={**stored.config, "net": "LeNet", "magic": 1}))
    page = open_page(PATH, owner="test_old", run=run)
    assert page.charts()
    (sentence,) = [info.value for info in page.at.info]
    assert sentence.startswith("Made by another version of the lab: it can be looked at, not continued.")
    assert "mnist_train__go_on" not in {button.key for button in page.at.button}


# --- Whose run it is, and which of its epochs -----------------------------------------------------


def test_a_shared_run_is_looked_at_not_steered(open_page: OpenPage) -> None:
    run = submit("test_sharing", **LONG)
    assert open_page(PATH, owner="test_visitor", run=run).sentences
    services.runner().share(run, True)
    page = open_page(PATH, owner="test_visitor", run=run)
    assert not page.sentences
    page.after(lambda: stands(run).step > 0, "it trains")
    assert all(page.at.button(key=f"mnist_train__{name}").disabled for name in ("pause", "step", "stop"))
    assert not page.at.button(key="mnist_train__start").disabled, "a run of one's own can be started"
    services.runner().share(run, False)
    assert open_page(PATH, owner="test_visitor", run=run).sentences
    services.runner().control(run, Control("stop"))


def test_the_epoch_chosen_on_one_page_is_looked_at_on_every_other(open_page: OpenPage) -> None:
    run = submit("test_travel")
    page = open_page(PATH, owner="test_travel", run=run)
    page.after(lambda: not stands(run).active, "it is over")
    page.wait(lambda: "wrong, epoch 2." in page.words, "the last epoch is measured")
    page.at.select_slider(key=page.shown(f"mnist_train__epoch_{run}")).set_value("0").run()
    page.wait(lambda: "wrong, epoch 0." in page.words, "the first one is measured")
    page.switch("mnist/draw.py")
    assert page.at.select_slider(key=page.shown(f"mnist_draw__epoch_{run}")).value == "0"
    page.at.select_slider(key=page.shown(f"mnist_draw__epoch_{run}")).set_value("1").run()
    page.switch(PATH)
    assert page.at.select_slider(key=page.shown(f"mnist_train__epoch_{run}")).value == "1"


def test_what_was_refused_of_a_link_is_said_until_a_knob_is_turned(open_page: Callable[..., Any]) -> None:
    page = open_page("mnist/train.py", mnist_train__lr="banana")
    assert any("banana" in sentence for sentence in page.sentences)
    assert any("banana" in sentence for sentence in page.run().sentences)
    page.set("mnist_train", lr=0.01)
    assert not page.sentences
    page.set("mnist_train", lr=0.005)
    assert not page.sentences


def test_a_measurement_that_failed_says_why_and_is_tried_again(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep("measured", "unlucky", step=10, created=1.0)
    tried: list[str] = []
    holds(monkeypatch, Task("broken", "evaluate", "failed", "Its process was ended."))
    monkeypatch.setattr(services.tasks(), "retry", tried.append)
    page = open_page(PATH, owner="unlucky", run="measured")
    assert "Its process was ended." in page.sentences
    assert "Measuring these weights" not in page.words
    page.click("mnist_train__measure_again")
    assert tried == ["broken"]
