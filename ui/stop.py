"""One page as a stop on the path: what it is called, which question it answers, where it is found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Stop:
    """One page. Its address is its file: mnist/train.py is found at /mnist_train."""

    file: str  # below pages/
    title: str  # what a novice calls it
    icon: str
    word: str = ""  # what an expert calls it
    number: str = ""  # by which a teacher calls it
    teaches: str = ""  # what one can say afterwards
    minutes: int = 0  # that one spends there
    also: tuple[Stop, ...] = field(default=())  # the same question asked of another subject
    subject: str = ""  # where the same question is asked of several

    @property
    def address(self) -> str:
        return "" if self.file == "home.py" else self.file.removesuffix(".py").replace("/", "_")

    @property
    def folder(self) -> str:
        """Its subject."""
        return self.file.partition("/")[0]

    @property
    def label(self) -> str:
        """In the sidebar, at the head of a browser's tab, and in links."""
        return f"{self.number} {self.title}".strip()

    @property
    def heading(self) -> str:
        """Markdown, with the expert's word in grey."""
        return f"{self.label} :gray[· {self.word}]" if self.word else self.label
