"""Text that would run, link or draw something if a page obeyed it."""

from __future__ import annotations

import re

from ui.messages import JOINER

BEGIN, END = "zq7", "7qz"  # around a payload, to find it again

SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<details open ontoggle=alert(1)>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "</style><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<style>@import 'http://evil.example'</style>",
)
MARKDOWN = (
    "[x](http://evil.example)",
    "[x](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "[x]: http://evil.example",
    "<http://evil.example>",
    "# x",
    "**x**",
    "`x`",
    "$x$",
    "$$\\href{http://evil.example}{x}$$",
    "| a |\n|---|",
    "> x",
    "- x",
    "1. x",
    "~~x~~",
    "***",
    "\\[x](http://evil.example)",
    "\\\\[x](http://evil.example)",
    ":red[x]",
    ":material/home:",
    ":streamlit:",
    ":smile:",
    ":+1:",
    ":small[x]",
    "a\n\n# x",
)
LINKS = (
    "http://evil.example",
    "https://evil.example/x?y=1",
    "HTTP://EVIL.EXAMPLE",
    "www.evil.example",
    "WWW.evil.example",
    "a@evil.example",
    "x.y+z@evil.example",
    "(www.evil.example)",
    "*www.evil.example*",
    "_a@evil.example_",
    "wwwww.evil.example",
    "http:\\//evil.example",
    "www\\.evil.example",
)
PAYLOADS = SCRIPTS + MARKDOWN + LINKS

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_SIGN = re.compile(r"[`*_{}\[\]<>#|~$]")
# What the browser looks for later: addresses (as in mdast-util-gfm-autolink-literal), emoji.
_FOUND_LATER = (
    re.compile(r"(https?://|www(?=\.))([-.\w]+)([^ \t\r\n]*)", re.IGNORECASE),
    re.compile(r"(?:^|(?<=[^\w.+-]))([-.\w+]+)@([-\w]+(?:\.[-\w]+)+)"),
    re.compile(r":[\w+-][\w+-]*:|:material/\w+:|:streamlit:"),
)


def obeyed(markdown: str) -> list[str]:
    """Of each payload in this Markdown of a page: what a browser would make of it, if anything."""
    found = []
    for part in markdown.split(BEGIN)[1:]:
        inside = part.partition(END)[0]
        bare = _ESCAPED.sub("", inside)  # with what stands behind a backslash gone, no sign is left
        found += [f"sign {sign} in {inside!r}" for sign in _SIGN.findall(bare)]
        read = _ESCAPED.sub(r"\1", inside)
        found += [f"{match[0]!r} in {inside!r}" for how in _FOUND_LATER for match in how.finditer(read)]
    return found


def seen(markdown: str) -> str:
    """What a reader sees of it."""
    return _ESCAPED.sub(r"\1", markdown).replace(JOINER, "")
