"""Other images on Train: chosen, trained, watched, found again, and what a link may say of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlcore.datasets.catalogue import catalogue
from dlcore.training.config import TrainConfig
from tests.app.reading import reading, vote
from tests.waiting import wait_until
from ui import services

OpenPage = Callable[..., Any]
PATH, SET = "mnist/train.py", "mnist_train__dataset"
LETTERS = catalogue().find("letters").id
TINY = {"train_size": 400, "val_size": 100, "epochs": 2, "batch_size": 50, "device": "cpu"}


def submit(owner: str, **changes: Any) -> str:
    config = TrainConfig().replace(**{**TINY, "dataset": LETTERS, **changes})
    return str(services.runner().submit(owner, "mnist", config, name="letters-FastCNN-1"))


def finished(run: str) -> str:
    wait_until(lambda: services.runner().get(run).status == "finished", "it has ended")  # type: ignore[union-attr]
    return run


@pytest.fixture
def trained(lab: Any) -> str:
    return finished(submit("test_letters"))


def labels(page: Any) -> list[str]:
    return [element.label for element in page.at.expander]


def html(page: Any) -> str:
    return "".join(str(element.proto.body) for element in page.at.get("html"))


def test_a_set_is_chosen_with_as_many_images_as_it_has(open_page: OpenPage) -> None:
    page = open_page(PATH)
    select = page.at.selectbox(key=page.shown(SET))
    assert select.options == ["MNIST", "Letters"]
    select.set_value(LETTERS).run()
    assert (page.state("mnist_train__train_size"), page.state("mnist_train__val_size")) == (4_167, 833)
    assert "nobody wrote them. 5,000 images to learn from, 1,000 to test with." in page.words
    assert html(page).count("An image of the class") == 12
    assert page.at.query_params[SET] == LETTERS
    assert "Faint: The shipped model, on MNIST. 99.49 %" in page.words
    page.at.segmented_control(key=page.shown("mnist_train__preset")).set_value("class").run()
    assert (page.state(SET), page.state("mnist_train__train_size")) == (LETTERS, 4_167)
    page.at.selectbox(key=page.shown(SET)).set_value("mnist").run()
    assert page.state("mnist_train__train_size") == 12_000
    assert SET not in page.at.query_params


def test_it_is_trained_watched_and_named_after_its_images(open_page: OpenPage) -> None:
    page = open_page(PATH, **{SET: "letters"})
    assert page.at.query_params[SET] == LETTERS, "a link may leave the digest out"
    for name, value in TINY.items():
        page.at.session_state[f"mnist_train__{name}"] = value
    page.run().click("mnist_train__start")
    run = finished(str(page.at.query_params["run"]))
    known = services.runner().get(run)
    assert known is not None
    assert (known.name, known.config["dataset"]) == ("letters-FastCNN-1", LETTERS)
    page.wait(lambda: "Its worst mistakes" in page.words, "its mistakes are there")
    assert "of 1,000 test images" in page.words
    assert "12 unseen test images" in page.words
    assert "A test image, a A, read as" in html(page)
    assert "Ask it about other images" not in [e.label for e in page.at.expander]
    again = open_page(PATH, run=run)
    assert again.state(SET) == LETTERS
    assert not again.sentences


def test_what_is_rare_is_a_class_of_the_chosen_images(open_page: OpenPage) -> None:
    page = open_page(PATH, **{SET: "letters", "mnist_train__rare_digit": "2"})
    rare = page.at.selectbox(key=page.shown("mnist_train__rare_digit"))
    assert (rare.label, rare.options) == ("Rare class", ["None", *"ABCDEFGHIJ"])
    assert page.state("mnist_train__rare_digit") == "2"
    page.at.selectbox(key=page.shown(SET)).set_value("mnist").run()
    rare = page.at.selectbox(key=page.shown("mnist_train__rare_digit"))
    assert (rare.label, rare.options) == ("Rare digit", ["None", *"0123456789"])


def test_more_images_than_there_are_start_nothing(open_page: OpenPage) -> None:
    page = open_page(PATH, **{SET: "letters"})
    page.at.session_state["mnist_train__train_size"] = 50_000
    page.run().click("mnist_train__start")
    assert "run" not in page.at.query_params
    assert any("Letters has 5,000 images" in sentence for sentence in page.sentences)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "../../etc/passwd",
            "There is no set of images '../../etc/passwd' here: choose one of mnist, letters.",
        ),
        ("letters@0123456789ab", "The set 'letters' holds other images here than those that were meant:"),
    ],
)
def test_an_unknown_set_is_a_sentence_and_the_rest_is_applied(
    said: str, sentence: str, open_page: OpenPage
) -> None:
    page = open_page(PATH, **{SET: said, "mnist_train__seed": "7"})
    (said_so,) = page.sentences
    assert said_so.startswith(sentence)
    assert said_so.endswith("MNIST stands here.")
    assert (page.state(SET), page.state("mnist_train__seed")) == ("mnist", 7)


def test_a_refused_size_is_told_with_the_one_that_the_set_allows(open_page: OpenPage) -> None:
    for path, own in ((PATH, "mnist_train"), ("lr_finder.py", "lr_finder")):
        page = open_page(path, **{f"{own}__dataset": LETTERS, f"{own}__train_size": "x"})
        stands = page.state(f"{own}__train_size")
        assert stands <= 5_000
        assert page.sentences[0].endswith(f"Got 'x' instead: using {stands:,} images.")


def test_the_lenses_speak_of_letters(open_page: OpenPage, trained: str) -> None:
    page = open_page("mnist/draw.py", owner="test_letters", run=trained)
    assert "It knows Letters: A, B, C, D, E, F, G, H, I, J." in page.words
    assert not page.at.exception
    page.switch("mnist/activations.py")
    assert not page.sentences
    assert "Test image 1, labelled" in page.words
    assert page.metric()[0] in "ABCDEFGHIJ"
    assert page.at.button(key="mnist_activations__test").label == "Test image"
    assert "Check yourself: a map is all 0 for your image. Is its filter useless?" in labels(page)
    page.switch("mnist/embedding.py")
    assert not page.sentences
    assert "labelled A, read as" in page.words
    assert "Each image in the colour of its label" in page.words
    assert page.at.button(key="mnist_embedding__test").label == "Next test image"
    assert "digit" not in page.words
    page.switch("mnist/loss_surface.py")
    assert "It knows Letters" in page.words
    assert "digit" not in page.words.partition("Try this")[0]
    page.switch("mnist/structure.py")
    assert not page.at.exception
    page.switch("mnist/export.py")
    assert not page.at.exception
    assert any("reads the four files (.gz) of Letters" in code.value for code in page.at.code)
    assert "Which answers first on your image?" in page.words


def test_back_at_the_digits_the_letters_are_gone(open_page: OpenPage, trained: str) -> None:
    page = open_page("mnist/activations.py", owner="test_letters", run=trained)
    page.at.selectbox(key=page.shown("mnist_activations__run")).set_value("shipped").run()
    assert "Test digit 1, labelled 7." in page.words
    assert "It knows" not in page.words
    assert not page.sentences


def test_home_reads_digits_whatever_the_last_page_looked_at(open_page: OpenPage, trained: str) -> None:
    page = open_page("mnist/draw.py", owner="test_letters", run=trained)
    assert "Test image 1, labelled" in vote(page)["note"]
    page.switch("home.py")
    assert vote(page)["note"] == "Test digit 1, labelled 7."
    assert reading(page) == 7
    page.click("home__test")
    assert vote(page)["note"] == "Test digit 2, labelled 2."
    assert not page.at.exception


def test_the_page_ends_as_others_do_where_it_speaks_of_digits_alone(
    open_page: OpenPage, trained: str
) -> None:
    page = open_page("mnist/fool.py", owner="test_letters", run=trained)
    assert "**letters-FastCNN-1** has learnt Letters. Here digits are turned into other digits" in page.words
    assert "**Untouched: it reads a 7 with" in page.words
    assert page.at.selectbox(key=page.shown("mnist_fool__run")).options == ["The shipped model"]
    page.at.session_state["run"] = page.at.query_params["run"] = "shipped"
    page.run()
    assert "your runs on other images are left out" in page.words
    page = open_page("mnist/activations.py", owner="test_letters", run=trained)
    assert "Try this" not in [element.value for element in page.at.subheader]
    page.at.selectbox(key=page.shown("mnist_activations__run")).set_value("shipped").run()
    assert "Try this" in [element.value for element in page.at.subheader]


def test_runs_on_different_images_are_not_laid_over_each_other(open_page: OpenPage, trained: str) -> None:
    page = open_page("runs.py", owner="test_letters", runs__pinned=f"{trained},shipped")
    told = "They were tested on different images, Letters and MNIST: their scores cannot be compared."
    assert any(told in sentence for sentence in page.sentences)
    assert not [button for button in page.at.button if button.key == "runs__next_seeds"]
    rows, differences = page.tables()
    kinds = {row["Name"]: row["Kind"] for row in rows}
    assert (kinds["letters-FastCNN-1"], kinds["The shipped model"]) == ("Letters", "Digits")
    assert [row["Images"] for row in differences] == ["Letters", "MNIST"]
    assert not any("Confusion" in box.label for box in page.at.expander)


def test_images_that_a_link_has_set_are_told_by_their_title(open_page: OpenPage) -> None:
    page = open_page(PATH, hide="dataset", **{SET: LETTERS})
    assert "Images: **Letters** :gray[· set by" in page.words


def test_a_card_takes_the_digits_back_and_says_so(open_page: OpenPage) -> None:
    page = open_page(PATH, **{SET: "letters"})
    page.click("mnist_train__setup_few")
    assert page.state(SET) == "mnist"
    assert [toast.value for toast in page.at.toast] == ["Set: 600 images, 15 epochs, on MNIST digits."]
    page.click("mnist_train__setup_few")
    assert [toast.value for toast in page.at.toast] == ["Set: 600 images, 15 epochs."]


def test_too_many_letters_are_told_with_the_number_there_is(open_page: OpenPage) -> None:
    page = open_page(PATH, **{SET: "letters", "mnist_train__train_size": "60000"})
    told = "Letters has 5,000 images to learn and to choose from. Got 60,000 instead: take fewer."
    assert page.sentences == [told]
    assert page.state("mnist_train__train_size") == 4_167
    page.set("mnist_train", train_size=60_000)
    page.click("mnist_train__start")
    assert any("Letters has 5,000 images" in sentence for sentence in page.sentences)
    assert "run" not in page.at.query_params


def test_a_rate_is_searched_on_the_chosen_images(open_page: OpenPage) -> None:
    page = open_page("lr_finder.py", lr_finder__dataset="letters")
    assert not page.sentences
    assert page.at.selectbox(key=page.shown("lr_finder__dataset")).options == ["MNIST", "Letters"]
    assert (page.state("lr_finder__train_size"), page.state("lr_finder__val_size")) == (4_167, 833)
    page.wait(lambda: "FastCNN on Letters, Adam" in page.words, "its curve is there")


@pytest.mark.parametrize("page_name", ["lr_finder", "sweep"])
def test_from_train_its_images_come_along(page_name: str, open_page: OpenPage) -> None:
    page = open_page(PATH, **{SET: "letters"})
    page.switch(f"{page_name}.py")
    assert not page.sentences
    assert page.state(f"{page_name}__dataset") == LETTERS


def test_a_sweep_tries_the_chosen_images(open_page: OpenPage) -> None:
    page = open_page(
        "sweep.py", sweep__dataset="letters", sweep__first="train_size", sweep__first_values="100, 9000"
    )
    assert any("Letters has 5,000 images to learn" in sentence for sentence in page.sentences)
    page.set("sweep", first_values="100", seeds=1)
    page.click("sweep__start")
    assert "**sweep-1** on Letters" in page.words
    owner = page.state("owner")
    page.after(lambda: services.store().listed_sweeps(owner)[0].status == "finished", "it has ended")
    (run,) = services.store().runs_of(owner)
    assert (run.config["dataset"], run.config["train_size"]) == (LETTERS, 100)
