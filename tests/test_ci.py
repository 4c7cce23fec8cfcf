"""Continuous integration runs `make test`, with a browser, and nothing of its own."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_workflow_only_prepares_the_machine() -> None:
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    (command,) = re.findall(r"run: (.+?)(?:  #.*)?\n", text)
    assert command == "make test PYTHON=python", "by itself it would take the first that the machine has"
    assert set(re.findall(r"uses: ([\w/-]+)@", text)) == {"actions/checkout", "actions/setup-python"}
    assert "E2E: required" in text
