"""Where a training spends its time and memory: functions, lines, calls, and one way to be slower."""

import secrets

import streamlit as st

from dlcore.cards import Card
from dlcore.events import Stage
from dlcore.figures.call_graph import call_graph_alt, call_graph_dot
from dlcore.figures.profile import SELECTION, functions_chart, memory_chart, race_chart, shown_functions
from dlcore.figures.source_lines import source_html
from dlcore.inspection.python_profile.cards import CARDS
from dlcore.inspection.python_profile.result import Profile, ProfileConfig
from dlcore.inspection.python_profile.words import commands, headline, provenance
from dlcore.runs.tasks import Task
from dlcore.schema import knobs
from dlcore.words import percent, seconds
from ui import cards, form, live, messages, resources, state

PAGE = "black_patch_profiling"
KNOBS = knobs(ProfileConfig)
CONTROLS = ("hidden", "epochs", "train_size")
CONFIGS = {"short": ProfileConfig()}
WANTED, SHOWN, FUNCTION = f"{PAGE}__wanted", f"{PAGE}__shown", f"{PAGE}__function"


def measure() -> None:
    """Profile what the controls say; the same once more is measured anew."""
    config = form.read(PAGE, ProfileConfig)
    before = st.session_state[WANTED]
    again = secrets.token_hex(4) if before is not None and before[0] == config else ""
    st.session_state[WANTED] = (config, again)


def cancel() -> None:
    """Nothing is wanted any more; what was shown stays."""
    wanted = st.session_state[WANTED]
    if wanted is not None and isinstance(task := resources.profile(*wanted), Task):
        resources.drop(task)
        st.session_state[WANTED] = None


def choose_bar() -> None:
    """A click on a bar, as the chart reports it: the function's lines are shown."""
    points = st.session_state[f"{PAGE}__bars"].selection.get(SELECTION, [])
    if points and points[0][SELECTION] in st.session_state[f"{PAGE}__names"]:
        st.session_state[FUNCTION] = points[0][SELECTION]


def apply_card(card: Card) -> None:
    for name, value in card.setup.items():
        st.session_state[f"{PAGE}__{name}"] = value


def controls(busy: bool) -> None:
    for name in CONTROLS:
        form.widget(PAGE, KNOBS[name])
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
    """How far the measuring is; when it is done, the whole page is drawn again."""
    wanted = st.session_state[WANTED]
    found = resources.profile(*wanted) if wanted is not None else None
    if not isinstance(found, Task):
        st.rerun()
    step = next((e for e in reversed(found.events) if isinstance(e, Stage)), Stage(0.0, "Starting"))
    st.progress(step.share, text=f"{step.words} …")
    if found.status == "failed":
        st.warning(messages.plain(found.reason), icon=":material/timer_off:")


def show_functions(profile: Profile) -> None:
    """Tiles, bars by function, and the source of the chosen one with its time per line."""
    tiles = st.container(horizontal=True, gap="medium")
    tiles.metric("Layer 1's multiply-add", percent(profile.layer_one), width="content")
    tiles.metric("Training, CPU time", seconds(profile.seconds), width="content")
    tiles.metric("cProfile slows it", f"{profile.slowdown:.1f} ×", width="content")
    names = [function.name for function in shown_functions(profile)]
    st.session_state[f"{PAGE}__names"] = names
    if st.session_state.get(FUNCTION) not in names:
        st.session_state[FUNCTION] = names[0]
    chart = functions_chart(profile, st.session_state[FUNCTION], state.theme())
    st.markdown("**Own time of each function**: :blue[■] for layer 1, :gray[■] the rest. Click a bar.")
    live.show_selectable(chart, f"{PAGE}__bars", choose_bar)
    st.caption(provenance(profile))


def show_lines(profile: Profile) -> None:
    names = st.session_state[f"{PAGE}__names"]
    st.selectbox("The lines of", names, key=FUNCTION, width=320)
    lines = profile.lines_of(st.session_state[FUNCTION])
    if lines:
        st.html(source_html(lines, profile.watched_seconds, state.theme()))
        st.caption(
            "Another run, with a clock around each statement, its cost taken off. So these shares differ "
            "from cProfile's. What a line calls counts there, unless it is built in."
        )
    else:
        st.caption("The lines of this function are not timed: it takes too little.")


def show_calls(profile: Profile) -> None:
    st.subheader("Who calls whom")
    st.graphviz_chart(call_graph_dot(profile.pstats, state.theme()), alt=call_graph_alt(profile.pstats))
    st.caption("Share of the time with all it calls, (its own), calls. A generator counts once per event.")


def show_memory(profile: Profile) -> None:
    st.subheader("Memory")
    live.show_chart(memory_chart(profile.memory, state.theme()), f"{PAGE}__memory")
    most, (made, added) = profile.allocations[0], profile.memory.growth
    st.caption(
        f"Making the images takes {made:.1f} MB, training on them adds {added:.1f} MB. "
        f"Most is held by {most.file}, line {most.line}: {most.kilobytes:,.0f} kB."
    )
    with st.expander("Every line that holds memory", key=f"{PAGE}__held"):
        st.dataframe(
            [
                {
                    "Line": f"{a.file}:{a.line}",
                    "kB": round(a.kilobytes),
                    "Blocks": a.blocks,
                    "Source": a.source,
                }
                for a in profile.allocations
            ],
            hide_index=True,
        )


def show_race(profile: Profile) -> None:
    st.subheader("Before and after")
    race = profile.race
    st.write(
        f"The same sums with index loops take **{race.ratio:.1f} times** as long "
        f"(the median of {len(race.ours)} turns, {race.images} images each)."
    )
    live.show_chart(race_chart(race, state.theme()), f"{PAGE}__race")
    twins = profile.twins
    st.caption(
        f"Another race, for one training step: plain Python {twins.plain:.0f} µs, "
        f"NumPy {twins.numpy:.0f} µs, torch {twins.torch:.0f} µs."
    )


def show_commands(profile: Profile) -> None:
    st.subheader("On your own computer")
    st.code(commands(profile.config), language="bash", wrap_lines=True)
    st.caption("From outside, the start of Python and its imports count too.")
    st.download_button(
        "Download the .pstats",
        profile.pstats,
        file_name="black_patch.pstats",
        mime="application/octet-stream",
        icon=":material/download:",
        key=f"{PAGE}__download",
        on_click="ignore",
    )


def show_table(profile: Profile) -> None:
    with st.expander("All functions in numbers", key=f"{PAGE}__all"):
        st.dataframe(
            [
                {
                    "Function": f.name,
                    "Calls": f.calls,
                    "Own (ms)": round(1000 * f.own, 2),
                    "With calls (ms)": round(1000 * f.cumulative, 2),
                    "Where": f"{f.file}:{f.line}",
                }
                for f in profile.functions
            ],
            hide_index=True,
        )


form.prepare(PAGE, ProfileConfig, CONFIGS)
if WANTED not in st.session_state:
    st.session_state[WANTED] = (form.read(PAGE, ProfileConfig), "")
wanted = st.session_state[WANTED]
found = resources.profile(*wanted) if wanted is not None else None
if isinstance(found, Profile):
    st.session_state[SHOWN] = found
profile: Profile | None = st.session_state.get(SHOWN)

st.title("Profiling")
finding = headline(profile) if profile else "Where does the time of a training go? Measuring it …"
st.markdown(f"{finding} Profiling slows calls: compare shares.")
with st.container(key=f"{PAGE}__picture_first"):
    side, stage = st.columns([1, 2], gap="large")
with side:
    controls(busy=isinstance(found, Task))
form.share(PAGE, ProfileConfig, CONFIGS)
with stage:
    if isinstance(found, Task):
        st.fragment(follow, run_every=0.5)()
    if profile is not None:
        show_functions(profile)
if profile is not None:
    show_lines(profile)
    left, right = st.columns(2, gap="large")
    with left:
        show_calls(profile)
        show_table(profile)
    with right:
        show_memory(profile)
        show_race(profile)
        show_commands(profile)
cards.show(PAGE, CARDS, apply_card, profile, busy=isinstance(found, Task))
with st.expander(
    "Check yourself: 2 % of the time made ten times faster. What does it save?", key=f"{PAGE}__q"
):
    st.write("1.8 %: nine tenths of 2 %. The other 98 % take as long as before.")
state.next_link("mnist/train.py", "Next: a network that reads digits")
