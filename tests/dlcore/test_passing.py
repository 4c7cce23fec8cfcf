"""What a killed process left among the temporary files goes; what another is at stays."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dlcore.passing import forget_left, passing_folder, within_passing_folder


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def ended() -> int:
    """The number of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_it_is_there_for_a_while_and_for_nobody_else() -> None:
    with within_passing_folder("trace") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "trace.json").write_text("{}")
    assert not folder.exists()
    with pytest.raises(KeyError), within_passing_folder("trace") as folder:
        raise KeyError
    assert not folder.exists()


def test_what_a_killed_process_left_goes_with_the_next(temporary: Path) -> None:
    precious = temporary / "precious"
    precious.mkdir()
    (precious / "kept").write_text("kept")
    left = temporary / f"dllab-ranks-{ended()}-abcdefgh"
    left.mkdir()
    (left / "link").symlink_to(precious)
    link = temporary / f"dllab-ranks-{ended()}-elsewhere"
    link.symlink_to(precious)
    stay = [
        temporary / name
        for name in ("dllab-benchmark-12345678", "dllab-ranks-x-y", f"dllab-runs-{os.getpid()}-abcdefgh")
    ]
    for folder in stay:
        folder.mkdir()
    made = passing_folder("trace")
    assert not left.exists()
    assert all(folder.is_dir() for folder in [*stay, made])
    forget_left()
    assert made.is_dir(), "this process is still at it"
    assert link.is_symlink()
    assert (precious / "kept").read_text() == "kept"
