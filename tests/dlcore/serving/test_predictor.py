"""The network as it is served says what the network says."""

from __future__ import annotations

import gc
import sys
import threading

import numpy as np
import pytest
import torch
from torch import nn

from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets.my_network import network_class
from dlcore.nets.registry import NETS, NetName, build_model
from dlcore.serving import predictor as module
from dlcore.serving.predictor import Prediction, Predictor, make_predictor
from dlcore.training.config import TrainConfig

DIGITS = load_test().images[:40]


@pytest.fixture(params=["TorchScript", "eager"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of serving, whatever this Python supports by itself."""
    if request.param == "TorchScript" and not module.torchscript_supported():
        pytest.skip("TorchScript is not supported here")
    if request.param == "eager":
        monkeypatch.setattr(module, "torchscript_supported", lambda: False)
    return str(request.param)


def model_of(net: NetName = "FastCNN") -> nn.Module:
    """A net whose logits differ enough to be worth comparing."""
    model = build_model(net, dropout=0.5, seed=1)
    with torch.no_grad():
        [part for part in model.modules() if isinstance(part, nn.Linear)][-1].weight.mul_(10)
    return model


def served(net: NetName = "FastCNN") -> Predictor:
    return make_predictor(model_of(net), TrainConfig(net=net))


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("normalize", ["half", "mnist"])
def test_it_says_what_the_network_says(engine: str, net: NetName, normalize: str) -> None:
    model = model_of(net)
    predictor = make_predictor(model, TrainConfig(net=net, normalize=normalize))
    assert predictor.engine == engine
    with torch.no_grad():
        logits = model.eval()(NORMALIZE[normalize](DIGITS))  # type: ignore[index]
    torch.testing.assert_close(predictor.logits(DIGITS), logits, atol=1e-5, rtol=0)


def test_a_prediction_is_ten_shares_and_the_largest(engine: str) -> None:
    predictor = served()
    for digit in DIGITS[:, 0].numpy():
        prediction = predictor.predict(digit)
        assert len(prediction.probabilities) == 10
        assert sum(prediction.probabilities) == pytest.approx(1, abs=1e-5)
        assert min(prediction.probabilities) >= 0
        assert prediction.probabilities[prediction.digit] == max(prediction.probabilities)
        assert prediction.milliseconds > 0


def test_digits_are_told_apart(engine: str) -> None:
    predictor = served()
    assert len({predictor.predict(digit).probabilities for digit in DIGITS[:, 0].numpy()}) == len(DIGITS)


def test_the_digit_may_come_from_anywhere(engine: str) -> None:
    """Read-only and strided arrays too, as Pillow and slices give them."""
    predictor, digit = served(), DIGITS[0, 0].numpy()
    expected = predictor.predict(digit).probabilities
    read_only = np.frombuffer(digit.tobytes(), np.uint8).reshape(28, 28)
    strided = np.repeat(digit, 2, axis=1)[:, ::2]
    turned_back = digit[::-1, ::-1].copy()[::-1, ::-1]
    for same in (read_only, strided, turned_back):
        assert predictor.predict(same).probabilities == pytest.approx(expected)


def test_many_threads_get_the_same_answers(engine: str) -> None:
    predictor, digits = served(), DIGITS[:, 0].numpy()
    expected = [predictor.predict(digit).probabilities for digit in digits]
    found: dict[int, list[Prediction]] = {}

    def work(n: int) -> None:
        found[n] = [predictor.predict(digit) for digit in digits]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    for predictions in found.values():
        for prediction, probabilities in zip(predictions, expected, strict=True):
            assert prediction.probabilities == pytest.approx(probabilities, abs=1e-6)


def test_predictors_can_be_made_in_many_threads(engine: str) -> None:
    found: list[Predictor] = []
    threads = [threading.Thread(target=lambda: found.append(served())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, *others = (predictor.logits(DIGITS) for predictor in found)
    assert len(others) == 3
    for other in others:
        torch.testing.assert_close(other, first, atol=1e-5, rtol=0)


def test_the_model_is_left_as_found_and_may_go_on_learning(engine: str) -> None:
    model = model_of()
    model.train()
    model.get_submodule("conv1").eval()
    before = [module.training for module in model.modules()]
    predictor = make_predictor(model, TrainConfig())
    expected = predictor.logits(DIGITS)
    assert [module.training for module in model.modules()] == before
    assert all(p.requires_grad for p in model.parameters())
    model.train()
    with torch.no_grad():
        model.get_parameter("fc2.bias").add_(1)
    assert torch.equal(predictor.logits(DIGITS), expected)


def test_nothing_is_kept_for_gradients(engine: str) -> None:
    logits = served().logits(DIGITS)
    assert not logits.requires_grad
    assert torch.is_grad_enabled()


def test_what_is_served_no_more_leaves_no_weights_behind(engine: str) -> None:
    """A class of thirty makes one after the other, for hours."""

    def weights() -> int:
        gc.collect()
        found = [one for one in gc.get_objects() if type(one) in (torch.Tensor, nn.Parameter)]
        return sum(one.shape == (256, 800) for one in found)

    before = weights()
    predictor = served()
    assert weights() > before or engine == "TorchScript"  # where they are constants
    del predictor
    for _ in range(3):
        served()
    assert weights() == before


def test_networks_of_many_lines_of_blocks_are_forgotten(engine: str) -> None:
    """TorchScript keeps every class that it compiles: in a class of thirty each line makes another."""

    def classes() -> list[str]:
        gc.collect()
        return [name for name in sys.modules if name.startswith("dlcore.nets.made_")]

    network_class.cache_clear()
    before = classes()
    for units in range(3, 8):
        layers = f"dense {units}, relu, dense 10"
        config = TrainConfig(net="MyNetwork", layers=layers)
        model = build_model("MyNetwork", layers=layers)
        with torch.no_grad():
            logits = model.eval()(NORMALIZE[config.normalize](DIGITS))
        torch.testing.assert_close(make_predictor(model, config).logits(DIGITS), logits)
    del model
    assert len(classes()) == len(before) + 5
    network_class.cache_clear()
    assert classes() == before
