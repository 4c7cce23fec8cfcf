"""The recogniser's network, once for all who ask."""

from __future__ import annotations

from copy import deepcopy

import streamlit as st
from PIL import Image

from dlcore.vision.config import RecogniserConfig
from dlcore.vision.lite0 import EfficientNetLite0
from dlcore.vision.recogniser import Named, name_picture
from dlcore.vision.weights import pretrained


@st.cache_resource(max_entries=1, show_spinner=False)
def network() -> EfficientNetLite0:
    """In evaluation mode, shared: never to be changed. Raises VisionError if its weights are not here."""
    return pretrained()


def named(picture: Image.Image, config: RecogniserConfig) -> Named:
    """The five likeliest classes. In training mode a copy answers: it changes with every picture."""
    model = network() if config.mode == "eval" else deepcopy(network()).train()
    return name_picture(model, picture, 5, config)
