"""Graphs of a network: the same steps as the summary, and nothing of the process is replaced meanwhile."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from dlcore.inspection.structure.graphs import autograd_graph, module_graph
from dlcore.inspection.structure.structure import inspect_model
from dlcore.nets.registry import NETS, build_model


@pytest.mark.parametrize("net", sorted(set(NETS) - {"SmallResNet"}))
def test_the_graph_has_the_steps_of_the_summary_in_one_chain(net: str) -> None:
    model = build_model(net, dropout=0.2)
    graph, found = module_graph(model), inspect_model(model)
    names = ["input", *(layer.name for layer in found.layers), "output"]
    assert list(graph.nodes) == names
    assert [(edge.tail, edge.head) for edge in graph.edges] == list(pairwise(names))
    assert [edge.shape for edge in graph.edges] == [(1, 28, 28), *(layer.output for layer in found.layers)]


@pytest.mark.parametrize("layers", ["", "conv 4x3, residual 4, residual 8, dense 20, residual 20, dense 10"])
def test_a_residual_network_has_them_in_two_ways_that_meet(layers: str) -> None:
    model = build_model("MyNetwork" if layers else "SmallResNet", layers=layers)
    graph, found = module_graph(model), inspect_model(model)
    assert {*graph.nodes} == {"input", *(layer.name for layer in found.layers), "output"}
    sums = [edge.head for edge in graph.edges if edge.head.startswith("add")]
    assert len(sums) == 2 * len(set(sums)) == (6 if layers else 4)


class Branches(nn.Module):
    """Two ways that meet again, and a look at what a recorder would replace."""

    seen: list[object]

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        Branches.seen = [torch.zeros, nn.Module.__call__]
        return self.conv(x) + x


def test_ways_that_part_and_meet_are_drawn() -> None:
    graph = module_graph(Branches())
    assert {(edge.tail, edge.head) for edge in graph.edges} == {
        ("input", "conv1"),
        ("conv1", "add1"),
        ("input", "add1"),
        ("add1", "output"),
    }


def test_other_threads_do_not_notice_that_a_graph_is_traced() -> None:
    """torchview's own entry replaces these for the whole process."""
    before = [torch.zeros, nn.Module.__call__]
    module_graph(Branches())
    assert Branches.seen == before == [torch.zeros, nn.Module.__call__]


@pytest.mark.parametrize("net", NETS)
def test_autograd_leads_from_every_parameter_to_the_output(net: str) -> None:
    model = build_model(net)
    graph = autograd_graph(model, saved=False)
    sizes = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
    drawn = {node.words.split("\n")[0] for node in graph.nodes if node.role == "parameter"}
    assert drawn == set(sizes)
    assert (graph.count("output"), graph.count("saved")) == (1, 0)
    heads = {edge.tail: edge.head for edge in graph.edges}  # each node leads to one other
    (output,) = (node.name for node in graph.nodes if node.role == "output")
    for node in graph.nodes:
        place, way = node.name, []
        while place != output:
            way.append(place)
            place = heads[place]
        assert len(way) < len(graph.nodes)


def test_saved_tensors_come_when_asked_and_point_at_who_needs_them() -> None:
    model = build_model("SimpleCNN")
    without, with_saved = (autograd_graph(model, saved=saved) for saved in (False, True))
    assert with_saved.count("saved") > 0
    assert with_saved.count("operation") == without.count("operation")
    kept = {edge.tail for edge in with_saved.edges if edge.kept}
    assert {node.name for node in with_saved.nodes if node.role == "saved"} <= kept
    assert any(node.words == "self\n(1, 32, 28, 28)" for node in with_saved.nodes), "the pool's input"
    assert with_saved == autograd_graph(model, saved=True), "the same graph has the same names"
