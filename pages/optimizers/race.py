"""The same hill for six optimizers: click a start, turn the learning rate, play, read one step's numbers."""

from functools import partial

import streamlit as st

from dlcore.cards import Card
from dlcore.errors import ConfigError
from dlcore.figures.race import loss_chart, map_figure, race_alt, race_figure, race_table, traces
from dlcore.optimizers.advice import cure, departure_words, departures, verdict
from dlcore.optimizers.cards import CARDS
from dlcore.optimizers.hills import TITLES as HILLS
from dlcore.optimizers.hills import Hill
from dlcore.optimizers.race import PRESETS, Race, RaceConfig, until
from dlcore.optimizers.rules import RULES, TITLES
from dlcore.schema import knobs
from dlcore.words import count_of, number, short
from ui import cards, form, layout, live, messages, path, state
from ui.components.plotly3d.component import Play, clicked, plotly3d, step_shown
from ui.lenses import race
from ui.showing import shows
from ui.views import step_by_hand

PAGE = "optimizers_race"
key = partial(form.key, PAGE)
KNOBS = knobs(RaceConfig)
SPACE, MAP = key("space"), key("map")


def choose_hill(name: str) -> None:
    """Each hill comes with a start and a learning rate that suit it. Raises ConfigError for another."""
    if name not in PRESETS:
        raise ConfigError(f"Hill must be one of {', '.join(PRESETS)}. Got {short(name)} instead.")
    st.session_state[key("preset")] = name
    form.write(PAGE, PRESETS[name])


def choose_racers(chosen: list[str]) -> None:
    st.session_state[key("racers")] = " ".join(chosen or RULES)


def move_start() -> None:
    """The start goes where somebody clicked, in space or on the map."""
    click = clicked(SPACE) or clicked(MAP)
    if click is not None:
        hill = form.read(PAGE, RaceConfig).map
        for name, place, (low, high) in (("start_x", click.x, hill.x), ("start_y", click.y, hill.y)):
            st.session_state[key(name)] = round(min(max(place, low), high), 2)


def apply_card(card: Card) -> None:
    config = PRESETS[card.setup["hill"]].replace(**card.setup)
    st.session_state[key("preset")] = config.hill
    form.write(PAGE, config)


def race_again(lr: float) -> None:
    st.session_state[key("lr")] = lr


def chosen_hill() -> Hill:
    """The preset's own, where a client has sent a λ that there is not: the page says so further down."""
    preset = PRESETS[st.session_state[key("preset")]]
    try:
        return preset.replace(steepest=st.session_state[key("steepest")]).map
    except ConfigError:
        return preset.map


def controls() -> None:
    st.selectbox(
        "Hill",
        list(PRESETS),
        list(PRESETS).index(preset := st.session_state[key("preset")]),
        format_func=HILLS.__getitem__,
        help=KNOBS["hill"].help,
        **shows(key("preset"), preset, messages.guarded(PAGE, choose_hill)),
    )
    hill = chosen_hill()
    st.markdown(f"$f = {hill.formula}$")
    if hill.name == "bowl":
        form.widget(PAGE, KNOBS["steepest"])
    form.choice(PAGE, KNOBS["rates"])
    if st.session_state[key("rates")] == "shared":
        form.widget(PAGE, KNOBS["lr"], marks=(0.19, 0.21))
    form.widget(PAGE, KNOBS["momentum"])
    with st.popover("Start, steps, racers", icon=":material/tune:"):
        for name, (low, high) in (("start_x", hill.x), ("start_y", hill.y)):
            st.session_state[key(name)] = min(max(st.session_state[key(name)], low), high)
            st.number_input(
                KNOBS[name].title,
                low,
                high,
                st.session_state[key(name)],
                step=0.1,
                format="%g",
                help=KNOBS[name].help,
                **form.field(PAGE, KNOBS[name]),
            )
        form.widget(PAGE, KNOBS["steps"])
        st.pills(
            "Racers",
            list(RULES),
            format_func=TITLES.__getitem__,
            selection_mode="multi",
            default=(racers := st.session_state[key("racers")].split()),
            **shows(key("chosen"), racers, choose_racers),
        )


def pictures(result: Race) -> Play:
    """In space and from above; one bar plays both."""
    paths, heads = traces(result)
    play = Play(paths, result.config.steps, heads=heads, group=PAGE, report=True)
    follow = Play(paths, result.config.steps, heads=heads, group=PAGE, controls=False)
    theme, alt = state.theme(), race_alt(result)
    views = (
        (race_figure(result, theme), SPACE, f"In space. {alt}", "race", play),
        (map_figure(result, theme), MAP, f"From above. {alt}", "race_map", follow),
    )
    for column, (figure, name, words, file, bar) in zip(st.columns(2), views, strict=True):
        with column:
            plotly3d(
                figure,
                name,
                height=400,
                phone=260,  # both are in sight at once
                alt=words,
                filename=file,
                play=bar,
                on_click=move_start,
            )
    return play


def say_departures(result: Race) -> None:
    """Who left the map, why, and the learning rate that cures it."""
    gone = departures(result)
    if not gone:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(departure_words(gone), width="stretch")
        lr = cure(gone)
        if lr is not None and result.config.rates == "shared":
            st.button(
                f"Again with lr {number(lr)}",
                icon=":material/healing:",
                key=key("cure"),
                on_click=race_again,
                args=(lr,),
            )


def table(result: Race, shown: int | None) -> None:
    """Who stands where at the step at which the bar stands."""
    step = result.config.steps if shown is None else shown
    so_far = until(result, step)
    st.markdown(f"**After {count_of(step, 'step')}.** {verdict(so_far)}")
    st.dataframe(
        race_table(so_far),
        hide_index=True,
        key=key("table"),
        column_config={
            "Learning rate": st.column_config.NumberColumn(format="%g"),
            "Loss": st.column_config.NumberColumn(format="%.2g"),
        },
    )


path.title(__file__)
st.write("Six optimizers go down the same hill. Only their step rule differs.")
messages.show_refusal(PAGE)
form.prepare(PAGE, RaceConfig, PRESETS)
side, stage = layout.side_and_stage(PAGE, (1, 3))
with side:
    controls()
try:
    config = form.read(PAGE, RaceConfig)
except ConfigError as error:
    st.error(messages.plain(str(error)), icon=":material/error:")
    config = PRESETS[st.session_state[key("preset")]]
form.share(PAGE, RaceConfig, PRESETS)
result = race.race(config)
with stage:
    play = pictures(result)
    minima = "☆ lowest minimum. " if result.map.minima else ""
    st.caption(f"× start. {minima}**Click either picture to start there.**")
    say_departures(result)
shown = step_shown(SPACE, play)
curves, places = st.columns(2, gap="large")
with curves:
    live.show_chart(loss_chart(result, state.theme()), key("losses"))
with places:
    table(result, shown)
step_by_hand.show(PAGE, result, shown)
cards.show(PAGE, CARDS, result, apply=apply_card)
with st.expander(
    "Check yourself: a bowl curves with λ = 30. SGD runs with lr 0.1. What happens?", key=key("check")
):
    st.markdown("It explodes. The limit is 2/λ = 2/30 ≈ 0.067, and 0.1 is above it.")
path.next_link(__file__)
