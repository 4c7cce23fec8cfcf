"""Each loss is the formula of its paper, and the twin of the plane is the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from dlcore.gan.losses import LOSSES, LossName
from dlcore.gan.plane.losses import LOSSES as TWINS

REAL, FAKE = torch.tensor([0.3, -1.2, 2.0, 4.0]), torch.tensor([-0.4, 1.5, -3.0, 0.1])


def test_the_entropy_of_a_detective_who_cannot_tell_is_twice_ln_2() -> None:
    nothing = torch.zeros(5)
    assert float(LOSSES["non_saturating"].detective(nothing, nothing, 0.0)) == pytest.approx(2 * math.log(2))
    assert LOSSES["non_saturating"].balance(0.0) == pytest.approx(1.386, abs=5e-4)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("name", LOSSES)
def test_at_balance_the_detective_gives_both_the_same_best_answer(name: LossName, smoothing: float) -> None:
    """No single answer to real and fake costs less."""
    loss = LOSSES[name]
    logits = torch.linspace(-4, 4, 80_001)
    lost = [float(loss.detective(one, one, smoothing)) for one in logits[::50].split(1)]
    best = min(range(len(lost)), key=lost.__getitem__)
    assert lost[best] == pytest.approx(loss.balance(smoothing), abs=1e-4)
    if name != "hinge":  # any answer between its two margins costs the same
        assert float(loss.score(logits[::50][best])) == pytest.approx(loss.undecided(smoothing), abs=2e-3)


def test_the_classic_losses_are_those_of_the_paper() -> None:
    d_real, d_fake = REAL.sigmoid(), FAKE.sigmoid()
    loss = LOSSES["non_saturating"]
    assert float(loss.detective(REAL, FAKE, 0.0)) == pytest.approx(
        float(-(d_real.log() + (1 - d_fake).log()).mean())
    )
    assert float(loss.forger(FAKE)) == pytest.approx(float(-d_fake.log().mean()))
    assert float(LOSSES["saturating"].forger(FAKE)) == pytest.approx(float((1 - d_fake).log().mean()))
    smooth = -(0.9 * d_real.log() + 0.1 * (1 - d_real).log() + (1 - d_fake).log()).mean()
    assert float(loss.detective(REAL, FAKE, 0.1)) == pytest.approx(float(smooth))


def test_a_sure_detective_leaves_the_saturating_forger_no_gradient_and_the_other_all() -> None:
    found = {}
    for name in ("saturating", "non_saturating"):
        logits = torch.full((4,), -12.0, requires_grad=True)
        LOSSES[name].forger(logits).backward()  # type: ignore[no-untyped-call, index]
        assert logits.grad is not None
        found[name] = float(logits.grad.abs().sum())
    assert found["saturating"] < 1e-5
    assert found["non_saturating"] == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_plane_has_the_same_losses_and_their_gradients(name: LossName, smoothing: float) -> None:
    real, fake = REAL.clone().requires_grad_(), FAKE.clone().requires_grad_()
    loss, twin = LOSSES[name], TWINS[name]
    value = loss.detective(real, fake, smoothing)
    value.backward()  # type: ignore[no-untyped-call]
    lost, by_real, by_fake = twin.detective(REAL.numpy()[:, None], FAKE.numpy()[:, None], smoothing)
    assert lost == pytest.approx(float(value.detach()), rel=1e-5)
    assert np.allclose(by_real[:, 0], real.grad, atol=1e-6)
    assert np.allclose(by_fake[:, 0], fake.grad, atol=1e-6)
    again = FAKE.clone().requires_grad_()
    forged = loss.forger(again)
    forged.backward()  # type: ignore[no-untyped-call]
    lost, by_fake = twin.forger(FAKE.numpy()[:, None])
    assert lost == pytest.approx(float(forged.detach()), rel=1e-5)
    assert np.allclose(by_fake[:, 0], again.grad, atol=1e-6)
    assert np.allclose(twin.score(FAKE.numpy()), loss.score(FAKE), atol=1e-6)
