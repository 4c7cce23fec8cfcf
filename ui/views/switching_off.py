"""Units of a network switched off: at once for one digit, and one after the other for all test digits."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dlcore.events import Stage
from dlcore.figures.effects import effects_chart
from dlcore.inspection.activations.flow import Flow
from dlcore.inspection.activations.look import Place
from dlcore.inspection.activations.switching import Effect, Switching
from dlcore.inspection.activations.words import census_words, effect_words
from dlcore.inspection.listening import Unit
from dlcore.run import Checkpoint
from dlcore.runs.tasks import Task
from ui import form, live, state, work
from ui.lenses import activations

MOST = 64  # maps of a layer that are switched off one after the other


@dataclass(frozen=True)
class SwitchingOff:
    """A page's units that are off, and what it wants measured about them."""

    page: str

    def key(self, name: str) -> str:
        return form.key(self.page, name)

    def off(self, net: str) -> frozenset[Unit]:
        """Each kind of network keeps its own: another has other layers."""
        off: frozenset[Unit] = st.session_state.get(self.key("switched"), {}).get(net, frozenset())
        return off

    # --- callbacks ----------------------------------------------------------------------------

    def switch(self, net: str, unit: Unit) -> None:
        st.session_state.setdefault(self.key("switched"), {})[net] = self.off(net) ^ {unit}

    def all_on(self, net: str) -> None:
        st.session_state[self.key("switched")].pop(net, None)

    def want(self, checkpoint: Checkpoint, layer: str, units: tuple[int, ...]) -> None:
        """Measure these units on the test digits."""
        st.session_state[self.key("wanted")] = (checkpoint.digest, layer, units)

    def want_nothing(self) -> None:
        st.session_state[self.key("wanted")] = None

    # --- the page -----------------------------------------------------------------------------

    def show(self, flow: Flow, place: Place, checkpoint: Checkpoint) -> Switching | None:
        """The buttons, and what has been measured."""
        self._buttons(flow, place, checkpoint)
        layer, units = self._wanted(checkpoint)
        asked = activations.switching(checkpoint, layer, units)
        work.only_task(self.page, asked)

        def said(task: Task) -> Stage:
            done = sum(isinstance(event, Effect) for event in task.events)
            words = f"{done} of {len(units)} switched off" if units else "Reading the test images"
            return Stage(done / max(1, len(units)), words)

        work.wait(self.page, asked, said, on_cancel=self.want_nothing if len(units) > 1 else None)
        if asked.result is not None:
            self._effects(asked.result, flow, place.operation.layer)
        return asked.result

    def _wanted(self, checkpoint: Checkpoint) -> tuple[str, tuple[int, ...]]:
        """What is wanted of these weights; without units, only the silent ones are counted."""
        digest, layer, units = st.session_state.get(self.key("wanted")) or ("", "", ())
        return (layer, units) if digest == checkpoint.digest else ("", ())

    def _buttons(self, flow: Flow, place: Place, checkpoint: Checkpoint) -> None:
        layer, unit = place.operation.layer, place.unit
        last = layer == flow.operations[-1].layer
        noun, units = flow.named(layer).noun, flow.named(layer).units
        if last:
            st.markdown("The ten outputs stay on: choose a map or unit of an earlier layer.")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                f"Switch {noun} {unit + 1} of {layer} {'on' if (layer, unit) in flow.off else 'off'}",
                icon=":material/power_settings_new:",
                type="primary",
                key=self.key("switch"),
                on_click=self.switch,
                args=(flow.net, (layer, unit)),
                disabled=last,
                width=300,  # on or off, in the large letters of a projector too: the others keep their place
            )
            st.button(
                "Its cost on all test images",
                icon=":material/speed:",
                key=self.key("one"),
                on_click=self.want,
                args=(checkpoint, layer, (unit,)),
                disabled=last,
            )
            st.button(
                f"Each of the {units} {noun}s in turn",
                icon=":material/bar_chart:",
                key=self.key("each"),
                on_click=self.want,
                args=(checkpoint, layer, tuple(range(units))),
                disabled=last or units > MOST,
            )

    def _effects(self, found: Switching, flow: Flow, layer: str) -> None:
        with st.container(key=self.key("effect")):
            if found.effects:
                noun = flow.named(found.layer).noun
                st.markdown(effect_words(found, noun))
            if len(found.effects) > 1:
                chart = effects_chart(
                    found.effects, found.correct, found.total, found.layer, noun, state.theme()
                )
                live.show_chart(chart, self.key("effects"))
            st.markdown(census_words(found, layer))
