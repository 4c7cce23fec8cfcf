"""The surface that comes with the lab is what measuring gives, and only for what it was measured of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcore.errors import DataError
from dlcore.landscape.config import SurfaceConfig, SurfacePage
from dlcore.landscape.kept import Kept, Known, read_kept, shipped_surface, write_kept
from dlcore.landscape.picture import Picture, assemble_picture, iter_picture
from dlcore.landscape.samples import pick_samples
from dlcore.mnist.normalize import NORMALIZE
from dlcore.runs.jobs.landscape import moments
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoints import load_model

RUN = shipped_run("mnist").checkpoints
DIGESTS = [checkpoint.digest for checkpoint in RUN]
FIRST = SurfacePage().surface  # what the page opens on


def known(config: SurfaceConfig) -> Picture:
    found = shipped_surface().part_of(DIGESTS, config)
    assert found.points
    picture = assemble_picture(found.events, config.points)
    assert picture is not None
    return picture


def test_the_page_opens_on_it_whole() -> None:
    picture = known(FIRST)
    assert picture.whole
    assert picture.prepared.config == FIRST
    assert picture.surface is not None
    assert picture.surface.resolution == FIRST.points
    assert [(stop.epoch, stop.step) for stop in picture.path] == [(c.epoch, c.step) for c in RUN]


def test_it_is_what_measuring_it_anew_gives() -> None:
    """On the coarsest points: `python -m dlcore keep-surface` makes it anew."""
    config = FIRST.replace(resolution="11")
    model, trained = load_model(RUN[-1])
    samples = pick_samples(
        config.digits,
        config.samples,
        NORMALIZE[trained.normalize],
        seed=config.seed,
        train_size=trained.train_size,
    )
    measured, kept = assemble_picture(iter_picture(model, moments(RUN), config, samples)), known(config)
    assert measured is not None
    assert measured.surface is not None
    assert kept.surface is not None
    np.testing.assert_allclose(kept.surface.alpha, measured.surface.alpha, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(kept.surface.beta, measured.surface.beta, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(kept.surface.loss, measured.surface.loss, rtol=1e-2, atol=1e-4)
    np.testing.assert_allclose(kept.surface.accuracy, measured.surface.accuracy, atol=2.1 / 256)
    for one, other in zip(kept.path, measured.path, strict=True):
        assert (one.loss, one.below) == pytest.approx((other.loss, other.below), rel=1e-2, abs=1e-4)
    assert kept.prepared.moved == pytest.approx(measured.prepared.moved, rel=1e-5)
    assert (kept.prepared.held, kept.prepared.epochs) == (
        pytest.approx(measured.prepared.held),
        measured.prepared.epochs,
    )


def test_of_a_finer_picture_only_the_finest_points_are_missing() -> None:
    finer = FIRST.replace(resolution="81")
    found = shipped_surface().part_of(DIGESTS, finer)
    assert found.points == FIRST.points
    picture = assemble_picture(found.events, 81)
    assert picture is not None
    assert (picture.done, picture.whole) == (FIRST.points**2, False)
    assert picture.surface is not None
    assert picture.surface.resolution == FIRST.points


@pytest.mark.parametrize(
    "other",
    [
        {"samples": 255},
        {"seed": 1},
        {"plane": "random"},
        {"digits": "test"},
        {"extent": 2.0},
        {"rescaled": True},
    ],
)
def test_another_picture_is_not_known(other: dict[str, object]) -> None:
    assert shipped_surface().part_of(DIGESTS, FIRST.replace(**other)) == Known()


def test_another_run_is_not_known() -> None:
    assert shipped_surface().part_of(DIGESTS[1:], FIRST) == Known()
    assert shipped_surface().part_of([*DIGESTS[:-1], "0" * 64], FIRST) == Known()


def test_what_is_written_is_read_and_what_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "kept.npz"
    kept = shipped_surface()
    write_kept(kept, path)
    again = read_kept(path)
    assert again.digests == kept.digests
    assert again.picture.prepared == kept.picture.prepared
    assert again.picture.path == kept.picture.path
    write_kept(Kept(("one",), again.picture), path)
    assert read_kept(path).digests == ("one",)
    path.write_bytes(b"no archive")
    with pytest.raises(
        DataError, match=r"^The kept surface cannot be read \(.*\): put back .*kept\.npz from"
    ):
        read_kept(path)
