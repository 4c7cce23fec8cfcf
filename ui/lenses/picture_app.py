"""A classifier at work: found by its link, and what the borrowed network finds in a picture for it."""

from __future__ import annotations

import streamlit as st
import torch

from dlcore.classifier.app import App, Floats, app_of, read
from dlcore.classifier.collection import collect
from dlcore.classifier.config import ClassifierConfig, Fit
from dlcore.classifier.examples import example_features, examples
from dlcore.classifier.features import features_of
from dlcore.classifier.judge import judge
from dlcore.classifier.pictures import picture_of
from dlcore.classifier.project import EXAMPLE, Picture
from dlcore.classifier.words import plain_score
from dlcore.errors import ConfigError
from dlcore.runs.storage.reading import ODD, parse_json
from dlcore.vision.photos import photos
from ui import services
from ui.lenses.vision import lite0


@st.cache_resource(show_spinner=False, max_entries=1)
def example_app() -> App:
    """Trained on the lab's pictures."""
    config = ClassifierConfig()
    collection = collect(examples(), config, {})
    found = torch.from_numpy(example_features().values)
    judged = judge(found, collection.labels, collection.classes)
    return app_of(collection, judged, "pad", EXAMPLE, plain_score(config, collection, judged))


def app_named(app_id: str) -> tuple[App, str]:
    """The app of a link, and a sentence if it is not there: then the lab's own is."""
    if not app_id:
        return example_app(), ""
    text = services.store().app(app_id)
    if text is None:
        return example_app(), "There is no app of this link on this server: this is the lab's own."
    try:
        return read(dict(parse_json(text))), ""
    except (ConfigError, *ODD):
        return example_app(), "The app of this link is damaged: this is the lab's own."


@st.cache_resource(show_spinner=False, max_entries=24)
def photograph(name: str) -> Picture:
    """One of the lab's photographs."""
    path = next((photo.path for photo in photos() if photo.name == name), photos()[0].path)
    return picture_of(path.read_bytes(), path.stem.replace("_", " "), "")


def features(picture: Picture, fit: Fit) -> Floats:
    """(1280,); some 25 ms."""
    found: Floats = features_of(lite0(), picture, fit).numpy()
    return found
