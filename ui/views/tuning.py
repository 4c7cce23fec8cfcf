"""Fine-tuning on one's own pictures: a run, its curve, and whether it did better than the head alone."""

from __future__ import annotations

import json
from typing import get_args

import streamlit as st

from dlcore.classifier.collection import Collection
from dlcore.classifier.config import ClassifierConfig
from dlcore.classifier.tuning import PRESETS, Layers, TuneConfig
from dlcore.classifier.words import tuned_words
from dlcore.figures.curves import loss_chart
from dlcore.run import Run
from dlcore.runs.storage.disk import resumable
from dlcore.schema import knobs
from ui import form, live, messages, services, state
from ui.explain import explain
from ui.following import follow_run
from ui.training import TrainingPage

LAYERS = knobs(TuneConfig)["layers"]


class Tuning:
    """The latest fine-tuning of just these pictures, or the button that begins one."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.training = TrainingPage(page, "classifier", TuneConfig, PRESETS, own="which")

    def key(self, name: str) -> str:
        return form.key(self.page, f"tune_{name}")

    def asked(self, config: ClassifierConfig, collection: Collection, layers: Layers) -> TuneConfig:
        labels = [[picture.digest, picture.label] for picture in collection.pictures]
        return PRESETS[layers].config.replace(
            which=config.which,
            fit=config.fit,
            seed=config.seed,
            pictures=json.dumps(labels, ensure_ascii=False),
        )

    def run_of(self, asked: TuneConfig) -> Run | None:
        same = {name: getattr(asked, name) for name in ("layers", "pictures", "fit", "seed")}
        before = {"layers": "last"}  # what a run was, when only that could learn
        runs = state.my_runs("classifier")
        found = next((r for r in runs if {n: r.config.get(n, before.get(n)) for n in same} == same), None)
        return state.run_named(found.id) if found is not None else None

    def show(self, config: ClassifierConfig, collection: Collection) -> None:
        st.markdown(
            explain("**Should the borrowed network learn too?** Fine-tune its last block, or all of it.")
        )
        if config.copies != "none":
            st.caption("Fine-tuning takes pictures as they are: set Near-copies to None.")
            return
        titles = LAYERS.options
        layers = st.segmented_control(
            LAYERS.title,
            get_args(Layers),
            format_func=lambda name: titles[name],
            default="last",
            required=True,
            help=LAYERS.help,
            key=self.key("layers"),
        )
        asked = self.asked(config, collection, layers)
        run = self.run_of(asked)
        kept = config.which == "example" or services.store().keeps_pictures(state.owner())
        stuck = run is not None and not (run.active or run.status == "finished" or resumable(run.checkpoints))
        if run is None or stuck:
            if run is not None:
                st.warning(messages.status_sentence(run), icon=":material/info:")
            st.button(
                f"Fine-tune {titles[layers].lower()}",
                icon=":material/model_training:",
                key=self.key("begin"),
                on_click=messages.guarded(self.page, self.training.begin),
                args=(asked, 1),
                disabled=not kept,
            )
            if not kept:
                st.caption("A run is stored: keep your pictures on this server first.")
            return
        if run.active:
            follow_run(run, self._progress)
            stop = messages.guarded(self.page, self.training.steer)
            words, icon = "Stop", ":material/stop:"
            st.button(words, icon=icon, key=self.key("stop"), on_click=stop, args=(run.id, "stop"))
            return
        self._ended(run)

    def _progress(self, run: Run) -> None:
        text = messages.status_sentence(run)
        st.progress(min(1.0, run.step / max(1, run.total_steps)), text=text)
        self._curve(run)

    def _ended(self, run: Run) -> None:
        if run.status != "finished":
            st.warning(messages.status_sentence(run), icon=":material/info:")
            if resumable(run.checkpoints) is not None:
                go_on = messages.guarded(self.page, self.training.go_on)
                words, icon = "Go on", ":material/forward:"
                st.button(words, icon=icon, key=self.key("go_on"), on_click=go_on, args=(run.id, 0))
        right, total = run.series.get("val_correct", ()), run.last("val_total")
        if len(right) > 1 and total is not None:
            counts = (int(right[0].value), int(total.value)), (int(right[-1].value), int(total.value))
            st.markdown(tuned_words(*counts))
            self._curve(run)

    def _curve(self, run: Run) -> None:
        if "val_loss" in run.series:
            steps = PRESETS[run.config.get("layers", "last")].config.steps_per_epoch
            live.show_chart(loss_chart(run, steps, state.theme()), self.key("curve"))
            live.split_legend()
