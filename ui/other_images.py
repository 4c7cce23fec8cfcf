"""Two files in MNIST's format, dropped on a page: what they are, and what a run makes of them."""

from __future__ import annotations

from html import escape

import streamlit as st

from dlcore.errors import DataError
from dlcore.mnist.normalize import NORMALIZE
from dlcore.run import Checkpoint
from dlcore.runs.shipped import shipped_run
from dlcore.serving.other_images import Look, look
from ui import form, live, messages
from ui.lenses import mnist


def show(page: str, checkpoint: Checkpoint) -> None:
    """The place to drop them, and what was found. They are read once."""
    with st.expander("Ask it about other images"):
        files = st.file_uploader(
            "Two files in MNIST's format, images and labels: EMNIST, Fashion-MNIST, KMNIST or your own",
            accept_multiple_files=True,
            key=form.key(page, "other_images"),
        )
        if not files:
            return
        asked = (checkpoint.path, *(file.file_id for file in files))
        key = form.key(page, "other_look")
        if key not in st.session_state or st.session_state[key][0] != asked:
            st.session_state[key] = (asked, _look({file.name: file.getvalue() for file in files}, checkpoint))
        found: Look | str = st.session_state[key][1]
        if isinstance(found, str):
            st.error(messages.plain(found), icon=":material/error:")
        else:
            _show(found)


def _look(files: dict[str, bytes], checkpoint: Checkpoint) -> Look | str:
    """What they are, or why they are nothing."""
    networks = [mnist.model(asked) for asked in (checkpoint, shipped_run("mnist").checkpoints[-1])]
    (network, known) = ((model, NORMALIZE[config.normalize]) for model, config in networks)
    try:
        return look(files, network, known)
    except DataError as error:
        return str(error)


def _show(found: Look) -> None:
    st.write(messages.plain(found.about))
    if found.suspicion:
        st.warning(messages.plain(found.suspicion), icon=":material/rotate_90_degrees_ccw:")
    if found.judged.total:
        st.write(messages.score(found.judged.right, found.judged.total, "digits of it"))
    else:
        st.write("None of them is a digit, and digits are all that this network knows.")
    live.digit_tiles(
        found.images,
        [f"<b>{escape(name)}</b>" for name in found.names],
        [f"An image of the class {escape(name)}" for name in found.names],
    )
