"""Which images a training page's runs learn from: the choice among the sets here, and what each is."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from dlcore.datasets.catalogue import VARIABLE, Entry, catalogue
from dlcore.datasets.dataset import MNIST
from dlcore.datasets.splits import fitting
from dlcore.errors import ConfigError, DataError
from dlcore.figures.digits import data_uri, digit_image
from dlcore.figures.judged import PICTURE
from dlcore.schema import Knob
from ui import assignments, form, state
from ui.messages import plain
from ui.training import TrainingPage

FIELD = "dataset"
CUT = "white-space:nowrap;text-overflow:ellipsis;overflow:hidden"
GRID = "display:grid;grid-template-columns:repeat(6,minmax(0,48px));gap:8px;font-size:.875rem"


class ImagesTraining(TrainingPage):
    """A training page whose runs learn from one of several sets of images."""

    def entry(self) -> Entry:
        """Of the set that is chosen."""
        return catalogue().find(st.session_state[self.key(FIELD)])

    def apply_preset(self) -> None:
        """On the images that are chosen: as many of them as there are."""
        if (preset := st.session_state[self.key("preset")]) is not None:
            form.write(self.page, _on(self.presets[preset].config, self.entry()))

    def begin(self, config: Any, threads: int) -> None:
        """Raises DataError if there are no such images here, ConfigError if there are fewer."""
        config = assignments.pinned(self.page, config)
        entry = catalogue().find(config.dataset)
        if config.train_size + config.val_size > entry.train:
            raise ConfigError(
                f"{entry.title} has {entry.train:,} images to learn and to choose from. Got "
                f"{config.train_size + config.val_size:,} instead: take fewer."
            )
        super().begin(config, threads)

    def read_link(self) -> None:
        """On the page's first run: a link can name only a set of this server, and needs no digest."""
        asked = st.query_params.get(self.key(FIELD))
        if asked is None or form.prepared(self.page):
            return
        try:
            st.query_params[self.key(FIELD)] = catalogue().find(asked).id
        except DataError as error:
            del st.query_params[self.key(FIELD)]
            st.warning(plain(f"{error} {MNIST.upper()} stands here."), icon=":material/link_off:")

    def settle(self, *, fresh: bool) -> None:
        """Before any widget is made: what a link or a run left open, or is here no more."""
        try:
            entry = self.entry()
        except DataError as error:
            st.warning(plain(f"{error} {MNIST.upper()} stands here."), icon=":material/link_off:")
            st.session_state[self.key(FIELD)] = MNIST
            entry = self.entry()
        if fresh:
            sizes = (self.key("train_size"), self.key("val_size"))
            train_size, val_size = (st.session_state[size] for size in sizes)
            found = fitting(train_size, val_size, entry.train)
            for size, count in zip(sizes, found, strict=True):
                st.session_state[size] = count

    def choose(self, knob: Knob) -> None:
        """The select, where there is a choice, and what is chosen."""
        sets = catalogue()
        if not assignments.as_text(self.page, knob) and len(sets.entries) > 1:
            st.selectbox(
                knob.title,
                list(sets.entries),
                format_func=lambda dataset: sets.entries[dataset].title,
                key=self.key(FIELD),
                help=knob.help,
                on_change=self._chosen,
                persist_state="session",
            )
        if (entry := self.entry()).name != MNIST:
            show(entry)
        if sets.refused and state.teaches():
            with st.expander(f"{len(sets.refused)} not offered from {VARIABLE}", key=self.key("refused")):
                for sentence in sets.refused:
                    st.markdown(plain(sentence))

    def _chosen(self) -> None:
        """As many images as the preset wants, or as there are."""
        preset = st.session_state[self.key("preset")] or next(iter(self.presets))
        config = _on(self.presets[preset].config, self.entry())
        for name in ("train_size", "val_size"):
            st.session_state[self.key(name)] = getattr(config, name)


def _on(config: Any, entry: Entry) -> Any:
    train_size, val_size = fitting(config.train_size, config.val_size, entry.train)
    return config.replace(dataset=entry.id, train_size=train_size, val_size=val_size)


def show(entry: Entry) -> None:
    """What it is, how many there are, and twelve of them."""
    st.caption(f"{plain(entry.about)} {entry.train:,} images to learn from, {entry.test:,} to test with.")
    st.html(tiles_html(entry))


def tiles_html(entry: Entry) -> str:
    """Six in a row, on any screen; a long name is cut, and whole where one points at it."""
    tiles = []
    for pixels, label in zip(entry.images, entry.labels, strict=True):
        name = escape(entry.classes[label])
        tiles.append(
            f'<figure style="margin:0;text-align:center;overflow:hidden" title="{name}">'
            f'<img src="{data_uri(digit_image(pixels, len(pixels)))}" alt="An image of the class {name}" '
            f'style="{PICTURE};border:1px solid rgba(128,128,128,.35)">'
            f'<figcaption style="{CUT}">{name}</figcaption></figure>'
        )
    return f'<div class="examples" style="{GRID}">{"".join(tiles)}</div>'
