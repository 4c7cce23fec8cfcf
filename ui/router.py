"""Which pages there are, and where."""

from pathlib import Path

import streamlit as st

from ui import messages, services, uploads, work

PAGES = Path(__file__).parents[1] / "pages"

# Section -> its pages: file, title, icon. The address of a page is its file: /mnist_train.
SECTIONS = {
    "": (
        ("home", "Home", "home"),
        ("runs", "Runs", "stacked_line_chart"),
    ),
    "Black patch": (
        ("black_patch/train", "Train", "select_all"),
        ("black_patch/inside", "Inside", "troubleshoot"),
        ("black_patch/embedding", "Embedding", "scatter_plot"),
        ("black_patch/profiling", "Profiling", "timer"),
    ),
    "Digits": (
        ("mnist/train", "Train", "model_training"),
        ("mnist/draw", "Draw", "draw"),
        ("mnist/loss_surface", "Loss surface", "landscape"),
        ("mnist/structure", "Structure", "account_tree"),
        ("mnist/activations", "Activations", "grid_view"),
        ("mnist/embedding", "Embedding", "scatter_plot"),
        ("mnist/profiling", "Profiling", "speed"),
        ("mnist/export", "Export", "ios_share"),
    ),
    "Optimizers": (("optimizers/race", "Race", "downhill_skiing"),),
}


def page(file: str, title: str, icon: str) -> st.Page:
    return st.Page(
        PAGES / f"{file}.py",
        title=title,
        icon=f":material/{icon}:",
        url_path=file.replace("/", "_") if file != "home" else None,
        default=file == "home",
    )


st.set_page_config(page_title="Deep Learning Lab", page_icon="🔬", layout="wide", initial_sidebar_state=220)
chosen = st.navigation({section: [page(*entry) for entry in pages] for section, pages in SECTIONS.items()})
work.leave_other_pages(chosen.url_path)
uploads.leave_other_pages(chosen.url_path)
for sentence in services.notices():
    st.warning(messages.plain(sentence), icon=":material/save:")
chosen.run()
