"""One short training in which the learning rate grows: where the loss falls, and where it breaks."""

from functools import partial

import streamlit as st

from dlcore.lr_finder.cards import CARDS, ShownRate
from dlcore.lr_finder.result import RangeTest, Tries, asked_of
from dlcore.schema import knobs
from dlcore.training.config import TrainConfig
from dlcore.training.recipes import PRESETS
from ui import cards, form, messages, path, work
from ui.explain import explain
from ui.layout import side_and_stage
from ui.lenses import lr_finder
from ui.measuring import MeasuringPage
from ui.views import image_sets
from ui.views.lr_finder import say_found, show_search, show_tries, use_button
from ui.work import Asked

PAGE = "lr_finder"
key = partial(form.key, PAGE)
KNOBS = knobs(TrainConfig)
CONFIGS = {name: PRESETS[name].config for name in ("class", "fast", "lesson")}
FIRST = ("net", "optimizer", "batch_size", "seed")
MORE = ("momentum", "nesterov", "weight_decay", "dropout", "augment", "normalize", "train_size")
MEASURE = MeasuringPage[RangeTest](PAGE, lr_finder.searched)
MOST_CURVES = 8
Curve = tuple[TrainConfig, TrainConfig, RangeTest]  # what was set, what of it was asked, what was found


def settings() -> None:
    image_sets.choose(PAGE, KNOBS["dataset"], CONFIGS)
    for name in FIRST:
        form.widget(PAGE, KNOBS[name])
    with st.expander("More settings", key=key("more_settings")):
        for name in MORE:
            form.widget(PAGE, KNOBS[name])


def keep(asked: Asked[RangeTest]) -> list[Curve]:
    """The curves of this visit, the last one first."""
    curves: list[Curve] = st.session_state.setdefault(key("curves"), [])
    if asked.result is not None:
        config = st.session_state[key("wanted")][0]
        others = [curve for curve in curves if curve[1] != asked_of(config)]
        curves[:] = [(config, asked_of(config), asked.result), *others][:MOST_CURVES]
    return curves


def try_it(config: TrainConfig) -> None:
    st.session_state[key("tried")] = config


def tries(last: Curve | None) -> Asked[Tries]:
    """Of the last curve's suggestion, once asked for."""
    if last is None or st.session_state.get(key("tried")) != last[1] or last[2].suggestion is None:
        return Asked()
    return lr_finder.tried(last[1], last[2].suggestion)


path.title(__file__)
st.write(explain("Let the learning rate grow step by step: the loss falls, and then it breaks."))
image_sets.read_link(PAGE, after="mnist_train")
form.prepare(PAGE, TrainConfig, CONFIGS, image_sets.fitted)
image_sets.settle(PAGE)
subject = partial(form.read, PAGE, TrainConfig)
MEASURE.begin(subject)
asked = MEASURE.asked()
curves = keep(asked)
last = curves[0] if curves else None
tried = tries(last) if not asked.active else Asked()
work.only_task(PAGE, asked, tried)
busy = asked.active or tried.active
with st.container(horizontal=True, vertical_alignment="bottom"):
    MEASURE.buttons("Find a learning rate", subject, busy=busy, active=asked.active)
    use_button(last[0] if last else subject(), last[2] if last and not asked.active else None)
side, stage = side_and_stage(PAGE)
with stage:
    show_search(asked, last[2] if last else None)
    if last is not None and not asked.active:
        say_found(last[0], last[2])
        if asked_of(subject()) != last[1]:
            st.markdown("These settings are for the next search: the curve is of the earlier ones.")
        if last[2].suggestion is not None:
            st.subheader("Does it hold?")
            if tried.task is None:
                st.button(
                    "Try it: four short trainings",
                    icon=":material/science:",
                    key=key("try"),
                    on_click=messages.guarded(PAGE, try_it),
                    args=(last[1],),
                )
            else:
                show_tries(tried, last[2].suggestion)
with side:
    settings()
form.share(PAGE, TrainConfig, CONFIGS)
shown = ShownRate(last[1], last[2], tried.result, tuple(c[1:] for c in curves)) if last else None
cards.show(PAGE, CARDS, shown, busy=busy)
with st.expander("Check yourself: why not take the rate of the lowest loss?", key=key("check")):
    st.markdown(
        explain(
            "The loss is lowest where it is about to break, and a search takes only one step at each rate. "
            "Over a whole training, such a rate breaks on some seeds."
        )
    )
path.next_link(__file__)
