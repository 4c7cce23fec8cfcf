"""The locks of the house: what may import what, which calls are barred, how the server is set."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import pytest
from streamlit import config as streamlit_config

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = ROOT / ".streamlit" / "config.toml"

# --- dlcore is pure ---------------------------------------------------------------------------

WITH_RAY = {"dlcore.runs.ray_pool", "dlcore.runs.ray_worker"}  # which is an extra
IMPORT_EVERYTHING = f"""
import importlib, pkgutil
import dlcore
for module in pkgutil.walk_packages(dlcore.__path__, "dlcore."):
    if not module.name.endswith(".__main__") and module.name not in {WITH_RAY}:
        importlib.import_module(module.name)
"""


def loaded_by(code: str) -> set[str]:
    """The names of all modules that a fresh Python holds after running the code."""
    ending = "\nimport json, sys\nprint(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code + ending],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def modules_on_disk() -> set[str]:
    names = set()
    for path in (ROOT / "dlcore").rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[-1] != "__main__":
            names.add(".".join(parts).removesuffix(".__init__"))
    return names


def test_no_module_of_dlcore_imports_streamlit() -> None:
    loaded = loaded_by(IMPORT_EVERYTHING)
    assert "dlcore.errors" in loaded
    assert modules_on_disk() - loaded == WITH_RAY - loaded, "not importable: is an __init__.py missing?"
    assert "streamlit" not in loaded


@pytest.mark.parametrize(
    "name", ["dlcore", "dlcore.errors", "dlcore.events", "dlcore.schema", "dlcore.words"]
)
def test_the_ground_floor_is_light(name: str) -> None:
    assert loaded_by(f"import {name}").isdisjoint({"torch", "numpy", "streamlit"})


def test_importing_dlcore_loads_no_part_of_it() -> None:
    assert {name for name in loaded_by("import dlcore") if name.startswith("dlcore.")} == set()


# --- A page loads what it shows ----------------------------------------------------------------

HEAVY = {"dlcore.serving.formats", "onnx", "sklearn", "torchview", "torchviz"}


def imports_of(path: Path) -> str:
    """The import statements of a file, as a file."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return "\n".join(ast.unparse(node) for node in body if isinstance(node, (ast.Import, ast.ImportFrom)))


def test_a_race_of_optimizers_loads_no_exporter_and_no_drawer_of_graphs() -> None:
    files = (ROOT / "app.py", ROOT / "ui/router.py", ROOT / "pages/optimizers/race.py")
    loaded = loaded_by("\n".join(map(imports_of, files)))
    assert {"ui.lenses.race", "ui.startup", "dlcore.optimizers.race"} <= loaded
    assert loaded.isdisjoint(HEAVY)


# --- The rooms of dlcore ----------------------------------------------------------------------

SUBJECTS = {
    "batches",
    "blackpatch",
    "classifier",
    "buglab",
    "builder",
    "classroom",
    "datasets",
    "distributed",
    "fooling",
    "gan",
    "hand",
    "landscape",
    "lr_finder",
    "mnist",
    "nets",
    "optimizers",
    "playground",
    "signals",
    "sweep",
    "tensors",
    "training",
    "vision",
}
LENSES = {"inspection", "serving"}
# Which rooms each room may import from, beside its own and the files at dlcore's root.
ARROWS: dict[str, set[str]] = {
    "": set(),
    "blackpatch": set(),
    "mnist": set(),
    "nets": set(),
    "optimizers": set(),
    "playground": set(),
    "signals": {"playground"},
    "sweep": {"datasets", "training"},
    "tensors": set(),
    "training": {"mnist", "nets"},
    "vision": {"mnist"},
    "datasets": {"mnist", "vision"},
    "classifier": {"mnist", "training", "vision"},
    "batches": {"mnist", "nets", "training"},
    "buglab": {"mnist", "training"},
    "builder": {"nets", "training"},
    "classroom": {"training"},
    "distributed": {"mnist", "nets"},
    "fooling": {"mnist"},
    "gan": {"mnist", "nets"},
    "hand": {"mnist", "training"},
    "lr_finder": {"datasets", "training"},
    "landscape": {"datasets", "mnist", "nets", "training"},
    "inspection": {"blackpatch", "datasets", "mnist", "nets", "training"},
    "serving": {"gan", "classifier", "datasets", "inspection", "mnist", "nets", "training", "vision"},
    "runs": SUBJECTS | LENSES,
    "figures": SUBJECTS | LENSES | {"runs"},
    "cli": SUBJECTS | LENSES | {"runs", "figures"},
}


def imports_between_rooms() -> Iterator[tuple[str, str, str]]:
    """(importing folder, imported folder, file) below dlcore; a folder is "" or "runs" or "runs.jobs"."""
    for path in (ROOT / "dlcore").rglob("*.py"):
        if path.name == "__main__.py":
            continue
        room = ".".join(path.relative_to(ROOT / "dlcore").parent.parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in imported(node):
                if name.startswith("dlcore."):
                    parts = name.split(".")[1:]
                    while not (ROOT / "dlcore").joinpath(*parts).is_dir():
                        parts.pop()
                    yield room, ".".join(parts), str(path.relative_to(ROOT))


def imported(node: ast.AST) -> Iterator[str]:
    """Full names of what a statement imports; nothing if it is none."""
    if isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{name.name}" for name in node.names)
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)


@pytest.mark.parametrize(("folder", "barred"), [("ui", ("pages", "tests")), ("pages", ("pages", "tests"))])
def test_a_page_is_imported_by_nobody(folder: str, barred: tuple[str, ...]) -> None:
    """Streamlit runs it; what several need lies in ui/."""
    paths = list((ROOT / folder).rglob("*.py"))
    assert paths
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in imported(node)
        if name.partition(".")[0] in barred
    ]
    assert found == []


def test_rooms_import_only_where_the_arrows_point() -> None:
    wrong = [
        f"{path}: {room} -> {other}"
        for room, other, path in imports_between_rooms()
        if (top := other.partition(".")[0]) not in {"", room.partition(".")[0]}
        and top not in ARROWS[room.partition(".")[0]]
    ]
    assert wrong == []


def test_no_rooms_import_each_other_in_a_circle() -> None:
    arrows: dict[str, set[str]] = {}
    for room, other, _ in imports_between_rooms():
        if other not in {"", room}:
            arrows.setdefault(room, set()).add(other)
    TopologicalSorter(arrows).prepare()  # raises CycleError, which names the circle


def test_every_room_says_what_it_is_in_one_line_and_nothing_else() -> None:
    found = [init for folder in ("dlcore", "ui") for init in (ROOT / folder).rglob("__init__.py")]
    assert len(found) > 20
    for init in found:
        source = init.read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(source)), init
        assert len(source.splitlines()) == 1, init


# --- Calls that are barred --------------------------------------------------------------------

BARRED = {
    "torch.load": "a pickle is a program: read safetensors",
    "torch.jit.load": "TorchScript is a program: never load a file of unknown origin",
    "torch.export.load": "an exported program is a program: never load a file of unknown origin",
    "pickle.load": "a pickle is a program",
    "pickle.loads": "a pickle is a program",
    "pickle.Unpickler": "a pickle is a program",
}
# The two ends of the pipe to our own worker processes: what they read, our own code has written.
OWN_PIPE = {"dlcore/runs/process.py", "dlcore/runs/worker.py", "dlcore/runs/ray_worker.py"}
# The one file that reads back what the line before has written, to measure it: bytes, never a path.
# And the one that reads published weights: tensors alone, and only once their digest is known.
# And the one that packs what came out of the pipe, and keeps it in memory.
OWN_BYTES = {
    "dlcore/runs/held_task.py": ("pickle.loads",),
    "dlcore/serving/predictor.py": ("torch.jit.load",),
    "dlcore/serving/reload.py": ("torch.jit.load", "torch.export.load"),
    "dlcore/vision/weights.py": ("torch.load",),
}
CACHES = {"streamlit.cache_data", "streamlit.cache_resource"}
UNSAFE = {"unsafe_allow_html", "unsafe_allow_javascript"}


def aliases(tree: ast.AST) -> dict[str, str]:
    """What each imported name stands for: `import streamlit as st` gives {"st": "streamlit"}."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                head = name.name.partition(".")[0]
                found[name.asname or head] = name.name if name.asname else head
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                found[name.asname or name.name] = f"{node.module}.{name.name}"
    return found


def full_name(node: ast.AST, known: dict[str, str]) -> str:
    """`st.cache_data` -> "streamlit.cache_data"; "" for what is not a dotted name."""
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        owner = full_name(node.value, known)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def bounded(call: ast.Call) -> bool:
    return any(
        word.arg == "max_entries" and not (isinstance(word.value, ast.Constant) and word.value.value is None)
        for word in call.keywords
    )


def faults(source: str, folder: str) -> Iterator[str]:
    """One "line: sentence" for everything in a file of this folder that the house bars."""
    tree = ast.parse(source)
    known = aliases(tree)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Name, ast.Attribute)):
            name = full_name(node, known)
            if name in BARRED:
                yield f"{node.lineno}: {name}: {BARRED[name]}"
            if isinstance(node, ast.Attribute) and node.attr == "extractall":
                yield f"{node.lineno}: extractall: read entries one by one, each with its own limit"
            if name == "time.sleep" and folder == "pages":
                yield f"{node.lineno}: time.sleep: a page never waits, use a run_every fragment"
            if name == "streamlit.stop" and folder == "pages":
                yield f"{node.lineno}: st.stop: it ends the frame around the page too, use if and else"
            if name == "print" and folder == "dlcore":
                yield f"{node.lineno}: print: dlcore yields events, only its cli prints"
        if isinstance(node, ast.Call):
            if full_name(node.func, known) in CACHES and not bounded(node):
                yield f"{node.lineno}: a cache needs max_entries"
            for word in node.keywords:
                harmless = isinstance(word.value, ast.Constant) and word.value.value is False
                if word.arg in UNSAFE and not harmless:
                    yield f"{node.lineno}: {word.arg} lets data run as code in the browser"
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for decorator in node.decorator_list:
                if full_name(decorator, known) in CACHES:
                    yield f"{decorator.lineno}: a cache needs max_entries"


def test_no_barred_call_in_the_house() -> None:
    paths = [path for folder in ("dlcore", "ui", "pages") for path in (ROOT / folder).rglob("*.py")]
    paths += [path for path in [ROOT / "app.py"] if path.exists()]
    assert ROOT / "dlcore" / "errors.py" in paths
    found = []
    for path in paths:
        where = path.relative_to(ROOT)
        folder = "cli" if where.parts[:2] == ("dlcore", "cli") else where.parts[0]
        source = path.read_text(encoding="utf-8")
        found += [
            f"{where}:{fault}"
            for fault in faults(source, folder)
            if not (where.as_posix() in OWN_PIPE and "pickle.load" in fault)
            and not any(f" {name}: " in fault for name in OWN_BYTES.get(where.as_posix(), ()))
        ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "folder"),
    [
        ("import torch\ntorch.load('x')", "dlcore"),
        ("from torch import load as fetch\nfetch('x')", "ui"),
        ("import torch.jit\ntorch.jit.load('x')", "dlcore"),
        ("import torch\ntorch.export.load('x')", "dlcore"),
        ("import pickle as p\np.load(file)", "dlcore"),
        ("zipped.extractall('x')", "dlcore"),
        ("st.markdown(text, unsafe_allow_html=True)", "pages"),
        ("st.html(text, unsafe_allow_javascript=allowed)", "ui"),
        ("import streamlit as st\n@st.cache_data\ndef f(): ...", "ui"),
        ("import streamlit as st\n@st.cache_resource(ttl=5)\ndef f(): ...", "ui"),
        ("from streamlit import cache_data\n@cache_data(max_entries=None)\ndef f(): ...", "ui"),
        ("import time\ntime.sleep(1)", "pages"),
        ("from time import sleep\nsleep(1)", "pages"),
        ("import streamlit as st\nst.stop()", "pages"),
        ("print('x')", "dlcore"),
    ],
)
def test_the_lint_sees(source: str, folder: str) -> None:
    assert len(list(faults(source, folder))) == 1


@pytest.mark.parametrize(
    ("source", "folder"),
    [
        ("import streamlit as st\n@st.cache_data(max_entries=8)\ndef f(): ...", "ui"),
        ("import streamlit as st\nst.cache_data.clear()", "ui"),
        ("st.markdown(text, unsafe_allow_html=False)", "pages"),
        ("import json\njson.load(file)", "dlcore"),
        ("import time\ntime.sleep(1)", "dlcore"),
        ("print('x')", "cli"),
    ],
)
def test_the_lint_lets_pass(source: str, folder: str) -> None:
    assert list(faults(source, folder)) == []


# --- How long things may be ---------------------------------------------------------------------

LINES_OF_A_FILE, LINES_OF_A_FUNCTION = 300, 60
LINES_OF_A_PAGE, LONGER_PAGES = 220, 3  # what is part of a page, and stands alone, lies in ui/views/


def too_long(source: str) -> Iterator[str]:
    """What is longer than it may be in a file, the file itself too."""
    if (lines := len(source.splitlines())) > LINES_OF_A_FILE:
        yield f"{lines} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LINES_OF_A_FUNCTION:
                yield f"{node.name}: {lines} lines"


def test_no_file_and_no_function_is_too_long() -> None:
    paths = [path for folder in ("dlcore", "ui", "pages") for path in (ROOT / folder).rglob("*.py")]
    assert ROOT / "dlcore" / "errors.py" in paths
    found = [
        f"{path.relative_to(ROOT)}: {what}"
        for path in paths
        for what in too_long(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_few_pages_are_long() -> None:
    paths = (ROOT / "pages").rglob("*.py")
    lines = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    longer = {name: count for name, count in lines.items() if count > LINES_OF_A_PAGE}
    assert len(longer) <= LONGER_PAGES, longer


def test_what_is_too_long_is_seen() -> None:
    body = "    x = 1\n"
    assert list(too_long(f"def f():\n{59 * body}")) == []
    assert list(too_long(f"class A:\n    async def f():\n{60 * ('    ' + body)}")) == ["f: 61 lines"]
    assert list(too_long("x = 1\n" * 300)) == []
    assert list(too_long("x = 1\n" * 301)) == ["301 lines"]


# --- The server's settings --------------------------------------------------------------------

REQUIRED = {
    "server.address": "127.0.0.1",
    "server.headless": True,
    "server.maxUploadSize": 20,
    "server.maxMessageSize": 8,
    "server.maxWidgetStateSize": 2,
    "server.fileWatcherType": "none",
    "server.enableStaticServing": False,
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "client.toolbarMode": "viewer",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "browser.gatherUsageStats": False,
    "runner.postScriptGC": False,
    "runner.magicEnabled": False,
}


def flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return dict(flat(tomllib.loads(SETTINGS.read_text(encoding="utf-8"))))


def test_the_server_is_set_safely(settings: dict[str, Any]) -> None:
    assert {key: settings.get(key) for key in REQUIRED} == REQUIRED


def test_streamlit_knows_every_setting(settings: dict[str, Any]) -> None:
    assert set(settings) - set(streamlit_config.get_config_options()) == set()


def test_the_theme_fetches_nothing(settings: dict[str, Any]) -> None:
    theme = {key: value for key, value in settings.items() if key.startswith("theme.")}
    assert theme
    assert "//" not in json.dumps(theme)


def test_the_chart_scales_have_the_ten_colours_streamlit_asks_for(
    settings: dict[str, Any],
) -> None:
    scales = [v for k, v in settings.items() if k.endswith(("SequentialColors", "DivergingColors"))]
    assert [len(set(scale)) for scale in scales] == [10, 10, 10]


# --- Names in ui/ -----------------------------------------------------------------------------


def taken(name: str) -> bool:
    """Whether ui/<name> would hide a library, since Streamlit puts ui/ first on sys.path."""
    libraries = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    ours = {"app", "dlcore", "pages", "tests", "benchmarks"}
    return (
        name in ours or name in sys.stdlib_module_names or PathFinder.find_spec(name, libraries) is not None
    )


def test_no_file_in_ui_hides_a_library() -> None:
    assert taken("plotly")
    assert taken("json")
    assert not taken("router")
    names = {path.name.partition(".")[0] for path in (ROOT / "ui").iterdir()}
    assert {name for name in names - {"__init__", "__pycache__", ""} if taken(name)} == set()
