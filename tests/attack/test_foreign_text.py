"""Text that is not ours comes to Markdown by `messages.plain` alone: read in the source of every page.

Not ours are the words of an error (SQLite's among them), the reason of a run or a task, names of runs, what
is wrong with a file or the data folder, and what stands in an address. It is followed through assignments,
f-strings, joins and what functions of pages/ and ui/ give back.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Set
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MARKDOWN = {  # of Streamlit: what they are given first, or under these names, the browser reads as Markdown
    *("markdown", "write", "caption", "title", "header", "subheader", "toast", "badge", "spinner"),
    *("error", "warning", "info", "success", "metric", "status", "progress", "expander", "popover", "tabs"),
    *("button", "download_button", "link_button", "page_link", "checkbox", "toggle", "radio", "pills"),
    *("segmented_control", "selectbox", "multiselect", "slider", "select_slider", "number_input"),
    *("text_input", "text_area", "file_uploader", "camera_input"),
}
READ = {"body", "label", "text", "help", "captions"}
OPTIONS = {"radio", "pills", "segmented_control"}  # of all others the options are plain text
FOREIGN = {
    *("reason", "problem", "trouble", "notice", "suspicion", "strerror", "source", "sentence"),
    *("query_params", "session_state"),
}
SAID = {"sentence", "sentences", "unknown", "error", "reason"}  # names for what was put together elsewhere
RUNS = {"run", "other", "first", "second", "last"}  # whose names somebody has typed
SAFE = {"plain"}
PASSING = {
    *("str", "join", "format", "strip", "lower", "capitalize", "replace"),
    *("explain", "short", "get", "pop"),
}


def called(call: ast.Call, rooms: Set[str]) -> str:
    """The name of a function of ours: called as it is, of a module, or of the object itself; else ""."""
    match call.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in rooms:
            return name
    return ""


class Scope:
    """The module itself or a function of it, without the functions in it."""

    def __init__(self, node: ast.AST, rooms: Set[str], giving: Set[str]) -> None:
        self.nodes, self._rooms, self._giving = list(_own(node)), rooms, giving
        self._known: set[str] = set()  # names that stand for foreign text
        before = -1
        while before < len(self._known):
            before = len(self._known)
            for part in self.nodes:
                self._known |= self._named_by(part)

    def _named_by(self, node: ast.AST) -> set[str]:
        match node:
            case ast.ExceptHandler(name=str(name)):
                return {name}
            case ast.Assign(targets=targets, value=value):
                pass
            case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
                targets = [target]
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                targets = [target]
            case _:
                return set()
        if not self.foreign(value):
            return set()
        return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}

    def foreign(self, node: ast.expr) -> bool:
        """May what this gives hold text that is not ours, as it came?"""
        match node:
            case ast.Name(id=name):
                return name in self._known or name in SAID
            case ast.Attribute(value=ast.Name(id=owner), attr="name"):
                return owner in RUNS
            case ast.Attribute(value=ast.Subscript(), attr="name"):
                return True
            case ast.Attribute(value=ast.Attribute(attr="finding") | ast.Name(id="finding"), attr="text"):
                return True
            case ast.Attribute(attr=name):
                return name in FOREIGN
            case ast.Call(func=func, args=args):
                return self._given_by(node, func, args)
            case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
                return self.foreign(one) or self.foreign(other)
            case ast.Lambda(body=inner) | ast.ListComp(elt=inner) | ast.GeneratorExp(elt=inner):
                return self.foreign(inner)
            case ast.FormattedValue(format_spec=ast.JoinedStr()):
                return False  # a number
            case ast.FormattedValue(value=inner) | ast.Subscript(value=inner) | ast.NamedExpr(value=inner):
                return self.foreign(inner)
            case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts):
                return any(map(self.foreign, parts))
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return any(map(self.foreign, parts))
        return False

    def _given_by(self, call: ast.Call, func: ast.expr, args: list[ast.expr]) -> bool:
        name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        if name in SAFE:
            return False
        if name in PASSING:
            of = [func.value] if isinstance(func, ast.Attribute) else []
            return any(map(self.foreign, [*of, *args]))
        return called(call, self._rooms) in self._giving

    def gives(self) -> bool:
        returned = (node.value for node in self.nodes if isinstance(node, ast.Return))
        return any(value is not None and self.foreign(value) for value in returned)

    def faults(self) -> Iterator[str]:
        for node in self.nodes:
            match node:
                case ast.Call(func=ast.Attribute(attr=name)) if name in MARKDOWN:
                    words = READ | ({"format_func"} if name in OPTIONS else set())
                    read = [*node.args[:1], *(word.value for word in node.keywords if word.arg in words)]
                    yield from (
                        f"{node.lineno}: {ast.unparse(value)}" for value in read if self.foreign(value)
                    )


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _own(child)


def rooms_of(tree: ast.AST) -> set[str]:
    """The modules that it knows by name, and `self`."""
    imports = (node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)))
    return {"self"} | {one.asname or one.name for node in imports for one in node.names}


def unescaped(sources: Mapping[str, str]) -> list[str]:
    """ "file:line: expression" for everything that comes to Markdown as it came to us."""
    trees = {file: ast.parse(source) for file, source in sources.items()}
    functions = {
        file: [node for node in ast.walk(tree) if _is_function(node)] for file, tree in trees.items()
    }
    giving: set[str] = set()
    before = -1
    while before < len(giving):
        before = len(giving)
        for file, tree in trees.items():
            rooms = rooms_of(tree)
            giving |= {node.name for node in functions[file] if Scope(node, rooms, giving).gives()}
    return [
        f"{file}:{fault}"
        for file, tree in trees.items()
        for scope in chain([tree], functions[file])
        for fault in Scope(scope, rooms_of(tree), giving).faults()
    ]


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))


def test_no_page_hands_foreign_text_to_markdown_as_it_came() -> None:
    paths = [path for folder in ("pages", "ui") for path in sorted((ROOT / folder).rglob("*.py"))]
    assert ROOT / "ui" / "router.py" in paths
    assert unescaped({str(path.relative_to(ROOT)): path.read_text("utf-8") for path in paths}) == []


OF_AN_ERROR = """
def f():
    try: work()
    except StoreError as error: st.warning({})
"""


@pytest.mark.parametrize(
    "source",
    [
        OF_AN_ERROR.format("str(error)"),
        OF_AN_ERROR.format('f"It is gone: {error}"'),
        OF_AN_ERROR.format('"It is gone: " + str(error)'),
        OF_AN_ERROR.format("explain(str(error).strip())"),
        'def f(run): st.markdown(f"**{run.name}**")',
        "def f(run): st.warning(run.reason)",
        "def f(asked): box.caption(asked.reason or 'It failed.')",
        "def f(file):\n    said = file.problem\n    with box: st.error(said if said else '')",
        "for sentence in services.store().notice: st.warning(sentence)",
        "def why(run): return f'Why: {run.reason}'\ndef f(run): st.info(why(run))",
        "def why(task): return task.reason\ndef more(task): return why(task)\ndef f(t): st.toast(more(t))",
        "def f(shown): st.markdown(f'**It shows:** {shown.finding.text}')",
        "st.title(st.query_params.get('run'))",
        "sentence = st.session_state.pop('refusal', '')\nst.error(sentence)",
        "for said in said_of(file): st.error(said if said else sentences[0])",
        "def f(runs): st.button('x', help=' '.join([run.name for run in runs]))",
        "def f(runs): st.pills('x', runs, format_func=lambda run: run.name)",
    ],
)
def test_what_comes_as_it_came_is_seen(source: str) -> None:
    assert len(unescaped({"page.py": source})) == 1


@pytest.mark.parametrize(
    "source",
    [
        OF_AN_ERROR.format("messages.plain(str(error))"),
        OF_AN_ERROR.format('f"It is gone: {plain(str(error))}"'),
        'def f(run): st.markdown(f"**{plain(run.name)}** of {run.step}")',
        "def f(run): st.warning('It has one.' if run.reason else 'It has none.')",
        "def why(run): return plain(run.reason)\ndef f(run): st.info(why(run))",
        "def f(run): st.text_input('Name', run.name)",
        "def f(run): st.code(run.reason)",
        "def f(runs): st.selectbox('x', runs, format_func=lambda run: run.name)",
        "st.title(f\"Epoch {st.session_state['epoch']:d}\")",
    ],
)
def test_what_is_made_plain_passes(source: str) -> None:
    assert unescaped({"page.py": source}) == []
