"""The graph as torch built it: its gradients against two others, its arrows, its slow motion."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlcore.errors import ConfigError
from dlcore.tensors.config import PRESETS, TensorsConfig, values_of, values_text
from dlcore.tensors.grammar import Node, read
from dlcore.tensors.graph import trace
from dlcore.tensors.operations import OPERATIONS, said
from dlcore.tensors.story import scenes, sum_words

NAMES = ("a", "b", "x")
VALUES = st.fixed_dictionaries({name: st.floats(-2, 2).map(lambda v: round(v, 2)) for name in NAMES})
SMOOTH = ("tanh({})", "sigmoid({})", "sin({})", "exp(tanh({}))", "-({})", "({}) ** 2", "relu({})")
PAIRS = ("({}) + ({})", "({}) - ({})", "({}) * ({})", "({}) / (2 + tanh({}))")


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    one = st.tuples(st.sampled_from(SMOOTH), inner).map(lambda pair: pair[0].format(pair[1]))
    two = st.tuples(st.sampled_from(PAIRS), inner, inner).map(lambda each: each[0].format(each[1], each[2]))
    return one | two


EXPRESSIONS = st.recursive(st.sampled_from((*NAMES, "2", "0.5")), _grown, max_leaves=5)


def by_torch(node: Node, leaves: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The same, with no bookkeeping of ours: numbers are tensors too."""
    if not node.operation:
        return leaves[node.name] if node.name else torch.tensor(node.value, dtype=torch.float64)
    return OPERATIONS[node.operation](*(by_torch(part, leaves) for part in node.parts))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(EXPRESSIONS, VALUES)
def test_gradients_are_those_of_autograd_and_of_a_small_change(text: str, values: dict[str, float]) -> None:
    try:
        node, found = read(text), trace(text, values)
    except ConfigError:
        return
    leaves = {
        name: torch.tensor(values[name], dtype=torch.float64, requires_grad=True) for name in node.names
    }
    result = by_torch(node, leaves)
    assert found.result == pytest.approx(result.item(), rel=1e-12, abs=1e-12)
    slopes = torch.autograd.grad(result, list(leaves.values()))
    for (name, grads), slope in zip(found.grads.items(), slopes, strict=True):
        assert grads == (pytest.approx(slope.item(), rel=1e-9, abs=1e-12),)
        assert found.leaf(name).gradient == pytest.approx(grads[0], rel=1e-12, abs=1e-15)
        if "relu" not in text:  # at a bend the two sides differ
            near = [by_torch(node, {**leaves, name: leaves[name] + by}).item() for by in (1e-6, -1e-6)]
            assert grads[0] == pytest.approx((near[0] - near[1]) / 2e-6, rel=1e-4, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS, VALUES)
def test_what_flows_along_the_arrows_adds_up_and_is_told_node_by_node(
    text: str, values: dict[str, float]
) -> None:
    try:
        found = trace(text, values)
    except ConfigError:
        return
    for place in found.places[:-1]:
        out = [edge for edge in found.edges if edge.recorded and edge.source == place.number]
        if place.kind != "number" and place.gradient is not None:
            assert place.gradient == pytest.approx(sum(edge.flows for edge in out), rel=1e-9, abs=1e-12)
    story = scenes(found)
    (last,) = story[-1:]
    assert set(last.blamed) == {place.number for place in found.places if place.gradient is not None}
    for scene in story:
        later = [edge.target for edge in found.edges if edge.recorded and edge.source == scene.now]
        reached = [number for number in later if found.places[number].gradient is not None]
        assert not scene.blamed or set(reached) <= set(scene.blamed), "never before what reads it"


def test_the_arrows_and_the_names_are_torchs() -> None:
    found = trace("relu(a * b + c)", {"a": 2, "b": 3, "c": -1})
    names = [place.grad_fn for place in found.places]
    accumulate = "AccumulateGrad"
    assert names == [accumulate, accumulate, "MulBackward0", accumulate, "AddBackward0", "ReluBackward0"]
    assert {(edge.source, edge.target) for edge in found.edges if edge.recorded} == {
        (0, 2),
        (1, 2),
        (2, 4),
        (3, 4),
        (4, 5),
    }
    assert trace("x ** 2", {"x": 3}).places[-1].grad_fn == "PowBackward0"
    assert trace("3 / x", {"x": 3}).places[-1].grad_fn == "DivBackward0", "one operation, not two"


def test_grad_is_added_to_and_written_as_a_sum() -> None:
    found = trace("x ** 2", {"x": 3}, times=4)
    assert found.grads == {"x": (6.0, 12.0, 18.0, 24.0)}
    assert sum_words(found.grads["x"][:1]) == "6"
    assert sum_words(found.grads["x"][:2]) == "6 + 6 = 12"
    assert sum_words(()) == "None"
    assert sum_words((-0.5, -1.0)) == "−0.5 − 0.5 = −1"
    assert trace("x ** 2", {"x": 3}, times=0).grads == {"x": ()}


def test_a_detached_branch_has_a_value_and_no_way_back() -> None:
    found = trace("detach(x ** 2) * x", {"x": 3})
    assert (found.result, found.grads) == (27, {"x": (9.0,)})
    (cut,) = [place for place in found.places if place.symbol == "detach"]
    assert cut.grad_fn == ""
    assert [edge.recorded for edge in found.edges if edge.target == cut.number] == [False]
    assert trace("x ** 2 * x", {"x": 3}).grads == {"x": (27.0,)}
    gone = trace("detach(x) + 1", {"x": 3})
    assert gone.refusal.endswith("does not require grad and does not have a grad_fn")
    assert gone.refusal in scenes(gone)[-1].words


@pytest.mark.parametrize(
    ("text", "x", "sentence"),
    [
        ("1 / x", 0, "x is 0 here, and nothing can be divided by 0"),
        ("log(x)", -1, "log(x) is no finite number here"),
        ("x ** 0.5", 0, "The slope in x is not finite here"),
        ("detach(x ** 0.5) + x", 0, "The slope of x ** 0.5 is not finite here"),
        ("exp(exp(x))", 10, "exp(exp(x)) is no finite number here"),
    ],
)
def test_what_is_no_number_is_one_sentence_with_a_way_out(text: str, x: float, sentence: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)) as raised:
        trace(text, {"x": x})
    assert "move a leaf" in str(raised.value)


@pytest.mark.parametrize("name", PRESETS)
def test_each_local_slope_is_the_number_its_words_end_in(name: str) -> None:
    preset = PRESETS[name]
    for edge in trace(preset.expression, values_of(preset.leaves)).edges:
        if edge.recorded:
            numbers = [
                float(found) for found in re.findall(r"-?[\d.]+(?:e[+-]\d+)?", edge.rule.replace("−", "-"))
            ]
            assert any(math.isclose(number, edge.local, rel_tol=1e-3) for number in numbers), edge


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name != "detach"])
def test_every_operation_says_its_slope(operation: str) -> None:
    text = {"neg": "-x"}.get(operation) or (f"{operation}(x)" if operation.isalpha() else f"x {operation} y")
    for values in ({"x": 0.5, "y": 2.0}, {"x": 2.0, "y": 0.5}):
        for edge in trace(text, values).edges:
            assert edge.rule
            assert said(abs(edge.local)) in edge.rule, edge


def test_leaves_are_read_and_written() -> None:
    assert values_of("x=3 b=-1.5") == {"x": 3, "b": -1.5}
    assert values_of(values_text({"x": 0.1, "b": -10})) == {"x": 0.1, "b": -10}
    for wrong in ("x", "x=", "x=11", "x=nan", "x=1e3", "X=1", "x=1;"):
        with pytest.raises(ConfigError, match="Leaves must be such as"):
            values_of(wrong)
    with pytest.raises(ConfigError, match="An expression knows"):
        TensorsConfig().replace(expression="x % 2")
