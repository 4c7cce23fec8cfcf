"""How batches are loaded: every way is measured, and each brings the same numbers."""

from __future__ import annotations

import pytest
import torch

from dlcore.batches import loading
from dlcore.batches.loading import TENSORS, Loading, LoadingConfig, Way, iter_loading
from dlcore.batches.words import loading_words, noise_words, workers_words
from dlcore.events import Stage

SMALL = LoadingConfig(images=320, tries=2, workers=0)


@pytest.fixture(scope="module")
def measured() -> Loading:
    *_, found = iter_loading(SMALL)
    assert isinstance(found, Loading)
    return found


def test_every_way_and_part_is_measured(measured: Loading) -> None:
    assert [way.name for way in measured.ways] == [TENSORS, "DataLoader, 0 workers"]
    assert all(len(way.tries) == 2 and way.best > 0 and way.first > 0 for way in measured.ways)
    assert [name for name, _ in measured.stages] == [
        "draw a number",
        "take the image",
        "transform it",
        "stack the batch",
    ]
    assert all(spent > 0 for _, spent in measured.stages)
    assert measured.step > 0


def test_it_says_how_far_it_is_and_moves_nobodys_random_numbers() -> None:
    before = torch.get_rng_state()
    *said, found = iter_loading(SMALL)
    assert isinstance(found, Loading)
    stages = [one for one in said if isinstance(one, Stage)]
    assert len(stages) == len(said) == 2 * 2 + 1
    assert [stage.share for stage in stages] == sorted(stage.share for stage in stages)
    assert torch.equal(torch.get_rng_state(), before)


def test_of_the_parts_too_the_quietest_try_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a moment's noise makes them more than the whole beside them."""
    tried = [
        (("take the image", 30.0), ("transform it", 1.0)),
        (("take the image", 2.0), ("transform it", 5.0)),
    ]
    left = list(tried)
    monkeypatch.setattr(loading, "_stages", lambda dataset: left.pop(0))
    *_, found = iter_loading(SMALL)
    assert isinstance(found, Loading)
    assert found.stages == tried[1]


def made(*ways: Way) -> Loading:
    return Loading(ways, (("transform it", 5.0),), 30.0, 3_200, 2, 0.5)


def test_words_say_what_was_measured_and_how_noisy_it_was() -> None:
    quiet = made(
        Way(TENSORS, (0.5, 0.5), 0.001),
        Way("DataLoader, 0 workers", (10.0, 11.0), 0.002),
        Way("DataLoader, 1 worker", (20.0, 20.0), 0.3),
    )
    assert "**10.0 µs** through the DataLoader and **0.50 µs**" in loading_words(quiet)
    assert "20 times as long" in loading_words(quiet)
    assert "25 % of the time goes into loading" in loading_words(quiet)
    assert workers_words(quiet).startswith("1 worker: 20.0 µs, the first batch after 300 ms.")
    assert "none of them helps here" in workers_words(quiet)
    assert "Noisy" not in noise_words(quiet)
    noisy = made(Way(TENSORS, (0.5, 2.0), 0.001), Way("DataLoader, 0 workers", (10.0, 11.0), 0.002))
    assert "Noisy: of tensors, the slowest try took 4.0 times the quietest." in noise_words(noisy)
    assert workers_words(noisy) == "Workers were not tried."
