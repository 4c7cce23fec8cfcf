"""What ranks show of a training, worked out once for all visitors, and the shares computed at once."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dlcore.distributed.config import RanksConfig
from dlcore.distributed.shares import Share, first_shares
from dlcore.distributed.training import Trainings
from ui.work import Asked, ask


@st.cache_data(max_entries=64, show_spinner=False)
def shares(config: RanksConfig) -> tuple[Share, ...]:
    return first_shares(config)


def trainings(configs: Sequence[RanksConfig], turn: str = "") -> Asked[Trainings]:
    """The same for all visitors; another `turn` trains anew, as who measures time must."""
    fields = [config.model_dump() for config in configs]
    return ask(Trainings, "ranks", f"{turn} {fields}", lambda: {"configs": fields})
