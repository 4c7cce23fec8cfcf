"""Networks that name what a photograph shows: each step of the way, slips in it, and where they looked."""

from contextlib import suppress
from functools import partial
from typing import Any

import streamlit as st
from PIL import Image

from dlcore.cards import Card
from dlcore.errors import VisionError
from dlcore.figures.vision import contact_sheet, crop_square, guesses_chart
from dlcore.schema import knobs, parse_leniently
from dlcore.vision.cards import CARDS, ShownNamed
from dlcore.vision.config import TITLES, RecogniserConfig
from dlcore.vision.networks import Network, for_a_class, network_named
from dlcore.vision.photos import photo_of
from dlcore.vision.pictures import read_picture
from dlcore.vision.recogniser import Named
from dlcore.vision.story import steps
from dlcore.vision.words import answer_words, mode_words, network_words
from dlcore.words import exact_percent, size
from ui import cards, form, live, messages, path, state, work
from ui.components.crop.component import show_crop
from ui.components.sheets.component import show_sheets
from ui.explain import explain
from ui.layout import side_and_stage
from ui.lenses import vision
from ui.photo_doors import PhotoDoors
from ui.remember import remembered
from ui.views.fetching import Fetching
from ui.views.looking import Looking
from ui.views.side_by_side import SideBySideView

PAGE = "recogniser"
key = partial(form.key, PAGE)
KNOBS = knobs(RecogniserConfig)
START = {"start": RecogniserConfig()}
DOORS = PhotoDoors(PAGE, lambda content, _: read_picture(content))
TOLD = 6  # networks that are named as being here


# --- callbacks ----------------------------------------------------------------------------


def move_crop(across: float, down: float) -> None:
    st.session_state[key("across")], st.session_state[key("down")] = across, down


def apply_card(card: Card) -> None:
    form.write(PAGE, RecogniserConfig().replace(**card.setup))
    DOORS.leave()


# --- the page -----------------------------------------------------------------------------


def picture_of(config: RecogniserConfig) -> Image.Image:
    """One's own, else the chosen photograph."""
    if DOORS.own is not None:
        return DOORS.own
    photo = photo_of(config.photo)
    return remembered(key("opened"), (photo.name,), lambda: read_picture(photo.path.read_bytes()))


def expected(config: RecogniserConfig) -> tuple[str, ...] | None:
    """The right classes of a photograph that comes along; nobody knows those of one's own."""
    if DOORS.own is not None:
        return None
    return photo_of(config.photo).expected


def choices(config: RecogniserConfig, network: Network) -> None:
    """The photographs, or a picture of one's own."""
    mine = DOORS.own is not None
    sheet = contact_sheet(None if mine else config.photo)
    show_sheets([[sheet]], f"{PAGE}-photos", DOORS.choose, leads_to=key("answer"))
    with st.container(horizontal=True):
        with st.popover("A picture of yours", icon=":material/upload:"):
            DOORS.file()
        with st.popover("Camera", icon=":material/photo_camera:"):
            DOORS.camera()
    if not mine:
        photo = photo_of(config.photo)
        st.caption(f"{TITLES[photo.name].capitalize()}: {messages.plain(photo.author)}, {photo.licence}.")
    networks(network)


def networks(network: Network) -> None:
    """The menu: how large each is, how often right; and which are here."""
    titles = {
        one.name: f"{one.title}: {exact_percent(one.accuracy, 1)} right, {size(one.bytes)}"
        for one in for_a_class()
    }
    knob = KNOBS["network"]
    st.selectbox(
        knob.title,
        list(titles),
        form.place(PAGE, knob, list(titles)),
        format_func=titles.__getitem__,
        help=knob.help,
        **form.field(PAGE, knob),
    )
    st.caption(explain(network_words(network)))
    here = [one.title for one in vision.all_here()]
    more = f" and {len(here) - TOLD} more" if len(here) > TOLD else ""
    st.caption(f"Here: {', '.join(here[:TOLD])}{more}. Another one is fetched at a click.")


def answer(named: Named, config: RecogniserConfig) -> None:
    """The picture with its crop beside the five likeliest classes."""
    left, right = st.columns([3, 5])
    with left:
        what = "Your picture" if DOORS.own is not None else f"Photograph: {TITLES[config.photo]}"
        square = remembered(key("square"), (named.prepared,), lambda: crop_square(named.prepared, what))
        show_crop(square, f"{PAGE}-crop", move_crop)
    with right:
        live.show_chart(guesses_chart(named.guesses, state.theme()), key("guesses"))
    st.markdown(answer_words(named.guesses, expected(config)))


def story(named: Named, picture: Image.Image, config: RecogniserConfig, network: Network) -> None:
    """The book's listing, a line at a time."""
    st.subheader("How it came to its answer")
    found = steps(named, picture.size, config, network)
    titles = [f"{number} {step.title}" for number, step in enumerate(found, 1)]
    if st.session_state.get(key("at")) not in titles:
        st.session_state[key("at")] = titles[0]
    at = st.segmented_control("Step", titles, key=key("at"), required=True, label_visibility="collapsed")
    step = found[titles.index(at or titles[0])]
    pictures = {"opened": picture, "resized": named.prepared.resized, "cropped": named.prepared.cropped}
    left, right = st.columns([2, 3])
    with left:
        shown = pictures.get(step.picture, named.prepared.cropped)
        st.image(shown, width=256, alt=f"The picture after step {at}")
    with right:
        st.code(step.code, language="python", wrap_lines=True)
        st.markdown(explain(step.words))


def slips(config: RecogniserConfig, network: Network | None) -> None:
    """What can go wrong on the way without any error; what it means for a network that has answered."""
    st.subheader("Turn one screw")
    left, right = st.columns(2)
    with left:
        form.choice(PAGE, KNOBS["mode"])
        form.choice(PAGE, KNOBS["channels"])
    with right:
        form.widget(PAGE, KNOBS["scale"])
        if config.mode == "train" and network is not None:
            with suppress(VisionError):  # said on the stage already
                words = remembered(
                    key("mode_words"), (network.file,), lambda: mode_words(vision.module(network))
                )
                st.caption(explain(words))


def lesson(picture: Image.Image, config: RecogniserConfig, network: Network) -> Named | None:
    """The answer on the stage, or why there is none."""
    asked = config.model_dump_json()
    with stage, st.container(key=key("answer")):
        if not vision.here(network):
            Fetching(PAGE).show(network)
            return None
        try:
            named = remembered(key("named"), (picture, asked), lambda: vision.named(picture, config))
        except VisionError as error:
            st.error(messages.plain(str(error)), icon=":material/error:")
            return None
        answer(named, config)
        return named


path.title(__file__)
st.write(explain("A trained network must name one of a thousand classes, and knows no other."))
messages.show_refusal(PAGE)
form.prepare(PAGE, RecogniserConfig, START)
st.session_state.setdefault(key("method"), "places")
config, wrong = parse_leniently(RecogniserConfig(), {name: st.session_state[key(name)] for name in KNOBS})
for sentence in wrong:
    st.error(messages.plain(sentence), icon=":material/error:")
picture, network = picture_of(config), network_named(config.network)
side, stage = side_and_stage(PAGE, (2, 3))
with side:
    choices(config, network)
named = lesson(picture, config, network)
looked: work.Asked[Any] = work.Asked()
with st.container():  # so that what follows keeps its place
    if vision.here(network):
        slips(config, network if named is not None else None)
    if named is not None:
        story(named, picture, config, network)
        looked = Looking(PAGE).show(named, config)
with st.container():
    work.only_task(PAGE, looked, SideBySideView(PAGE).show(picture, config))
form.share(PAGE, RecogniserConfig, START)
shown = ShownNamed(config, named, DOORS.own is not None) if named is not None else None
cards.show(PAGE, CARDS, shown, apply=apply_card, leads_to="answer")
path.next_link(__file__)
