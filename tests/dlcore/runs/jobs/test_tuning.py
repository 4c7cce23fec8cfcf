"""Fine-tuning begins at the head's score, repeats bit by bit, resumes, and reads only its own pictures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from dlcore.classifier.examples import examples
from dlcore.classifier.features import features_of
from dlcore.classifier.pictures import opened
from dlcore.classifier.squares import as_batch
from dlcore.classifier.squares import square as square_of
from dlcore.classifier.tuning import Tail, TuneConfig, Whole, before_tail, split
from dlcore.errors import ConfigError, DataError
from dlcore.events import CheckpointReady, Evaluated, Event, Finished, Progress
from dlcore.runs.jobs.tuning import TuningJob
from dlcore.runs.protocol import Submission
from dlcore.schema import parse
from dlcore.vision.lite0 import FEATURES
from dlcore.vision.weights import pretrained

FEW = json.dumps([[p.digest, p.label] for p in (*examples()[:4], *examples()[60:64])])


def config(**more: object) -> TuneConfig:
    return parse(TuneConfig, {"epochs": 2, "pictures": FEW, **more})


def job(folder: Path, asked: TuneConfig, **more: object) -> TuningJob:
    run = folder / "runs" / "one"
    run.mkdir(parents=True, exist_ok=True)
    return TuningJob(Submission("one", "anna", "classifier", asked.model_dump(), run, 1, **more))  # type: ignore[arg-type]


def drained(work: TuningJob) -> tuple[list[Event], dict[str, torch.Tensor]]:
    events = list(work.events())
    return events, {name: value.clone() for name, value in work.weights().items()}


def test_the_tail_reads_what_the_network_reads() -> None:
    network = pretrained()
    tail = Tail(network, 2)
    maps = before_tail(network, examples()[0], "pad")
    with torch.inference_mode():
        found = tail.features(maps[None])[0]
    torch.testing.assert_close(found, features_of(network, examples()[0], "pad"), rtol=1e-4, atol=1e-4)


def test_it_goes_on_from_the_heads_score_and_repeats_bit_by_bit(tmp_path: Path) -> None:
    once, weights = drained(job(tmp_path / "a", config()))
    again, same = drained(job(tmp_path / "b", config()))
    judged = [event for event in once if isinstance(event, Evaluated)]
    assert [event.epoch for event in judged] == [0, 1, 2]
    assert judged[0].correct == judged[0].total == 2
    assert isinstance(once[-1], Finished)
    assert [event for event in once if isinstance(event, Evaluated)] == [
        event for event in again if isinstance(event, Evaluated)
    ]
    assert all(torch.equal(weights[name], same[name]) for name in weights)


def test_what_was_interrupted_goes_on_bit_by_bit(tmp_path: Path) -> None:
    _, whole = drained(job(tmp_path / "whole", config()))
    first = job(tmp_path / "parts", config())
    kept = None
    for event in first.events():
        if isinstance(event, CheckpointReady) and event.epoch == 1:
            kept = first.save(event)
            break
    assert kept is not None
    _, parts = drained(job(tmp_path / "parts", config(), resume=kept))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_all_layers_learn_from_the_heads_score_on(tmp_path: Path) -> None:
    asked = config(layers="all", epochs=1)
    work = job(tmp_path / "whole", asked)
    before = {name: value.clone() for name, value in work.weights().items()}
    events = work.events()
    first = next(event for event in events if isinstance(event, Evaluated))
    assert (first.epoch, first.correct, first.total) == (0, 2, 2)
    steps = 0
    for event in events:
        steps += isinstance(event, Progress)
        if steps == 2:
            break
    after = work.weights()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert {"stem.conv.weight", "blocks.15.narrow.conv.weight", "head.norm.weight", "fc.weight"} <= moved
    assert not any("running" in name for name in moved), "the averages of a million photographs stay"


def test_the_whole_network_reads_what_the_borrowed_one_reads() -> None:
    network, square = pretrained(), as_batch(square_of(opened(examples()[0]), "pad"))
    whole = Whole(network, 2).train()
    with torch.inference_mode():
        torch.testing.assert_close(whole.features(square), network.features(square))


def test_pictures_that_are_no_longer_kept_are_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no longer kept"):
        drained(job(tmp_path, config(which="own")))


@pytest.mark.parametrize("pictures", ["[", "{}", "[1]", '[["a"]]', '[["a", 1]]'])
def test_labels_that_are_none_are_refused(pictures: str) -> None:
    with pytest.raises(ConfigError):
        config(pictures=pictures)


def test_a_path_in_place_of_a_digest_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir(parents=True)
    (tmp_path / "pictures" / "secret.webp").write_bytes(examples()[0].webp)
    labels = json.dumps([["../secret", "a"], ["../secret ", "b"]])
    with pytest.raises(DataError, match="no longer kept"):
        drained(job(tmp_path, config(which="own", pictures=labels)))


def test_more_pictures_than_an_epoch_shows_are_drawn_from_all_classes() -> None:
    different = torch.randn(600, FEATURES, generator=torch.Generator().manual_seed(0))  # no near-copies
    splits = split(different, torch.zeros(600, 1), torch.arange(3).repeat_interleave(200), 0, 240)
    assert len(splits.train) == 240
    assert min(torch.bincount(splits.train.labels, minlength=3).tolist()) > 50
