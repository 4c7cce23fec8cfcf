"""The builder's page: blocks under one's hands, where they break, a training, and the way from Train."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlcore.nets.blocks import LAYERS
from ui import services

OpenPage = Callable[..., Any]
PATH, PAGE = "builder.py", "builder"


def layers(page: Any) -> str:
    return str(page.state(f"{PAGE}__layers"))


def choose(page: Any, at: int) -> None:
    page.at.pills(key=page.shown(f"{PAGE}__at")).set_value(at).run()


def test_a_block_is_added_changed_moved_and_taken_out(open_page: OpenPage) -> None:
    page = open_page(PATH)
    assert layers(page) == LAYERS
    choose(page, 2)
    page.click(f"{PAGE}__add_conv")
    assert layers(page) == "conv 16x3, relu, pool 2, conv 16x3, dense 64, relu, dense 10"
    page.at.number_input(key=page.shown(f"{PAGE}__number_channels")).set_value(8).run()
    assert "pool 2, conv 8x3, dense 64" in layers(page)
    page.click(f"{PAGE}__later").click(f"{PAGE}__later")
    assert layers(page) == "conv 16x3, relu, pool 2, dense 64, relu, conv 8x3, dense 10"
    assert any("a convolution needs maps" in sentence for sentence in page.sentences)
    assert page.at.button(key=f"{PAGE}__train").disabled
    page.click(f"{PAGE}__out")
    assert layers(page) == LAYERS
    assert page.sentences == []
    assert page.metric() == "173,930"


def test_a_number_that_another_block_had_can_be_given_again(open_page: OpenPage) -> None:
    page = open_page(PATH, builder__layers="dense 64, relu, dense 10")
    choose(page, 1)  # a block without numbers
    choose(page, 2)
    page.at.number_input(key=page.shown(f"{PAGE}__number_units")).set_value(64).run()
    assert layers(page) == "dense 64, relu, dense 64"


def test_without_an_end_one_click_adds_it(open_page: OpenPage) -> None:
    page = open_page(PATH)
    choose(page, 5)
    page.click(f"{PAGE}__remove")
    assert any(sentence.startswith("The end: a network ends in dense 10") for sentence in page.sentences)
    page.click(f"{PAGE}__end")
    assert layers(page) == LAYERS


def test_all_blocks_can_go_and_come_back(open_page: OpenPage) -> None:
    page = open_page(PATH, builder__preset="softmax")
    page.click(f"{PAGE}__remove")
    assert layers(page) == ""
    page.click(f"{PAGE}__add_dense")
    assert layers(page) == "dense 64"


def test_a_line_that_cannot_be_read_is_said_and_changes_nothing(open_page: OpenPage) -> None:
    page = open_page(PATH)
    line = f"{PAGE}__line"
    page.at.text_input(key=page.shown(line)).set_value("conv 16x3, import os, dense 10").run()
    assert layers(page) == LAYERS
    assert any(error.value.startswith("Block 2 must be one of") for error in page.at.columns[0].error), (
        "beside the line"
    )
    assert page.at.text_input(key=page.shown(line)).value == "conv 16x3, import os, dense 10", (
        "what was typed can be mended"
    )
    assert [toast.value[:7] for toast in page.at.toast] == ["Block 2"], "also where the line is out of sight"
    assert "The line was not taken" in page.words
    assert page.at.button(key=f"{PAGE}__train").disabled
    page.at.text_input(key=page.shown(line)).set_value("dense 5, dense 10").run()
    assert layers(page) == "dense 5, dense 10"
    assert "The line was not taken" not in page.words
    assert not page.at.button(key=f"{PAGE}__train").disabled
    assert "dense 5, dense 10" in page.at.query_params[f"{PAGE}__layers"]
    assert "the two are together one linear layer" in page.words
    page.at.text_input(key=page.shown(line)).set_value("dense 10").run()
    assert page.state(f"{PAGE}__preset") == "softmax", "the preset that it is"
    page.at.text_input(key=page.shown(line)).set_value("dense 5, dense 10").run()
    assert page.state(f"{PAGE}__preset") is None
    page.at.text_input(key=page.shown(line)).set_value(" ").run()
    assert any("must name at least one block" in sentence for sentence in page.sentences)
    assert layers(page) == "dense 5, dense 10", "an empty line throws nothing away"
    page.at.text_input(key=page.shown(f"{PAGE}__line")).set_value("dense 5, " * 150 + "dense 10").run()
    assert any("Blocks must be at most 1200 letters" in sentence for sentence in page.sentences)
    assert layers(page) == "dense 5, dense 10"


def test_what_was_built_trains_and_opens_on_train(open_page: OpenPage) -> None:
    page = open_page(PATH, builder__layers="dense 12, relu, dense 10")
    page.click(f"{PAGE}__train")
    run = services.store().runs_of(page.state("owner"), kind="mnist", limit=1)[0]
    assert run.config["layers"] == "dense 12, relu, dense 10"
    page.wait(lambda: "of 10,000 test images" in page.words, "it is trained")
    assert "These blocks: dense 12, relu, dense 10" in page.words
    assert "Trained and tested on MNIST." in page.words
    page.at.text_input(key=page.shown(f"{PAGE}__line")).set_value("dense 7, relu, dense 10").run()
    assert "These blocks are not trained yet. What you trained last: dense 12, relu, dense 10." in page.words
    assert "of 10,000 test images" not in page.words, "no score of another network"
    page.at.text_input(key=page.shown(f"{PAGE}__line")).set_value("dense 12, relu, dense 10").run()
    assert "These blocks: dense 12, relu, dense 10" in page.words
    page.switch("mnist/train.py")
    assert page.state("mnist_train__layers") == "dense 12, relu, dense 10"
    assert page.state("mnist_train__net") == "MyNetwork"


def test_a_link_brings_its_blocks_along_in_a_visit_that_has_been_here(open_page: OpenPage) -> None:
    page = open_page(PATH)
    choose(page, 1)
    page.click(f"{PAGE}__remove")
    page.switch("mnist/train.py").set("mnist_train", net="MyNetwork", layers="dense 3, dense 10")
    assert "My network: dense 3, dense 10." in page.words
    page.switch(PATH)
    assert layers(page) == "conv 16x3, pool 2, dense 64, relu, dense 10"
    page.at.query_params["builder__layers"] = "dense 3, dense 10"
    page.run()
    assert layers(page) == "dense 3, dense 10"
    choose(page, 0)
    page.click(f"{PAGE}__add_relu")
    assert layers(page) == "dense 3, relu, dense 10"


def test_a_link_of_before_the_builder_opens_as_it_did(open_page: OpenPage) -> None:
    page = open_page("mnist/train.py", mnist_train__preset="lesson", mnist_train__dropout="0.5")
    assert page.sentences == []
    assert page.state("mnist_train__net") == "SimpleCNN"
    assert page.state("mnist_train__dropout") == 0.5


def test_a_link_with_a_network_that_cannot_be_is_said_on_train(open_page: OpenPage) -> None:
    page = open_page(
        "mnist/train.py", mnist_train__net="MyNetwork", mnist_train__layers="conv 256x3, dense 10"
    )
    assert any(sentence.startswith("Block 1, conv 256x3:") for sentence in page.sentences)
    assert page.state("mnist_train__layers") == LAYERS
