"""Where the time of the digits' network goes: operators, layers, batch sizes, threads, memory."""

import secrets

import streamlit as st

from dlcore.cards import Card
from dlcore.events import Stage
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
from dlcore.inspection.torch_profile.words import headline, meaning, provenance
from dlcore.runs.tasks import Task
from dlcore.schema import knobs, parse
from dlcore.training.config import TrainConfig
from dlcore.words import milliseconds, percent, size
from ui import cards, form, live, messages, resources, state

PAGE = "mnist_profiling"
KNOBS = knobs(TorchProfileConfig)
START = {"start": TorchProfileConfig()}
WANTED, SHOWN, WORKED = f"{PAGE}__wanted", f"{PAGE}__shown", f"{PAGE}__work"


def asked() -> TorchProfileConfig:
    """What the controls say, of the run's network."""
    wanted = form.read(PAGE, TorchProfileConfig)
    config = profile_of(trained, **{name: getattr(wanted, name) for name in KNOBS})
    check_threads(config)
    return config


def measure() -> None:
    """Measure what the controls say; the same once more is measured anew."""
    config, before = asked(), st.session_state[WANTED]
    again = secrets.token_hex(4) if before is not None and before[0] == config else ""
    st.session_state[WANTED] = (config, again)


def cancel() -> None:
    """Nothing is wanted any more; what was shown stays."""
    wanted = st.session_state[WANTED]
    if wanted is not None and isinstance(task := resources.torch_profile(PAGE, *wanted), Task):
        resources.drop(task)
        st.session_state[WANTED] = None


def apply_card(card: Card) -> None:
    for name, value in card.setup.items():
        st.session_state[form.key(PAGE, name)] = value


def controls(busy: bool) -> None:
    form.widget(PAGE, KNOBS["batch_size"])
    choices = sorted({*thread_choices(), st.session_state[form.key(PAGE, "threads")]})
    st.segmented_control(
        KNOBS["threads"].title,
        choices,
        required=True,
        key=form.key(PAGE, "threads"),
        help=KNOBS["threads"].help,
        persist_state="session",
    )
    with st.container(horizontal=True):
        st.button(
            "Profile",
            type="primary",
            icon=":material/timer:",
            key=f"{PAGE}__start",
            on_click=messages.guarded(PAGE, measure),
            disabled=busy,
        )
        st.button(
            "Cancel", icon=":material/close:", key=f"{PAGE}__cancel", on_click=cancel, disabled=not busy
        )
    messages.show_refusal(PAGE)


def follow() -> None:
    """How far it is, and the batch sizes measured so far; when it is done, the whole page is drawn again."""
    wanted = st.session_state[WANTED]
    found = resources.torch_profile(PAGE, *wanted) if wanted is not None else None
    if not isinstance(found, Task):
        st.rerun()
    if found.status == "failed":
        st.warning(messages.plain(found.reason), icon=":material/timer_off:")
        return
    steps = [event for event in found.events if isinstance(event, Stage)]
    step = steps[-1] if steps else Stage(0.0, "Starting Python and torch")
    st.progress(step.share, text=messages.task_sentence(found, f"{step.words} …"))
    points = [event for event in found.events if isinstance(event, Point)]
    if points and profile is None:
        st.markdown("**What one digit costs**, measured so far")
        live.show_chart(sweep_chart(points, state.theme()), f"{PAGE}__first")


def show_operators(profile: TorchProfile) -> None:
    """What is taken apart, its finding, bars by operator."""
    work = st.segmented_control(
        "Taken apart", list(WORK), format_func=WORK.__getitem__, required=True, key=WORKED, default="training"
    )
    taken = profile.taken(work)
    tiles = st.container(horizontal=True, gap="medium")
    tiles.metric(WORK[taken.work], milliseconds(taken.plain), width="content")
    tiles.metric("Under the profiler", milliseconds(taken.milliseconds), width="content")
    tiles.metric("Memory of a training step", f"{profile.memory.peak:.1f} MB", width="content")
    st.markdown("**Own time of each operator**: :blue[■] torch's operators, :gray[■] what lies between them.")
    live.show_chart(operators_chart(taken, state.theme()), f"{PAGE}__operators")
    st.caption(provenance(profile, taken))


def show_layers(profile: TorchProfile) -> None:
    st.subheader("By layer")
    taken = profile.taken(st.session_state[WORKED])
    st.markdown("Strong blue: forward. Faint blue: backward. :gray[■] outside of the layers.")
    live.show_chart(layers_chart(taken, state.theme()), f"{PAGE}__layers")
    st.caption(
        "A layer's forward time is what runs within its call, its backward time what autograd runs for it. "
        "Structure paints these times on the graph."
    )


def show_sweep(profile: TorchProfile) -> None:
    st.subheader("By batch size")
    threads = profile.config.threads
    words = f"{threads} thread{'s' if threads > 1 else ''}"
    st.markdown(f"What one digit costs in a call with {words}: :blue[●] the median, :gray[▲] 95 % are below.")
    live.show_chart(sweep_chart(profile.sweep, state.theme()), f"{PAGE}__sweep")
    with st.expander("All batch sizes in numbers", key=f"{PAGE}__points"):
        st.dataframe(
            [
                {
                    "Batch": point.batch_size,
                    "p50 (ms)": round(point.p50, 3),
                    "p95 (ms)": round(point.p95, 3),
                    "Digits per second": round(point.per_second),
                    "µs per digit": round(1000 * point.per_digit, 1),
                    "Calls": len(point.calls),
                }
                for point in profile.sweep
            ],
            hide_index=True,
        )


def show_threads(profile: TorchProfile) -> None:
    st.subheader("By threads")
    if len(profile.by_threads) == 1:
        st.write("This machine has one core: there is nothing to share the work with.")
        return
    st.markdown(f"A call with {profile.config.batch_size} images, in per cent of one thread's time.")
    live.show_chart(threads_chart(profile.by_threads, state.theme()), f"{PAGE}__by_threads")


def show_memory(profile: TorchProfile) -> None:
    st.subheader("Memory of a training step")
    live.show_chart(step_memory_chart(profile.memory, state.theme()), f"{PAGE}__memory")
    st.caption("Forward, each layer's output is kept. Backward, it is used and let go.")


def show_table(profile: TorchProfile) -> None:
    taken = profile.taken(st.session_state[WORKED])
    shares = taken.operator_shares()
    with st.expander("All operators in numbers", key=f"{PAGE}__all"):
        st.dataframe(
            [
                {
                    "Operator": operator.name,
                    "What for": meaning(operator.name),
                    "Calls": operator.calls,
                    "Own (ms)": round(operator.own, 3),
                    "Share": percent(shares[operator.name]),
                    "Allocated": size(max(0, operator.allocated)),
                }
                for operator in taken.operators
            ],
            hide_index=True,
        )


def show_trace(profile: TorchProfile) -> None:
    st.download_button(
        "Download the Chrome trace",
        lambda: profile.trace,
        file_name=f"{profile.config.net}-step.json",
        mime="application/json",
        icon=":material/download:",
        key=f"{PAGE}__trace",
        on_click="ignore",
    )
    st.caption("One training step, event by event. Open it in chrome://tracing or at ui.perfetto.dev.")


form.prepare(PAGE, TorchProfileConfig, START)
st.title("Profiling")
lead = st.container()
with st.container(key=f"{PAGE}__picture_first"):
    side, stage = st.columns([1, 2], gap="large")
with side:
    run = state.select_run(PAGE, "mnist")
trained = parse(TrainConfig, run.config)
if WANTED not in st.session_state or st.session_state.get(f"{PAGE}__of") != profile_of(trained):
    st.session_state[f"{PAGE}__of"] = profile_of(trained)  # another network: what was measured is not its own
    st.session_state.pop(SHOWN, None)
    st.session_state[WANTED] = None
    messages.guarded(PAGE, measure)()
wanted = st.session_state[WANTED]
found = resources.torch_profile(PAGE, *wanted) if wanted is not None else None
if isinstance(found, TorchProfile):
    st.session_state[SHOWN] = found
profile: TorchProfile | None = st.session_state.get(SHOWN)
busy = isinstance(found, Task) and found.active
with side:
    controls(busy)
form.share(PAGE, TorchProfileConfig, START)
with stage:
    if isinstance(found, Task):
        st.fragment(follow, run_every=0.5 if found.active else None)()
    if profile is not None:
        show_operators(profile)
shown = profile.taken(st.session_state[WORKED]) if profile is not None else None
waiting = "Measuring it …" if busy else "Choose *Profile*, and it is measured."
finding = headline(shown) if shown is not None else f"Where does the time of a step go? {waiting}"
lead.markdown(f"{finding} Profiling slows calls: compare shares.")
if profile is not None:
    left, right = st.columns(2, gap="large")
    with left:
        show_layers(profile)
        show_table(profile)
    with right:
        show_sweep(profile)
        show_threads(profile)
        show_memory(profile)
        show_trace(profile)
cards.show(PAGE, CARDS, apply_card, profile, busy=busy)
with st.expander("Check yourself: a layer takes 10 % of a step and becomes twice as fast?", key=f"{PAGE}__q"):
    st.write("The step is 5 % shorter. The other 90 % take as long as before.")
state.next_link("mnist/export.py", "Next: take it with you", run)
