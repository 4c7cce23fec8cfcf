"""The classifier's page and its app: set-ups, decisions that stay, rounds, a link that others can use."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from dlcore.classifier.examples import examples
from dlcore.classifier.gather import Given
from dlcore.classifier.project import Decision, Picture
from dlcore.errors import StoreError
from ui import albums, services

OpenPage = Callable[..., Any]
PATH, PAGE, APP = "classifier.py", "classifier", "picture_app.py"


def some(each: int) -> bytes:
    """A zip with so many of the lab's pictures of each class."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for label in ("fishes", "monuments", "tools"):
            of_it = [picture for picture in examples() if picture.label == label]
            for picture in of_it[:each]:
                file.writestr(f"mine/{label}/{picture.name}", picture.webp)
    return out.getvalue()


def apps(page: Any) -> list[Any]:
    """The links to one's own apps."""
    return [link for link in page.at.get("page_link") if link.proto.label.startswith("App ")]


def labels(pictures: Iterable[Picture]) -> set[str]:
    return {picture.label for picture in pictures}


def test_it_opens_on_a_trained_classifier(open_page: OpenPage) -> None:
    page = open_page(PATH)
    assert "**93 of 93** named as" in page.words
    assert page.sentences == []
    assert not page.at.query_params


def test_a_set_up_is_a_link_and_half_of_one_is_said(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__labels": "noise_30", f"{PAGE}__split": "by luck"})
    (said,) = page.sentences
    assert said.startswith("Split must be ")
    assert "28 labels made wrong on purpose: by the true ones " in page.words


def test_a_decision_waits_for_the_next_training_and_is_never_forgotten(open_page: OpenPage) -> None:
    page = open_page(PATH)
    box = next(box for box in page.at.selectbox if box.key.startswith(f"{PAGE}__decide_"))
    digest = box.key.removeprefix(f"{PAGE}__decide_")
    box.set_value("Delete").run()
    assert list(services.store().decisions_of(page.at.session_state["owner"]).items()) == [
        (digest, Decision("delete"))
    ]
    assert "**93 of 93**" in page.words
    assert page.at.button(key=f"{PAGE}__again").label == "Train again with 1 new decision"
    page.click(f"{PAGE}__again")
    assert "of 92** named as" in page.words
    (rounds,) = [table for table in page.at.dataframe if "What was changed" in table.value]
    assert rounds.value["What was changed"].tolist() == ["1 picture taken out.", "93 pictures, 3 classes"]
    assert "of 92** named as" in open_page(PATH, owner=page.at.session_state["owner"]).words
    page.click(f"{PAGE}__take_back")
    assert services.store().decisions_of(page.at.session_state["owner"]) == {}
    assert "**93 of 93**" in page.words


def test_a_zip_of_ones_own_becomes_a_classifier_and_can_be_deleted(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__which": "own"})
    assert any("Bring ten pictures" in info.value for info in page.at.info)
    page.at.file_uploader[0].set_value([("mine.zip", some(4), "application/zip")])
    page.run()
    page.wait(lambda: "12 pictures came in: 4 fishes, 4 monuments, 4 tools." in page.words, "it came in")
    page.wait(lambda: "of 12** named as" in page.words, "it is judged")
    page.at.toggle(key=page.shown(f"{PAGE}__keeps")).set_value(True).run()
    assert services.store().keeps_pictures(page.at.session_state["owner"])
    page.click(f"{PAGE}__forget")
    assert not services.store().keeps_pictures(page.at.session_state["owner"])
    assert "of 12** named as" not in page.words


@pytest.mark.parametrize("keeps", [False, True])
def test_a_class_is_taken_out_of_memory_and_of_the_disk(open_page: OpenPage, keeps: bool) -> None:
    owner, store = f"test_out_{keeps}", services.store()
    classes = ("fishes", "monuments", "tools")
    pictures = [[picture for picture in examples() if picture.label == label][:3] for label in classes]
    albums.add(owner, [picture for three in pictures for picture in three])
    page = open_page(PATH, owner=owner, **{f"{PAGE}__which": "own"})
    page.at.toggle(key=page.shown(f"{PAGE}__keeps")).set_value(keeps).run()
    assert labels(store.pictures_of(owner)) == (set(classes) if keeps else set())
    assert f"{PAGE}__out_tools" not in {button.key for button in page.at.button}, "a class is chosen first"
    page.at.selectbox(key=f"{PAGE}__out").set_value("tools").run()
    page.click(f"{PAGE}__out_tools")
    assert not page.sentences
    left = (*pictures[0], *pictures[1])
    assert albums.kept(owner) == left
    assert store.pictures_of(owner) == (left if keeps else ())
    box = page.at.selectbox(key=f"{PAGE}__out")
    assert (box.options, box.value) == (list(classes[:2]), None)
    assert not [button for button in page.at.button if (button.key or "").startswith(f"{PAGE}__out_")]


def test_delete_all_leaves_nothing_that_still_comes_in(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__which": "own"})
    albums.add(page.state("owner"), examples()[:1])
    waiting = f"{PAGE}__dropped"
    page.run().at.session_state[waiting] = (([Given("mine.zip", some(4), "")], "a drop"),)
    page.click(f"{PAGE}__forget")
    assert waiting not in page.at.session_state
    assert albums.kept(page.state("owner")) == ()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"words", "mine.zip is damaged or no zip"),
        (some(1), '"fishes" needs two different pictures at least'),
    ],
)
def test_what_cannot_be_learned_from_is_a_sentence(open_page: OpenPage, content: bytes, why: str) -> None:
    page = open_page(PATH, **{f"{PAGE}__which": "own"})
    page.at.file_uploader[0].set_value([("mine.zip", content, "application/zip")])
    page.run()
    page.wait(lambda: any(said.startswith(why) for said in page.sentences), why)


def test_a_classifier_at_work_is_found_by_its_link_alone(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__labels": "noise_10"})
    page.click(f"{PAGE}__use_it")
    (app_id,) = services.store().apps_of(page.at.session_state["owner"])
    other = open_page(APP, picture_app__app=app_id)
    assert other.sentences == []
    assert "It must pick one of its classes" in other.words
    strange = open_page(APP, picture_app__app="nobody")
    assert strange.sentences == ["There is no app of this link on this server: this is the lab's own."]
    assert "### monuments, 99.4 %" in strange.words


def test_a_visit_comes_back_to_the_app_of_its_link_until_it_leaves_it(open_page: OpenPage) -> None:
    maker = open_page(PATH)
    maker.click(f"{PAGE}__use_it")
    (app_id,) = services.store().apps_of(maker.state("owner"))
    page = open_page(APP, picture_app__app=app_id)
    del page.at.query_params["picture_app__app"]  # as another page leaves it
    page.run()
    assert "**An app of a link**" in page.words
    assert page.at.query_params["picture_app__app"] == app_id
    page.click("picture_app__leave")
    assert "**An app of a link**" not in page.run().words
    assert "picture_app__app" not in page.at.query_params


def test_an_app_that_was_taken_down_has_no_link_any_more_and_the_others_stay(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__labels": "noise_10"})
    owner, store = page.state("owner"), services.store()
    page.click(f"{PAGE}__use_it")
    (first,) = store.apps_of(owner)
    store.publish(owner, "{}")
    (second,) = set(store.apps_of(owner)) - {first}
    page.run()
    assert [link.proto.label.split(":")[0] for link in apps(page)] == ["App 2", "App 1"]
    assert [first in link.proto.query_string for link in apps(page)] == [False, True], (
        "the older one keeps its number"
    )
    page.click(f"{PAGE}__down_{first}")
    assert not page.sentences
    assert list(store.apps_of(owner)) == [second]
    assert f"{PAGE}__down_{first}" not in {button.key for button in page.at.button}
    gone = open_page(APP, picture_app__app=first)
    assert gone.sentences == ["There is no app of this link on this server: this is the lab's own."]


def test_fine_tuning_is_a_run_that_can_be_stopped_and_go_on(open_page: OpenPage) -> None:
    page = open_page(PATH)
    page.click(f"{PAGE}__tune_begin")
    page.click(f"{PAGE}__tune_stop")
    page.wait(lambda: f"{PAGE}__tune_go_on" in {button.key for button in page.at.button}, "it has stopped")
    page.click(f"{PAGE}__tune_go_on")
    assert "Stopping" not in page.words
    assert f"{PAGE}__tune_stop" in {button.key for button in page.at.button}
    page.click(f"{PAGE}__tune_stop")
    page.at.segmented_control(key=f"{PAGE}__tune_layers").set_value("All layers").run()
    assert page.at.button(key=f"{PAGE}__tune_begin").label == "Fine-tune all layers", "another run"


def test_ones_own_pictures_are_fine_tuned_only_if_they_are_kept(open_page: OpenPage) -> None:
    page = open_page(PATH, **{f"{PAGE}__which": "own"})
    page.at.file_uploader[0].set_value([("mine.zip", some(4), "application/zip")])
    page.run()
    page.wait(lambda: "of 12** named as" in page.words, "it is judged")
    assert page.at.button(key=f"{PAGE}__tune_begin").disabled
    page.at.toggle(key=page.shown(f"{PAGE}__keeps")).set_value(True).run()
    assert not page.at.button(key=f"{PAGE}__tune_begin").disabled


def test_decisions_that_leave_nothing_to_learn_can_be_taken_back(open_page: OpenPage) -> None:
    for picture in examples():
        if picture.label != "tools":
            services.store().decide("nobody else", picture.digest, Decision("delete"))
    page = open_page(PATH, owner="nobody else")
    assert any("There is nothing to tell apart" in said for said in page.sentences)
    page.click(f"{PAGE}__take_back")
    assert "**93 of 93**" in page.words


def test_a_store_that_refuses_costs_nobody_the_page(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(PATH)

    def refuse(*_: object) -> None:
        raise StoreError("The disk is full: free some room.")

    monkeypatch.setattr(services.store(), "decide", refuse)
    box = next(box for box in page.at.selectbox if box.key.startswith(f"{PAGE}__decide_"))
    box.set_value("Delete").run()
    assert page.sentences == ["The disk is full: free some room."]
    assert "**93 of 93**" in page.words
