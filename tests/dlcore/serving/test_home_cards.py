"""The untrained machine really guesses, and the card says so from its own evaluation."""

from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model
from dlcore.serving.home_cards import CARDS
from dlcore.training.evaluation import evaluate


def finding(checkpoint):
    model, config = load_model(checkpoint)
    return CARDS["untrained"].see(evaluate(model, load_test(), NORMALIZE[config.normalize]))


def test_before_training_it_guesses():
    found = finding(shipped_run("mnist").checkpoints[0])
    assert found is not None
    assert found.shown
    assert "ln 10 = 2.30" in found.text
    assert found.right == "About 1"


def test_after_training_the_card_has_nothing_to_say():
    assert finding(shipped_run("mnist").checkpoints[-1]) is None
