"""The export page's cards show their effect on the shipped network."""

from __future__ import annotations

import pytest

from dlcore.mnist.files import load_test
from dlcore.serving.export import LeftOut, left_out
from dlcore.serving.export_cards import CARDS, ShownExport
from dlcore.serving.formats import FORMATS
from dlcore.words import exact_percent
from tests.dlcore.serving.exports import shipped


@pytest.mark.parametrize("name", CARDS)
def test_a_card_chooses_a_file(name: str) -> None:
    card = CARDS[name]
    assert set(card.setup) == {"format"}
    assert card.setup["format"] in FORMATS
    assert card.see(ShownExport(1, None, None, None)) is None


def test_other_preparation_costs_digits() -> None:
    found = left_out(shipped(), load_test())
    assert found.total == 10_000
    finding = CARDS["normalisation"].see(ShownExport(1, None, found, None))
    assert finding is not None
    assert finding.shown
    assert f"{exact_percent(found.prepared / 10_000)} of 10,000 test images" in finding.text
    assert finding.right == "Fewer"


def test_without_an_effect_the_card_says_so() -> None:
    finding = CARDS["normalisation"].see(ShownExport(1, None, LeftOut(9_700, 9_690, 9_695, 10_000), None))
    assert finding is not None
    assert not finding.shown
    assert finding.right == "As many"


def test_the_size_is_four_bytes_each() -> None:
    trained = shipped()
    size = len(FORMATS["safetensors"].write(trained))
    finding = CARDS["size"].see(ShownExport(trained.num_params, size, None, None))
    assert finding is not None
    assert finding.shown
    assert "215,194 parameters × 4 bytes = 860,776 bytes" in finding.text
    assert finding.right == "4"


def test_a_header_larger_than_the_weights_is_no_answer() -> None:
    finding = CARDS["size"].found(ShownExport(20, 480, None, None))
    assert finding is not None
    assert not finding.shown
    assert finding.right == ""
