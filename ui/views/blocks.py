"""What a network of one's own is made of, and the way to where it is built."""

from __future__ import annotations

import streamlit as st

from dlcore.training.config import TrainConfig
from ui import messages, path


def link(config: TrainConfig) -> None:
    """Beside the settings of a training of My network; nothing of another."""
    if config.net != "MyNetwork":
        return
    st.caption(messages.plain(f"My network: {config.layers}."))
    st.page_link(
        path.PAGES / "builder.py",
        label="Build it",
        icon=":material/construction:",
        query_params={"builder__layers": config.layers},
    )
