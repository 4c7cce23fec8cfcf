"""The forger as a file, and the script that draws a hundred digits with it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dlcore.run import Checkpoint
from dlcore.serving.forger import FILES, ForgerFormat, drawing_script
from dlcore.words import size
from ui import form, work
from ui.explain import explain
from ui.lenses import gan

NAMES: dict[ForgerFormat, str] = {"torchscript": "TorchScript", "onnx": "ONNX"}


def show(page: str, checkpoint: Checkpoint) -> None:
    """A file is made once somebody asks for it."""
    key = partial(form.key, page)
    with st.expander("Take the forger away", icon=":material/ios_share:", key=key("away")):
        chosen: ForgerFormat = st.segmented_control(
            "Format",
            list(NAMES),
            format_func=NAMES.__getitem__,
            default="torchscript",
            required=True,
            key=key("format"),
        )
        forger, _, config = gan.pair(checkpoint)
        script = drawing_script(chosen, forger.noise, config.digit)
        st.markdown(
            explain(
                "Noise and labels go in, grey levels come out. The script draws a hundred digits with it."
            )
        )
        st.code(script, language="python")
        wanted = st.session_state.get(key("wanted")) == (checkpoint.digest, chosen)
        with st.container(horizontal=True):
            st.download_button(
                "draw.py",
                script,
                "draw.py",
                "text/x-python",
                icon=":material/download:",
                key=key("get_script"),
                on_click="ignore",
            )
            if not wanted:
                st.button(
                    f"Make {FILES[chosen]}",
                    icon=":material/build:",
                    key=key("make"),
                    on_click=lambda: st.session_state.update({key("wanted"): (checkpoint.digest, chosen)}),
                )
                return
            asked = gan.file(checkpoint, chosen)
            work.wait(page, asked, f"Writing {FILES[chosen]}", again="make_again")
            if asked.result is not None:
                made = asked.result
                st.download_button(
                    f"{FILES[chosen]}, {size(len(made.content))}",
                    made.content,
                    FILES[chosen],
                    "application/octet-stream",
                    icon=":material/download:",
                    key=key("get_file"),
                    on_click="ignore",
                )
                st.caption(
                    f"Its grey levels differ from the network's by {made.difference:.1e} of 255 at most."
                )
