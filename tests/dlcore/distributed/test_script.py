"""The script to take away, started in a fresh folder as its README says."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from dlcore.distributed.config import RanksConfig
from dlcore.distributed.script import script_zip
from dlcore.distributed.training import iter_together
from dlcore.events import drained
from tests.forks import Forks

SMALL = RanksConfig(ranks=2, batch=16, images=300, lr=0.05, seed=3, test=True)


def test_it_ends_with_the_weights_of_the_lab(
    tmp_path: Path, python_environment: dict[str, str], forks: Forks
) -> None:
    with zipfile.ZipFile(io.BytesIO(script_zip(SMALL))) as files:
        names = files.namelist()
        assert names == ["many_gpus/train.py", "many_gpus/README.txt", "many_gpus/digits.npz"]
        for name in names:
            (tmp_path / Path(name).name).write_bytes(files.read(name))
    environment = {name: value for name, value in python_environment.items() if name != "PYTHONPATH"}
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "train.py"]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    digests = re.findall(r"rank \d of 2: weights ([0-9a-f]{64})", done.stdout)
    with forks.ranks():
        (trained,) = drained(iter_together([SMALL]))
    assert sorted(digests) == sorted(trained.final)
    assert f"{round(10_000 * trained.accuracy)} of 10000 test digits right" in done.stdout
    assert "nproc-per-node 2" in (tmp_path / "README.txt").read_text("utf-8")
    assert script_zip(SMALL) == script_zip(SMALL)
    command[-2:] = ["1", "train.py", "--batch", "400"]
    refused = subprocess.run([sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True)
    assert refused.returncode != 0
    assert b"A batch of all ranks is 400 images, and there are 300: take a smaller --batch." in refused.stderr
