"""The components' scripts in node, with as much of a browser as they need."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import DEADLINE_SECONDS
from ui.components.parts import HERE

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")
DOM = Path(__file__).parent / "fake_dom.js"


def run(tmp_path: Path, names: list[str], script: str) -> Any:
    """What the script tells after these files; a component itself is `component` there."""
    assert NODE is not None
    parts = [DOM.read_text(encoding="utf-8")]
    parts += [(HERE / name).read_text(encoding="utf-8") for name in names]
    program = "\n".join([*parts, script]).replace("export default function", "const component = function")
    (tmp_path / "script.js").write_text(program, encoding="utf-8")
    command = [NODE, str(tmp_path / "script.js")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
