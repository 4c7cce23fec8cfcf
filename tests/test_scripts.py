"""Scripts for the browser stand in files of their own, and are scripts."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_javascript
from tree_sitter import Language, Parser

from tests.waiting import DEADLINE_SECONDS
from ui.components.plotly3d.assets import OURS, PARTS

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted((ROOT / "ui").rglob("*.js"))
LONGEST = 3  # lines of script within Python
LINES_OF_A_FUNCTION = 60  # as in Python, where test_house.py looks
FUNCTIONS = {"function_declaration", "function_expression", "arrow_function", "method_definition"}
FUNCTIONS |= {"generator_function_declaration", "generator_function"}
SCRIPT = re.compile(r"function\s*\w*\(|=>|document\.")


def faults(script: str) -> str:
    """What node has to say about a module; "" if nothing."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed here: the browser tests are what runs the scripts.")
    command = [node, "--input-type=module", "--check", "-"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    return done.stderr if done.returncode else ""


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_can_be_read(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == ""


def test_the_parts_of_the_live_figure_are_one_script() -> None:
    assert faults(OURS.decode()) == ""
    on_disk = {path.stem for path in SCRIPTS if path.parent.name == "plotly3d"}
    assert on_disk == {*PARTS, "inline"}


def test_a_broken_script_is_noticed() -> None:
    assert "SyntaxError" in faults("export function broken() {")


def test_no_script_is_over_300_lines() -> None:
    assert SCRIPTS
    assert [path.name for path in SCRIPTS if len(path.read_text(encoding="utf-8").splitlines()) > 300] == []


def functions(script: Path) -> Iterator[tuple[int, int]]:
    """The line in which each begins, and how many it has."""
    language = Language(tree_sitter_javascript.language())
    nodes = [Parser(language).parse(script.read_bytes()).root_node]
    assert not nodes[0].has_error
    while nodes:
        node = nodes.pop()
        nodes += node.children
        if node.type in FUNCTIONS:
            begins, ends = node.start_point.row, node.end_point.row
            yield begins + 1, ends - begins + 1


def test_no_function_of_a_script_is_too_long() -> None:
    found = {f"{path.name}:{line}": lines for path in SCRIPTS for line, lines in functions(path)}
    assert len(found) > len(SCRIPTS)
    assert {place: lines for place, lines in found.items() if lines > LINES_OF_A_FUNCTION} == {}


def long_scripts(source: str) -> Iterator[int]:
    """The lines where a string begins that holds more script than belongs into Python."""
    for node in ast.walk(ast.parse(source)):
        pieces = node.values if isinstance(node, ast.JoinedStr) else [node]
        text = "".join(str(piece.value) for piece in pieces if isinstance(piece, ast.Constant))
        if SCRIPT.search(text) and len(text.strip().splitlines()) > LONGEST:
            yield node.lineno


def test_no_script_stands_in_python() -> None:
    paths = [ROOT / "app.py", *(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in paths
        for line in long_scripts(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("quote", ['"""', 'f"""'])
def test_a_script_in_python_would_be_seen(quote: str) -> None:
    source = f'JS = {quote}\nconst a = () => 1;\nconst b = 2;\nconst c = 3;\nexport default a;\n"""'
    assert list(long_scripts(source))
