"""What the documents name is there, and every folder of the house stands in the README's tree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/deploy.md", "docs/scale.md")
OURS = "dlcore|ui|pages|tests|benchmarks|deploy|docs|scripts"
NAMED = re.compile(rf"`((?:{OURS})/[\w./-]+)`")
LINKED = re.compile(r"\]\((?!https?:|#)([^)#]+)")
TARGET = re.compile(r"\bmake ([a-z][\w-]*)")


def text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_is_there(document: str) -> None:
    named = {path for path in NAMED.findall(text(document)) if "<" not in path and "*" not in path}
    missing = {path for path in named if not (ROOT / path).exists()}
    folder = (ROOT / document).parent
    missing |= {path for path in LINKED.findall(text(document)) if not (folder / path).exists()}
    assert missing == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_target_is_one_of_make(document: str) -> None:
    known = set(re.findall(r"^([a-z][\w-]*):", text("Makefile"), flags=re.M))
    code = "\n".join(re.findall(r"`(?:``)?[^`]*`", text(document)))  # what stands in code
    assert set(TARGET.findall(code)) <= known


def test_the_tree_has_every_folder() -> None:
    """And each folder in it is one."""
    (tree,) = re.findall(r"## What is where\n\n```\n(.*?)```", text("README.md"), flags=re.S)
    drawn, parents = set[str](), list[str]()
    for line in tree.splitlines():
        if found := re.match(r"( *)([\w.]+)/ ", line):
            depth = len(found[1]) // 2
            parents = [*parents[:depth], found[2]]
            drawn.add("/".join(parents))
    there = {
        path.relative_to(ROOT).as_posix()
        for room in ("dlcore", "pages", "ui")
        for path in (ROOT / room).glob("*/")
        if path.is_dir() and not path.name.startswith(("_", "."))
    }
    assert there - drawn == {"ui/assets"}
    assert {folder for folder in drawn if not (ROOT / folder).is_dir()} == set()
