"""What a command says never fails and never costs a run, whatever reads it."""

from __future__ import annotations

import codecs
import io
import json
import math
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from dlcore.cli import output
from dlcore.cli.talk import say
from dlcore.runs.local import OWNER
from dlcore.runs.storage.store import Store

ROOT = Path(__file__).parents[3]
TINY = "mnist train --train-size 200 --val-size 0 --epochs 1 --batch-size 50 --device cpu --threads 1"
SAID = "99% (±1) · 5 µs × 2 → “ok” … é √2 цифра 数 \udcff\n"
SPEAKS = """
from dlcore.cli.output import lasting
with lasting():
    for line in range(100_000):
        print("±", line)
"""


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", '99% (+/-1) * 5 us x 2 -> "ok" ... e sqrt2 ????? ? ?\n'),
        ("cp437", '99% (±1) · 5 µs x 2 -> "ok" ... é √2 ????? ? ?\n'),
        ("cp1251", "99% (±1) · 5 µs x 2 -> “ok” … e sqrt2 цифра ? ?\n"),
        ("utf-8", SAID.replace("\udcff", "?")),
    ],
)
def test_a_sign_that_a_terminal_lacks_becomes_one_it_has(encoding: str, expected: str) -> None:
    codecs.register_error(output.ALIKE, output.alike)
    raw = io.BytesIO()
    stream = output.Lasting(raw, encoding=encoding, errors=output.ALIKE)
    stream.write(SAID)
    stream.flush()
    assert raw.getvalue().decode(encoding) == expected


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a file that is always full")
def test_a_training_whose_output_arrives_nowhere_reaches_its_end(tmp_path: Path) -> None:
    """Signs that cannot be written, room that there is not: neither costs the run."""
    full = os.open("/dev/full", os.O_WRONLY)
    done = subprocess.run(
        [sys.executable, "-m", "dlcore", *TINY.split()],
        cwd=ROOT,
        env=os.environ | {"DLLAB_DATA_DIR": str(tmp_path), "PYTHONIOENCODING": "ascii:strict"},
        stdout=full,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(full)
    with closing(Store(tmp_path)) as store:
        (run,) = store.runs_of(OWNER)
    said = "What this command said could not be written (No space left on device): what it did is done.\n"
    assert (run.status, done.returncode, done.stderr) == ("finished", 1, said)


def test_a_librarys_warning_does_not_stand_before_the_sentence(tmp_path: Path) -> None:
    Image.new("1", (9999, 9999)).save(tmp_path / "huge.png")
    command = [sys.executable, "-m", "dlcore", "mnist", "infer", "--image", str(tmp_path / "huge.png")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    sentence = (
        "This picture is too large; use one of at most 10 MB, 25 megapixels and 10,000 pixels a side.\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence)


def test_a_reader_that_has_enough_is_no_mistake() -> None:
    command = [sys.executable, "-c", SPEAKS]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_closed_output_stays_closed(tmp_path: Path) -> None:
    """Its number must not fall to the next file that is opened."""
    script = (
        "import os\nfrom dlcore.cli.output import lasting\n"
        "with lasting():\n    print('x', flush=True)\n    assert open(__file__).fileno() > 2\n"
    )
    (tmp_path / "speaks.py").write_text(script, encoding="utf-8")
    line = f'exec "{sys.executable}" "{tmp_path / "speaks.py"}" >&- 2>&-'
    done = subprocess.run(["sh", "-c", line], env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.returncode == 0


def test_what_is_no_number_is_null_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    answer = {"loss": math.nan, "losses": (1.0, math.inf), "by": {"lr": -math.inf}, "steps": 3, "name": "a"}
    say(True, answer, "")
    said = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert said == {"loss": None, "losses": [1.0, None], "by": {"lr": None}, "steps": 3, "name": "a"}
