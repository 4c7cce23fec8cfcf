"""A file of a network, and the lines that use it where there is no lab."""

from __future__ import annotations

import streamlit as st

from dlcore.serving.export import Exported
from dlcore.serving.formats import FORMATS
from dlcore.serving.snippets import language, snippet
from dlcore.serving.trained import Trained
from ui import form, messages


def show(page: str, files: list[Exported], trained: Trained) -> None:
    """How the chosen file is used where there is no lab, and what TorchScript made of the source."""
    st.subheader("Run it elsewhere")
    key = form.key(page, "format")
    st.session_state.setdefault(key, "zip")
    name = st.selectbox(
        "File",
        list(FORMATS),
        format_func=lambda name: f"{FORMATS[name].whom}: {FORMATS[name].title}",
        key=key,
        width=460,
    )
    file = next((file for file in files if file.format == name), None)
    if file is not None and file.problem:
        st.warning(messages.plain(file.problem), icon=":material/block:")
    file_name, net = f"{trained.stem}{FORMATS[name].suffix}", type(trained.model).__name__
    st.code(snippet(name, file_name, net, trained.normalize), language=language(name))
    if name == "zip":
        st.caption(
            "In it: weights (safetensors), the architecture, the preprocessing of your drawings, predict.py, "
            "the training script, settings and seed, requirements, ten lines to read."
        )
    if file is not None and file.code:
        code, graph = st.tabs(["Its code", "Its graph"])
        code.code(file.code, language="python", height=320)
        graph.code(file.graph, language=None, height=320)
