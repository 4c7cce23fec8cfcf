"""Which networks are chains: ours are, and whatever is not is told apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from dlcore.events import drained
from dlcore.landscape.chain import Chain, Convolution, Dense, read_chain
from dlcore.landscape.directions import weights_of
from dlcore.landscape.engines import judge_one, make_engine
from dlcore.landscape.generic_engine import GenericEngine
from dlcore.landscape.row_engine import RowEngine
from dlcore.nets.registry import NETS, NetName, build_model
from tests.dlcore.landscape.toys import CHAINED, Net, digits, naive, same, state_of


def test_our_networks_are_read() -> None:
    assert read_chain(build_model("SimpleCNN")) == Chain(
        (Convolution("conv1", 3, 1, 1, 32),),
        (Dense("fc1", 6272, 128, relu=True), Dense("fc2", 128, 10, relu=False)),
    )
    assert read_chain(build_model("FastCNN", dropout=0.3)) == Chain(
        (Convolution("conv1", 5, 0, 1, 24), Convolution("conv2", 3, 0, 24, 32)),
        (Dense("fc1", 800, 256, relu=True), Dense("fc2", 256, 10, relu=False)),
    )


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("net", NETS)
def test_reading_leaves_a_network_as_found(net: NetName, training: bool) -> None:
    model = build_model(net).train(training)
    before = state_of(model)
    assert (read_chain(model) is not None) == (net in CHAINED)
    assert same(before, state_of(model))


def features(net: Any, x: Tensor) -> Tensor:
    return net.pool(F.relu(net.conv(x))).flatten(1)


def dense(net: Any, x: Tensor) -> Tensor:
    return net.fc2(F.relu(net.fc1(x)))


def by_mode(net: Any, x: Tensor) -> Tensor:
    """As dropout written by hand would do it."""
    x = dense(net, features(net, x))
    return x * 0.5 if net.training else x


CHAINS: dict[str, Callable[[], nn.Module]] = {
    "ReLU before the pool": lambda: Net(lambda n, x: dense(n, features(n, x))),
    "ReLU after the pool": lambda: Net(lambda n, x: dense(n, n.pool(n.conv(x)).relu().flatten(1))),
    "modules in a row": lambda: nn.Sequential(
        nn.Conv2d(1, 4, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.5),
        nn.Linear(784, 10),
    ),
    "three dense layers": lambda: nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(676, 20), nn.ReLU(),
        nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 10),
    ),
    "odd maps": lambda: nn.Sequential(
        nn.Conv2d(1, 4, 4, padding=1), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(4, 3, 4, padding=1),
        nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(108, 10),
    ),
    "another way in training": lambda: Net(by_mode),
}  # fmt: skip


def convolution(**how: Any) -> Callable[[], nn.Module]:
    """A network whose convolution is made in another way."""

    def make() -> nn.Module:
        conv = nn.Conv2d(1, 4, **({"kernel_size": 3} | how))
        pixels = (conv(torch.zeros(1, 1, 28, 28)).shape[-1]) // 2
        return Net(lambda n, x: dense(n, features(n, x)), conv=conv, fc1=nn.Linear(4 * pixels**2, 10))

    return make


def twice(net: Any, x: Tensor) -> Tensor:
    return net.fc2(F.relu(net.fc2(F.relu(net.fc1(features(net, x))))))


def shared() -> nn.Module:
    net = Net(lambda n, x: n.fc3(F.relu(dense(n, features(n, x)))), fc3=nn.Linear(10, 10))
    net.fc3.weight = net.fc2.weight
    return net


def hooked() -> nn.Module:
    net = Net(lambda n, x: dense(n, features(n, x)))
    net.fc1.register_forward_hook(lambda module, given, out: out * 2)
    return net


class Doubled(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * super().forward(x)


def early(net: Any, x: Tensor) -> Tensor:
    out = net.fc1(features(net, x))
    net.fc2(F.relu(out))
    return out


OTHERS: dict[str, Callable[[], nn.Module]] = {
    "batch norm": lambda: nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(676, 10)
    ).eval(),
    "stride 2": convolution(stride=2),
    "dilation": convolution(dilation=2),
    "no bias": convolution(bias=False),
    "a rectangular kernel": convolution(kernel_size=(3, 3), padding=(1, 1), padding_mode="reflect"),
    "same padding": convolution(padding="same"),
    "a layer used twice": lambda: Net(twice),
    "a tensor used twice": shared,
    "a branch": lambda: Net(lambda n, x: n.fc2(F.relu(n.fc1(features(n, x))) + n.fc1(features(n, x)))),
    "no ReLU in the convolution": lambda: Net(lambda n, x: dense(n, n.pool(n.conv(x)).flatten(1))),
    "no ReLU between dense layers": lambda: Net(lambda n, x: n.fc2(n.fc1(features(n, x)))),
    "a ReLU at the end": lambda: Net(lambda n, x: F.relu(dense(n, features(n, x)))),
    "a tanh": lambda: Net(lambda n, x: n.fc2(torch.tanh(n.fc1(features(n, x))))),
    "arithmetic": lambda: Net(lambda n, x: dense(n, features(n, x * 2))),
    "no pool": lambda: Net(
        lambda n, x: dense(n, F.relu(n.conv(x)).flatten(1)), fc1=nn.Linear(4 * 26 * 26, 10)
    ),
    "an average pool": lambda: Net(lambda n, x: dense(n, features(n, x)), pool=nn.AvgPool2d(2)),
    "a pool of 3": lambda: Net(
        lambda n, x: dense(n, features(n, x)), pool=nn.MaxPool2d(3), fc1=nn.Linear(4 * 8 * 8, 10)
    ),
    "a pool with stride 1": lambda: Net(
        lambda n, x: dense(n, features(n, x)), pool=nn.MaxPool2d(2, 1), fc1=nn.Linear(4 * 25 * 25, 10)
    ),
    "dense only": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 10)),
    "flow that depends on the digits": lambda: Net(
        lambda n, x: dense(n, features(n, x if x.mean() > -2 else -x))
    ),
    "a hook": hooked,
    "weights made of others": lambda: Net(
        lambda n, x: dense(n, features(n, x)), fc2=weight_norm(nn.Linear(10, 10))
    ),
    "a layer of one's own": lambda: Net(lambda n, x: dense(n, features(n, x)), fc2=Doubled(10, 10)),
    "an answer from the middle": lambda: Net(early),
}  # fmt: skip


@pytest.mark.parametrize("name", [*CHAINS, *OTHERS])
def test_the_engine_fits_and_is_right(name: str) -> None:
    model = (CHAINS | OTHERS)[name]()
    images, labels = digits(37)
    engine = make_engine(model, images, labels)
    assert type(engine) is (RowEngine if name in CHAINS else GenericEngine)
    weights = {n: value + 0.1 * torch.ones_like(value) for n, value in weights_of(model).items()}
    loss = drained(judge_one(engine, engine.vector(weights))).loss
    assert loss == pytest.approx(naive(model.eval(), weights, images, labels), rel=1e-5)
