"""What real ranks do: equal weights, the gradient of the whole batch, and what is left of a broken group."""

from __future__ import annotations

from collections.abc import Generator, Mapping

import psutil
import pytest

from dlcore.distributed.config import ManyConfig, RanksConfig, looked_at
from dlcore.distributed.scaling import machine_of
from dlcore.distributed.shares import first_shares
from dlcore.distributed.training import WORK, Trained, Trainings, iter_together, iter_trainings
from dlcore.distributed.words import apart_words, epoch_words, equal_words, steps_table, whole_words
from dlcore.errors import RunError
from dlcore.events import Stage, drained


def test_weights_are_bit_equal_after_every_step(looked: tuple[Trained, ...]) -> None:
    for trained in looked:
        assert len(trained.seen) == trained.config.steps == 8
        assert all(step.equal for step in trained.seen)
        assert trained.equal
        assert len({step.digests[0] for step in trained.seen}) == 8, "each step changes them"
        assert "After 8 of 8 steps all 215,194 weights are equal on all 2 ranks" in equal_words(trained)


def test_ranks_draw_different_networks_and_begin_equal(looked: tuple[Trained, ...]) -> None:
    for trained in looked:
        assert len(set(trained.drawn)) == 2
        assert set(trained.joined) == {trained.drawn[0]}


def test_the_mean_is_the_gradient_of_the_whole_batch(looked: tuple[Trained, ...]) -> None:
    for trained in looked:
        assert 0 < max(step.apart for step in trained.seen) < 1e-6
        for step in trained.seen:
            mean = [sum(column) / 2 for column in zip(*step.own, strict=True)]
            assert step.mean == pytest.approx(mean, abs=1e-6)


def test_what_a_page_computes_at_once_is_what_the_ranks_find(looked: tuple[Trained, ...]) -> None:
    for trained in looked:
        here = first_shares(trained.config)
        for share, own, loss in zip(here, trained.seen[0].own, trained.seen[0].losses, strict=True):
            assert share.gradient == pytest.approx(own, abs=1e-6)
            assert share.loss == pytest.approx(loss, abs=1e-5)
        assert "step 1" in whole_words(trained, here)
        assert [len(column) for column in steps_table(trained).values()] == [8] * 3


def test_shares_are_disjoint_and_make_the_batch() -> None:
    for ranks in ("2", "3", "4"):
        config = looked_at(ManyConfig().replace(ranks=ranks, batch="8"))
        shares = first_shares(config)
        whole = first_shares(config.replace(ranks=1, batch=config.whole))[0]
        assert sum((share.labels for share in shares), ()) == whole.labels
        mean = [sum(column) / len(shares) for column in zip(*(s.gradient for s in shares), strict=True)]
        assert mean == pytest.approx(whole.gradient, abs=1e-6)


def test_an_epoch_together_is_an_epoch_of_the_whole_batch(epochs: tuple[Trainings, ...]) -> None:
    for found in epochs:
        _, whole, together, _ = found.each
        assert together.equal
        assert whole.total == 10_000
        assert abs(whole.accuracy - together.accuracy) <= 0.001
        assert "**2 × 32 is batch 64.**" in epoch_words(found)


def test_a_machine_is_read_from_what_was_measured(looked: tuple[Trained, ...]) -> None:
    machine = machine_of(looked[0])
    assert machine.weights == 860_776
    assert min(machine.compute, machine.bandwidth, machine.latency) > 0
    assert machine.fixed >= 0


@pytest.mark.usefixtures("forked_ranks")
def test_by_hand_it_is_what_ddp_does_and_each_part_has_its_time() -> None:
    plain = RanksConfig(ranks=2, batch=16, steps=8)
    told: list[Stage] = []
    together = iter_together([plain.replace(apart=True), plain])

    def listen() -> Generator[object, None, tuple[Trained, ...]]:
        while True:
            try:
                event = next(together)
            except StopIteration as end:
                found: tuple[Trained, ...] = end.value
                return found
            told.extend([event] if isinstance(event, Stage) else [])
            yield event

    apart, same = drained(listen())
    assert apart.final == same.final, "bit by bit"
    assert {(s.rank, s.step, s.work) for s in apart.stretches} == {
        (rank, step, work) for rank in (0, 1) for step in range(1, 9) for work in WORK
    }
    assert all(stretch.seconds >= 0 for stretch in apart.stretches)
    words = apart_words(apart, same)
    assert "the median of 4 steps on all ranks" in words
    assert f"as it is done, {1000 * same.pace:.1f} ms (the bar of 2 ranks)" in words
    assert same.speed > 0
    assert [stage.share for stage in told] == [step / 16 for step in range(17)]
    assert told[-1].words == "2 ranks of 16: step 8 of 8"


def test_a_missing_last_batch_ends_in_the_words_of_torch(trapped_by_name: Mapping[str, Trained]) -> None:
    trained = trapped_by_name["short"]
    first, second = trained.fates
    assert (first.code, second.code) == (1, 0)
    assert first.steps == second.steps == 4
    assert "onnection" in first.said
    assert not trained.whole


def test_with_join_it_ends_well_and_equal(trapped_by_name: Mapping[str, Trained]) -> None:
    trained = trapped_by_name["joined"]
    assert trained.whole
    assert [fate.steps for fate in trained.fates] == [5, 4]
    assert trained.equal


def test_a_rank_that_is_lost_by_accident_is_no_result() -> None:
    events = iter_trainings([RanksConfig(ranks=2, batch=32, steps=100)])
    for event in events:
        if isinstance(event, Stage) and "step 3 " in event.words:
            break
    children = psutil.Process().children(recursive=True)
    next(child for child in children if "dlcore.distributed.rank" in child.cmdline()).kill()
    with pytest.raises(RunError, match=r"Rank [01] of 2 was lost \(.+\): train them again\."):
        list(events)


def test_a_killed_rank_ends_all(trapped_by_name: Mapping[str, Trained]) -> None:
    survivor, killed = trapped_by_name["killed"].fates
    assert killed.code == -9
    assert killed.steps == 3, "it ends itself: nobody has to be quick enough"
    assert survivor.code == 1
    assert "onnection" in survivor.said
    assert survivor.steps == 3
