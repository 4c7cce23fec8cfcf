"""The image's own commands, run in a clean folder of what it copies: no Docker is needed.

Left out is what pip and useradd do; test_lock.py and test_install.py are about the packages.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import closing
from fnmatch import fnmatch
from pathlib import Path

import pytest

from benchmarks.client import open_as
from benchmarks.server import Server, free_port
from dlcore.runs.storage.store import Store
from tests.attack.wire import Tab
from tests.test_deploy import DEPLOY, ROOT, environment, instructions, said
from tests.waiting import DEADLINE_SECONDS, wait_until


def ours(command: str | list[str]) -> list[str]:
    """A command of the image, run by this Python."""
    name, *rest = shlex.split(command) if isinstance(command, str) else command
    assert name == "python"
    return [sys.executable, *rest]


def step(begins: str) -> str:
    """The one of the image's commands that begins so."""
    parts = (part.strip() for rest in said("RUN") for part in re.split(r"&&|;", rest))
    (found,) = (part for part in parts if part.startswith(begins))
    return found


def copied(folder: Path) -> Path:
    """`COPY . .`: what git knows of, less what the image leaves out."""
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for file in filter(None, files):
        parents = [file, *map(str, Path(file).parents)]
        if (ROOT / file).is_file() and not any(fnmatch(p, q) for p in parents for q in patterns):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / file, folder / file)
    return folder


def contents(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.skipif(os.name == "nt", reason="there, the command waits for the server")
def test_what_the_image_holds_starts_answers_its_check_and_writes_nothing_to_itself(tmp_path: Path) -> None:
    folder, data, home = copied(tmp_path / "lab"), tmp_path / "data", tmp_path / "home"
    home.mkdir()
    subprocess.run(ours(step("python -m compileall")), cwd=folder, check=True, timeout=DEADLINE_SECONDS)
    before = contents(folder)
    assert any(name.endswith(".pyc") for name in before)

    port = free_port()
    inside = environment() | {"DLLAB_DATA_DIR": str(data), "HOME": str(home), "DLLAB_ADDRESS": "lab.example"}
    here = {name: value for name, value in os.environ.items() if not name.startswith(("DLLAB_", "PYTHON"))}
    command = ours(json.loads(said("CMD")[0]))
    command[command.index("--port") + 1] = str(port)
    check = ours(json.loads(said("HEALTHCHECK")[0].partition("CMD ")[2]))
    check[-1] = check[-1].replace(":8501/", f":{port}/")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=here | inside, stdout=log, stderr=subprocess.STDOUT
        )

    def well() -> bool:
        assert process.poll() is None, (tmp_path / "log").read_text()
        return subprocess.run(check, capture_output=True, timeout=DEADLINE_SECONDS).returncode == 0

    try:
        wait_until(well, "the image's check says that the lab is well", every=0.5)
        assert (data / "runs.sqlite").is_file()
        with (
            closing(Store(data)) as store,
            open_as(Tab, Server(port, data, process, store, 0.0), "mnist_train") as page,
        ):
            assert page.has("mnist_train__start")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(DEADLINE_SECONDS)
        finally:
            process.kill()
    assert contents(folder) == before, "it is read-only at work"


@pytest.mark.skipif(os.name == "nt", reason="there, no umask takes rights away")
def test_whoever_the_image_runs_as_can_read_what_was_cloned_for_one_account(tmp_path: Path) -> None:
    """With a umask of 077. In the image and as a service of systemd the lab is another account."""
    room = tmp_path / "dlcore"
    room.mkdir(0o700)
    for name, mode in (("run.py", 0o600), ("script", 0o700)):
        (room / name).touch(mode)
    subprocess.run(shlex.split(step("chmod")), cwd=tmp_path, check=True)
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, *tmp_path.rglob("*"))}
    assert found == {tmp_path.name: 0o755, "dlcore": 0o755, "run.py": 0o644, "script": 0o755}
    (run,) = (rest for rest in said("RUN") if step("chmod") in rest)
    copy = ("COPY", ". .")
    assert instructions().index(copy) < instructions().index(("RUN", run))
    text = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    for command in (step("chmod"), f".venv/bin/{step('python -m compileall')}"):
        assert f"sudo {command}" in text, "a service of systemd needs the same"
