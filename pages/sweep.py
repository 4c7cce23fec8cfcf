"""Many runs at once: which knob makes a difference, and what is only luck."""

from functools import partial

import streamlit as st

from dlcore.errors import ConfigError
from dlcore.runs.sweep_cards import CARDS
from dlcore.runs.sweep_results import Found
from dlcore.schema import knobs
from dlcore.sweep.plan import Plan, plan_words
from dlcore.sweep.setup import NOTHING, SUGGESTED, SweepConfig, plan_of, values_words
from dlcore.sweep.stopping import rule_words
from dlcore.words import count_of
from ui import beginnings, cards, form, messages, path, services, state
from ui.explain import explain
from ui.layout import side_and_stage
from ui.views import image_sets, sweep

PAGE = sweep.PAGE
key = partial(form.key, PAGE)
KNOBS = knobs(SweepConfig)
CONFIGS = {"first": SweepConfig()}
TURNED = ("first", "second", "third")


def start() -> None:
    state.check_may_train()
    setup = form.read(PAGE, SweepConfig)
    plan = plan_of(setup)
    beginnings.check_run()
    begun = services.feeder().begin(state.owner(), plan, stops=setup.stops, address=state.address())
    st.session_state[key("shown")] = begun


def stop_all(sweep_id: str) -> None:
    known = services.store().sweep(sweep_id)
    if known is not None and known.owner == state.owner():
        services.feeder().stop(sweep_id)


def suggest(name: str) -> None:
    """Another knob comes with values to begin with."""
    st.session_state[key(f"{name}_values")] = SUGGESTED[st.session_state[key(name)]]


def settings() -> None:
    form.widget(PAGE, KNOBS["base"])
    image_sets.choose(PAGE, KNOBS["dataset"])
    for position, name in enumerate(TURNED):
        before = [st.session_state[key(other)] for other in TURNED[:position]]
        if NOTHING in before:
            continue
        form.widget(PAGE, KNOBS[name], on_change=partial(suggest, name))
        turned = st.session_state[key(name)]
        if turned != NOTHING:
            form.widget(PAGE, KNOBS[f"{name}_values"])
            st.caption(explain(f"Each {values_words(turned)}."))
    form.widget(PAGE, KNOBS["seeds"])
    form.choice(PAGE, KNOBS["way"])
    if st.session_state[key("way")] == "draw":
        form.widget(PAGE, KNOBS["points"])
    form.widget(PAGE, KNOBS["stops"])
    with st.expander("When is a run stopped early?", key=key("rule")):
        st.markdown(explain(rule_words()))


def planned() -> tuple[Plan | None, str]:
    """What would be trained, and that in words; or why nothing can be."""
    try:
        plan = plan_of(form.read(PAGE, SweepConfig))
    except ConfigError as error:
        return None, str(error)
    return plan, plan_words(plan)


def follow(sweep_id: str, status: str) -> None:
    """The live part. Another status redraws the whole page."""
    found = sweep.shown_sweep()
    for part in (sweep.show, sweep.offer_runs, sweep.show_verdicts, sweep.show_means):
        with st.container():  # each keeps its place, whatever those before it say
            part(found)
    if (found.sweep.id, found.sweep.status) != (sweep_id, status) or messages.refused(PAGE):
        messages.redraw()


def tell(plan: Plan | None, words: str, found: Found) -> None:
    """Before the start: how many runs it will be."""
    if plan is None:
        st.warning(messages.plain(words), icon=":material/edit:")
    elif found.sweep.status != "running":
        st.markdown(explain(f"{words}"))
        if found.sweep.owner and [entry.config for entry in found.sweep.entries] != list(plan.configs):
            whose = messages.plain(found.sweep.name)
            st.markdown(f"These are for your next sweep. The dots are of **{whose}**.")
        if len({config.seed for config in plan.configs}) == 1:
            st.caption("With one seed nobody can tell a knob from luck: take three.")


path.title(__file__)
st.write(explain("Many runs, and one question: is it the knob, or the luck of the seed?"))
image_sets.read_link(PAGE, after="mnist_train")
form.prepare(PAGE, SweepConfig, CONFIGS)
image_sets.settle(PAGE)
found = sweep.shown_sweep()
plan, words = planned()
running = found.sweep.status == "running"
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.button(
        f"Start {count_of(len(plan.configs), 'run')}" if plan is not None else "Start",
        type="primary",
        icon=":material/play_arrow:",
        key=key("start"),
        on_click=messages.guarded(PAGE, start),
        disabled=running or plan is None,
        width=176,  # for 24 runs, in the large letters of a projector too: what follows keeps its place
    )
    st.button(
        "Stop all",
        icon=":material/stop:",
        key=key("stop"),
        on_click=messages.guarded(PAGE, stop_all),
        args=(found.sweep.id,),
        disabled=not running,
    )
    sweep.choose()
messages.show_refusal(PAGE)
side, stage = side_and_stage(PAGE)
with side:
    with st.container():  # the fields keep their place
        tell(plan, words, found)
    settings()
with stage:
    st.fragment(follow, run_every=1.0 if running else None)(found.sweep.id, found.sweep.status)
form.share(PAGE, SweepConfig, CONFIGS)
with st.container():  # so that the cards keep their place
    if running:
        st.caption(
            "It goes on without this page. Each run keeps its last weights, the best one its whole path."
        )
cards.show(PAGE, CARDS, None if found.sweep.owner == "" else found, busy=running, leads_to="status")
path.next_link(__file__)
