"""A few changed pixels make the network read something else: searched by gradient, or painted by hand."""

from functools import partial

import streamlit as st

from dlcore.cards import Card
from dlcore.datasets.dataset import MNIST
from dlcore.figures.fooling import fooled_sheet, hardness_chart
from dlcore.fooling.cards import CARDS, ShownFooling
from dlcore.fooling.hardness import COUNT, Hardness
from dlcore.fooling.search import Change, Fooled, changed, fool
from dlcore.fooling.words import hand_words, hardness_words, pixels_words, step_words
from dlcore.mnist.normalize import NORMALIZE
from dlcore.run import Checkpoint, Run, stop_names
from dlcore.runs.shipped import shipped_run
from ui import cards, form, live, messages, path, pickers, state, work
from ui.components.sheets.component import show_sheets
from ui.components.vote.component import show_vote
from ui.digit_input import DigitInput
from ui.layout import side_and_stage
from ui.lenses import fooling, mnist
from ui.remember import remembered

PAGE = "mnist_fool"
DIGIT = DigitInput(PAGE)
SHIPPED = shipped_run("mnist")
ANY = "any other digit"
MODES = {"search": "Let it search", "hand": "By hand"}
Measured = dict[tuple[str, int], tuple[str, Checkpoint]]  # by a run's id and a step: their name, weights
CLICK = "**Click pixels of the digit.** A click makes a pixel white or black, a second puts it back."


def key(name: str) -> str:
    return form.key(PAGE, name)


# --- callbacks ----------------------------------------------------------------------------


def go_to(step: int) -> None:
    st.session_state[key("step")] = step


def paint(digit: state.CurrentDigit, _: str, cell: int) -> None:
    """A pixel goes to its other end, or back to what it was."""
    st.session_state[key("mode")] = "hand"
    row, column = divmod(cell, 28)
    before = int(digit.pixels[row, column])
    painted = [c for c in hand(digit) if (c.row, c.column) != (row, column)]
    if len(painted) == len(hand(digit)):
        painted.append(Change(row, column, before, 0 if before > 127 else 255))
    st.session_state[key("painted")] = (digit, tuple(painted))


def take_back() -> None:
    """What was painted by hand goes."""
    st.session_state.pop(key("painted"), None)


def named(run: Run, checkpoint: Checkpoint) -> str:
    return f"{run.name}, epoch {stop_names(run.checkpoints)[run.checkpoints.index(checkpoint)]}"


def measure(run: Run, checkpoints: tuple[Checkpoint, ...]) -> None:
    """Ask how hard these weights are to fool, and come to where it is shown."""
    cards.come_to(PAGE, "epochs")
    known = st.session_state.setdefault(key("measured"), {})
    known |= {(run.id, one.step): (named(run, one), one) for one in checkpoints}


def apply_card(card: Card) -> None:
    if "epochs" in card.setup:
        measure(SHIPPED, tuple(one for one in SHIPPED.checkpoints if one.epoch in card.setup["epochs"]))
    else:
        cards.apply_card(PAGE, card)


# --- the page -----------------------------------------------------------------------------


def hand(digit: state.CurrentDigit) -> tuple[Change, ...]:
    """What was painted on this digit."""
    of, painted = st.session_state.get(key("painted"), (None, ()))
    return painted if of is digit else ()


def search(digit: state.CurrentDigit, checkpoint: Checkpoint) -> Fooled:
    """The search on this digit, made once; a new one begins with the digit untouched."""
    model, config = mnist.model(checkpoint)
    read = mnist.predictor(checkpoint).predict(digit.pixels).digit
    choices = [ANY, *(str(number) for number in range(10) if number != read)]
    if st.session_state.get(key("wanted")) not in choices:
        st.session_state[key("wanted")] = ANY
    chosen = st.selectbox(f"Turn this {read} into", choices, key=key("wanted"))
    wanted = None if chosen == ANY else int(chosen)

    def make() -> Fooled:
        st.session_state[key("step")] = 0
        return fool(model, NORMALIZE[config.normalize], digit.pixels, wanted)

    return remembered(key("search"), (digit, model, wanted), make)


def by_hand(digit: state.CurrentDigit, fooled: Fooled, checkpoint: Checkpoint) -> tuple[Change, ...]:
    """What was painted. The rows are as high as those of the search: the digit stays where it is."""
    painted = hand(digit)
    reads = mnist.predictor(checkpoint).predict(changed(digit.pixels, painted)).digit
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Take all back",
            icon=":material/undo:",
            key=key("back"),
            on_click=take_back,
            disabled=not painted,
        )
    with st.container(key=key("two_lines")):
        st.markdown(f"**{hand_words(fooled, len(painted), reads)}**" if painted else CLICK)
    return painted


def by_search(fooled: Fooled) -> tuple[Change, ...]:
    """What the search has changed up to a step."""
    last = len(fooled.steps) - 1
    step: int = min(st.session_state.get(key("step"), 0), last)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "One more pixel",
            type="primary",
            icon=":material/add:",
            key=key("more"),
            on_click=go_to,
            args=(step + 1,),
            disabled=step == last,
        )
        st.button(
            "All",
            icon=":material/last_page:",
            key=key("all"),
            on_click=go_to,
            args=(last,),
            disabled=step == last,
        )
        st.button("None", icon=":material/first_page:", key=key("none"), on_click=go_to, args=(0,))
    with st.container(key=key("two_lines")):
        st.markdown(f"**{step_words(fooled, step)}**")
    return fooled.steps[step].changes


def picture(digit: state.CurrentDigit, changes: tuple[Change, ...], checkpoint: Checkpoint) -> None:
    """The changed digit and the network's vote on it."""
    image = changed(digit.pixels, changes)
    words = f"{pixels_words(len(changes))} changed. Click any pixel, or arrow keys and Enter, to change it"
    left, right = st.columns([1, 1])
    with left:
        sheet = fooled_sheet(digit.pixels, changes, words)
        show_sheets([[sheet]], "mnist_fool-digit", partial(paint, digit), toggles=True)
    with right:
        prediction = mnist.predictor(checkpoint).predict(image)
        show_vote("mnist_fool-vote", image, prediction, note=digit.source)


def harder(run: Run, checkpoint: Checkpoint) -> dict[int, Hardness]:
    """How hard networks are to fool, on many digits; returns the shipped ones, by epoch."""
    st.subheader("Is another network harder to fool?")
    measured: Measured = st.session_state.setdefault(key("measured"), {})
    st.button(
        f"Measure {messages.plain(named(run, checkpoint))}, on {COUNT} test digits",
        icon=":material/speed:",
        key=key("measure"),
        on_click=measure,
        args=(run, (checkpoint,)),
        disabled=(run.id, checkpoint.step) in measured,
    )
    asked = {place: fooling.hardness(one) for place, (_, one) in measured.items()}
    work.only_task(PAGE, *asked.values())
    lacking = sorted((one for one in asked.values() if one.result is None), key=lambda one: one.failed)
    if lacking:  # one at work is the first
        work.wait(PAGE, lacking[0], lambda task: work.stage(task, "Reading the test digits"), again="again")
    found = {place: one.result for place, one in asked.items() if one.result is not None}
    if found:
        rows = [(measured[place][0], hardness) for place, hardness in found.items()]
        st.markdown(":gray[│] a digit :blue[●] half of the digits need this many pixels or fewer")
        live.show_chart(hardness_chart(rows, state.theme()), key("hardness"))
        for label, hardness in rows:
            st.markdown(f"**{messages.plain(label)}**: {hardness_words(hardness)}")
    return {measured[place][1].epoch: one for place, one in found.items() if place[0] == SHIPPED.id}


path.title(__file__)
st.write("Sure is not safe: a few changed pixels, and it reads something else.")
with st.container(horizontal=True, vertical_alignment="bottom"):
    run = pickers.select_run(PAGE, "mnist", only=MNIST)
    checkpoint = pickers.select_checkpoint(PAGE, run)
pickers.say_who_is_missing("mnist", MNIST, "Here digits are turned into other digits")
DIGIT.begin()
st.session_state.setdefault(key("mode"), "search")
digit = state.current_digit()
side, stage = side_and_stage(PAGE)
with side:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Next digit", icon=":material/shuffle:", key=key("next"), on_click=DIGIT.next_test_digit)
        st.page_link("../pages/mnist/draw.py", label="Draw one", icon=":material/draw:")
    if digit is None:
        st.info("There is no digit to change: take the next one, or draw one.")
    else:
        fooled = search(digit, checkpoint)
        mode = st.segmented_control(
            "How", list(MODES), format_func=MODES.__getitem__, key=key("mode"), required=True
        )
if digit is not None:
    with stage:
        picture(
            digit, by_hand(digit, fooled, checkpoint) if mode == "hand" else by_search(fooled), checkpoint
        )
with st.container(key=key("epochs")):  # named as what a card sets
    shipped = harder(run, checkpoint)
cards.show(PAGE, CARDS, ShownFooling(fooled, shipped) if digit is not None else None, apply=apply_card)
path.next_link(__file__, run)
