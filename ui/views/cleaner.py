"""The cleaner: the most doubtful labels first; keep, relabel or delete, and nothing of it is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dlcore.classifier.cleaning import suspects
from dlcore.classifier.collection import Collection
from dlcore.classifier.judge import Judged
from dlcore.classifier.project import Decision, Picture
from dlcore.classifier.squares import thumbnail
from dlcore.words import count_of, vote_percent
from ui import form, messages, services, state
from ui.remember import remembered

AT_ONCE, MOST_SHOWN = 12, 48
WIDTH, SIDE = 155, 128  # pixels: two beside each other on a phone
UNDECIDED, KEEP, DELETE, TO = "Undecided", "Keep", "Delete", "→ "


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

    def _decide(self, digest: str, name: str, options: tuple[str, ...]) -> None:
        said = st.session_state[name]
        if said not in options:  # a client may send anything
            return
        decision = None
        if said == KEEP:
            decision = Decision("keep")
        elif said == DELETE:
            decision = Decision("delete")
        elif said != UNDECIDED:
            decision = Decision("relabel", said.removeprefix(TO))
        services.store().decide(state.owner(), digest, decision)

    def train_again(self) -> None:
        st.session_state[self.key("applied")] = self.decisions

    def _take_back(self, digests: Sequence[str]) -> None:
        for digest in digests:
            services.store().decide(state.owner(), digest, None)
        self.train_again()

    def _turn(self, by: int) -> None:
        st.session_state[self.key("from")] = max(0, st.session_state.get(self.key("from"), 0) + by)

    # --- the page -----------------------------------------------------------------------------

    def show(self, collection: Collection, judged: Judged) -> None:
        """Twelve pictures, in an order that stands still until one trains again."""
        stored = self.decisions
        pictures = {picture.digest: place for place, picture in enumerate(collection.pictures)}
        order = remembered(self.key("order"), (judged,), lambda: self._ranked(collection, judged))
        first = min(st.session_state.get(self.key("from"), 0), len(order) - 1)
        here = {digest: stored.get(digest) for digest in pictures}
        waiting = [digest for digest, found in here.items() if self.applied.get(digest) != found]
        with st.container(horizontal=True):
            for digest in order[first : first + AT_ONCE]:
                self._one(collection, judged, pictures[digest], stored.get(digest))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                f"Train again with {count_of(len(waiting), 'new decision')}" if waiting else "Train again",
                type="primary" if waiting else "secondary",
                icon=":material/model_training:",
                key=self.key("again"),
                on_click=messages.guarded(self.page, self.train_again),
                disabled=not waiting,
                width=350,  # with all it may say, in the large letters of a projector too
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

    def decided(self, pictures: Sequence[Picture]) -> None:
        """What was decided of these pictures, deleted ones too, and the way back."""
        stored = self.decisions
        mine = [picture for picture in pictures if picture.digest in stored]
        if not mine:
            return
        back = messages.guarded(self.page, self._take_back)
        with st.expander(f"{count_of(len(mine), 'decision')} written down", key=self.key("all")):
            with st.container(horizontal=True):
                for picture in mine[:MOST_SHOWN]:
                    with st.container(width=WIDTH):
                        st.image(thumbnail(picture, SIDE), width=SIDE, alt=f"The picture {picture.name}")
                        st.caption(messages.plain(stored[picture.digest].words))
                        name = self.key(f"back_{picture.digest}")
                        st.button("Take back", key=name, on_click=back, args=([picture.digest],))
            digests = [picture.digest for picture in mine]
            st.button("Take all back", key=self.key("take_back"), on_click=back, args=(digests,))

    def decide_on(self, collection: Collection, judged: Judged, digests: Sequence[str], why: str) -> None:
        """The first twelve of these pictures, as far as they are trained on; `why` tells such rows apart."""
        copies = collection.copies.tolist()
        pictures = enumerate(collection.pictures)
        places = {picture.digest: place for place, picture in pictures if not copies[place]}
        stored = self.decisions
        with st.container(horizontal=True):
            for digest in [digest for digest in digests if digest in places][:AT_ONCE]:
                self._one(collection, judged, places[digest], stored.get(digest), why)

    def _ranked(self, collection: Collection, judged: Judged) -> list[str]:
        """The digests of all pictures, the most doubtful label first."""
        st.session_state[self.key("from")] = 0
        order = [int(place) for place in suspects(judged) if not collection.copies[place]]
        return [collection.pictures[place].digest for place in order]

    def _one(
        self, collection: Collection, judged: Judged, place: int, decided: Decision | None, why: str = ""
    ) -> None:
        """A picture, its label, what the head that never saw it says, and what becomes of it."""
        picture, names = collection.pictures[place], judged.classes
        given, said = names[judged.labels[place]], int(judged.predictions[place])
        share = vote_percent(float(judged.shares[place, said]), brief=True)
        options = (UNDECIDED, KEEP, DELETE, *(f"{TO}{name}" for name in names if name != given))
        now = UNDECIDED
        if decided is not None:
            now = {"keep": KEEP, "delete": DELETE}.get(decided.action, f"{TO}{decided.label}")
        name = self.key(f"decide_{why}{picture.digest}")
        st.session_state[name] = now
        with st.container(width=WIDTH):
            st.image(thumbnail(picture, SIDE), width=SIDE, alt=f"A picture labelled {given}")
            st.markdown(
                f"label **{messages.plain(given)}**  \nit says {messages.plain(names[said])}, {share}"
            )
            st.selectbox(
                f"What becomes of {picture.name}",
                options if now in options else (*options, now),  # applied already: it is its label now
                key=name,
                on_change=messages.guarded(self.page, self._decide),
                args=(picture.digest, name, options),
                label_visibility="collapsed",
            )
