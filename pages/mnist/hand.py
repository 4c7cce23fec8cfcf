"""A trained network learns from one's own drawings: before and after, and what it forgets over them."""

import streamlit as st

from dlcore.errors import ConfigError
from dlcore.hand.cards import CARDS
from dlcore.hand.config import PRESETS, HandConfig
from dlcore.hand.drawings import WANTED, Hand, pack, parted, refusal
from dlcore.hand.made_up import ODD
from dlcore.hand.outcome import HandResult
from dlcore.run import Checkpoint, Run
from dlcore.runs.shipped import shipped_run
from dlcore.schema import parse
from ui import cards, form, messages, path, state
from ui.layout import side_and_stage
from ui.lenses import hand as lens
from ui.remember import remembered
from ui.training import TrainingPage
from ui.views import hand as view
from ui.views.desk import Desk

PAGE = "mnist_hand"
DESK = Desk(PAGE)
TRAINING = TrainingPage(PAGE, "hand", HandConfig, PRESETS, own="whose")
BEFORE = shipped_run("mnist").checkpoints[-1]
WHOSE = {"made_up": "A made-up hand", "mine": "My hand"}
REHEARSAL = HandConfig().rehearsal


def key(name: str) -> str:
    return form.key(PAGE, name)


# --- callbacks ----------------------------------------------------------------------------


def pick(index: int | None) -> None:
    st.session_state[key("picked")] = index


def another_hand() -> None:
    now = st.session_state[key("number")]
    st.session_state[key("number")] = ODD[(ODD.index(now) + 1) % len(ODD) if now in ODD else 0]
    pick(None)


def show_other(other: Hand) -> None:
    st.session_state[key("offered")] = ()
    DESK.change(other)


def teach() -> None:
    """A second click finds a run under way and does nothing."""
    found = run_of(asked())
    if found is None or not found.active:
        TRAINING.begin(asked(), PRESETS["made-up"].threads)


# --- what is on the page ------------------------------------------------------------------


def is_mine() -> bool:
    return bool(st.session_state[key("whose")] == "mine")


def packed() -> str:
    hand = DESK.hand
    return remembered(key("packed"), (hand,), lambda: pack(hand))


def asked() -> HandConfig:
    """The training of the hand that is shown."""
    return HandConfig().replace(
        rehearsal=REHEARSAL if st.session_state[key("rehearse")] else 0,
        made_up=ODD[0] if is_mine() else st.session_state[key("number")],
        drawings=packed() if is_mine() else "",
    )


def run_of(config: HandConfig) -> Run | None:
    """This visitor's latest run on the same hand."""
    if is_mine() and not DESK.hand:
        return None
    same = {"drawings": config.drawings, "made_up": config.made_up}
    runs = state.my_runs("hand")
    found = next((run for run in runs if {name: run.config.get(name) for name in same} == same), None)
    return state.run_named(found.id) if found is not None else None


def begin() -> None:
    """At first a made-up hand; who comes with a run finds its hand."""
    st.session_state.setdefault(key("whose"), "mine" if DESK.hand else "made_up")
    st.session_state.setdefault(key("number"), ODD[0])
    st.session_state.setdefault(key("rehearse"), True)
    st.session_state.setdefault(key("picked"), None)
    run = state.chosen_run()
    if run is not None and run.kind == "hand" and st.session_state.get(key("entered")) != run.id:
        st.session_state[key("entered")] = run.id
        adopt(run)


def adopt(run: Run) -> None:
    """Show the hand that a run learned, if that is its visitor's to see."""
    try:
        config = parse(HandConfig, run.config)
    except ConfigError:
        st.info("This run was made by another version of the lab: its drawings cannot be shown.")
        return
    if config.drawings and not state.mine(run):
        st.info("The drawings of this run are its owner's alone. On Draw you can try what it learned.")
        return
    st.session_state[key("rehearse")] = config.rehearsal > 0
    st.session_state[key("whose")] = "mine" if config.drawings else "made_up"
    st.session_state[key("number")] = config.made_up
    if config.drawings and not DESK.hand:
        DESK.change(config.hand)
    elif config.drawings and config.drawings != packed():
        st.session_state[key("offered")] = config.hand


def offer() -> None:
    """A run whose drawings are others than those on the desk: neither replaces the other by itself."""
    other: Hand = st.session_state.get(key("offered"), ())
    if other:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("The run you chose learned from other drawings than these.")
            words = f"Show its {len(other)} instead"
            st.button(words, key=key("show_other"), on_click=show_other, args=(other,))


def controls(run: Run | None, hand: Hand) -> None:
    """Whether old digits are mixed in, and the button that starts."""
    why_not, busy = refusal(parted(hand)[0]), run is not None and run.active
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Teach it my hand" if is_mine() else "Teach it this hand",
            type="primary" if not is_mine() or len(hand) >= WANTED else "secondary",
            icon=":material/model_training:",
            key=key("teach"),
            on_click=messages.guarded(PAGE, teach),
            disabled=bool(why_not) or busy,
        )
        if run is not None and busy:
            stop = messages.guarded(PAGE, TRAINING.steer)
            st.button("Stop", icon=":material/stop:", key=key("stop"), on_click=stop, args=(run.id, "stop"))
        elif is_mine():
            back, last = DESK.take_back, hand[-1:]
            words, icon = "Take the last back", ":material/undo:"
            st.button(words, icon=icon, key=key("undo"), on_click=back, args=last, disabled=not last)
        else:
            st.button("Another hand", icon=":material/casino:", key=key("another"), on_click=another_hand)
    st.toggle(
        "Mix in old digits",
        key=key("rehearse"),
        persist_state="session",
        disabled=busy,
        help=f"It sees {REHEARSAL:,} training digits again in each epoch, so that it does not forget them.",
    )
    if why_not:
        st.caption(why_not)
    elif is_mine() and len(hand) < WANTED:
        st.caption(f"Five of each digit are good. It can begin with these {len(hand)}.")
    if not is_mine():
        st.caption("Nobody wrote these: a program warps strokes in one way. Hands it misreads were chosen.")
        messages.show_refusal(PAGE)


def stage(run: Run | None, hand: Hand, after: Checkpoint | None, trouble: str) -> HandResult | None:
    """The drawings, before and after, and what was forgotten."""
    if trouble:
        st.warning(trouble, icon=":material/error:")
    seen = view.read(PAGE, hand, BEFORE, after)
    picked = st.session_state[key("picked")]
    picked = picked if picked is not None and picked < len(hand) else view.first_misread(seen)
    view.show_drawings(seen, picked, pick)
    with st.container():  # so that what follows keeps its place
        if run is not None:
            view.show_status(TRAINING, run)
    view.show_picked(seen, picked)
    if picked is not None and is_mine():
        words, icon = "Take this one back", ":material/remove:"
        st.button(words, icon=icon, key=key("back"), on_click=DESK.take_back, args=(hand[picked],))
    return view.show_result(seen, run, BEFORE, after) if run is not None and after is not None else None


path.title(__file__)
st.write("It reads the hands it has seen. A few of your drawings change what it reads.")
DESK.digits.begin()
begin()
st.segmented_control(
    "Whose hand",
    list(WHOSE),
    format_func=WHOSE.__getitem__,
    key=key("whose"),
    on_change=pick,
    args=(None,),
    required=True,
    label_visibility="collapsed",
)
hand = DESK.hand if is_mine() else lens.made_up(st.session_state[key("number")])
run = run_of(asked())
learned, trouble = view.learned_by(run)
with st.container():
    if is_mine():
        offer()
if is_mine():
    side, middle = st.columns([2, 3], gap="large")  # the canvas is 280 wide
    with side:
        DESK.show([BEFORE, *([learned] if learned is not None else [])])
        controls(run, hand)
else:
    side, middle = side_and_stage(PAGE)
    with side:
        controls(run, hand)
with middle:
    result = stage(run, hand, learned, trouble)
cards.show(PAGE, CARDS, result, busy=run is not None and run.active)
path.next_link(__file__, run)
