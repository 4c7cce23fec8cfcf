"""Where each layer of a black patch network places the test images."""

from functools import partial

import streamlit as st

from dlcore.cards import Card
from dlcore.errors import ConfigError
from dlcore.figures.digits import maps_image
from dlcore.figures.embedding import embedding_alt, embedding_figure, patch_kinds
from dlcore.figures.logits import logit_alt, logit_figure
from dlcore.figures.patches import framed_image
from dlcore.inspection.embedding.layouts import METHODS
from dlcore.inspection.embedding.patch_cards import CARDS, ShownPatches, differ_in_seed
from dlcore.inspection.embedding.patch_words import about
from dlcore.inspection.embedding.patches import EmbedConfig, PatchEmbedding, check, layer_name
from dlcore.run import Checkpoint, Run, moment, stop_names
from dlcore.schema import knobs
from dlcore.words import short
from ui import cards, form, layout, live, messages, path, pickers, state, work
from ui.lenses import embeddings
from ui.selections import picked_number
from ui.views.film import LAYERS, STILL, choose_film, show_film

PAGE = "black_patch_embedding"
key = partial(form.key, PAGE)
KNOBS = knobs(EmbedConfig)
START = {"start": EmbedConfig()}
OFFERED = [name for name, method in METHODS.items() if method.available]
MISSING = [name for name in METHODS if name not in OFFERED]
WORDS = {"fair": "images of the fair test", "test": "images of its own test"}
PICKED, SCATTER, BEFORE = key("image"), key("scatter"), key("before")
Shown = work.Asked[PatchEmbedding]


def pick() -> None:
    """The image of the mark that was clicked; a click beside all marks keeps the last one."""
    image = picked_number(SCATTER, "points", "customdata")
    if image is not None:
        st.session_state[PICKED] = image


def next_wrong(result: PatchEmbedding) -> None:
    st.session_state[PICKED] = result.next_wrong(picked(result))


def picked(result: PatchEmbedding) -> int:
    """The image that is followed through layers and epochs."""
    image = st.session_state.get(PICKED)
    return image if image is not None and 0 <= image < len(result.labels) else result.first_seen()


def apply_card(card: Card, run: Run) -> None:
    for name, value in card.setup.items():
        if name == "epoch":
            state.choose_checkpoint(run, run.checkpoints[-1])
        else:
            st.session_state[key(name)] = value


def cancel() -> None:
    st.session_state[key("method")] = "pca"


def controls(widths: tuple[int, ...]) -> None:
    layers = list(range(len(widths)))
    if st.session_state[key("layer")] not in layers:  # chosen for a deeper network
        st.session_state[key("layer")] = layers[-1]
    method = st.session_state[key("method")]
    if method not in OFFERED:  # named by a link
        st.session_state[key("method")] = OFFERED[0]
        named = METHODS[method].title if method in METHODS else short(method)
        sentence = f"{named} is not installed here: {METHODS[OFFERED[0]].title} is shown."
        st.warning(messages.plain(sentence), icon=":material/link_off:")
    form.choice(PAGE, KNOBS["layer"], layers, lambda layer: layer_name(layer, widths))
    form.choice(PAGE, KNOBS["method"], OFFERED, KNOBS["method"].options.__getitem__)
    if st.session_state[key("method")] != "pca":
        with st.popover("Perplexity and seed", icon=":material/tune:"):
            form.widget(PAGE, KNOBS["perplexity"])
            form.widget(PAGE, KNOBS["seed"])
    form.choice(PAGE, KNOBS["images"], list(KNOBS["images"].options), KNOBS["images"].options.__getitem__)


def show(result: PatchEmbedding) -> None:
    figure = embedding_figure(result, state.theme(), picked=picked(result))
    live.show_figure(figure, SCATTER, embedding_alt(result), pick)


def shots(
    run: Run, checkpoint: Checkpoint, plain: PatchEmbedding, config: EmbedConfig, film: str
) -> tuple[list[str], list[Shown]]:
    """The names of a film's pictures, and the pictures as far as they have come."""
    config = EmbedConfig(images=config.images, layer=config.layer)
    if film == LAYERS:
        layers = range(len(plain.widths))
        names = [layer_name(layer, plain.widths) for layer in layers]
        return names, embeddings.patch_shots([(checkpoint, config.replace(layer=layer)) for layer in layers])
    names = [f"Epoch {name}" for name in stop_names(run.checkpoints)]
    return names, embeddings.patch_shots([(one, config) for one in run.checkpoints])


def show_picked(result: PatchEmbedding, image: int) -> None:
    """The followed image as the network gets it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        has = "with a patch" if result.labels[image] else "without a patch"
        st.image(framed_image(result.images[image], 108), width=108, alt=f"Test image {image + 1}, {has}")
        with st.container(width="stretch", gap="small"):
            said = "patch" if result.logits[image] > 0 else "no patch"
            mark = "✓" if result.right[image] else ":red[✗]"
            st.markdown(
                f"**Image {image + 1}**, {has}. Logit {result.logits[image]:+.2g}: it says {said} {mark}"
            )
            layout.wrong_one(
                PAGE, "Next wrong one", next_wrong, result, disabled=result.correct == len(result.labels)
            )


def show_weights(result: PatchEmbedding) -> None:
    st.subheader(f"What the {result.widths[1]} units of layer 1 look for")
    strongest = float(abs(result.filters).max())
    image = maps_image(result.filters, state.theme(), columns=14, scale=5)
    st.image(
        image,
        alt=f"The weights of {result.widths[1]} units, {result.trained.size}×{result.trained.size} each",
    )
    st.caption(
        f"One small square for each weight: :green[green] adds, :violet[violet] takes away, 0 is the "
        f"background. The strongest is ±{strongest:.2g}. Black pixels are 0, so a patch silences its weights."
    )


def seen(result: PatchEmbedding, run: Run, checkpoint: Checkpoint) -> ShownPatches:
    """What the cards read: this picture, and the one before it if it differs in its seed alone."""
    before = [other for other in st.session_state.get(BEFORE, []) if differ_in_seed(other, result)]
    if result.plane is None:
        st.session_state[BEFORE] = [*before[-1:], result]
    when, untrained = moment(run.checkpoints, checkpoint), checkpoint.step == 0
    return ShownPatches(result, when, before[-1] if before else None, untrained)


path.title(__file__)
st.write("Each layer places the images anew, until one cut separates them. Move the epoch and watch.")
form.prepare(PAGE, EmbedConfig, START)
side, stage = layout.side_and_stage(PAGE)
with side:
    run = pickers.select_run(PAGE, "black_patch")
with stage:
    checkpoint = pickers.select_checkpoint(PAGE, run)
with side:
    film = choose_film(PAGE)
    plain = embeddings.patch_plane(checkpoint, st.session_state[key("images")], EmbedConfig().layer)
    controls(plain.widths)
    config = form.read(PAGE, EmbedConfig)
    try:
        check(plain.trained, config)
    except ConfigError as error:
        st.error(messages.plain(str(error)), icon=":material/error:")
        config = config.replace(method="pca")
    show_picked(plain, picked(plain))
form.share(PAGE, EmbedConfig, START)
asked = embeddings.patch_embedding(checkpoint, config)
result = asked.result
with stage:
    names, film_shots = shots(run, checkpoint, plain, config, film) if film != STILL else ([], [])
    work.only_task(PAGE, asked, *film_shots)
    st.markdown(
        f"**{messages.score(plain.correct, len(plain.labels), WORDS[config.images])}**, "
        f"{moment(run.checkpoints, checkpoint)}"
    )
    if film != STILL:
        kinds = partial(patch_kinds, plain.labels, state.theme())
        show_film(PAGE, names, film_shots, kinds, picked(plain))
    elif result is not None:
        show(result)
    else:
        words = "Placing the images beside their neighbours. This takes some seconds"
        work.wait(PAGE, asked, words, on_cancel=cancel, height=350)
    live.show_figure(logit_figure(plain, state.theme()), key("logits"), logit_alt(plain))
    if result is not None:
        st.caption(about(result))
show_weights(plain)
found = seen(result, run, checkpoint) if result is not None else None
cards.show(PAGE, CARDS, found, apply=partial(apply_card, run=run))
for name in MISSING:
    st.caption(f"{METHODS[name].title} is offered too once {METHODS[name].package} is installed.")
path.next_link(__file__, run)
