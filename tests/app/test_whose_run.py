"""Whose run a lens looks at: one's own last one, until another is chosen; a chip leads back to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlcore.nets.registry import build_model
from dlcore.run import Run
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import save_checkpoint
from dlcore.training.config import TrainConfig
from tests.app.conftest import unescaped
from ui import services

PATH, PAGE = "mnist/structure.py", "mnist_structure"
DRAW, EPOCHS = "mnist/draw.py", "mnist_draw__epoch_shipped"
SHIPPED, OWN = "215,194", "804,554"  # parameters


def at_epoch(page: Any) -> Any:
    return page.at.select_slider(key=page.shown(EPOCHS))


def keep(run_id: str, owner: str, *, step: int, created: float) -> None:
    """A run of somebody's on a SimpleCNN, with the weights of this step."""
    config, store = TrainConfig(net="SimpleCNN"), services.store()
    like = Run(run_id, owner, "mnist", run_id, config.model_dump(), "stopped", created=created, step=step)
    store.create(like)
    store.update(like)
    weights = build_model("SimpleCNN", seed=0).state_dict()
    saved = save_checkpoint(store.run_folder(run_id), weights, config, epoch=min(1, step), step=step)
    store.record(run_id, [], [saved])


def test_a_lens_opens_on_ones_own_last_run_and_a_chip_leads_back_to_it(
    open_page: Callable[..., Any],
) -> None:
    keep("class-1", "whose", step=10, created=1.0)
    keep("begun", "whose", step=0, created=2.0)  # it has learned nothing yet
    page = open_page(PATH, owner="whose")
    assert page.metric() == OWN
    assert page.at.selectbox(key=page.shown(f"{PAGE}__run")).value == "class-1"
    chip = f"{PAGE}__use_own"
    assert chip not in {button.key for button in page.at.button}
    page.at.selectbox(key=page.shown(f"{PAGE}__run")).set_value("shipped").run()
    assert page.metric() == SHIPPED
    assert page.at.button(key=chip).label == "the shipped network, not yours · use class-1"
    page.switch("mnist/profiling.py").switch(PATH)
    assert page.metric() == SHIPPED, "what was chosen stays chosen"
    page.click(chip)
    assert page.metric() == OWN
    assert page.at.query_params["run"] in ("class-1", ["class-1"])


def test_who_has_none_sees_the_shipped_one_and_no_chip(open_page: Callable[..., Any]) -> None:
    page = open_page(PATH, owner="newcomer")
    assert page.metric() == SHIPPED
    assert f"{PAGE}__use_own" not in {button.key for button in page.at.button}


def test_a_link_names_the_weights_too(open_page: Callable[..., Any]) -> None:
    page = open_page(DRAW)
    assert "step" not in page.at.query_params, "the last ones need no name"
    at_epoch(page).set_value("1").run()
    step = str(shipped_run("mnist").checkpoints[1].step)
    assert page.at.query_params["run"] in ("shipped", ["shipped"])
    assert page.at.query_params["step"] in (step, [step])
    other = open_page(DRAW, owner="who is shown it", run="shipped", step=step)
    assert at_epoch(other).value == "1"
    at_epoch(other).set_value("2").run()
    assert at_epoch(other).value == "2", "a hand's choice stands above the link's"
    at_epoch(other).set_value(at_epoch(other).options[-1]).run()
    assert "step" not in other.at.query_params


def test_a_step_that_kept_no_weights_is_said_and_the_last_ones_are_shown(
    open_page: Callable[..., Any],
) -> None:
    for wrong in ("7", "-1", "1e9", "", "x" * 5_000):
        page = open_page(DRAW, run="shipped", step=wrong)
        (sentence,) = (unescaped(toast.value) for toast in page.at.toast)
        assert sentence.startswith("The address asks for step '")
        assert len(sentence) < 120
        assert at_epoch(page).value == at_epoch(page).options[-1]
        assert "step" not in page.at.query_params


def test_a_step_of_no_run_is_said_and_left_out(open_page: Callable[..., Any]) -> None:
    page = open_page(DRAW, owner="steps only", step="7")
    assert [unescaped(toast.value) for toast in page.at.toast] == [
        "This address names a step, but no run: the step is left out."
    ]
    assert "step" not in page.at.query_params


def test_weights_of_another_kind_leave_the_chosen_run_alone(open_page: Callable[..., Any]) -> None:
    keep("older", "two kinds", step=10, created=1.0)
    keep("newer", "two kinds", step=10, created=2.0)
    page = open_page(PATH, owner="two kinds", run="older").switch("gan.py")
    page.at.select_slider(key=page.shown("gan__epoch_shipped-gan")).set_value("4").run()
    assert "step" not in page.at.query_params, "the URL names another run"
    page.switch(PATH)
    assert page.at.selectbox(key=page.shown(f"{PAGE}__run")).value == "older"


def test_a_step_does_not_pass_to_another_run(open_page: Callable[..., Any]) -> None:
    keep("passing", "passes", step=10, created=1.0)
    step = str(shipped_run("mnist").checkpoints[1].step)
    page = open_page(PATH, owner="passes", run="shipped", step=step)
    page.click(f"{PAGE}__use_own")
    assert page.at.query_params["run"] in ("passing", ["passing"])
    assert "step" not in page.at.query_params
