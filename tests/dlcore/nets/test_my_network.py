"""A network from its blocks: arithmetic, its class, its training, and every way to look at it."""

from __future__ import annotations

import copy
import gc
import inspect
import linecache
import sys
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from dlcore.data import Splits
from dlcore.errors import ConfigError
from dlcore.events import CheckpointReady, Finished, drained
from dlcore.inspection.activations.filters import find_filters
from dlcore.inspection.activations.flow import trace
from dlcore.inspection.activations.look import LookConfig
from dlcore.inspection.activations.saliency import measure
from dlcore.inspection.activations.switching import Switching, iter_switching
from dlcore.inspection.embedding.digits import DigitConfig, layer_names, look_at_layer
from dlcore.inspection.structure.graphs import autograd_graph
from dlcore.inspection.structure.structure import inspect_model
from dlcore.landscape.engines import judge_one, make_engine
from dlcore.mnist.files import load_test
from dlcore.mnist.normalize import NORMALIZE
from dlcore.nets import my_network
from dlcore.nets.blocks import KINDS, LAYERS, MOST_BLOCKS, parse_blocks, text_of, usual_block
from dlcore.nets.registry import build_model, chunk_of, net_class
from dlcore.nets.shapes import CHUNK, MAX_PARAMETERS, checked_plan, plan
from dlcore.schema import parse, parse_leniently
from dlcore.serving.formats import FORMATS
from dlcore.serving.predictor import make_predictor
from dlcore.serving.script import training_script
from dlcore.serving.trained import Trained
from dlcore.training.config import TrainConfig
from dlcore.training.loop import TrainState, start, train
from dlcore.training.resume import resume, state_tensors
from tests.dlcore.nets.random_nets import blocks, networks

MNIST = NORMALIZE["mnist"]
ALL = (
    "conv 6x3 pad 1, norm, relu, average 2, residual 6, residual 8, dropout 0.2, pool 2, dense 16, tanh, "
    "residual 16, residual 12, norm, sigmoid, dense 10"
)
SOME = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def config_of(layers: str, **changes: Any) -> TrainConfig:
    small = {"train_size": 100, "val_size": 0, "epochs": 2, "batch_size": 32, "device": "cpu", "lr": 0.001}
    return TrainConfig(net="MyNetwork", layers=layers, **{**small, **changes})


# --- The text -------------------------------------------------------------------------------------


@given(st.lists(blocks(), max_size=MOST_BLOCKS))
def test_a_text_is_read_as_it_was_written(some: list[Any]) -> None:
    assert parse_blocks(text_of(tuple(some))) == tuple(some)


@given(st.text(max_size=60) | st.text("convpoldens 0123456789x,.", max_size=60))
def test_any_other_text_is_refused_and_nothing_else(text: str) -> None:
    try:
        assert parse_blocks(text_of(parse_blocks(text))) == parse_blocks(text)
    except ConfigError:
        return


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        (
            "relu, conv",
            "Block 2 must be written as in conv 16x3, conv 16x3 pad 1 stride 2. Got 'conv' instead.",
        ),
        ("conv 999x3", "Maps of block 1, 'conv 999x3', must be from 1 to 256. Got 999 instead."),
        ("dropout 0.95", "Share of block 1, 'dropout 0.95', must be from 0 to 0.9. Got 0.95 instead."),
        (
            "conv 4x3 relu, dense 10",
            "Block 1 must have a comma before relu. Got 'conv 4x3 relu' instead.",
        ),
        ("conv 4x3; import os", "Block 1 must be written as in"),
        ("relu, " * 40 + "dense 10", "A network must have at most 40 blocks. Got 41 instead."),
        ("d" * 1300, "Blocks must be at most 1200 letters. Got 1,300 instead."),
    ],
)
def test_what_cannot_be_read_names_its_block(layers: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_blocks(layers)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_click_adds_can_be_written_and_read(kind: Any) -> None:
    block = usual_block(kind)
    assert parse_blocks(block.text) == (block,)
    assert all(parse_blocks(form)[0].kind == kind for form in KINDS[block.kind].form.split(", "))


# --- What cannot be -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "position", "says"),
    [
        ("conv 8x3, pool 14, pool 2, dense 10", 2, "maps of 1×1 have no window of 2×2"),
        ("pool 7, conv 8x5, dense 10", 1, "its kernel of 5×5 is larger than the maps, 4×4"),
        ("conv 8x3 pad 3, dense 10", 0, "a padding of 3 is as wide as its kernel"),
        ("dense 32, conv 8x3, dense 10", 1, "a convolution needs maps"),
        ("dense 32, pool 2, dense 10", 1, "a pool needs maps"),
        ("dense 4096, dense 4096, dense 10", 1, "parameters, and may have 5,000,000"),
        ("conv 256x3, dense 10", 0, "numbers between its blocks, and may have 150,000"),
        ("conv 64x3, conv 64x3, dense 10", 1, "multiply-adds an image, and may have 10,000,000"),
        ("", 0, "a network ends in dense 10, one number for each digit"),
        ("dense 32", 1, "this one in dense 32; add dense 10"),
        ("dense 1, norm, dense 10", 1, "one number alone is its own mean"),
        ("dense 10, relu", 2, "this one in relu; add dense 10"),
    ],
)
def test_what_cannot_be_is_refused_with_its_block_before_anything_is_made(
    layers: str, position: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "empty", None)  # of which every parameter is made
    problem = plan(parse_blocks(layers)).problem
    assert problem is not None
    assert problem.position == position
    assert says in problem.sentence
    with pytest.raises(ConfigError) as caught:
        config_of("dense 10").replace(layers=layers)
    assert str(caught.value) == problem.sentence
    with pytest.raises(ConfigError):
        build_model("MyNetwork", layers=layers)


@given(st.lists(blocks(), min_size=1, max_size=12))
def test_of_any_blocks_the_first_fault_is_named_or_there_is_none(some: list[Any]) -> None:
    found = plan(some)
    assert all(min(step.shape) >= 1 for step in found.steps)
    if found.problem is None:
        assert len(found.steps) == len(some)
        assert 0 < found.parameters <= MAX_PARAMETERS
    else:
        assert found.problem.position == len(found.steps)
        assert (found.problem.block is None) == (len(found.steps) == len(some))


# --- What can be ----------------------------------------------------------------------------------


@SOME
@given(networks())
def test_twenty_networks_at_random(layers: str) -> None:
    """Counted, trained, gone on with, looked at, exported: the same as any network of the lab."""
    config = config_of(layers)
    state, kept = trained_whole(config)
    goes_on_bit_by_bit(config, state, kept)
    model = state.model.eval().requires_grad_(False)
    looked_at(model, layers)
    exported(model, config)


Kept = dict[int, tuple[dict[str, Tensor], dict[str, Tensor]]]


def trained_whole(config: TrainConfig) -> tuple[TrainState, Kept]:
    """The state at the end of training, and the weights and state after each epoch."""
    state, kept = start(config), Kept()
    for event in train(state, splits()):
        if isinstance(event, CheckpointReady):
            kept[event.epoch] = copy.deepcopy((state.model.state_dict(), state_tensors(state)))
        assert not isinstance(event, Finished) or event.status == "finished"
    return state, kept


def splits() -> Splits:
    return Splits(load_test()[1000:1100], load_test()[:0], load_test()[:20])


def goes_on_bit_by_bit(config: TrainConfig, whole: TrainState, kept: Kept) -> None:
    state = resume(config, *kept[1])
    list(train(state, splits()))
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, state.model.state_dict()[name]), name


def looked_at(model: nn.Module, layers: str) -> None:
    """By every page that shows a network."""
    found, digit = checked_plan(parse_blocks(layers)), load_test().images[0, 0].numpy()
    structure = inspect_model(model)
    assert (structure.num_params, structure.multiply_adds) == (found.parameters, found.multiply_adds)
    assert autograd_graph(model, saved=True).nodes
    flow = trace(model, digit, MNIST, off=[("fc1", 0), ("conv77", 3), ("fc1", 4000)])
    assert flow.off == {("fc1", 0)}
    assert all(operation.source.file == "my_network.py" for operation in flow.operations[:-1])
    images = MNIST(load_test().images[:1])
    with torch.no_grad():
        expected = model(images).softmax(1)[0]
    whole = trace(model, digit, MNIST)
    torch.testing.assert_close(torch.tensor(whole.probabilities), expected)
    for operation in whole.operations:
        if operation.weight is not None:
            assert find_filters(model, digit, MNIST, operation, 0, 7).weights.ndim == 3
    for method in ("gradient", "integrated", "occlusion"):
        assert np.isfinite(measure(model, digit, MNIST, method, 3).map).all()
    *_, switched = iter_switching(model, load_test()[:50], MNIST, "fc1", (0,))
    assert isinstance(switched, Switching)
    assert all(max(census.speaking) <= 50 for census in switched.censuses)
    assert len(look_at_layer(model, MNIST, layer_names(model)[1]).activations) == 600
    for layer in layer_names(model):
        assert LookConfig(operation=layer).operation == DigitConfig(layer=layer).layer
    data = MNIST(load_test().images[:30]), load_test().labels[:30]
    engine = make_engine(model, *data)
    judged = drained(judge_one(engine, engine.vector(dict(model.named_parameters()))))
    assert judged.loss == pytest.approx(float(F.cross_entropy(model(data[0]), data[1])), abs=1e-5)


def exported(model: nn.Module, config: TrainConfig) -> None:
    """Each form is as near to float64 as the network itself, whose order of adding may be another: torch's
    GroupNorm of channels-last images is off by some 1e-4 where a channel hardly varies.
    """
    digits = load_test().images[:4]
    with torch.no_grad():
        exact = copy.deepcopy(model).double()(MNIST(digits).double()).float()
        off = float((model(MNIST(digits)) - exact).abs().max())
    assert off < 1e-2
    near = {"rtol": 1e-4, "atol": 1e-5 + off}
    trained = Trained(model, config, 2)
    for name in ("safetensors", "zip", "torchscript", "traced"):
        read = FORMATS[name].read(FORMATS[name].write(trained))
        torch.testing.assert_close(read(MNIST(digits)), exact, **near)
    torch.testing.assert_close(make_predictor(model, config).logits(digits), exact, **near)
    names: dict[str, Any] = {}
    script = training_script(config)
    _, _, rest = script.partition("class MyNetwork")
    source = "import torch\nimport torch.nn.functional as F\nfrom torch import Tensor, nn\n"
    exec(f"{source}class MyNetwork{rest.partition('def load(')[0]}", names)
    names["MyNetwork"]().load_state_dict(model.state_dict())
    assert ("torch.manual_seed(2)" in rest) == ("dropout" in config.layers)


def test_one_with_every_kind_of_block_goes_through_all_formats() -> None:
    config = config_of(ALL)
    model = build_model("MyNetwork", layers=ALL, seed=3).eval().requires_grad_(False)
    digits = MNIST(load_test().images[:3])
    for name in ("onnx", "pt2"):
        read = FORMATS[name].read(FORMATS[name].write(Trained(model, config, 0)))
        torch.testing.assert_close(read(digits), model(digits), rtol=1e-4, atol=1e-4)


def test_the_same_text_and_seed_give_the_same_weights() -> None:
    one, other = (build_model("MyNetwork", layers=ALL, seed=3) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_a_batch_in_pieces_is_the_same_batch() -> None:
    model, images = build_model("MyNetwork", layers=ALL).eval(), MNIST(load_test().images[:4])
    torch.testing.assert_close(model(images), torch.cat([model(image[None]) for image in images]))


def test_a_network_of_much_work_is_computed_in_smaller_pieces() -> None:
    heavy = parse_blocks("conv 32x3 pad 1, relu, conv 32x3, dense 10")
    assert checked_plan(heavy).chunk < 32
    assert checked_plan(parse_blocks(LAYERS)).chunk == CHUNK
    assert chunk_of("FastCNN") == CHUNK


def test_a_class_that_nobody_uses_is_forgotten_with_its_source() -> None:
    my_network.network_class.cache_clear()
    kind = net_class("MyNetwork", "dense 17, relu, dense 10")
    file = inspect.getfile(kind)
    assert "nn.Linear(784, 17)" in inspect.getsource(kind)
    assert file in linecache.cache
    module = kind.__module__
    del kind
    my_network.network_class.cache_clear()
    gc.collect()
    assert file not in linecache.cache
    assert module not in sys.modules


# --- Its settings ---------------------------------------------------------------------------------


def test_a_run_of_before_means_what_it_meant() -> None:
    old = {name: value for name, value in TrainConfig().model_dump().items() if name != "layers"}
    assert parse(TrainConfig, old) == TrainConfig()


def test_only_my_network_has_blocks_and_they_are_written_in_one_way() -> None:
    assert TrainConfig(net="LeNet5", layers="dense 10").layers == LAYERS
    assert config_of(" CONV 4x3  pad 0,pool 2 , dense 10").layers == "conv 4x3, pool 2, dense 10"


def test_dropout_of_a_network_that_has_none_is_none() -> None:
    assert config_of("dense 10", dropout=0.5).dropout == 0.0
    assert TrainConfig(net="SoftmaxRegression", dropout=0.5).dropout == 0.0
    assert TrainConfig(net="BookMLP", dropout=0.5).dropout == 0.5


def test_a_link_with_a_network_that_cannot_be_opens_on_one_that_can() -> None:
    config, sentences = parse_leniently(TrainConfig(), {"net": "MyNetwork", "layers": "pool 20, dense 10"})
    assert (config.net, config.layers) == ("MyNetwork", LAYERS)
    assert len(sentences) == 1
    assert sentences[0].startswith("Window of block 1, 'pool 20', must be from 2 to 14.")
