"""Several processes train one network: their shares, the ring, what it brings, and what breaks it."""

from functools import partial

import streamlit as st

from dlcore.distributed.cards import CARDS, ShownRanks
from dlcore.distributed.config import PRESETS, ManyConfig
from dlcore.schema import knobs
from ui import cards, form, messages, path
from ui.explain import explain
from ui.views.distributed import show_epoch, show_many, show_step, show_time, show_traps

PAGE = "many_gpus"
key = partial(form.key, PAGE)
KNOBS = knobs(ManyConfig)


def shown(config: ManyConfig) -> ShownRanks:
    match config.part:
        case "step":
            return ShownRanks(config, step=show_step(PAGE, config))
        case "epoch":
            return ShownRanks(config, epoch=show_epoch(PAGE, config))
        case "traps":
            return ShownRanks(config, trap=show_traps(PAGE, config))
        case "many":
            return ShownRanks(config, machine=show_many(PAGE, config))
        case "time":
            show_time(PAGE)
    return ShownRanks(config)


path.title(__file__)
st.write(
    explain("Each rank computes the gradient of its own images; all average their gradients and stay equal.")
)
messages.show_refusal(PAGE)
form.prepare(PAGE, ManyConfig, PRESETS)
form.choice(PAGE, KNOBS["part"], hidden=True)
config = form.read(PAGE, ManyConfig)
with st.container():  # so that the cards keep their place
    seen = shown(config)
form.share(PAGE, ManyConfig, PRESETS)
cards.show(PAGE, CARDS, seen)
with st.expander("Check yourself: 8 ranks, same learning rate?", key=key("check")):
    st.markdown(
        explain(
            "Eight ranks make an eighth of the updates of an epoch. Each averages more images, so it is less "
            "noisy and may be longer: try the learning rate times 8, with a warm-up, and measure."
        )
    )
path.next_link(__file__)
