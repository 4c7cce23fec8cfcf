"""Smoothing, clipping, warm-up, the mean of weights, L1 and wrong labels do what they say."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from dlcore.data import Samples, Splits
from dlcore.events import Progress
from dlcore.training.average import Average, forgets
from dlcore.training.config import TrainConfig
from dlcore.training.labels import mislabelled, rarefied
from dlcore.training.loop import start, train
from dlcore.training.optimizers import lr_factor, reshape_gradients

MakeSplits = Callable[..., Splits]
SMALL = TrainConfig(
    train_size=200, val_size=0, epochs=1, batch_size=20, schedule="constant", lr=0.002, device="cpu"
)


def gradient_length(model: nn.Module) -> float:
    return float(torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None]).norm())


def with_gradients() -> nn.Module:
    model = nn.Linear(3, 2)
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 3.0)
    return model


def test_a_long_gradient_is_cut_and_keeps_its_direction() -> None:
    model = with_gradients()
    reshape_gradients(model, SMALL.replace(clip=0.5))
    assert gradient_length(model) == pytest.approx(0.5, rel=1e-4)
    assert model.weight.grad is not None
    assert float(model.weight.grad.std()) == pytest.approx(0, abs=1e-7)
    reshape_gradients(model, SMALL.replace(clip=100))
    assert gradient_length(model) == pytest.approx(0.5, rel=1e-4), "a short one stays"


def test_a_penalty_pulls_weights_by_their_sign_and_no_bias() -> None:
    model = with_gradients()
    assert isinstance(model, nn.Linear)
    reshape_gradients(model, SMALL.replace(l1=0.1))
    assert model.weight.grad is not None
    assert model.bias.grad is not None
    torch.testing.assert_close(model.weight.grad, 3 + 0.1 * model.weight.detach().sign())
    torch.testing.assert_close(model.bias.grad, torch.full((2,), 3.0))


def test_the_rate_rises_evenly_to_what_the_schedule_says() -> None:
    factors = [lr_factor("constant", step, 100, 0.1) for step in range(12)]
    assert factors == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1, 1])
    assert lr_factor("cosine", 60, 100, 0.1) == lr_factor("cosine", 60, 100)


def test_the_mean_follows_and_is_what_is_judged_and_kept(small_splits: MakeSplits) -> None:
    config = SMALL.replace(ema=0.8)
    state = start(config)
    by_hand = [parameter.detach().clone() for parameter in state.model.parameters()]
    for event in train(state, small_splits(200, 0, 10)):
        if isinstance(event, Progress):
            share = forgets(0.8, event.step)
            for mean, now in zip(by_hand, state.model.parameters(), strict=True):
                mean.lerp_(now.detach(), share)
    assert state.average is not None
    assert state.judged is state.average.model
    for mean, kept, last in zip(by_hand, state.judged.parameters(), state.model.parameters(), strict=True):
        torch.testing.assert_close(mean, kept.detach())
        assert not torch.equal(kept, last)


def test_the_mean_begins_quickly_and_then_keeps_its_share() -> None:
    assert forgets(0.999, 1) == pytest.approx(9 / 11)
    assert forgets(0.9, 1_000) == pytest.approx(0.1)
    model = nn.Linear(1, 1)
    average = Average(model, 0.9)
    assert average.model is not model
    assert not any(parameter.requires_grad for parameter in average.model.parameters())


def test_smoothing_keeps_it_from_being_sure(small_splits: MakeSplits) -> None:
    def surest(smoothing: float) -> float:
        splits, state = small_splits(200, 0, 10), start(SMALL.replace(label_smoothing=smoothing, epochs=6))
        list(train(state, splits))
        with torch.inference_mode():
            shares = state.model.eval()(state.prepare(splits.train.images)).softmax(1)
        return float(shares.max(1).values.mean())

    assert surest(0.0) > 0.95
    assert surest(0.3) < 0.85


def test_mixed_arithmetic_multiplies_bfloat16_and_keeps_float32(small_splits: MakeSplits) -> None:
    splits, kinds = small_splits(200, 0, 10), set[torch.dtype]()
    state, exact = start(SMALL.replace(precision="bfloat16", epochs=4)), start(SMALL.replace(epochs=4))
    for module in state.model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_hook(lambda _module, _inputs, out: kinds.add(out.dtype))
    told = [event for event in train(state, splits) if isinstance(event, Progress)]
    assert torch.bfloat16 in kinds  # in training
    assert {p.dtype for p in state.model.parameters()} == {torch.float32}
    assert {p.grad.dtype for p in state.model.parameters() if p.grad is not None} == {torch.float32}
    expected = [event for event in train(exact, splits) if isinstance(event, Progress)]
    assert told[-1].loss == pytest.approx(expected[-1].loss, rel=0.1)
    assert told[-1].loss != expected[-1].loss


def test_about_so_many_labels_are_others_and_the_same_with_the_same_seed() -> None:
    samples = Samples(torch.zeros(10_000, 1), torch.arange(10).repeat(1_000))
    found = mislabelled(samples, 0.3, seed=3)
    hit = found.labels != samples.labels
    assert float(hit.float().mean()) == pytest.approx(0.3, abs=0.02)
    assert torch.bincount(found.labels[hit], minlength=10).min() > 200
    assert torch.equal(found.labels, mislabelled(samples, 0.3, seed=3).labels)
    assert not torch.equal(found.labels, mislabelled(samples, 0.3, seed=4).labels)
    assert mislabelled(samples, 0.0, seed=3) is samples
    alone = Samples(samples.images, torch.zeros_like(samples.labels))
    assert mislabelled(alone, 0.3, seed=3) is alone  # there is no other class


def test_only_what_is_learned_from_is_mislabelled(small_splits: MakeSplits) -> None:
    splits = small_splits(200, 0, 10)
    right = [splits.train.labels.clone(), splits.test.labels.clone()]
    state = start(SMALL.replace(wrong_labels=1.0))
    list(train(state, splits))
    assert torch.equal(splits.train.labels, right[0]), "the digits themselves stay as they are"
    assert torch.equal(splits.test.labels, right[1])
    with torch.inference_mode():
        said = state.model.eval()(state.prepare(splits.train.images)).argmax(1)
    assert float((said == right[0]).float().mean()) < 0.2


def test_of_a_rare_label_so_much_stays_and_as_many_images_as_before() -> None:
    samples = Samples(torch.arange(10_000)[:, None], torch.arange(10).repeat(1_000))
    found = rarefied(samples, 7, 0.2, seed=4)
    counts = torch.bincount(found.labels, minlength=10)
    assert len(found) == 10_000
    assert int(counts[7]) == pytest.approx(200, abs=40)
    assert torch.equal(found.images[:, 0] % 10, found.labels), "each keeps its own label"
    assert counts[:7].min() > 1_000
    assert torch.equal(found.images, rarefied(samples, 7, 0.2, seed=4).images)
    assert torch.equal(rarefied(samples, 7, 1.0, seed=4).images, samples.images)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_digit_that_is_never_seen_is_never_said(seed: int, small_splits: MakeSplits) -> None:
    splits = small_splits(2_000, 0, 600)
    config = SMALL.replace(train_size=2_000, rare_digit="7", rare_share=0.0, seed=seed)
    state = start(config)
    list(train(state, splits))
    with torch.inference_mode():
        said = state.model.eval()(state.prepare(splits.test.images)).argmax(1)
    assert not (said == 7).any()
    assert float((said == splits.test.labels)[splits.test.labels != 7].float().mean()) > 0.7
