"""Images, network and training ask for nothing that has to be installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

CODE = """
import sys
for name in ("numpy", "torch", "pydantic"):
    sys.modules[name] = None  # importing it now fails
from dlcore.blackpatch import images, network, training
maker = images.Maker()
data = training.make_data(maker, train_size=20, test_size=20, seed=0)
state = training.start([81, 4, 1], init=0.01, lr=0.01, seed=0)
*_, last = training.train(state, data, training.Recipe(epochs=1))
assert last.status == "finished"
"""


def test_it_trains_with_the_standard_library_alone() -> None:
    """-S: a Python that finds no installed package."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", CODE], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
