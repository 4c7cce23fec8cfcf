"""Where the time of the digits' network goes: one step over time, then operators, layers, batches, memory."""

from functools import partial

import streamlit as st

from dlcore.figures.torch_profile import (
    layers_chart,
    operators_chart,
    step_memory_chart,
    sweep_chart,
    threads_chart,
)
from dlcore.inspection.torch_profile.cards import CARDS
from dlcore.inspection.torch_profile.result import (
    WORK,
    Point,
    TorchProfile,
    TorchProfileConfig,
    check_threads,
    profile_of,
    thread_choices,
)
from dlcore.inspection.torch_profile.tables import operators_table, sweep_table
from dlcore.inspection.torch_profile.words import headline, provenance
from dlcore.runs.tasks import Task
from dlcore.runs.trained_with import trained_with
from dlcore.schema import knobs
from dlcore.training.config import TrainConfig
from dlcore.words import milliseconds
from ui import cards, form, layout, live, path, pickers, state, work
from ui.lenses import profiles
from ui.measuring import MeasuringPage

PAGE = "mnist_profiling"
key = partial(form.key, PAGE)
MEASURING = MeasuringPage(PAGE, profiles.torch_profile)
KNOBS = knobs(TorchProfileConfig)
START = {"start": TorchProfileConfig()}
WORKED = key("work")


def wanted(trained: TrainConfig) -> TorchProfileConfig:
    """What the controls say, of the run's network."""
    said = form.read(PAGE, TorchProfileConfig)
    config = profile_of(trained, **{name: getattr(said, name) for name in KNOBS})
    check_threads(config)
    return config


def controls() -> None:
    form.widget(PAGE, KNOBS["batch_size"])
    form.choice(PAGE, KNOBS["threads"], sorted({*thread_choices(), st.session_state[key("threads")]}), str)


def show_points(task: Task) -> None:
    """The batch sizes measured so far."""
    points = [event for event in task.events if isinstance(event, Point)]
    if points:
        st.markdown("**What one digit costs**, measured so far")
        live.show_chart(sweep_chart(points, state.theme()), key("first"))


def show_operators(profile: TorchProfile) -> None:
    """What is taken apart, its finding, bars by operator."""
    st.subheader("By operator")
    work = st.segmented_control(
        "Taken apart", list(WORK), format_func=WORK.__getitem__, required=True, key=WORKED, default="training"
    )
    taken = profile.taken(work)
    st.markdown(headline(taken))
    tiles = st.container(horizontal=True, gap="medium")
    tiles.metric(WORK[taken.work], milliseconds(taken.plain), width="content")
    tiles.metric("Under the profiler", milliseconds(taken.milliseconds), width="content")
    tiles.metric("Memory of a training step", f"{profile.memory.peak:.1f} MB", width="content")
    st.markdown("**Own time of each operator**: :blue[■] torch's operators, :gray[■] what lies between them.")
    live.show_chart(operators_chart(taken, state.theme()), key("operators"))
    st.caption(provenance(profile, taken))


def show_layers(profile: TorchProfile) -> None:
    st.subheader("By layer")
    taken = profile.taken(st.session_state[WORKED])
    st.markdown("Strong blue: forward. Faint blue: backward. :gray[■] outside of the layers.")
    live.show_chart(layers_chart(taken, state.theme()), key("layers"))
    st.caption(
        "A layer's forward time is what runs within its call, its backward time what autograd runs for it. "
        "Structure paints these times on the graph."
    )


def show_sweep(profile: TorchProfile) -> None:
    st.subheader("By batch size")
    threads = profile.config.threads
    words = f"{threads} thread{'s' if threads > 1 else ''}"
    st.markdown(f"What one digit costs in a call with {words}: :blue[●] the median, :gray[▲] 95 % are below.")
    live.show_chart(sweep_chart(profile.sweep, state.theme()), key("sweep"))
    with st.expander("All batch sizes in numbers", key=key("points")):
        st.dataframe(sweep_table(profile.sweep), hide_index=True)


def show_threads(profile: TorchProfile) -> None:
    st.subheader("By threads")
    if len(profile.by_threads) == 1:
        st.write("This machine has one core: there is nothing to share the work with.")
        return
    st.markdown(f"A call with {profile.config.batch_size} images, in per cent of one thread's time.")
    live.show_chart(threads_chart(profile.by_threads, state.theme()), key("by_threads"))


def show_memory(profile: TorchProfile) -> None:
    st.subheader("Memory of a training step")
    live.show_chart(step_memory_chart(profile.memory, state.theme()), key("memory"))
    st.caption("Forward, each layer's output is kept. Backward, it is used and let go.")


def show_table(profile: TorchProfile) -> None:
    with st.expander("All operators in numbers", key=key("all")):
        table = operators_table(profile.taken(st.session_state[WORKED]))
        st.dataframe(table, hide_index=True)


def show_trace(profile: TorchProfile) -> None:
    st.download_button(
        "Download the Chrome trace",
        lambda: profile.trace,
        file_name=f"{profile.config.net}-step.json",
        mime="application/json",
        icon=":material/download:",
        key=key("trace"),
        on_click="ignore",
    )
    st.caption("One training step, event by event. Open it in chrome://tracing or at ui.perfetto.dev.")


form.prepare(PAGE, TorchProfileConfig, START)
path.title(__file__)
st.write("Before you make a step faster, measure where its time goes. Profiling slows calls: compare shares.")
side, stage = layout.side_and_stage(PAGE)
with side:
    run = pickers.select_run(PAGE, "mnist", of_weights=False)
trained = trained_with(run)
MEASURING.begin(partial(wanted, trained), of=profile_of(trained))
asked = MEASURING.alone()
profile = MEASURING.shown
with side:
    controls()
form.share(PAGE, TorchProfileConfig, START)
with stage:
    MEASURING.step_picture(profile.training.phases if profile is not None else None, active=asked.active)
    MEASURING.buttons("Profile", partial(wanted, trained), busy=asked.active, active=asked.active)
    begin = partial(work.stage, first="Starting Python and torch")
    work.wait(PAGE, asked, begin, below=show_points if profile is None else None)
if profile is not None:
    show_operators(profile)
    left, right = st.columns(2, gap="large")
    with left:
        show_layers(profile)
        show_table(profile)
    with right:
        show_sweep(profile)
        show_threads(profile)
        show_memory(profile)
        show_trace(profile)
cards.show(PAGE, CARDS, profile, busy=asked.active)
with st.expander("Check yourself: a layer takes 10 % of a step and becomes twice as fast?", key=key("q")):
    st.write("The step is 5 % shorter. The other 90 % take as long as before.")
path.next_link(__file__, run)
