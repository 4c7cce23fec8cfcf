"""Lessons of 45 and 90 minutes: which pages, how long, and what to do there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from ui import path


@dataclass(frozen=True)
class Part:
    minutes: int
    file: str = ""  # the page below pages/; none, where everybody talks
    todo: str = ""

    @property
    def label(self) -> str:
        words = [path.BY_FILE[self.file].label] if self.file else []
        return " · ".join([*words, *([self.todo] if self.todo else []), f"{self.minutes} min"])


PLANS: Mapping[int, tuple[Part, ...]] = {
    45: (
        Part(3, "home.py"),
        Part(7, "mnist/draw.py", "break it"),
        Part(15, "mnist/train.py", "preset Class, a run each"),
        Part(10, "mnist/loss_surface.py", "your own path"),
        Part(5, "mnist/draw.py", "your own network reads your hand"),
        Part(5, todo="Exit questions"),
    ),
    90: (
        Part(3, "home.py"),
        Part(7, "mnist/draw.py", "break it"),
        Part(15, "black_patch/train.py", "the trap"),
        Part(12, "black_patch/inside.py"),
        Part(15, "mnist/train.py", "preset Class, a run each"),
        Part(8, "optimizers/race.py"),
        Part(10, "mnist/loss_surface.py", "your own path"),
        Part(8, "mnist/activations.py"),
        Part(5, "mnist/draw.py", "your own network reads your hand"),
        Part(7, todo="Exit questions"),
    ),
}


def show() -> None:
    """Both plans, side by side: each part leads to its page."""
    st.subheader("With a class")
    for column, (minutes, parts) in zip(st.columns(len(PLANS)), PLANS.items(), strict=True):
        with column, st.container(gap="xsmall"):
            st.markdown(f"**{minutes} minutes**")
            for part in parts:
                if part.file:
                    icon = f":material/{path.BY_FILE[part.file].icon}:"
                    st.page_link(path.PAGES / part.file, label=part.label, icon=icon)
                else:
                    st.markdown(f":material/forum: {part.label}")
