"""Train: two files in MNIST's format are dropped on it. It says what they are and what is wrong with them."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from typing import Any

import pytest

from dlcore.mnist.files import load_test

KEY = "mnist_train__other_images"


@pytest.fixture
def train(open_page: Callable[..., Any]) -> Any:
    return open_page("mnist/train.py")


def files(prefix: str, *, transposed: bool) -> list[tuple[str, bytes]]:
    test = load_test()[:120]
    images = test.images.transpose(2, 3).contiguous() if transposed else test.images
    head, labels = struct.pack(">BBBBIII", 0, 0, 8, 3, 120, 28, 28), bytes(test.labels.tolist())
    packed = gzip.compress(head + images.numpy().tobytes())
    return [
        (f"{prefix}-images-idx3-ubyte.gz", packed),
        (f"{prefix}-labels-idx1-ubyte", struct.pack(">BBBBI", 0, 0, 8, 1, 120) + labels),
    ]


def drop(page: Any, given: list[tuple[str, bytes]]) -> str:
    """What the page then says."""
    for name, content in given:
        page.at.file_uploader(key=KEY).upload(name, content)
    page.run()
    assert not page.at.exception
    said = [element.value for element in (*page.at.markdown, *page.at.warning, *page.at.error)]
    said += [element.proto.body for element in page.at.get("html")]
    return "\n".join(said).replace("\\", "")


def test_emnist_stands_upright_and_its_classes_have_names(train: Any) -> None:
    said = drop(train, files("emnist-letters-test", transposed=True))
    assert "EMNIST Letters: 120 images of" in said
    assert "here they stand upright" in said
    assert "None of them is a digit" in said
    assert "An image of the class g" in said  # its seventh


def test_turned_digits_that_nobody_knows_are_suspected(train: Any) -> None:
    said = drop(train, files("mine-test", transposed=True))
    assert "These digits may be stored another way" in said
    assert "of 120 digits of it" in said


def test_what_is_no_set_is_a_sentence_and_the_next_one_is_read(train: Any) -> None:
    good = files("mine-test", transposed=False)
    assert "A set is one file of images" in drop(train, good[:1])
    said = drop(train, good)
    assert "Unknown images: 120 images" in said
    assert "stored another way" not in said
    assert "A set is one file" not in said
