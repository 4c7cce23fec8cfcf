"""The questions of the lesson's network, answered by the run at hand."""

from __future__ import annotations

import streamlit as st

from dlcore.datasets.dataset import MNIST
from dlcore.run import Checkpoint, Run
from dlcore.training.evaluation import Evaluation
from dlcore.training.questions import lesson_answers
from ui import assignments


def show(page: str, run: Run, weights: Checkpoint, test: Evaluation) -> None:
    """Under the mistakes of its last weights; nothing under another network's, or other images'."""
    asked = run.config.get("net") == "SimpleCNN" and run.config.get("dataset", MNIST) == MNIST
    if not asked or weights != run.checkpoints[-1] or run.status == "diverged":
        return
    if assignments.answers_open(page):
        st.subheader("The lesson's questions")
        for answer in lesson_answers(run, test):
            with st.expander(answer.question):
                st.write(answer.answer)
