"""Which images a training page's runs learn from: the choice among the sets here, and what each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from dlcore.cards import Card
from dlcore.datasets.catalogue import VARIABLE, Entry, catalogue, class_names
from dlcore.datasets.dataset import MNIST
from dlcore.datasets.splits import check_fits, on_images
from dlcore.errors import ConfigError, DataError
from dlcore.figures.digits import data_uri, digit_image
from dlcore.figures.judged import PICTURE
from dlcore.schema import Knob, knobs
from ui import assignments, form, state
from ui.messages import plain
from ui.training import TrainingPage

FIELD = "dataset"
SIZES = ("train_size", "val_size")
LONGEST_SIZE = 9  # digits that are read of a link
RARE, SHARE = "rare_digit", "rare_share"
RARE_HELP = "A class of which training sees little: others come in its place. The test stays as it is."
SHARE_HELP = "How much of the rare class's training images is left, if one is rare."
CUT = "white-space:nowrap;text-overflow:ellipsis;overflow:hidden"
GRID = "display:grid;grid-template-columns:repeat(6,minmax(0,48px));gap:8px;font-size:.875rem"


class ImagesTraining(TrainingPage):
    """A training page whose runs learn from one of several sets of images."""

    def entry(self) -> Entry:
        """Of the set that is chosen."""
        return catalogue().find(st.session_state[self.key(FIELD)])

    def worded(self) -> Mapping[str, Knob]:
        """The knobs; what is rare is a class of the chosen images."""
        found, entry = knobs(self.config), self.entry()
        if entry.id == MNIST:
            return found
        now = st.session_state[self.key(RARE)]
        names = dict(zip(found[RARE].options, ("None", *class_names(entry.id)), strict=True))
        here = {"none", now, *map(str, range(len(entry.classes)))}
        options = {value: words for value, words in names.items() if value in here}
        rare = replace(found[RARE], title="Rare class", options=options, help=RARE_HELP)
        return {**found, RARE: rare, SHARE: replace(found[SHARE], help=SHARE_HELP)}

    def fitted(self, config: Any) -> Any:
        return fitted(config)

    def config_of_preset(self, preset: str) -> Any:
        """On the images that are chosen: as many of them as there are."""
        return on_images(self.presets[preset].config, self.entry())

    def set_up(self, card: Card) -> str:
        """As a card says. Cards speak of MNIST's digits: said where others were chosen."""
        before = self.entry().id
        self.apply_card(card)
        return "" if before == MNIST else "on MNIST digits"

    def start(self) -> None:
        """Raises ConfigError, which says how many images there are, if there are fewer than are asked for."""
        check_fits(self.entry(), *(st.session_state[self.key(size)] for size in SIZES))
        super().start()

    def begin(self, config: Any, threads: int) -> None:
        """Raises DataError if there are no such images here, ConfigError if there are fewer."""
        config = assignments.pinned(self.page, config)
        check_fits(catalogue().find(config.dataset), config.train_size, config.val_size)
        super().begin(config, threads)

    def choose(self, knob: Knob) -> None:
        """The select, where there is a choice, and what is chosen."""
        choose(self.page, knob, self.configs)
        if (refused := catalogue().refused) and state.teaches():
            with st.expander(f"{len(refused)} not offered from {VARIABLE}", key=self.key("refused")):
                for sentence in refused:
                    st.markdown(plain(sentence))


# --- For any page that has a knob for its images ------------------------------------------------


def read_link(page: str, *, after: str = "") -> None:
    """On the page's first run: a link can name only a set of this server, and needs no digest. A plain
    address takes the set that is chosen on the page that this one comes `after`.
    """
    name = form.key(page, FIELD)
    plainly = st.session_state.get(form.key(after, FIELD)) if after and not form.given(page) else None
    asked = st.query_params.get(name, plainly)
    if asked is None or form.prepared(page):
        return
    try:
        entry = catalogue().find(asked)
        st.query_params[name] = entry.id
        _take_what_there_is(page, entry)
    except DataError as error:
        st.query_params.pop(name, None)
        st.warning(plain(f"{error} {MNIST.upper()} stands here."), icon=":material/link_off:")


def _take_what_there_is(page: str, entry: Entry) -> None:
    """Of a link that asks for more images than the set has, the sizes are left out."""
    said = [st.query_params.get(form.key(page, size), "")[:LONGEST_SIZE] for size in SIZES]
    try:
        check_fits(entry, *(int(count) if count.isdecimal() else 0 for count in said))
    except ConfigError as error:
        st.warning(plain(str(error)), icon=":material/link_off:")
        for size in SIZES:
            st.query_params.pop(form.key(page, size), None)


def fitted(config: Any) -> Any:
    """With as many images of its set as there are; unchanged where that set is not here."""
    try:
        return on_images(config, catalogue().find(config.dataset))
    except DataError:
        return config


def settle(page: str) -> None:
    """Before any widget is made: a set that is here no more gives way to the digits."""
    name = form.key(page, FIELD)
    try:
        catalogue().find(st.session_state[name])
    except DataError as error:
        st.warning(plain(f"{error} {MNIST.upper()} stands here."), icon=":material/link_off:")
        st.session_state[name] = MNIST


def choose(page: str, knob: Knob, configs: Mapping[str, Any] | None = None) -> None:
    """The select, where there is a choice, and what is chosen. Where the page has sizes, they become those
    of the preset among its `configs`, or as many as there are.
    """
    entries, name = catalogue().entries, form.key(page, FIELD)

    def chosen() -> None:
        if configs is not None and st.session_state[name] in entries:
            preset = st.session_state[form.key(page, "preset")] or next(iter(configs))
            config = on_images(configs[preset], catalogue().find(st.session_state[name]))
            for size in SIZES:
                st.session_state[form.key(page, size)] = getattr(config, size)

    if not assignments.as_text(page, knob) and len(entries) > 1:
        st.selectbox(
            knob.title,
            list(entries),
            form.place(page, knob, list(entries)),
            format_func=lambda dataset: entries[dataset].title,
            help=knob.help,
            **form.field(page, knob, chosen),
        )
    if (entry := catalogue().find(st.session_state[name])).name != MNIST:
        show(entry)


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
