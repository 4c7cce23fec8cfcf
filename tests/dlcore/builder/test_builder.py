"""Building: edits keep what they do not touch, the table adds up, cards tell what three seeds show."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcore.builder import edits
from dlcore.builder.built import Built, blocks_table, narrow_table, newest_of
from dlcore.builder.cards import CARDS, COMPARED, CONVOLUTIONS, ONE_HIDDEN, SOFTMAX, plan_size
from dlcore.builder.config import PRESETS, BuilderConfig, training_of
from dlcore.errors import ConfigError
from dlcore.events import Evaluated
from dlcore.mnist.splits import make_splits
from dlcore.nets.blocks import KINDS, MOST_BLOCKS, parse_blocks, text_of, usual_block
from dlcore.nets.registry import NETS, build_model, count_parameters
from dlcore.nets.shapes import plan
from dlcore.run import Run, metrics_of, new_run
from dlcore.schema import parse, parse_leniently
from dlcore.training.loop import start, train
from tests.dlcore.nets.random_nets import blocks

lines = st.lists(blocks(), min_size=1, max_size=8).map(tuple)


@given(lines, st.data())
def test_a_block_added_and_taken_out_leaves_the_rest(line: Any, data: st.DataObject) -> None:
    after = data.draw(st.integers(-1, len(line) - 1))
    kind = data.draw(st.sampled_from(sorted(KINDS)))
    more = edits.added(line, after, kind)
    assert more[after + 1] == usual_block(kind)
    assert edits.removed(more, after + 1) == line


@given(lines, st.data())
def test_a_block_moved_and_moved_back_is_where_it_was(line: Any, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(line) - 1))
    by = data.draw(st.integers(-at, len(line) - 1 - at))
    moved = edits.moved(line, at, by)
    assert moved[at + by] == line[at]
    assert edits.moved(moved, at + by, -by) == line
    assert edits.moved(line, 0, -1) == line


@given(lines, st.data())
def test_a_changed_number_can_be_written(line: Any, data: st.DataObject) -> None:
    numbered = [position for position, block in enumerate(line) if block.numbers]
    if not numbered:
        return
    at = data.draw(st.sampled_from(numbered))
    one = data.draw(st.sampled_from(KINDS[line[at].kind].fields))
    whole = st.integers(int(one.low), int(one.high))
    value = data.draw(whole if one.whole else st.floats(one.low, one.high))
    changed = edits.changed(line, at, one.name, value)
    assert parse_blocks(text_of(changed)) == changed


def test_a_full_line_takes_no_more() -> None:
    line = (usual_block("relu"),) * MOST_BLOCKS
    with pytest.raises(ConfigError, match=r"^A network has at most 40 blocks: take one out first\.$"):
        edits.added(line, 3, "norm")
    longest = usual_block("conv")
    for one in KINDS["conv"].fields:
        longest = longest.with_number(one.name, one.high)
    assert parse(BuilderConfig, {"layers": text_of((longest,) * MOST_BLOCKS)})


def test_an_end_makes_a_network_of_what_lacks_one() -> None:
    assert plan(edits.ended(parse_blocks("conv 4x3, relu"))).problem is None


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_network(name: str) -> None:
    assert plan(parse_blocks(PRESETS[name].config.layers)).problem is None


@pytest.mark.parametrize(
    ("preset", "net"), [("softmax", "SoftmaxRegression"), ("book", "BookMLP"), ("lenet", "LeNet5")]
)
def test_a_preset_named_after_a_network_is_that_network(preset: str, net: Any) -> None:
    built = build_model("MyNetwork", layers=PRESETS[preset].config.layers)
    assert net in NETS
    assert count_parameters(built) == count_parameters(build_model(net))


def test_what_cannot_be_a_network_stands_here_all_the_same_and_what_cannot_be_read_does_not() -> None:
    assert BuilderConfig(layers="pool 14, pool 3").layers == "pool 14, pool 3"
    config, (sentence,) = parse_leniently(BuilderConfig(), {"layers": "pool 14, import os"})
    assert config == BuilderConfig()
    assert sentence.startswith("Block 2 must be one of conv,")


def test_the_table_adds_up_and_marks_where_it_breaks() -> None:
    found = plan(parse_blocks("conv 8x3, relu, pool 2, dense 10"))
    rows = blocks_table(found)
    assert sum(row["Parameters"] or 0 for row in rows) == found.parameters  # type: ignore[misc]
    assert sum(row["of all"] or 0 for row in rows) == pytest.approx(100)  # type: ignore[misc]
    assert [row["Shape after it"] for row in rows] == ["1×28×28", "8×26×26", "8×26×26", "8×13×13", "10"]
    assert narrow_table(found)[1]["Block"] == "conv 8x3 → 8×26×26"
    assert narrow_table(found)[1]["Parameters"] == f"80 ({rows[1]['of all']:.1f}\N{NO-BREAK SPACE}%)"
    broken = blocks_table(plan(parse_blocks("pool 14, pool 3, dense 10")))
    assert [row["Shape after it"] for row in broken[2:]] == ["✗ cannot be", "?"]


# --- Cards ----------------------------------------------------------------------------------------


SEEDS = (0, 1, 2)
RIGHT = {
    "linear": "No better",
    "depth": "No better",
    "convolutions": "The convolutions",
    "sigmoid": "About 20 %",
}


@cache
def trained(layers: str, seed: int) -> Run:
    """One as the page trains it."""
    config = training_of(layers).replace(seed=seed, device="cpu")
    run = new_run("anna", "mnist", config, name="a run", status="finished")
    for event in train(start(config), make_splits(config.train_size, config.val_size)):
        if isinstance(event, Evaluated):
            run = replace(run, series={**run.series, **{m.name: (m,) for m in metrics_of(event, 0.0)}})
    return run


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", RIGHT)
def test_a_cards_effect_is_there_with_three_seeds(name: str, seed: int) -> None:
    layers = str(CARDS[name].setup["layers"])
    texts = (layers,) if name == "sigmoid" else (layers, SOFTMAX if name == "linear" else ONE_HIDDEN)
    runs = {text: trained(text, seed) for text in texts}
    finding = CARDS[name].found(Built(layers, runs))
    assert finding is not None
    assert (finding.shown, finding.right) == (True, RIGHT[name]), finding.text
    assert CARDS[name].found(Built(texts[-1], {})) is None
    assert CARDS[name].found(Built("dense 11, dense 10", runs)) is None


def test_the_fifth_of_a_card_is_a_fifth() -> None:
    assert 5 < plan_size(ONE_HIDDEN) / plan_size(CONVOLUTIONS) < 6


def test_four_pools_fit() -> None:
    finding = CARDS["pools"].found(Built(CARDS["pools"].setup["layers"], {}))
    assert finding is not None
    assert (finding.shown, finding.right) == (True, "4")
    assert "14×14 → 7×7 → 3×3 → 1×1. Block 5, pool 2: maps of 1×1" in finding.text
    assert CARDS["pools"].found(Built("pool 2, dense 10", {})) is None


def test_a_run_counts_that_was_trained_as_the_page_trains_whatever_its_seed() -> None:
    def run_of(**changes: Any) -> Run:
        config = training_of("dense 10").replace(**changes)
        return new_run("anna", "mnist", config, name="a run")

    newer, older, longer = run_of(seed=5), run_of(seed=4), run_of(epochs=2)
    assert newest_of([longer, newer, older], COMPARED) == {"dense 10": newer}
    assert newest_of([longer], COMPARED) == {}
