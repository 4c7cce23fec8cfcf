"""A classifier of one's own: four lines, pictures, one layer that learns, labels cleaned, all taken away."""

from dataclasses import dataclass
from functools import partial

import streamlit as st
from torch import Tensor

from dlcore.cards import Card
from dlcore.classifier.app import app_of
from dlcore.classifier.cards import CARDS, ShownClassifier
from dlcore.classifier.collection import Collection, collect
from dlcore.classifier.config import PRESETS, ClassifierConfig
from dlcore.classifier.curve import Curve
from dlcore.classifier.examples import examples
from dlcore.classifier.judge import Judged
from dlcore.classifier.project import Picture
from dlcore.classifier.scratch import Scratch
from dlcore.classifier.verify import balance_words, oddities
from dlcore.classifier.words import plain_score
from dlcore.errors import DataError
from dlcore.figures.classifier import learning_curve_chart
from dlcore.schema import knobs, parse_leniently
from dlcore.words import count_of
from ui import cards, form, live, messages, path, state, work
from ui.explain import explain
from ui.layout import side_and_stage
from ui.lenses import classifier as lens
from ui.remember import remembered
from ui.views import classifier as view
from ui.views import takeaway
from ui.views.album import Album
from ui.views.cleaner import Cleaner
from ui.views.tuning import Tuning
from ui.work import Asked

PAGE = "classifier"
key = partial(form.key, PAGE)
KNOBS = knobs(ClassifierConfig)
START = {name: preset.config for name, preset in PRESETS.items()}
ALBUM, CLEANER, TUNING = Album(PAGE), Cleaner(PAGE), Tuning(PAGE)
FOUND = ("take", "copies", "labels", "split", "fit", "seed")


# --- callbacks ----------------------------------------------------------------------------


def apply_card(card: Card) -> None:
    settings = {name: value for name, value in card.setup.items() if name in KNOBS}
    form.write(PAGE, ClassifierConfig().replace(**settings))
    if asked := card.setup.get("ask"):
        st.session_state[key(f"wants_{asked}")] = True


def leave() -> None:
    """Somebody waits no longer for the features of these pictures: back to those that are known."""
    form.write(PAGE, ClassifierConfig())


def want(what: str) -> None:
    st.session_state[key(f"wants_{what}")] = True


# --- the page -----------------------------------------------------------------------------


def pictures_of(config: ClassifierConfig) -> tuple[Picture, ...]:
    return examples() if config.which == "example" else ALBUM.pictures


def collected(pictures: tuple[Picture, ...], config: ClassifierConfig) -> Collection:
    """The same object as long as nothing has changed: what hangs on it is not made anew."""
    applied = CLEANER.applied
    return remembered(
        key("collection"),
        (pictures, config.model_dump_json(), applied),
        lambda: collect(pictures, config, applied),
    )


def features_of(collection: Collection, config: ClassifierConfig) -> Tensor | None:
    """None while they are read, and the bar is shown."""
    held = st.session_state.get(key("features"))
    if held is not None and held[0] is collection:
        return held[1]  # type: ignore[no-any-return]
    found = lens.features(collection.pictures, config.fit)
    work.wait(PAGE, found, work.stage, on_cancel=leave, again="again_features", height=300)
    if found.result is not None:
        st.session_state[key("features")] = (collection, found.result)
    return found.result


def judged_of(collection: Collection, found: Tensor, config: ClassifierConfig) -> Judged:
    return remembered(
        key("judged"),
        (collection, config.model_dump_json()),
        lambda: lens.judged(collection, found, config),
    )


def side(config: ClassifierConfig) -> None:
    """The project's four lines; of one's own, the door for pictures."""
    if config.which == "own":
        ALBUM.show()
    view.plan(PAGE, config.which)


def checked(pictures: tuple[Picture, ...], collection: Collection, judged: Judged) -> None:
    """What is odd about the pictures, and how many there are of each class."""
    counts = zip(collection.classes, collection.counts, strict=True)
    st.caption(", ".join(f"{count} {messages.plain(name)}" for name, count in counts) + ".")
    if words := balance_words(collection.counts):
        st.warning(words, icon=":material/balance:")
    numbers = zip(collection.pictures, judged.groups.tolist(), collection.copies.tolist(), strict=True)
    groups = {picture.digest: group for picture, group, copy in numbers if not copy}
    for odd in oddities(pictures, groups):
        with st.expander(
            f"{odd.title}: {count_of(len(odd.digests), 'picture')}", key=key(f"odd_{odd.title}")
        ):
            st.markdown(odd.words)
            CLEANER.decide_on(collection, judged, odd.digests, odd.title)


def comparisons(
    config: ClassifierConfig, collection: Collection, judged: Judged, found: Tensor
) -> tuple[Asked[Curve], Asked[Scratch]]:
    """How many pictures a class needs, and what a network would learn from nothing."""
    wanted = {name: bool(st.session_state.get(key(f"wants_{name}"))) for name in ("curve", "scratch")}
    curve = lens.curve(collection, found, config) if wanted["curve"] else Asked[Curve]()
    scratch = lens.scratch(collection, judged, config) if wanted["scratch"] else Asked[Scratch]()
    work.only_task(PAGE, curve, scratch)
    with st.container(key=key("ask")):
        left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**How many pictures does a class need?**")
        if not wanted["curve"]:
            words, icon = "Draw the learning curve", ":material/show_chart:"
            st.button(words, icon=icon, key=key("curve"), on_click=want, args=("curve",))
        work.wait(PAGE, curve, work.stage, again="again_curve")
        if curve.result is not None and not curve.result.points:
            st.caption("Each class needs a picture more than it learns from: bring more for a curve.")
        if curve.result is not None and curve.result.points:
            live.show_chart(learning_curve_chart(curve.result, state.theme()), key("curve_chart"))
            words = (
                f"Mean of {curve.result.draws} draws, judged by all pictures not drawn; shaded: their spread."
            )
            st.caption(words)
    with right:
        st.markdown("**Why borrow a network?**")
        if not wanted["scratch"]:
            words, icon = "Train one from scratch", ":material/science:"
            st.button(words, icon=icon, key=key("scratch"), on_click=want, args=("scratch",))
        work.wait(PAGE, scratch, work.stage, again="again_scratch")
        if scratch.result is not None:
            st.markdown(
                f"From scratch **{scratch.result.right} of {scratch.result.total}**, with the borrowed "
                f"network **{judged.right} of {judged.total}**: the same pictures, the same parts."
            )
            st.caption(f"Four convolutions, {scratch.result.parameters:,} parameters.")
    return curve, scratch


@dataclass(frozen=True)
class Trained:
    """What the first screen shows; `place` is the picked picture's."""

    collection: Collection
    features: Tensor
    judged: Judged
    place: int


def change(trained: Trained | None) -> None:
    """The knobs, and what two of them do to the picked picture."""
    st.subheader("Change one thing")
    columns = st.columns(2)
    for number, name in enumerate(FOUND):
        with columns[number % 2]:
            form.choice(PAGE, KNOBS[name]) if KNOBS[name].options else form.widget(PAGE, KNOBS[name])
    if trained is not None:
        view.previews(PAGE, trained.collection.pictures[trained.place], config.seed)


def closer(trained: Trained) -> ShownClassifier:
    """All that stands below the first screen and the knobs."""
    collection, judged = trained.collection, trained.judged
    st.subheader("Where it errs")
    view.mistakes(PAGE, judged)
    curve, scratch = comparisons(config, collection, judged, trained.features)
    TUNING.show(config, collection)
    st.subheader("Clean the labels")
    st.markdown("The most doubtful labels first, by heads that never saw the picture.")
    CLEANER.show(collection, judged)
    CLEANER.decided(pictures_of(config))
    st.subheader("Rounds")
    view.rounds(PAGE, config.which)
    st.subheader("Take it away")
    plan = view.plan_of(config.which)
    takeaway.show(PAGE, app_of(collection, judged, config.fit, plan, plain_score(config, collection, judged)))
    return ShownClassifier(config, collection, judged, curve.result, scratch.result)


def stage(pictures: tuple[Picture, ...]) -> Trained | None:
    """The score and the pictures; None while there is nothing to show, and why."""
    if not pictures:
        st.info("Bring ten pictures of each of two or three classes: a zip with a folder for each will do.")
        return None
    try:
        collection = collected(pictures, config)
        found = features_of(collection, config)
        if found is None:
            return None
        judged = judged_of(collection, found, config)
    except DataError as error:
        st.warning(messages.plain(str(error)), icon=":material/info:")
        CLEANER.decided(pictures)
        return None
    place = view.score(PAGE, config, collection, judged)
    with st.container(key=key("picture")):
        view.one(PAGE, collection, judged, place)
    checked(pictures, collection, judged)
    return Trained(collection, found, judged, place)


path.title(__file__)
st.write(
    explain(
        "From a few labelled pictures one layer learns to tell them apart. Try ours, then bring your own."
    )
)
messages.show_refusal(PAGE)
form.prepare(PAGE, ClassifierConfig, START)
which = st.session_state[key("which")]
if st.session_state.setdefault(key("before"), which) != which:  # other pictures begin as they are
    st.session_state[key("before")] = which
    form.write(PAGE, ClassifierConfig(which=which))
form.choice(PAGE, KNOBS["which"], hidden=True)
config, wrong = parse_leniently(ClassifierConfig(), {name: st.session_state[key(name)] for name in KNOBS})
for sentence in wrong:
    st.error(messages.plain(sentence), icon=":material/error:")
left, right = side_and_stage(PAGE, (2, 3))
with left:
    side(config)
with right:
    trained = stage(pictures_of(config))
with st.container():
    change(trained)
result = None
with st.container():  # so that the cards keep their place
    if trained is not None:
        view.write_down(PAGE, config, trained.collection, trained.judged)
        result = closer(trained)
form.share(PAGE, ClassifierConfig, START)
cards.show(PAGE, CARDS, result, apply=apply_card)
with st.expander("Check yourself: six pictures to judge by, one error. How much is that?", key=key("q")):
    st.write("17 points: 100 / 6. One error more or less says nothing about the next thousand pictures.")
path.next_link(__file__)
