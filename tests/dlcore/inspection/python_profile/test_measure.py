"""A profile counts what happened, gives all time to somebody, and leaves the network's code as it was."""

from __future__ import annotations

import json
import pickle
import pstats
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from dlcore.blackpatch import index_loops, training
from dlcore.blackpatch.network import Dense
from dlcore.blackpatch.training import make_data, start, train, train_step
from dlcore.errors import ConfigError
from dlcore.events import Stage, drained
from dlcore.inspection.phases import shares_of_step, step_finding
from dlcore.inspection.python_profile.calls import BUILT_IN, counting_starts, fold, functions_of, read_stats
from dlcore.inspection.python_profile.cards import CARDS
from dlcore.inspection.python_profile.clocked import with_clock
from dlcore.inspection.python_profile.measure import WATCHED, iter_profile
from dlcore.inspection.python_profile.memory import MAX_POINTS, allocations, sampling, tracing
from dlcore.inspection.python_profile.result import ProfileConfig, multiply_adds
from dlcore.inspection.python_profile.stopwatch import Tally, watched
from dlcore.inspection.python_profile.words import commands, headline, provenance
from dlcore.schema import parse
from dlcore.words import percent
from tests.dlcore.inspection.python_profile.profiles import SMALL, profile_of
from tests.waiting import DEADLINE_SECONDS

ROOT = Path(__file__).parents[4]


# --- The whole profile ----------------------------------------------------------------------------


def test_it_says_how_far_it_is_and_ends_in_a_profile() -> None:
    said = [event for event in iter_profile(SMALL) if isinstance(event, Stage)]
    shares = [step.share for step in said]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 1
    assert len({step.words for step in said}) == 6


def test_a_profile_crosses_a_pipe() -> None:
    profile = profile_of()
    assert pickle.loads(pickle.dumps(profile)) == profile


@pytest.mark.parametrize(("field", "value"), [("epochs", 6), ("train_size", 5000), ("hidden", "0")])
def test_a_profile_is_of_a_short_training(field: str, value: object) -> None:
    with pytest.raises(ConfigError, match=r"must be .+ Got "):
        parse(ProfileConfig, {field: value})


def test_multiply_adds_are_counted_by_layer() -> None:
    assert multiply_adds([81, 56, 1]) == (4536, 56)
    assert sum(multiply_adds([81, 56, 48, 1])) == 81 * 56 + 56 * 48 + 48


# --- Functions ------------------------------------------------------------------------------------


def test_calls_are_counted() -> None:
    calls = {function.name: function.calls for function in profile_of().functions}
    steps = SMALL.total_steps
    assert calls["Network.backward"] == calls["Network.nudge"] == steps
    assert calls["Dense.nudge"] == 2 * steps  # two layers
    assert calls["Dense.forward"] == 2 * calls["Network.forward"]


def test_a_generator_is_called_as_often_as_it_is_started() -> None:
    """However many values it gives: cProfile itself counts each of them."""
    profile = profile_of()
    calls = {function.name: function.calls for function in profile.functions}
    steps, epochs = SMALL.total_steps, SMALL.epochs
    assert (calls["train"], calls["_train_epoch"], calls["train_step"]) == (1, epochs, steps)
    assert calls["_evaluate"] == 2 * epochs, "its own test and the fair one"
    stats = read_stats(profile.pstats).stats  # type: ignore[attr-defined]
    (callers,) = (entry[4] for (_, _, name), entry in stats.items() if name == "train_step")
    assert sum(caller[0] for caller in callers.values()) == steps


def test_the_functions_of_a_module_are_as_before_they_were_counted() -> None:
    before = dict(vars(training))
    with counting_starts(training) as started:
        generator = training.look  # by its name in the module
        assert generator is not before["look"]
        generator(None, None)  # started, and never asked for a value
    assert list(started.values()) == [1]
    assert dict(vars(training)) == before


def test_a_step_is_its_four_parts_one_after_the_other() -> None:
    profile = profile_of()
    assert [phase.part for phase in profile.step] == ["load", "forward", "backward", "update"]
    assert profile.step[0].begin == 0
    assert all(one.end == other.begin for one, other in pairwise(profile.step))
    assert all(phase.end >= phase.begin for phase in profile.step)
    shares = shares_of_step(profile.step)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["load"] < 0.2 < shares["forward"], "the image is there already"
    assert step_finding(profile.step).startswith("**")


def test_all_time_is_given_to_somebody() -> None:
    profile = profile_of()
    raw = read_stats(profile.pstats).stats  # type: ignore[attr-defined]
    measured = sum(entry[2] for entry in raw.values())
    assert sum(function.own for function in profile.functions) == pytest.approx(measured, rel=0.01)


def test_the_profiler_is_no_part_of_what_it_measures() -> None:
    """From Python 3.12 on its switching off takes a twentieth of this time, and nobody has called it."""
    raw = read_stats(profile_of().pstats).stats  # type: ignore[attr-defined]
    assert not [name for file, _, name in raw if file == BUILT_IN and "Profiler" in name]


def test_built_ins_and_comprehensions_belong_to_those_who_use_them() -> None:
    folded = fold(read_stats(profile_of().pstats).stats)  # type: ignore[attr-defined]
    assert all(file != BUILT_IN and not name.startswith("<") for file, _, name in folded)
    callers = {name: {caller[2] for caller in entry[4]} for (_, _, name), entry in folded.items()}
    assert callers["logit"] <= {"predict", "found"}
    assert callers["forward"] <= {"forward", "logit", "train_step", "_evaluate"}


def test_the_pstats_file_is_a_real_one_and_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    path = tmp_path / "out.pstats"
    path.write_bytes(profile_of().pstats)
    stats = pstats.Stats(str(path)).stats  # type: ignore[attr-defined]
    assert ("dlcore/blackpatch/network.py", "nudge") in {(file, name) for file, _, name in stats}
    assert not [file for file, _, _ in stats if Path(file).is_absolute()]


def test_functions_have_their_qualified_names() -> None:
    names = {function.name for function in functions_of(profile_of().pstats)}
    assert {"Dense.forward", "Dense.nudge", "Network.forward", "train_step"} <= names


# --- Lines ----------------------------------------------------------------------------------------


def test_every_line_of_the_watched_functions_stands_there_as_in_its_file() -> None:
    source = (ROOT / "dlcore" / "blackpatch" / "network.py").read_text(encoding="utf-8").splitlines()
    lines = profile_of().lines_of("Dense.nudge")
    assert [line.source.strip() for line in lines] == [source[line.number - 1].strip() for line in lines]
    assert {line.function for line in profile_of().lines} == {f.__qualname__ for f in map(_function, WATCHED)}


def _function(where: tuple[object, str]) -> object:
    return getattr(*where)


def test_lines_are_counted_by_run_and_by_layer() -> None:
    profile = profile_of()
    (forward,) = (line for line in profile.lines_of("Dense.forward") if line.runs)
    calls = {function.name: function.calls for function in profile.functions}
    assert forward.runs == calls["Dense.forward"]
    assert forward.own == pytest.approx(sum(forward.by_object))
    (loop,) = (line for line in profile.lines_of("Dense.nudge") if line.source.lstrip().startswith("for"))
    assert loop.runs == 2 * SMALL.total_steps


def test_the_hot_lines_are_layer_ones_multiply_adds() -> None:
    hot = profile_of().hot_lines
    assert 1 <= len(hot) <= 2
    assert all("dot(row, x)" in line.source or "step * x_j" in line.source for line in hot)


def test_a_watched_training_learns_the_same_and_leaves_the_code_as_it_was() -> None:
    before = [getattr(*where) for where in WATCHED]
    data = make_data(SMALL.maker, train_size=20, test_size=20, seed=1)
    states = [start(SMALL.widths, init=0.01, lr=0.1, seed=1) for _ in range(2)]
    with watched(WATCHED) as watch:
        assert [getattr(*where) for where in WATCHED] != before
        list(watch.follow(train(states[0], data, SMALL.recipe)))
    assert [getattr(*where) for where in WATCHED] == before
    list(train(states[1], data, SMALL.recipe))
    assert [layer.weights for layer in states[0].network.layers] == [
        layer.weights for layer in states[1].network.layers
    ]


def test_a_watched_function_that_fails_leaves_the_code_as_it_was() -> None:
    before = Dense.backward
    with watched(WATCHED) as watch:
        layer = Dense([[1.0]], [0.0])
        with pytest.raises(TypeError):
            layer.backward(None)  # type: ignore[arg-type]
        assert not watch._open
    assert Dense.backward is before


def counted(times: int) -> int:
    """A function with every kind of statement the clock stands around."""
    total = 0
    for number in range(times):
        if number % 2:
            total += number
        else:
            total -= 1
    while total > 100:
        return 100
    return total


def test_the_clock_counts_each_statement_and_changes_no_result() -> None:
    tally = Tally()
    timed = with_clock(counted, tally)  # type: ignore[arg-type]
    assert [timed(n) for n in (0, 5, 40)] == [counted(n) for n in (0, 5, 40)]
    runs = [runs for _, runs in sorted((line, n) for (_, line, _), n in tally.runs.items())]
    assert runs == [3, 3, 45, 22, 23, 3, 1, 2]
    assert not tally._open


# --- Memory ---------------------------------------------------------------------------------------


def test_memory_is_sampled_from_beginning_to_end() -> None:
    memory = profile_of().memory
    assert list(memory.seconds) == sorted(memory.seconds)
    assert len(memory.seconds) == len(memory.megabytes) <= MAX_POINTS + 1
    assert [mark.words for mark in memory.marks] == ["Making images", "Training"]
    assert sum(memory.growth) == pytest.approx(memory.megabytes[-1] - memory.megabytes[0], abs=1.0)


def test_a_large_list_shows_in_the_curve_and_long_curves_are_thinned() -> None:
    with sampling(every=60.0) as sampler:
        sampler.mark("a list")
        kept = b"x" * 300_000_000  # much more than anything else gives back meanwhile
        for _ in range(2 * MAX_POINTS):
            sampler._read()
        curve = sampler.stop()
    assert curve.growth[0] > 70
    assert len(curve.seconds) <= MAX_POINTS + 1
    assert len(kept) == 300_000_000


def test_sampling_ends_with_an_error_too() -> None:
    ways = sampling(every=0.001)
    sampler = ways.__enter__()
    assert not ways.__exit__(ValueError, ValueError("ours"), None)
    sampler._thread.join(DEADLINE_SECONDS)
    assert not sampler._thread.is_alive()


def test_the_images_hold_most_memory() -> None:
    first, *_ = profile_of().allocations
    assert first.file == "images.py"
    assert "gauss" in first.source
    assert first.blocks > 1000


def test_allocations_are_those_of_the_folder() -> None:
    with tracing():
        kept = make_data(SMALL.maker, train_size=20, test_size=20, seed=1)
        found = allocations(ROOT / "dlcore" / "blackpatch", 3)
    assert {one.file for one in found} == {"images.py"}
    assert len(found) == 3
    assert len(kept.train) == 20


# --- Index loops ----------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", ["56", "7-5", "4-3-2"])
def test_index_loops_do_the_same_arithmetic(hidden: str) -> None:
    config = SMALL.replace(hidden=hidden, init=0.3, lr=0.05)
    state = start(config.widths, init=config.init, lr=config.lr, seed=3)
    layers = index_loops.copy_layers(state.network)
    data = make_data(config.maker, train_size=30, test_size=20, seed=3)
    for image, label in data.train.pairs():
        ((loss, _),) = drained(train_step(state, [(image, label)]))
        assert index_loops.train_step(layers, image, label, config.lr) == pytest.approx(loss, abs=1e-12)
    for layer, (weights, biases) in zip(state.network.layers, layers, strict=True):
        assert biases == pytest.approx(layer.biases, abs=1e-12)
        for row, other in zip(layer.weights, weights, strict=True):
            assert other == pytest.approx(row, abs=1e-12)


def test_the_race_is_between_equals() -> None:
    race = profile_of().race
    assert race.difference < 1e-12
    assert len(race.ours) == len(race.loops) > 50
    low, middle, high = race.quartiles
    assert low <= middle == race.ratio <= high


def test_index_loops_need_the_standard_library_alone() -> None:
    code = "import json, sys, dlcore.blackpatch.index_loops\nprint(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"numpy", "torch", "pydantic"}.isdisjoint(json.loads(done.stdout))


# --- Words ----------------------------------------------------------------------------------------


def test_the_headline_says_the_measured_share() -> None:
    profile = profile_of()
    assert f"**{percent(profile.layer_one)}**" in headline(profile)
    assert "layer 1's multiply-add" in headline(profile)
    assert "1 epoch of 60 images" in provenance(profile)
    assert "81-56-1" in provenance(profile)


def test_the_commands_name_what_differs_from_the_preset() -> None:
    text = commands(SMALL.replace(hidden="56-48"))
    assert "-m cProfile -o out.pstats -m dlcore black-patch train --preset quick --hidden 56-48" in text
    assert "--train-size 60 --test-size 20" in text
    assert "mprof run python -m dlcore black-patch train" in text
    assert "gprof2dot -f pstats out.pstats | dot -Tsvg" in text


# --- Cards ----------------------------------------------------------------------------------------


def test_the_card_of_layer_one_reads_the_count_and_the_measured_share() -> None:
    found = CARDS["layer_one"].see(profile_of())
    assert found is not None
    assert found.shown
    assert "4,536 of 4,592 multiply-adds are layer 1's: 98.8 %." in found.text
    assert percent(profile_of().layer_one) in found.text
    assert found.right == "Nearly all"


def test_cards_of_a_network_are_silent_about_another() -> None:
    other = profile_of(SMALL.replace(hidden="3", train_size=20))
    assert CARDS["layer_one"].see(other) is None
    assert CARDS["twins"].see(other) is None
    assert headline(other)  # a network in which little is multiplied has a headline too


def test_the_card_of_index_loops_reads_the_race() -> None:
    found = CARDS["index_loops"].see(profile_of())
    assert found is not None
    assert found.shown
    assert f"took {profile_of().race.ratio:.1f} times as long" in found.text
    assert CARDS["index_loops"].found(profile_of()) == found


def test_the_card_of_the_twins_reads_their_steps() -> None:
    found = CARDS["twins"].see(profile_of())
    assert found is not None
    assert found.shown
    assert f"{profile_of().twins.torch:.0f} µs in torch" in found.text
    assert CARDS["twins"].found(profile_of()) == found


@pytest.mark.parametrize("name", CARDS)
def test_a_cards_setup_is_a_profile(name: str) -> None:
    card = CARDS[name]
    assert ProfileConfig().replace(**card.setup)
