"""What the pages import, before somebody opens them: a cold page keeps a whole room waiting for seconds."""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

PAGES = Path(__file__).parents[1] / "pages"
PAUSE_SECONDS = 0.05  # between two: whoever is there already is answered meanwhile


def modules_of(page: Path) -> Iterator[str]:
    """The modules that a page's own import statements name."""
    for node in ast.parse(page.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            package = import_module(node.module)
            for name in node.names:  # a module of a package, or something in a module
                if hasattr(package, "__path__") and find_spec(f"{node.module}.{name.name}"):
                    yield f"{node.module}.{name.name}"


def import_all(stopping: threading.Event) -> None:
    """Import them one after the other, until that is done or the server stops."""
    for page in sorted(PAGES.rglob("*.py")):
        for name in modules_of(page):
            import_module(name)
        if stopping.wait(PAUSE_SECONDS):
            return
