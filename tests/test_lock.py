"""The lock file holds what requirements.txt asks for: every version with its hashes, from no place named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
ENTRY = re.compile(
    r"^([A-Za-z0-9._-]+)==([^ ;]+)(?: ; [^\\]+)? \\((?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)+)$", re.M
)
FLOORS = {  # what is older has known holes
    "starlette": "1.3.1",
    "python-multipart": "0.0.27",
    "pillow": "13.0.0",  # CVE-2026-96639, and a JPEG whose lines are too wide: pictures come from anybody
    "torch": "2.10.0",  # CVE-2026-24747: torch.load with weights_only
    "streamlit": "1.54.0",  # CVE-2026-33682: on Windows, a path of another machine
}


def lines(name: str) -> list[str]:
    found = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in found if line.strip() and not line.lstrip().startswith("#")]


def locked() -> dict[str, list[Version]]:
    """Each package's versions; several, if platforms need different ones."""
    versions: dict[str, list[Version]] = {}
    for entry in ENTRY.finditer("\n".join(lines("requirements.lock"))):
        versions.setdefault(canonicalize_name(entry[1]), []).append(Version(entry[2]))
    return versions


def test_everything_in_it_is_a_version_with_hashes() -> None:
    text = "\n".join(lines("requirements.lock"))
    assert ENTRY.sub("", text).strip() == ""
    assert "://" not in text, "where packages come from is said by whoever installs them"


@pytest.mark.parametrize("line", lines("requirements.txt"))
def test_it_holds_what_is_required(line: str) -> None:
    wanted = Requirement(line)
    versions = locked()[canonicalize_name(wanted.name)]
    assert all(version in wanted.specifier for version in versions), "make lock"


@pytest.mark.parametrize("line", lines("requirements-cluster.txt"))
def test_an_extra_changes_no_version_in_it(line: str) -> None:
    wanted = Requirement(line.split("#")[0])
    found = locked().get(canonicalize_name(wanted.name), [])
    assert all(version in wanted.specifier for version in found), "let requirements-cluster.txt follow it"


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_nothing_older_than_a_mended_hole(name: str, floor: str) -> None:
    (wanted,) = [r for r in map(Requirement, lines("requirements.txt")) if r.name == name]
    assert min(locked()[name]) >= Version(floor)
    major, minor, patch = Version(floor).release
    older = ["0.0.1", "0.0.10"]
    older += [f"{major}.{minor}.{patch - 1}"] if patch else []
    older += [f"{major}.{minor - 1}.99"] if minor else []
    older += [f"{major - 1}.99.99"] if major else []
    assert not any(version in wanted.specifier for version in older)
