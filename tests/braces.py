"""Where the functions of a script for the browser begin and end, by its brackets.

Texts, templates with code in them, comments and regular expressions are told apart; what cannot be read so is
an error, never a guess. A function without braces ends at the comma, the semicolon or the bracket after it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

COMMENT = re.compile(r"\s+|//[^\n]*|/\*.*?\*/", re.DOTALL)
TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|[\w$#]+|=>|\+\+|--|[^\w\s"'`]""", re.DOTALL
)
TEMPLATE = re.compile(r"[`}](?:[^`\\$]|\\.|\$(?!\{))*(?:`|\$\{)", re.DOTALL)  # up to code in it, or its end
REGEX = re.compile(r"(?P<text>/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*)")
CLOSES = {")": "(", "]": "[", "}": "{"}
NO_PARAMETERS = {"if", "for", "while", "with", "switch", "catch", "await"}  # before parentheses
# A slash after one of these words begins a regular expression.
NO_VALUES = {"return", "throw", "typeof", "void", "delete", "new", "in", "of", "instanceof", "case", "do"}
NO_VALUES |= {"else", "await", "yield"}


class UnreadableError(Exception):
    """The brackets of a script do not match, or a text in it has no end."""


@dataclass
class Bracket:
    mark: str
    line: int
    after: str = ""  # the token before it
    begun: int = 0  # the line its function begins in; 0 if it is no function's body
    arrows: list[int] = field(default_factory=list)  # the functions without braces that have begun in it


class Reader:
    def __init__(self, script: str) -> None:
        self.script, self.at, self.line = script, 0, 1
        self.before, self.before_line = "", 1  # the last token, and the line it ends in
        self.arrow = 1  # the line in which the function of the last => begins
        self.closed = Bracket("", 1)
        self.open = [Bracket("", 1)]
        self.found: list[tuple[int, int]] = []

    def read(self) -> list[tuple[int, int]]:
        while self.at < len(self.script):
            if not (comment := COMMENT.match(self.script, self.at)):
                self.take(self.token())
            else:
                self.at, self.line = comment.end(), self.line + comment[0].count("\n")
        if len(self.open) > 1:
            raise UnreadableError(f"line {self.open[-1].line}: {self.open[-1].mark} is not closed")
        self.end_arrows()
        return sorted(self.found)

    def token(self) -> re.Match[str]:
        first, pattern = self.script[self.at], TOKEN
        if first == "`" or (first == "}" and self.open[-1].mark == "${"):
            pattern = TEMPLATE
        elif first == "/" and not self.divides():
            pattern = REGEX
        if found := pattern.match(self.script, self.at):
            return found
        raise UnreadableError(f"line {self.line}: a text without an end")

    def divides(self) -> bool:
        """Whether a slash would stand after a value."""
        if self.before == ")":
            return self.closed.after not in NO_PARAMETERS
        return self.before not in NO_VALUES and bool(re.match(r"[\w$#\]}`]|\+\+|--", self.before))

    def take(self, token: re.Match[str]) -> None:
        mark, template = token[0], token.re is TEMPLATE
        if self.before == "=>" and mark != "{":
            self.open[-1].arrows.append(self.arrow)
        if mark == "=>":
            self.arrow = self.closed.line if self.before == ")" else self.before_line
        elif mark in {",", ";"}:
            self.end_arrows()
        elif mark in CLOSES or (template and mark[0] == "}"):
            self.close("${" if template else CLOSES[mark])
        if mark in {"(", "[", "{"} or (template and mark.endswith("${")):
            begun = self.begun() if mark == "{" else 0
            self.open.append(Bracket("${" if template else mark, self.line, self.before, begun))
        text = token.re is REGEX or (token.re is TOKEN and token["text"])
        self.at, self.line = token.end(), self.line + mark.count("\n")
        self.before, self.before_line = "0" if text else mark[-1] if template else mark, self.line

    def begun(self) -> int:
        """In which line the function begins whose body begins here; 0 if none does."""
        if self.before == "=>":
            return self.arrow
        return self.closed.line if self.before == ")" and self.closed.after not in NO_PARAMETERS else 0

    def close(self, mark: str) -> None:
        self.end_arrows()
        self.closed = self.open.pop()
        if self.closed.mark != mark:
            raise UnreadableError(f"line {self.line}: {self.closed.mark} of line {self.closed.line} is open")
        if self.closed.begun:
            self.found.append((self.closed.begun, self.line - self.closed.begun + 1))

    def end_arrows(self) -> None:
        arrows = self.open[-1].arrows
        self.found += [(line, self.before_line - line + 1) for line in arrows]
        arrows.clear()


def functions(script: str) -> list[tuple[int, int]]:
    """(the line it begins in, how many lines it has) of each function, those within others too."""
    return Reader(script).read()
