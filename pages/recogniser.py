"""A network that names what a photograph shows: each step of the way, slips in it, and where it looked."""

from functools import partial

import streamlit as st
from PIL import Image
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from dlcore.cards import Card
from dlcore.errors import UploadError
from dlcore.figures.vision import contact_sheet, cropped_picture, guesses_chart, looked_picture
from dlcore.schema import knobs, parse_leniently
from dlcore.vision.cards import CARDS, ShownNamed
from dlcore.vision.config import TITLES, RecogniserConfig
from dlcore.vision.look import class_map
from dlcore.vision.photos import photo_of, photos
from dlcore.vision.pictures import MAX_MEGABYTES, read_picture
from dlcore.vision.recogniser import Named
from dlcore.vision.story import steps
from dlcore.vision.words import answer_words, place_words
from ui import cards, form, live, messages, path, state
from ui.components.sheets.component import show_sheets
from ui.explain import explain
from ui.layout import side_and_stage
from ui.lenses import vision
from ui.remember import remembered

PAGE = "recogniser"
key = partial(form.key, PAGE)
KNOBS = knobs(RecogniserConfig)
START = {"start": RecogniserConfig()}
OWN = key("own")


# --- callbacks ----------------------------------------------------------------------------


def choose(_: str, cell: int) -> None:
    st.session_state[key("photo")] = photos()[cell].name
    st.session_state.pop(OWN, None)


def take(name: str) -> None:
    """A picture of somebody's own, in memory as long as this visit. Raises UploadError if it is none."""
    file: UploadedFile | DeletedFile | None = st.session_state[name]
    if isinstance(file, DeletedFile):
        raise UploadError("This picture is no longer on the server: choose it once more.")
    if file is not None:
        st.session_state[OWN] = read_picture(file.getvalue())


def apply_card(card: Card) -> None:
    form.write(PAGE, RecogniserConfig().replace(**card.setup))
    st.session_state.pop(OWN, None)


# --- the page -----------------------------------------------------------------------------


def picture_of(config: RecogniserConfig) -> Image.Image:
    """One's own, else the chosen photograph."""
    own: Image.Image | None = st.session_state.get(OWN)
    if own is not None:
        return own
    photo = photo_of(config.photo)
    return remembered(key("opened"), (photo.name,), lambda: read_picture(photo.path.read_bytes()))


def expected(config: RecogniserConfig) -> tuple[str, ...] | None:
    """The right classes of a photograph that comes along; nobody knows those of one's own."""
    if OWN in st.session_state:
        return None
    return photo_of(config.photo).expected


def choices(config: RecogniserConfig) -> None:
    """The photographs, or a picture of one's own."""
    mine = OWN in st.session_state
    sheet = contact_sheet(None if mine else config.photo)
    show_sheets([[sheet]], f"{PAGE}-photos", choose, leads_to=key("answer"))
    with st.container(horizontal=True):
        with st.popover("A picture of yours", icon=":material/upload:"):
            name = key("upload")
            st.file_uploader(
                f"A JPEG, PNG, WebP, BMP, GIF or TIFF, at most {MAX_MEGABYTES} MB",
                type=["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff"],
                max_upload_size=MAX_MEGABYTES,
                key=name,
                on_change=messages.guarded(PAGE, take),
                args=(name,),
            )
            st.caption("It stays in this server's memory and goes with your visit.")
        with st.popover("Camera", icon=":material/photo_camera:"):
            if st.toggle("Use the camera", False, key=key("camera_on")):
                name = key("camera")
                st.camera_input(
                    "Hold something into the picture",
                    key=name,
                    on_change=messages.guarded(PAGE, take),
                    args=(name,),
                )
            st.caption("Browsers lend the camera to this machine itself and to https addresses only.")
    if not mine:
        photo = photo_of(config.photo)
        st.caption(f"{TITLES[photo.name].capitalize()}: {messages.plain(photo.author)}, {photo.licence}.")


def answer(named: Named, config: RecogniserConfig) -> None:
    """The picture with its crop beside the five likeliest classes."""
    left, right = st.columns([2, 5])
    with left:
        what = "Your picture" if OWN in st.session_state else f"Photograph: {TITLES[config.photo]}"
        st.image(cropped_picture(named.prepared, state.theme()), width=180, alt=f"{what}, its crop framed")
    with right:
        live.show_chart(guesses_chart(named.guesses, state.theme()), key("guesses"))
    st.markdown(answer_words(named.guesses, expected(config)))


def story(named: Named, picture: Image.Image, config: RecogniserConfig) -> None:
    """The book's listing, a line at a time."""
    st.subheader("How it came to its answer")
    found = steps(named, picture.size, config)
    titles = [f"{number} {step.title}" for number, step in enumerate(found, 1)]
    if st.session_state.get(key("at")) not in titles:
        st.session_state[key("at")] = titles[0]
    at = st.segmented_control("Step", titles, key=key("at"), required=True, label_visibility="collapsed")
    step = found[titles.index(at)]
    pictures = {"opened": picture, "resized": named.prepared.resized, "cropped": named.prepared.cropped}
    left, right = st.columns([2, 3])
    with left:
        shown = pictures.get(step.picture, named.prepared.cropped)
        st.image(shown, width=256, alt=f"The picture after step {at}")
    with right:
        st.code(step.code, language="python")
        st.markdown(explain(step.words))


def slips() -> None:
    """What can go wrong on the way without any error."""
    st.subheader("Turn one screw")
    left, right = st.columns(2)
    with left:
        form.choice(PAGE, KNOBS["mode"])
        form.choice(PAGE, KNOBS["channels"])
    with right:
        form.widget(PAGE, KNOBS["scale"])
        across, down = st.columns(2)
        with across:
            form.widget(PAGE, KNOBS["across"])
        with down:
            form.widget(PAGE, KNOBS["down"])


def where_it_looked(named: Named, config: RecogniserConfig) -> None:
    """What each place of the last maps says for a class."""
    st.subheader("Where it looked")
    if config.mode == "train":
        st.markdown("In training mode nothing is measured here: switch back to eval().")
        return
    names = [guess.name for guess in named.guesses]
    if st.session_state.get(key("class")) not in names:
        st.session_state[key("class")] = names[0]
    chosen = st.segmented_control("For the class", names, key=key("class"), required=True)
    guess = named.guesses[names.index(chosen)]
    says, bias = remembered(
        key("says"),
        (named, guess.place),
        lambda: class_map(vision.network(), named.prepared.batch, guess.place),
    )
    left, right = st.columns([2, 3])
    with left:
        st.image(
            looked_picture(named.prepared, says),
            width=256,
            alt=f"The crop, bright where it speaks for {chosen}",
        )
    with right:
        st.markdown(explain(place_words(guess, says, bias)))


path.title(__file__)
st.write(explain("A trained network must name one of a thousand classes, and knows no other."))
messages.show_refusal(PAGE)
form.prepare(PAGE, RecogniserConfig, START)
config, wrong = parse_leniently(RecogniserConfig(), {name: st.session_state[key(name)] for name in KNOBS})
for sentence in wrong:
    st.error(messages.plain(sentence), icon=":material/error:")
picture = picture_of(config)
asked = config.model_dump_json()
named = remembered(key("named"), (picture, asked), lambda: vision.named(picture, config))
side, stage = side_and_stage(PAGE, (2, 3))
with side:
    choices(config)
with stage, st.container(key=key("answer")):
    answer(named, config)
slips()
story(named, picture, config)
where_it_looked(named, config)
form.share(PAGE, RecogniserConfig, START)
cards.show(PAGE, CARDS, ShownNamed(config, named, OWN in st.session_state), apply=apply_card)
path.next_link(__file__)
