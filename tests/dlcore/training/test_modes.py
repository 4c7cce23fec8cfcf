"""What is borrowed comes back as it was: modes of every submodule, torch's process-wide numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from dlcore.training.modes import OwnRandom, mode

CPU = torch.device("cpu")


@pytest.fixture
def mixed() -> nn.Module:
    """A model whose parts are in different modes, as with a frozen layer."""
    model = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Dropout(0.5), nn.BatchNorm1d(2)))
    model.train()
    model[1][1].eval()
    return model


def modes(model: nn.Module) -> list[bool]:
    return [module.training for module in model.modules()]


@pytest.mark.parametrize("training", [True, False])
def test_every_submodule_comes_back_in_its_own_mode(mixed: nn.Module, training: bool) -> None:
    before = modes(mixed)
    with mode(mixed, training=training):
        assert set(modes(mixed)) == {training}
    assert modes(mixed) == before


def test_modes_come_back_after_an_error(mixed: nn.Module) -> None:
    before = modes(mixed)
    with pytest.raises(ZeroDivisionError), mode(mixed, training=False):
        raise ZeroDivisionError
    assert modes(mixed) == before


def expected(seed: int, count: int) -> list[float]:
    """The numbers that torch gives after manual_seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return torch.rand(count).tolist()


def draw(random: OwnRandom) -> float:
    with random():
        return float(torch.rand(()))


def test_its_numbers_are_those_of_its_seed() -> None:
    random = OwnRandom(7, CPU)
    assert [draw(random) for _ in range(4)] == expected(7, 4)


def test_two_streams_do_not_touch_each_other() -> None:
    one, other = OwnRandom(1, CPU), OwnRandom(2, CPU)
    drawn = [(draw(one), draw(other)) for _ in range(4)]
    assert [a for a, _ in drawn] == expected(1, 4)
    assert [b for _, b in drawn] == expected(2, 4)


def test_the_process_wide_numbers_stay() -> None:
    before: Tensor = torch.get_rng_state()
    random = OwnRandom(3, CPU)
    draw(random)
    with pytest.raises(ZeroDivisionError), random():
        raise ZeroDivisionError(torch.rand(5))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_stream_goes_on_from_its_stored_state() -> None:
    random = OwnRandom(4, CPU)
    draw(random)
    later = OwnRandom(99, CPU)
    later.state = random.state
    assert [draw(later) for _ in range(3)] == expected(4, 4)[1:]


def test_torchs_numbers_are_borrowed_under_one_lock_alone() -> None:
    """Two that fork them at once would each give the other's numbers back."""
    root = Path(__file__).parents[3]
    files = (path for folder in ("dlcore", "ui", "pages") for path in (root / folder).rglob("*.py"))
    forking = {path.relative_to(root).as_posix() for path in files if "fork_rng(" in path.read_text("utf-8")}
    assert forking == {"dlcore/randomness.py"}
