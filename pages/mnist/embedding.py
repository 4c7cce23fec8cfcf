"""Where each layer of a network of digits places 600 test digits, and one's own among them."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dlcore.cards import Card
from dlcore.datasets.catalogue import class_names, noun_of
from dlcore.datasets.dataset import MNIST
from dlcore.errors import ConfigError
from dlcore.figures.digit_embedding import digit_alt, digit_figure, digit_kinds
from dlcore.figures.digits import digit_image
from dlcore.inspection.embedding.digit_cards import CARDS, ShownDigits
from dlcore.inspection.embedding.digit_words import about, layer_label, seeds_differ
from dlcore.inspection.embedding.digits import (
    INPUT,
    DigitConfig,
    DigitLayer,
    DigitPicture,
    layer_names,
    place_digit,
    shown_digits,
)
from dlcore.inspection.embedding.layouts import METHODS, check_perplexity
from dlcore.mnist.normalize import NORMALIZE
from dlcore.run import Checkpoint, Run, moment, stop_names
from dlcore.schema import knobs
from dlcore.words import short
from ui import cards, form, layout, live, messages, path, pickers, state, work
from ui.digit_input import DigitInput
from ui.lenses import embeddings, mnist
from ui.selections import picked_number
from ui.views import neighbours
from ui.views.film import LAYERS, STILL, choose_film, show_film

PAGE = "mnist_embedding"
key = partial(form.key, PAGE)
KNOBS = knobs(DigitConfig)
START = {"start": DigitConfig()}
OFFERED = [name for name, method in METHODS.items() if method.available]
MISSING = [name for name in METHODS if name not in OFFERED]
PICKED, SCATTER, BEFORE = key("image"), key("scatter"), key("before")
DIGIT = DigitInput(PAGE)
Shown = work.Asked[DigitPicture]


def pick() -> None:
    """The digit of the mark that was clicked; a click beside all marks keeps the last one."""
    image = picked_number(SCATTER, "points", "customdata")
    if image is not None:
        st.session_state[PICKED] = image


def next_wrong(layer: DigitLayer) -> None:
    st.session_state[PICKED] = layer.next_wrong(picked())


def picked() -> int:
    """The digit that is followed through layers and epochs."""
    image = st.session_state.get(PICKED, 0)
    return image if 0 <= image < len(shown_digits(state.shown_images())[1]) else 0


def apply_card(card: Card, run: Run) -> None:
    for name, value in card.setup.items():
        if name == "epoch":
            state.choose_checkpoint(run, run.checkpoints[value])
        else:
            st.session_state[key(name)] = value


def cancel() -> None:
    st.session_state[key("method")] = "pca"


def choose_layer(layers: tuple[str, ...]) -> None:
    wanted = st.session_state[key("layer")]
    if wanted not in layers:  # chosen for another network, or named by a link
        st.session_state[key("layer")] = layers[-2]
        sentence = f"This network has no layer {wanted!r}: {layers[-2]} is shown."
        st.warning(messages.plain(sentence), icon=":material/link_off:")
    through_all = film == LAYERS
    form.choice(PAGE, KNOBS["layer"], list(layers), partial(layer_label, layers=layers), disabled=through_all)
    if through_all:
        st.caption("The film goes through all layers: what it shows is named below it.")


def controls() -> None:
    method = st.session_state[key("method")]
    if method not in OFFERED:
        st.session_state[key("method")] = OFFERED[0]
        named = METHODS[method].title if method in METHODS else short(method)
        sentence = f"{named} is not installed here: {METHODS[OFFERED[0]].title} is shown."
        st.warning(messages.plain(sentence), icon=":material/link_off:")
    form.choice(PAGE, KNOBS["method"], OFFERED, KNOBS["method"].options.__getitem__)
    if st.session_state[key("method")] != "pca":
        with st.popover("Perplexity and seed", icon=":material/tune:"):
            form.widget(PAGE, KNOBS["perplexity"])
            form.widget(PAGE, KNOBS["seed"])


def show_picked(layer: DigitLayer, image: int, names: Sequence[str]) -> None:
    """The followed digit, and what is read in it."""
    label, said = int(layer.labels[image]), int(layer.predictions[image])
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        alt = f"The picked test image, a {names[label]}"
        st.image(digit_image(layer.images[image], 84), width=84, alt=alt)
        with st.container(width="stretch", gap="small"):
            mark = "✓" if layer.right[image] else ":red[✗]"
            shown = [messages.plain(names[which]) for which in (label, said)]
            st.markdown(f"**○ Picked:** labelled {shown[0]}, read as {shown[1]} {mark}")
            layout.wrong_one(PAGE, "Next wrong one", next_wrong, layer, disabled=bool(layer.right.all()))


def shots(run: Run, checkpoint: Checkpoint, layer: DigitLayer, film: str) -> tuple[list[str], list[Shown]]:
    """The names of a film's pictures, and the pictures as far as they have come."""
    if film == LAYERS:
        names = [layer_label(name, layer.layers) for name in layer.layers]
        return names, embeddings.digit_shots([(checkpoint, name) for name in layer.layers])
    names = [f"Epoch {name}" for name in stop_names(run.checkpoints)]
    return names, embeddings.digit_shots([(one, layer.name) for one in run.checkpoints])


def seen(layer: DigitLayer, picture: DigitPicture, run: Run, checkpoint: Checkpoint) -> ShownDigits:
    """What the cards read: this picture, and the one before it if it differs in its seed alone."""
    before = [
        held
        for held in st.session_state.get(BEFORE, [])
        if held[0] == checkpoint.digest and seeds_differ(held[1], picture)
    ]
    if picture.config.method != "pca":
        st.session_state[BEFORE] = [*before[-1:], (checkpoint.digest, picture)]
    pixels = embeddings.digit_layer(checkpoint, INPUT)
    other, untrained = before[-1][1] if before else None, checkpoint.step == 0
    return ShownDigits(layer, picture, moment(run.checkpoints, checkpoint), untrained, pixels, other)


path.title(__file__)
st.write("Each layer moves the images, until those of one kind lie together. Change the layer and watch.")
form.prepare(PAGE, DigitConfig, START)
DIGIT.begin()
side, stage = layout.side_and_stage(PAGE, (3, 5))
with side:
    run = pickers.select_run(PAGE, "mnist")
    checkpoint = pickers.select_checkpoint(PAGE, run)
    film = choose_film(PAGE)
    model, trained = mnist.model(checkpoint)
    classes, noun = class_names(trained.dataset), noun_of(trained.dataset)
    controls()
with stage:
    choose_layer(layer_names(model))
with side:
    config = form.read(PAGE, DigitConfig)
    try:
        check_perplexity(config.perplexity, len(shown_digits(trained.dataset)[1]))
    except ConfigError as error:
        st.error(messages.plain(str(error)), icon=":material/error:")
        config = config.replace(method="pca")
form.share(PAGE, DigitConfig, START)
layer = embeddings.digit_layer(checkpoint, config.layer)
asked = embeddings.digit_picture(checkpoint, config)
names, film_shots = shots(run, checkpoint, layer, film) if film != STILL else ([], [])
work.only_task(PAGE, asked, *film_shots)
picture = asked.result
digit = state.current_digit()
mine = place_digit(model, NORMALIZE[trained.normalize], layer, digit.pixels) if digit is not None else None
with side:
    show_picked(layer, picked(), classes)
    if digit is not None and mine is not None:
        neighbours.show(layer, mine, digit, classes)
    else:
        st.caption(f"Draw one on the page Draw, or take a test {noun}: it is placed among these.")
    with st.container(horizontal=True):
        st.button(
            f"Next test {noun}",
            icon=":material/shuffle:",
            key=key("test"),
            on_click=DIGIT.next_test_digit,
        )
        st.page_link("../pages/mnist/draw.py", label="Draw one", icon=":material/draw:")
with stage:
    if film != STILL:
        kinds = partial(digit_kinds, layer.labels, state.theme(), classes)
        show_film(PAGE, names, film_shots, kinds, picked())
    elif picture is not None:
        own = digit is not None and neighbours.drawn(digit)
        figure = digit_figure(
            layer, picture, state.theme(), picked=picked(), mine=mine, drawn=own, names=classes
        )
        live.show_figure(figure, SCATTER, digit_alt(layer, picture), pick)
        st.markdown(about(layer, picture, moment(run.checkpoints, checkpoint)))
        star = "" if digit is None else f", ★ your {noun}" if own else f", ◆ the other test {noun}"
        st.caption(f"Each {noun} in the colour of its label. :red[**✗**]: read wrongly. ○ picked{star}.")
    else:
        words = f"Placing the {noun}s beside their neighbours. This takes some seconds"
        work.wait(PAGE, asked, words, on_cancel=cancel, height=460)
result = seen(layer, picture, run, checkpoint) if picture is not None else None
if trained.dataset == MNIST:  # of its digits the cards speak
    cards.show(PAGE, CARDS, result, apply=partial(apply_card, run=run))
with st.expander(
    "Check yourself: two islands lie far apart in t-SNE. Are they very different?", key=key("q")
):
    st.write("You cannot tell. t-SNE keeps neighbours together, and another seed moves the islands.")
for name in MISSING:
    st.caption(f"{METHODS[name].title} is offered too once {METHODS[name].package} is installed.")
path.next_link(__file__, run)
