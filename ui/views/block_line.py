"""A line of blocks under one's hands: chosen, changed, moved, taken out, added, written as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import streamlit as st

from dlcore.builder import edits
from dlcore.builder.config import BuilderConfig
from dlcore.errors import ConfigError
from dlcore.nets.blocks import KINDS, Block, BlockKind, parse_blocks, text_of
from dlcore.nets.shapes import Plan
from dlcore.presets import Preset
from ui import form, messages
from ui.explain import explain
from ui.showing import shows


@dataclass(frozen=True)
class BlockLine:
    """The blocks of a page, kept as text in its session, and the widgets that change them."""

    page: str
    presets: Mapping[str, Preset[BuilderConfig]]

    def key(self, name: str) -> str:
        return form.key(self.page, name)

    @property
    def layers(self) -> str:
        """The key of the text."""
        return self.key("layers")

    @property
    def at(self) -> str:
        """The key of the chosen position."""
        return self.key("at")

    # --- callbacks ----------------------------------------------------------------------------

    def blocks(self) -> tuple[Block, ...]:
        return parse_blocks(st.session_state[self.layers])

    def write(self, blocks: tuple[Block, ...], at: int) -> None:
        """These blocks, the one at this position chosen. Raises ConfigError if one cannot be read."""
        st.session_state[self.layers] = text_of(parse_blocks(text_of(blocks)))
        st.session_state[self.at] = at
        self.name()

    def name(self) -> None:
        """The preset whose blocks stand here; None if they are nobody's."""
        layers = st.session_state[self.layers]
        same = (name for name, preset in self.presets.items() if preset.config.layers == layers)
        st.session_state[self.key("preset")] = next(same, None)

    def start_from(self, preset: str | None) -> None:
        st.session_state[self.key("preset")] = preset
        if preset is not None:
            self.write(parse_blocks(self.presets[preset].config.layers), 0)

    def choose(self, at: int | None) -> None:
        st.session_state[self.at] = at

    def add(self, kind: BlockKind) -> None:
        """Behind the chosen block; where none is, in front."""
        at = st.session_state[self.at]
        self.write(edits.added(self.blocks(), -1 if at is None else at, kind), 0 if at is None else at + 1)

    def change(self, at: int, block: Block, name: str, number: float) -> None:
        """Nothing, if it is no longer this block that stands there: a slow line tells of it late."""
        blocks = self.blocks()
        if at < len(blocks) and blocks[at] == block:
            self.write(edits.changed(blocks, at, name, number), at)

    def move(self, at: int, by: int) -> None:
        self.write(edits.moved(self.blocks(), at, by), at + by)

    def remove(self, at: int) -> None:
        self.write(edits.removed(self.blocks(), at), max(0, at - 1))

    def end(self) -> None:
        self.write(edits.ended(self.blocks()), len(self.blocks()))

    def take_line(self, line: str) -> None:
        st.session_state[self.key("line")] = line  # what is refused stands there to be mended
        try:
            if not line.strip():  # by mistake: nothing brings back what Enter would throw away
                raise ConfigError("A line must name at least one block. Got an empty one instead.")
            self.write(parse_blocks(line), 0)
        except ConfigError as error:
            st.session_state[self.key("untaken")] = str(error)
            # Its box comes below the line, which may stand at the bottom of the screen.
            st.toast(messages.plain(str(error)), icon=":material/error:")
            return
        st.session_state[self.key("untaken")] = ""
        st.session_state[self.key("line_shows")] = st.session_state[self.layers]

    @property
    def refused(self) -> str:
        """Why the line that stands there was not taken; "" if it was."""
        stands = st.session_state.get(self.key("line_shows")) == st.session_state[self.layers]
        return str(st.session_state.get(self.key("untaken"), "")) if stands else ""

    # --- the page -----------------------------------------------------------------------------

    def _choose(self, found: Plan) -> int | None:
        """The line of blocks; one of them is chosen."""
        blocks, broken = found.blocks, found.problem.position if found.problem else None
        at = st.session_state.get(self.at) or 0
        st.session_state[self.at] = max(0, min(at, len(blocks) - 1)) if blocks else None

        def words(position: int) -> str:
            if position >= len(blocks):
                return ""
            return f"{'✗ ' if position == broken else ''}{position + 1} {blocks[position].text}"

        st.pills(
            "From the image to ten logits",
            range(len(blocks)),
            format_func=words,
            help="Choose a block to change, move or take out. A new one comes behind it.",
            wrap=True,
            required=True,
            default=(at := st.session_state[self.at]),
            **shows(self.at, at, self.choose),
        )
        chosen: int | None = st.session_state[self.at]
        return chosen

    def _edit(self, blocks: tuple[Block, ...], at: int) -> None:
        """The numbers of the chosen block, its place, and its end."""
        block = blocks[at]
        kind = KINDS[block.kind]
        st.markdown(explain(f"**Block {at + 1}, {kind.title}.** {kind.help}"))
        columns = st.columns(2)
        for position, one in enumerate(kind.fields):
            cast: Callable[[float], float] = int if one.whole else float
            change = messages.guarded(self.page, partial(self.change, at, block, one.name))
            with columns[position % 2]:
                st.number_input(
                    one.title,
                    cast(one.low),
                    cast(one.high),
                    (value := cast(block.numbers[one.name])),
                    step=cast(1 if one.whole else 0.05),
                    help=one.help,
                    **shows(self.key(f"number_{one.name}"), value, change),
                )
        with st.container(horizontal=True, key=self.key("place")):
            back, on = partial(self.move, by=-1), partial(self.move, by=1)
            earlier, later = ":material/arrow_back:", ":material/arrow_forward:"
            st.button(
                "Earlier", icon=earlier, key=self.key("earlier"), on_click=back, args=(at,), disabled=at == 0
            )
            last = at == len(blocks) - 1
            st.button("Later", icon=later, key=self.key("later"), on_click=on, args=(at,), disabled=last)
            st.button(
                "Take out", icon=":material/delete:", key=self.key("remove"), on_click=self.remove, args=(at,)
            )

    def controls(self, found: Plan) -> None:
        at = self._choose(found)
        if at is not None:
            self._edit(found.blocks, at)
        st.markdown("Add behind it" if at is not None else "Add in front")
        with st.container(horizontal=True, gap="xsmall", key=self.key("add")):
            for kind, about in KINDS.items():
                add = messages.guarded(self.page, partial(self.add, kind))
                st.button(about.title, key=self.key(f"add_{kind}"), on_click=add)
        shown = self.key("line_shows")
        layers = st.session_state[self.layers]
        if st.session_state.get(shown) != layers or self.key("line") not in st.session_state:
            # What was refused stays to be mended.
            st.session_state[self.key("line")] = st.session_state[shown] = layers
            st.session_state[self.key("untaken")] = ""
        st.text_input(  # a longer line than may be is refused in a sentence: a counter would hide its end
            "As one line",
            (line := st.session_state[self.key("line")]),
            help="The same blocks, a comma between each: copy the line, or write your own and press Enter.",
            **shows(self.key("line"), line, messages.guarded(self.page, self.take_line)),
        )
        if self.refused:
            st.error(messages.plain(self.refused), icon=":material/error:")
