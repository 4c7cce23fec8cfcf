"""The page that trains many runs: what it opens on, a whole sweep of it, and Stop all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dlcore.run import new_run
from dlcore.runs.storage.leases import LEFT_TO_OWNER
from dlcore.sweep.record import Sweep, new_sweep
from dlcore.sweep.setup import SweepConfig, plan_of
from tests.app import at_work
from ui import services
from ui.views.sweep import left_words

OpenPage = Callable[..., Any]
PATH, PAGE = "sweep.py", "sweep"
OTHERS = "These are for your next sweep. The dots are of **sweep-1**."
SHORT = {f"{PAGE}__first": "train_size", f"{PAGE}__first_values": "100, 200", f"{PAGE}__seeds": "1"}


def button(page: Any, name: str) -> Any:
    return page.at.button(key=f"{PAGE}__{name}")


def the_sweep(owner: str) -> Sweep:
    (listed,) = services.store().listed_sweeps(owner)
    sweep = services.store().sweep(listed.id)
    assert sweep is not None
    return sweep


def test_it_opens_on_a_finished_sweep_and_says_how_many_runs(open_page: OpenPage) -> None:
    page = open_page(PATH)
    assert "A sweep that comes with the lab" in page.words
    assert "9 runs: 3 values of learning rate, 3 seeds; 1,692 steps in all." in page.words
    assert button(page, "start").label == "Start 9 runs"
    assert button(page, "stop").disabled
    dots, *means = page.charts()
    assert len(dots["correct"]) == len(dots["place"]) == len(means[0]["correct"])
    assert "More than the luck seen here" in "\n".join(str(box.value) for box in page.at.success)
    assert page.sentences == []


def test_another_knob_brings_its_values_and_what_cannot_be_is_said(open_page: OpenPage) -> None:
    page = open_page(PATH)
    page.at.selectbox(key=page.shown(f"{PAGE}__first")).set_value("optimizer").run()
    assert page.state(f"{PAGE}__first_values") == "sgd, adam"
    assert "Each sgd, adam, adamw, rmsprop or muon." in page.words
    assert button(page, "start").label == "Start 6 runs"
    page.set(PAGE, first_values="sgd, adagrad")
    refused = "Optimizer must be one of sgd, adam, adamw, rmsprop, muon. Got 'adagrad' instead."
    assert refused in page.sentences
    assert button(page, "start").disabled
    page.set(PAGE, first_values="sgd, adam", seeds=13)
    assert "Runs of a sweep must be from 1 to 24. Got 26 instead." in page.sentences
    page.set(PAGE, first_values="adam", seeds=1)
    assert button(page, "start").label == "Start 1 run"


def test_a_whole_sweep_is_trained_and_told(open_page: OpenPage) -> None:
    page = open_page(PATH, **SHORT)
    page.click(f"{PAGE}__start")
    owner = page.state("owner")

    def finished() -> bool:
        (sweep,) = services.store().listed_sweeps(owner)
        return sweep.status == "finished"

    page.after(finished, "the sweep is finished")
    assert "2 of 2 runs finished." in page.words
    dots, *_ = page.charts()
    assert dots["setting"] == ["train size 100", "train size 200"]
    assert "nobody can tell whether that is luck" in "\n".join(page.sentences)
    sweep = the_sweep(owner)
    assert [run.name for run in services.store().runs_of(owner)] == [
        "sweep-1 · train size 200 · seed 0",
        "sweep-1 · train size 100 · seed 0",
    ]
    chosen = page.at.selectbox(key=f"{PAGE}__run")
    assert chosen.value == sweep.entries[0].run_id
    assert chosen.options == ["train size 100 · seed 0", "train size 200 · seed 0"]
    again = open_page(PATH, **SHORT)
    assert "2 of 2 runs finished." in again.words, "it is still there in another tab"
    assert OTHERS not in page.words
    assert OTHERS not in again.words
    assert OTHERS in open_page(PATH).words, "the fields are as at first"


def test_stop_all_stops_all(open_page: OpenPage) -> None:
    page = open_page(PATH, sweep__first_values="0.001, 0.002", sweep__seeds="6")
    page.click(f"{PAGE}__start")
    assert button(page, "start").disabled
    assert not button(page, "stop").disabled
    owner = page.state("owner")
    page.after(lambda: len(services.runner().active_runs()) > 1, "some of its runs are under way")
    train = open_page("mnist/train.py", owner=owner)
    assert train.at.button(key="mnist_train__start").disabled
    assert "This run is one of the sweep **sweep-1**: start yours when it has ended" in train.words
    page.click(f"{PAGE}__stop")
    page.after(lambda: not services.runner().active_runs(), "all have ended")
    sweep = the_sweep(owner)
    assert sweep.status == "stopped"
    assert f"{12 - sweep.begun} never begun" in page.words
    assert not button(page, "start").disabled
    at_work.write_down()
    assert len(services.store().runs_of(owner)) == sweep.begun


def test_somebody_else_cannot_stop_it(open_page: OpenPage) -> None:
    page = open_page(PATH, sweep__first_values="0.001, 0.002", sweep__seeds="2")
    page.click(f"{PAGE}__start")
    other = open_page(PATH, owner="who sweeps nothing")
    assert "A sweep that comes with the lab" in other.words
    assert button(other, "stop").disabled
    page.click(f"{PAGE}__stop")


def test_a_run_that_is_left_to_its_owner_is_said(open_page: OpenPage) -> None:
    page = open_page(PATH)
    sweep = new_sweep(
        page.state("owner"), "sweep-1", plan_of(SweepConfig(first_values="0.01", seeds=1)), stops=True
    )
    run = new_run(sweep.owner, "mnist", sweep.entries[0].config, name="sweep-1", status="interrupted")
    store = services.store()
    store.create(replace(run, reason=LEFT_TO_OWNER))
    store.keep_sweep(sweep.changed(0, run_id=run.id), store.lease)
    try:
        page.at.run()
        assert [box.value for box in page.at.warning if "waits for you" in box.value] == [left_words(1)]
    finally:
        store.end_sweep(sweep.id, "stopped")
        store.delete(run.id)
