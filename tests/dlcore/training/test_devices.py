"""What is said of a processor that has bfloat16, and of one that may have none."""

from __future__ import annotations

import pytest
import torch

from dlcore.training.devices import bfloat16_words, has_bfloat16, on_processor


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("tiles", [False, True])
def test_either_way_of_multiplying_bfloat16_will_do(
    wide: bool, tiles: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: wide)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: tiles)
    assert has_bfloat16() == (wide or tiles)


def test_gains_are_told_only_where_it_has_them() -> None:
    assert "this processor has bfloat16" in bfloat16_words(has=True)
    assert "a quarter less" not in bfloat16_words(has=False)


@pytest.mark.parametrize("accelerated", [False, True])
def test_the_processor_is_meant_where_nothing_quicker_is_taken(
    accelerated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: accelerated)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert on_processor("cpu")
    assert on_processor("auto") is not accelerated
    assert not on_processor("cuda")
