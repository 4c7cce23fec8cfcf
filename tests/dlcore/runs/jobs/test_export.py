"""Exports as a task: rows one by one, files under their digest, a folder that stays small."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from dlcore.errors import CheckpointError, ExportError
from dlcore.events import Tick
from dlcore.run import Checkpoint
from dlcore.runs.jobs import export
from dlcore.runs.jobs.export import ExportJob, load_trained
from dlcore.runs.protocol import Submission
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.kept import Kept
from dlcore.serving import export as serving_export
from dlcore.serving.export import Export, Exported, LeftOut, Unwritten, quick_files, write
from dlcore.serving.export_words import agreement, parts, script_goes_on, table
from dlcore.serving.formats import FORMATS
from tests.dlcore.serving.exports import written

CHECKPOINT = shipped_run("mnist").checkpoints[-1]


def job(folder: Path, checkpoint: Checkpoint = CHECKPOINT) -> ExportJob:
    return ExportJob(Submission("x", "", "export", {"checkpoint": checkpoint, "folder": folder}, Path(), 1))


def test_every_format_comes_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files_of = written()
    monkeypatch.setattr(serving_export, "_write", lambda trained, name, images: files_of[name][0])
    events = list(job(tmp_path / "exports").events())
    *files, result = [event for event in events if not isinstance(event, Tick)]
    assert len(events) > len(files) + 1, "it gives way while torch works"
    assert isinstance(result, Export)
    assert tuple(files) == result.files
    assert {file.format for file in result.files} == set(FORMATS)
    kept = Kept(tmp_path / "exports")
    for file in result.files:
        assert not file.problem
        assert bool(file.digest) != FORMATS[file.format].quick
        if file.digest:
            content = kept.read(file.digest)
            assert len(content) == file.size
            assert hashlib.sha256(content).hexdigest() == file.digest
    assert (result.left_out.prepared, result.left_out.total) == (9_949, 10_000)
    assert result.left_out.scaled < 8_000
    rows = table(result.files)
    assert [row["Format"] for row in rows] == [form.title for form in FORMATS.values()]
    assert all(row["Size"].endswith("B") for row in rows)
    words = agreement(result.files, 20)
    assert "1,000 test images, after epoch 20" in words
    apart = [FORMATS[file.format].title for file in result.files if not file.agrees]
    assert apart in ([], ["ONNX"])  # whose order of adding hangs on the processor
    assert ("More than 1e-05: ONNX. It adds in another order" if apart else "All agree to 1e-05") in words


def test_an_export_dropped_early_ends_at_once(tmp_path: Path) -> None:
    events = job(tmp_path).events()
    assert isinstance(next(events), Tick)
    events.close()  # type: ignore[attr-defined]


def test_a_full_disk_is_said_in_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = load_trained(CHECKPOINT)
    made = [write(trained, "traced", images=1), Unwritten("onnx", "No."), LeftOut(1, 1, 1, 1)]
    monkeypatch.setattr(export, "iter_export", lambda trained: iter(made))
    (tmp_path / "file").write_text("")
    *_, result = (e for e in job(tmp_path / "file" / "folder").events() if not isinstance(e, Tick))
    assert isinstance(result, Export)
    problems = [file.problem for file in result.files]
    assert problems == ["The file could not be written to the disk (Not a directory): free some room.", "No."]
    assert [row["Runs without this app"] for row in table(result.files) if row["Format"] == "ONNX"] == ["No."]


def test_a_checkpoint_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        job(tmp_path, Checkpoint(tmp_path / "gone.safetensors", "digest", 0, 0))


def test_what_is_quick_can_be_had_at_once() -> None:
    trained = load_trained(CHECKPOINT)
    files = quick_files(trained)
    assert {file.format for file in files} == {"safetensors", "zip"}
    assert all(file.size > trained.weight_bytes and file.difference is None for file in files)
    rows = {row["Format"]: row for row in table(files)}
    assert rows["ONNX"]["Size"] == rows["ONNX"]["Max |Δ logits|"] == "…"
    assert rows["safetensors + JSON"]["Size"] == "862 kB"
    assert [name for name, _, _ in parts(trained)] == ["Weights", "Architecture", "Preprocessing"]
    assert not Exported("onnx").agrees


def test_the_script_of_a_run_that_ended_early_goes_on() -> None:
    run, config = shipped_run("mnist"), load_trained(CHECKPOINT).config
    assert script_goes_on(run, config) == ""
    early = replace(run, status="stopped", step=1_200)
    assert (
        script_goes_on(early, config)
        == "This run ended at step 1,200 of 8,600. The script trains to the end."
    )


# --- The folder -------------------------------------------------------------------------------


def test_the_folder_forgets_what_was_used_longest_ago(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "exports", limit=250)
    first, second = kept.keep(b"a" * 100), kept.keep(b"b" * 100)
    for age, digest in ((20, first), (10, second)):
        os.utime(kept.folder / digest, (age, age))
    assert kept.has(first), "a look is a use"
    third = kept.keep(b"c" * 100)
    assert (kept.has(first), kept.has(second), kept.has(third)) == (True, False, True)
    assert kept.keep(b"a" * 100) == first
    assert sum(path.stat().st_size for path in kept.folder.iterdir()) <= 250


def test_what_another_process_is_just_writing_stays(tmp_path: Path) -> None:
    kept = Kept(tmp_path, limit=150)
    fresh, left = tmp_path / "fresh.1.part", tmp_path / "left.2.part"
    for part in (fresh, left):
        part.write_bytes(b"x" * 100)
    os.utime(left, (0, 0))
    kept.keep(b"a" * 100)
    kept.keep(b"b" * 100)
    assert (fresh.exists(), left.exists()) == (True, False)


def test_a_file_that_is_gone_or_damaged_is_a_sentence(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    with pytest.raises(ExportError, match="gone meanwhile: reload"):
        kept.read("0" * 64)
    digest = kept.keep(b"whole")
    (tmp_path / digest).write_bytes(b"half")
    with pytest.raises(ExportError, match="damaged on the disk"):
        kept.read(digest)
    assert not kept.has(digest)
