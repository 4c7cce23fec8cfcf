"""Where a training spends its time and memory: functions, lines, calls, and one way to be slower."""

from functools import partial

import streamlit as st

from dlcore.figures.call_graph import call_graph_alt, call_graph_dot
from dlcore.figures.profile import SELECTION, functions_chart, memory_chart, race_chart, shown_functions
from dlcore.figures.source_lines import source_html
from dlcore.inspection.python_profile.cards import CARDS
from dlcore.inspection.python_profile.result import Profile, ProfileConfig
from dlcore.inspection.python_profile.words import commands, headline, provenance
from dlcore.schema import knobs
from dlcore.words import percent, seconds
from ui import cards, form, layout, live, path, state, work
from ui.lenses import profiles
from ui.measuring import MeasuringPage

PAGE = "black_patch_profiling"
key = partial(form.key, PAGE)
MEASURING = MeasuringPage(PAGE, profiles.profile)
KNOBS = knobs(ProfileConfig)
CONTROLS = ("hidden", "epochs", "train_size")
CONFIGS = {"short": ProfileConfig()}
FUNCTION = key("function")


def wanted() -> ProfileConfig:
    return form.read(PAGE, ProfileConfig)


def choose_bar() -> None:
    """A click on a bar, as the chart reports it: the function's lines are shown."""
    points = st.session_state[key("bars")].selection.get(SELECTION, [])
    if points and points[0][SELECTION] in st.session_state[key("names")]:
        st.session_state[FUNCTION] = points[0][SELECTION]


def show_functions(profile: Profile) -> None:
    """Tiles, bars by function, and the source of the chosen one with its time per line."""
    st.subheader("By function")
    st.markdown(headline(profile))
    tiles = st.container(horizontal=True, gap="medium")
    tiles.metric("Layer 1's multiply-add", percent(profile.layer_one), width="content")
    tiles.metric("Training, CPU time", seconds(profile.seconds), width="content")
    tiles.metric("cProfile slows it", f"{profile.slowdown:.1f} ×", width="content")
    names = [function.name for function in shown_functions(profile)]
    st.session_state[key("names")] = names
    if st.session_state.get(FUNCTION) not in names:
        st.session_state[FUNCTION] = names[0]
    chart = functions_chart(profile, st.session_state[FUNCTION], state.theme())
    st.markdown("**Own time of each function**: :blue[■] for layer 1, :gray[■] the rest. Click a bar.")
    live.show_selectable(chart, key("bars"), choose_bar)
    st.caption(provenance(profile))


def show_lines(profile: Profile) -> None:
    names = st.session_state[key("names")]
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
    st.caption(
        "Share of the time with all it calls, (its own), calls. A generator counts once each time it starts."
    )


def show_memory(profile: Profile) -> None:
    st.subheader("Memory")
    live.show_chart(memory_chart(profile.memory, state.theme()), key("memory"))
    most, (made, added) = profile.allocations[0], profile.memory.growth
    st.caption(
        f"Making the images takes {made:.1f} MB, training on them adds {added:.1f} MB. "
        f"Most is held by {most.file}, line {most.line}: {most.kilobytes:,.0f} kB."
    )
    with st.expander("Every line that holds memory", key=key("held")):
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
    live.show_chart(race_chart(race, state.theme()), key("race"))
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
        key=key("download"),
        on_click="ignore",
    )


def show_table(profile: Profile) -> None:
    with st.expander("All functions in numbers", key=key("all")):
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
MEASURING.begin(wanted)
asked = MEASURING.alone()
profile = MEASURING.shown

path.title(__file__)
st.write("Before you make a step faster, measure where its time goes. Profiling slows calls: compare shares.")
side, stage = layout.side_and_stage(PAGE)
with side:
    for name in CONTROLS:
        form.widget(PAGE, KNOBS[name])
form.share(PAGE, ProfileConfig, CONFIGS)
with stage:
    MEASURING.step_picture((profile.step or None) if profile is not None else None, active=asked.active)
    MEASURING.buttons("Profile", wanted, busy=asked.active, active=asked.active)
    work.wait(PAGE, asked, work.stage)
if profile is not None:
    show_functions(profile)
    show_lines(profile)
    left, right = st.columns(2, gap="large")
    with left:
        show_calls(profile)
        show_table(profile)
    with right:
        show_memory(profile)
        show_race(profile)
        show_commands(profile)
cards.show(PAGE, CARDS, profile, busy=asked.active)
with st.expander("Check yourself: 2 % of the time made ten times faster. What does it save?", key=key("q")):
    st.write("1.8 %: nine tenths of 2 %. The other 98 % take as long as before.")
path.next_link(__file__)
