"""The cleaner: the most doubtful labels first; keep, relabel or delete, and nothing of it is forgotten."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dlcore.classifier.cleaning import suspects
from dlcore.classifier.collection import Collection
from dlcore.classifier.judge import Judged
from dlcore.classifier.project import Decision
from dlcore.classifier.squares import thumbnail
from dlcore.words import count_of, vote_percent
from ui import form, messages, services, state

AT_ONCE = 12
WIDTH, SIDE = 155, 128  # pixels: two beside each other on a phone
UNDECIDED, KEEP, DELETE = "Undecided", "Keep", "Delete"


class Cleaner:
    """`applied` are the decisions that the training has heard of; the rest waits for the next round."""

    def __init__(self, page: str) -> None:
        self.page = page

    def key(self, name: str) -> str:
        return form.key(self.page, name)

    @property
    def decisions(self) -> Mapping[str, Decision]:
        """All that this visitor has ever decided, as the store has it."""
        return services.store().decisions_of(state.owner())

    @property
    def applied(self) -> Mapping[str, Decision]:
        found: Mapping[str, Decision] = st.session_state.setdefault(self.key("applied"), self.decisions)
        return found

    # --- callbacks ----------------------------------------------------------------------------

    def _decide(self, digest: str, name: str) -> None:
        said = st.session_state[name]
        decision = None
        if said == KEEP:
            decision = Decision("keep")
        elif said == DELETE:
            decision = Decision("delete")
        elif said not in (None, UNDECIDED):
            decision = Decision("relabel", str(said).removeprefix("→ "))
        services.store().decide(state.owner(), digest, decision)

    def train_again(self) -> None:
        st.session_state[self.key("applied")] = self.decisions
        self.look_again()

    def take_back(self) -> None:
        for digest in self.decisions:
            services.store().decide(state.owner(), digest, None)
        self.train_again()

    def look_again(self) -> None:
        st.session_state.pop(self.key("order"), None)
        st.session_state[self.key("from")] = 0

    def _turn(self, by: int) -> None:
        st.session_state[self.key("from")] = max(0, st.session_state.get(self.key("from"), 0) + by)

    # --- the page -----------------------------------------------------------------------------

    def show(self, collection: Collection, judged: Judged) -> None:
        """Twelve pictures, in an order that stands still until one trains again."""
        stored = dict(self.decisions)
        pictures = {picture.digest: place for place, picture in enumerate(collection.pictures)}
        ranked = [collection.pictures[int(place)].digest for place in suspects(judged)]
        order: list[str] = st.session_state.setdefault(self.key("order"), ranked)
        order = [digest for digest in order if digest in pictures] or ranked
        first = min(st.session_state.get(self.key("from"), 0), max(0, len(order) - 1))
        waiting = {digest: found for digest, found in stored.items() if self.applied.get(digest) != found}
        waiting |= {digest: found for digest, found in self.applied.items() if digest not in stored}
        with st.container(horizontal=True):
            for digest in order[first : first + AT_ONCE]:
                with st.container(width=WIDTH):
                    self._one(collection, judged, pictures[digest], stored.get(digest))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                f"Train again with {count_of(len(waiting), 'new decision')}" if waiting else "Train again",
                type="primary" if waiting else "secondary",
                icon=":material/model_training:",
                key=self.key("again"),
                on_click=self.train_again,
                disabled=not waiting,
            )
            st.button(
                "Earlier twelve",
                key=self.key("earlier"),
                on_click=self._turn,
                args=(-AT_ONCE,),
                disabled=first == 0,
            )
            st.button(
                "Next twelve",
                key=self.key("next"),
                on_click=self._turn,
                args=(AT_ONCE,),
                disabled=first + AT_ONCE >= len(order),
            )
            if stored:
                st.button("Take all back", key=self.key("take_back"), on_click=self.take_back)
        if stored:
            count = count_of(len(stored), "decision")
            st.caption(
                f"{count} written down on this server: they hold after a reload, and for whoever "
                "brings the same picture again under your name."
            )

    def _one(self, collection: Collection, judged: Judged, place: int, decided: Decision | None) -> None:
        picture = collection.pictures[place]
        given, said = int(judged.labels[place]), int(judged.predictions[place])
        names = judged.classes
        share = vote_percent(float(judged.shares[place, said]), brief=True)
        st.image(thumbnail(picture, SIDE), width=SIDE, alt=f"A picture labelled {names[given]}")
        st.markdown(
            f"label **{messages.plain(names[given])}**  \nit says {messages.plain(names[said])}, {share}"
        )
        options = [UNDECIDED, KEEP, DELETE, *(f"→ {name}" for name in names if name != names[given])]
        name = self.key(f"decide_{picture.digest}")
        now = UNDECIDED
        if decided is not None:
            now = {"keep": KEEP, "delete": DELETE}.get(decided.action, f"→ {decided.label}")
        if now not in options:  # applied already: it is its label now
            options.append(now)
        st.session_state[name] = now
        st.selectbox(
            f"What becomes of {picture.name}",
            options,
            key=name,
            on_change=self._decide,
            args=(picture.digest, name),
            label_visibility="collapsed",
        )
