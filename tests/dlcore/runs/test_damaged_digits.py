"""The digits' files are damaged while the lab runs: who has read them trains on, who has not says it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.waiting import DEADLINE_SECONDS

ROOT = Path(__file__).parents[3]
SERVER = """
import json, sys, threading
from pathlib import Path
import psutil
from dlcore.mnist.files import ASSETS
from dlcore.runs.pool import LocalPool
from dlcore.runs.protocol import Control
from dlcore.runs.runner import Runner
from dlcore.runs.storage.store import Store
from dlcore.training.config import TrainConfig

runner = Runner(Store(Path(sys.argv[1])), pool=LocalPool(nice=0), max_workers=1)
config = TrainConfig(train_size=20_000, val_size=0, epochs=100, batch_size=40)

def begin():
    return runner.submit("anna", "mnist", config, name="x")

def wait_until(condition):
    while not condition():
        threading.Event().wait(0.05)

def trains(run_id, beyond=0):
    run = runner.get(run_id)
    return not run.active or run.step > beyond

file = ASSETS / "train-images-idx3-ubyte.gz"
whole = file.read_bytes()
first = begin()
wait_until(lambda: trains(first))
file.write_bytes(whole[:-1000])
reached = runner.get(first).step
wait_until(lambda: trains(first, beyond=reached))
before = runner.get(first).status
(worker,) = psutil.Process().children()
worker.kill()  # the next one has read nothing yet
wait_until(lambda: not runner.get(first).active)
second = begin()
wait_until(lambda: trains(second))
file.write_bytes(whole)
third = begin()
wait_until(lambda: trains(third))
ends = [runner.get(run_id) for run_id in (second, third)]
print(json.dumps([before, *((run.status, run.reason) for run in ends)]), flush=True)
runner.control(third, Control("stop"))
wait_until(lambda: not runner.get(third).active)
runner.close()
"""


def test_who_has_read_them_trains_on_and_who_has_not_says_which_file(
    tmp_path: Path, python_environment: dict[str, str]
) -> None:
    copy = tmp_path / "lab"
    shutil.copytree(ROOT / "dlcore", copy / "dlcore", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-c", SERVER, str(tmp_path / "data")],
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        cwd=copy,
        env=python_environment | {"PYTHONPATH": str(copy)},
    )
    assert done.returncode == 0, done.stderr
    before, (status, reason), (mended, _) = json.loads(done.stdout)
    assert before == "running"
    assert (status, mended) == ("failed", "running")
    assert reason.startswith(
        "The digits' file train-images-idx3-ubyte.gz is damaged or was altered: put back"
    )
