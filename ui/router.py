"""Which pages there are, and where."""

from pathlib import Path

import streamlit as st

from ui import services

PAGES = Path(__file__).parents[1] / "pages"

st.set_page_config(page_title="Deep Learning Lab", page_icon="🔬", layout="wide", initial_sidebar_state=220)
page = st.navigation(
    {
        "": [
            st.Page(PAGES / "home.py", title="Home", icon=":material/home:", default=True),
            st.Page(PAGES / "runs.py", title="Runs", icon=":material/stacked_line_chart:", url_path="runs"),
        ],
        "Black patch": [
            st.Page(
                PAGES / "black_patch" / "train.py",
                title="Train",
                icon=":material/select_all:",
                url_path="black_patch_train",
            ),
            st.Page(
                PAGES / "black_patch" / "inside.py",
                title="Inside",
                icon=":material/troubleshoot:",
                url_path="black_patch_inside",
            ),
            st.Page(
                PAGES / "black_patch" / "embedding.py",
                title="Embedding",
                icon=":material/scatter_plot:",
                url_path="black_patch_embedding",
            ),
            st.Page(
                PAGES / "black_patch" / "profiling.py",
                title="Profiling",
                icon=":material/timer:",
                url_path="black_patch_profiling",
            ),
        ],
        "Digits": [
            st.Page(
                PAGES / "mnist" / "train.py",
                title="Train",
                icon=":material/model_training:",
                url_path="mnist_train",
            ),
            st.Page(PAGES / "mnist" / "draw.py", title="Draw", icon=":material/draw:", url_path="mnist_draw"),
        ],
    }
)
for sentence in services.notices():
    st.warning(sentence, icon=":material/save:")
page.run()
