"""The recogniser's longer work inside tasks: weights fetched, where it looked, several side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcore.errors import VisionError
from dlcore.events import Stage
from dlcore.runs.kinds import make_job
from dlcore.runs.protocol import Submission
from dlcore.vision.beside import SideBySide
from dlcore.vision.fetch import Fetched
from dlcore.vision.integrated import Integrated
from dlcore.vision.networks import networks
from dlcore.vision.occlusion import Occlusion
from dlcore.vision.prepare import PrepareConfig
from tests.dlcore.vision.hub import serving
from tests.dlcore.vision.published import SMALL, publish


def events(kind: str, payload: dict[str, Any]) -> Any:
    return make_job(Submission("id", "", kind, payload, Path(), threads=1)).events()


@pytest.mark.parametrize(("method", "result"), [("occlusion", Occlusion), ("integrated", Integrated)])
def test_a_network_is_looked_through(tmp_path: Path, method: str, result: type) -> None:
    network = publish(SMALL, tmp_path)
    payload = {
        "network": network,
        "path": tmp_path / network.file,
        "batch": np.random.default_rng(0).standard_normal((1, 3, 48, 48), np.float32),
        "grey": np.zeros((1, 3, 1, 1), np.float32),
        "place": 3,
        "method": method,
    }
    *stages, found = events("look", payload)
    assert all(isinstance(stage, Stage) for stage in stages)
    assert isinstance(found, result)
    with pytest.raises(VisionError, match="cannot be read"):
        events("look", payload | {"path": tmp_path / "gone.pth"})


def test_several_answer(tmp_path: Path) -> None:
    pixels = np.zeros((240, 300, 3), np.uint8)
    payload = {
        "networks": [(networks()["efficientnet_lite0"], None)],
        "pixels": pixels,
        "config": PrepareConfig(),
    }
    *_, found = events("beside", payload)
    assert isinstance(found, SideBySide)
    assert len(found.rows[0].guesses) == 3
    assert found.threads == 1


def test_weights_are_fetched(tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    network = publish(SMALL, shelf)
    with serving() as hub:
        hub.offer(shelf)
        payload = {"network": network, "folder": tmp_path / "here", "limit": 10**8, "address": hub.address}
        *_, found = events("fetch_weights", payload)
    assert found == Fetched(tmp_path / "here" / network.file)
