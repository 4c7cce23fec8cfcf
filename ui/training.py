"""What every training page has: presets and buttons in one row, the knobs, starting, steering, going on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from dlcore.cards import Card
from dlcore.presets import FREE, Preset
from dlcore.run import Run
from dlcore.runs import kinds
from dlcore.runs.moves import checked_move, moved_name, moves_of
from dlcore.runs.protocol import Control
from dlcore.runs.shipped import shipped_run
from dlcore.schema import Knob, knobs, parse, parse_leniently
from ui import assignments, beginnings, form, messages, services, state, taken
from ui.explain import explain
from ui.run_names import next_name
from ui.showing import shows


@dataclass(frozen=True)
class TrainingPage:
    """`page` begins every widget's key; a run of no preset is named after its field `own`."""

    page: str
    kind: str
    config: type[Any]
    presets: Mapping[str, Preset[Any]]
    own: str
    rates: tuple[str, ...] = ("lr",)  # the knobs that a run under way takes at its next step

    @property
    def configs(self) -> dict[str, Any]:
        return {name: preset.config for name, preset in self.presets.items()}

    def key(self, name: str) -> str:
        return form.key(self.page, name)

    def preset_of(self, config: Any) -> str | None:
        return kinds.preset_of(self.kind, config)

    # --- callbacks ----------------------------------------------------------------------------

    def start(self) -> None:
        """A second click on the same start finds a run under way and begins none."""
        with taken.TAKING.first():
            if self.under_way(run := self.shown_run()):
                taken.say(run.id)
            else:
                self.begin(form.read(self.page, self.config), self.fixed_threads())

    def start_again(self, run_id: str, cure: Mapping[str, object]) -> None:
        """The same run once more with what a diagnosis advises. A second click finds that one under way."""
        with taken.TAKING.first():
            run, now = state.run_named(run_id), self.shown_run()
            if now.id != run_id and self.under_way(now):
                taken.say(now.id)
            else:
                form.write(self.page, config := parse(self.config, run.config).replace(**cure))
                self.begin(config, run.threads)

    def begin(self, config: Any, threads: int) -> None:
        state.check_may_train()
        beginnings.check_run()
        config = assignments.pinned(self.page, config)
        base = self.preset_of(config) or str(getattr(config, self.own, self.own))
        owner, submit = state.owner(), services.runner().submit
        with taken.TAKING.first():
            name = next_name(base, (run.name for run in state.my_runs(limit=1000)))
            how: dict[str, Any] = {"name": name, "address": state.address(), "threads": threads}
            taken.say(state.begin_run(lambda: submit(owner, self.kind, config, **how)))

    def steer(self, run_id: str, action: str, name: str = "") -> None:
        state.steer(state.run_named(run_id), Control(action, name))  # type: ignore[arg-type]
        taken.steered(run_id, action)

    def move_rate(self, run_id: str, name: str) -> None:
        """A knob moved by hand while its run is under way goes to the run, whose name says so."""
        run = state.run_named(run_id)
        if name not in assignments.fixed(self.page) and self.takes_moves(run):
            value = checked_move(self.config_of(run)[0], name, float(st.session_state[self.key(name)]))
            state.steer(run, Control("set", name, value))
            if run.name != moved_name(run.name, name):
                services.runner().rename(run.id, moved_name(run.name, name))

    def go_on(self, run_id: str, more: int) -> None:
        """An ended run goes on where it stopped, or for some epochs more."""
        run = state.run_named(run_id)
        config = parse(self.config, run.config)
        if more and "epochs" not in assignments.fixed(self.page):
            config = config.replace(epochs=run.epoch + more)
        state.check_may_train()
        beginnings.check_run()
        services.runner().resume(run.id, config=config, address=state.address())
        services.room().goes_on(run.id)

    def choose_preset(self, preset: str | None) -> None:
        """A click on the chosen one, which takes it off in the browser, brings back what it sets."""
        preset = preset or st.session_state[self.key("preset")]
        st.session_state[self.key("preset")] = preset
        if preset is not None:
            form.write(self.page, self.config_of_preset(preset))

    def config_of_preset(self, preset: str) -> Any:
        return self.presets[preset].config

    def apply_card(self, card: Card) -> None:
        """Put every control where a card wants it."""
        st.session_state[self.key("preset")] = card.setup["preset"]
        form.write(self.page, self.wants(card))

    def wants(self, card: Card) -> Any:
        """The whole configuration of a card's set-up."""
        changes = {name: value for name, value in card.setup.items() if name != "preset"}
        return self.presets[card.setup["preset"]].config.replace(**changes)

    # --- the page -----------------------------------------------------------------------------

    def config_of(self, run: Run) -> tuple[Any, list[str]]:
        """What was set for a run, and what this version of the lab does not understand of it."""
        return parse_leniently(self.config(), run.config)

    def shown_run(self) -> Run:
        """The chosen run, else this visitor's latest one, else the shipped one."""
        chosen = state.chosen_run()
        if chosen is not None and chosen.kind == self.kind:
            return chosen
        mine = state.my_runs(self.kind, limit=1)
        return state.run_named(mine[0].id) if mine else shipped_run(self.kind)

    def open(self) -> Run:
        """The run to show, its settings or the link's in the form."""
        run, asked = self.shown_run(), st.query_params.get(state.RUN_PARAM)
        reopened = run.id == asked and not self.nothing_yet(run)  # else its run is unknown, or none was named
        given = form.given(self.page) or form.prepared(self.page) or assignments.of(self.page) is not None
        if not given and (reopened or self.under_way(run)):
            config, moves = self.config_of(run)[0], moves_of(run)
            if moves and run.active:
                config = config.replace(**{move.name: move.after for move in moves})
            form.open_with(self.page, config, None if moves else self.preset_of(config))
        form.prepare(self.page, self.config, self.configs, self.fitted)
        return run

    def fitted(self, config: Any) -> Any:
        """What a link asks for, as far as it is here."""
        return config

    def nothing_yet(self, run: Run) -> bool:
        """Has this visitor no run of this kind yet? Then the shipped one stands here, made otherwise."""
        return run.id == shipped_run(self.kind).id and not state.my_runs(self.kind, limit=1)

    def asked(self) -> Any:
        """What the widgets say now; what a client sent against the schema is as it was at first."""
        return parse_leniently(self.config(), form.said(self.page, self.config))[0]

    def under_way(self, run: Run) -> bool:
        return run.active and state.mine(run)

    def takes_moves(self, run: Run) -> bool:
        return run.status in ("running", "paused") and not run.stopping and state.mine(run)

    def transport(self, run: Run, steps: Mapping[str, tuple[str, str]]) -> None:
        """Preset and buttons in one row. `steps`: a step button's key -> its words, what it steps over."""
        st.session_state[self.key("stopping")] = run.stopping
        paused = run.status in ("paused", "interrupted")
        steerable = state.mine(run) and (run.active or run.status == "interrupted") and not run.silent
        held = paused and services.room().paused and not state.teaches()  # until the teacher lets all go on
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.segmented_control(
                "Preset",
                list(self.presets),
                format_func=lambda name: self.presets[name].title,
                default=(chosen := st.session_state[self.key("preset")]),
                disabled=self.under_way(run),
                help="Your run trains: stop it, or wait for its end." if self.under_way(run) else None,
                wrap=True,
                **shows(self.key("preset"), chosen, self.choose_preset),
            )
            st.button(
                "Start training",
                type="primary",
                icon=":material/play_arrow:",
                key=self.key("start"),
                on_click=messages.guarded(self.page, self.start),
                disabled=self.under_way(run),
            )
            pause = ("Resume", "resume", "play_arrow") if paused else ("Pause", "pause", "pause")
            stepping = {name: (words, "step", "skip_next", over) for name, (words, over) in steps.items()}
            buttons = {"pause": (*pause, ""), **stepping, "stop": ("Stop", "stop", "stop", "")}
            for name, (words, action, icon, over) in buttons.items():
                st.button(
                    words,
                    icon=f":material/{icon}:",
                    key=self.key(name),
                    on_click=messages.guarded(self.page, self.steer),
                    args=(run.id, action, over),
                    disabled=not steerable or (name != "stop" and (held or run.stopping)),
                )
        messages.show_refusal(self.page)

    def about_settings(self, run: Run, found: Mapping[str, Knob]) -> str:
        """What the preset promises, or which of the knobs in sight no longer stand where it put them."""
        if not (preset := st.session_state[self.key("preset")]):
            return "Settings of your own."
        chosen, every = self.presets[preset], knobs(self.config)
        seen = [name for name in every if name in (*found, "dataset") and name not in FREE]
        turned = [n for n in seen if st.session_state[self.key(n)] != getattr(chosen.config, n)]
        if not turned:
            return chosen.about
        changed = f"Changed from {chosen.title}: {', '.join(every[name].title for name in turned)}."
        if self.under_way(run) or set(turned) & set(assignments.fixed(self.page)):
            return changed
        return f"{changed} A click on *{chosen.title}* brings all of it back."

    def fixed_threads(self) -> int:
        """How many the chosen preset gives its runs whatever else runs; 0 if it leaves that open."""
        preset = st.session_state[self.key("preset")] or self.preset_of(self.asked())
        return self.presets[preset].threads if preset else 0

    def say_for_what(self, run: Run, found: Mapping[str, Knob]) -> None:
        """Above the knobs: what they are, and whose results stand beside them if those were set otherwise."""
        st.caption(explain(self.about_settings(run, found)))
        if "device" in self.config.model_fields:  # plain Python has no threads
            st.caption(explain(messages.threads_words(run, self.under_way(run), self.fixed_threads())))
        if not self.under_way(run) and not self.nothing_yet(run) and self.asked() != self.config_of(run)[0]:
            st.markdown(f"These are for your next run. The results are of **{messages.plain(run.name)}**.")

    def settings(
        self, run: Run, pairs: Sequence[str], wide: Sequence[str], said: Mapping[str, Knob] | None = None
    ) -> None:
        """The knobs, or those `said`: `pairs` two in a row, `wide` ones, the rest behind "More settings"."""
        with st.container():  # the knobs keep their place while what stands above them changes
            self.say_for_what(run, found := said or knobs(self.config))
        columns = st.columns(2)
        marks = {name: {getattr(config, name) for config in self.configs.values()} for name in found}
        for position, name in enumerate(pairs):
            with columns[position % 2]:
                form.widget(self.page, found[name])
        moves = {one: partial(messages.guarded(self.page, self.move_rate), run.id, one) for one in self.rates}
        for name in wide:
            form.widget(self.page, found[name], marks[name], moves.get(name))
        takes = self.takes_moves(run)
        if rates := [name for name in wide if name in moves and name not in assignments.fixed(self.page)]:
            move = f"Move {'a' if len(rates) > 1 else 'the'} learning rate"
            when = "now: the run" if takes else "while a run trains: it"
            st.markdown(explain(f"{move} {when} takes it at its next step."))
        with st.expander("More settings", key=self.key("more_settings")):  # as left, whatever comes above
            rest = [name for name in found if name not in (*pairs, *wide)]
            movable, told = self.config_of(run)[0].movable if takes else (), st.container()
            if also := [found[name].title.lower() for name in rest if name in moves and name in movable]:
                told.markdown(f"The run takes these too at its next step: {', '.join(also)}.")
            for name in rest:
                form.widget(self.page, found[name], marks[name], moves.get(name))
        form.share(self.page, self.config, self.configs)

    def overtaken(self, run: Run, status: str) -> bool:
        """Must the whole page be redrawn? A click in its live part has redrawn that part alone."""
        stopping = st.session_state.get(self.key("stopping"), False)
        return run.status != status or run.stopping != stopping or messages.refused(self.page)
