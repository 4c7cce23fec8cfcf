"""A classifier at work: the small app that came of it, for whoever has its link."""

from functools import partial

import streamlit as st

from dlcore.cards import Card
from dlcore.classifier.app import App
from dlcore.classifier.app_cards import CARDS, ShownApp
from dlcore.classifier.pictures import picture_of
from dlcore.classifier.project import Picture
from dlcore.figures.classifier import app_chart
from dlcore.figures.vision import contact_sheet
from dlcore.words import vote_percent
from ui import cards, form, live, messages, path, state
from ui.components.sheets.component import show_sheets
from ui.explain import explain
from ui.layout import side_and_stage
from ui.lenses import picture_app as lens
from ui.photo_doors import PhotoDoors
from ui.remember import remembered
from ui.views.takeaway import APP_PARAM

PAGE = "picture_app"
key = partial(form.key, PAGE)
DOORS = PhotoDoors(PAGE, lambda content, name: picture_of(content, name[:80], ""))


def apply_card(card: Card) -> None:
    for name, value in card.setup.items():
        st.session_state[key(name)] = value
    DOORS.leave()


def wanted() -> str:
    """The app of the link, else the one that this visit came with; "" for the lab's own."""
    in_url = st.query_params.get(APP_PARAM, "")
    app_id: str = in_url or st.session_state.get(key("shared"), "")
    if app_id and not in_url:
        st.query_params[APP_PARAM] = app_id
    return app_id


def leave() -> None:
    """To the lab's own."""
    st.session_state[key("shared")] = ""
    st.query_params.pop(APP_PARAM, None)


def picture() -> Picture:
    return DOORS.own or lens.photograph(st.session_state.setdefault(key("photo"), "giraffe"))


def doors() -> None:
    """A file, the camera, or one of the lab's photographs."""
    upload, camera, lab = st.tabs(
        ["A file", "Camera", "The lab's photographs"], default="The lab's photographs"
    )
    with upload:
        DOORS.file()
    with camera:
        DOORS.camera()
    with lab:
        mine = DOORS.own is not None
        sheet = contact_sheet(None if mine else st.session_state[key("photo")])
        show_sheets([[sheet]], f"{PAGE}-photos", DOORS.choose, leads_to=key("answer"))


def answer(app: App, shown: Picture) -> dict[str, float]:
    """The picture, its class, and the share of each."""
    row = remembered(key("features"), (shown, app.fit), lambda: lens.features(shown, app.fit))
    shares = dict(zip(app.classes, app.shares(row).tolist(), strict=True))
    best = max(shares, key=shares.__getitem__)
    left, right = st.columns([2, 3])
    with left:
        st.image(shown.webp, width=180, alt=f"The picture {shown.name}")
    with right:
        st.markdown(f"### {messages.plain(best)}, {vote_percent(shares[best])}")
        live.show_chart(app_chart(shares, state.theme()), key("shares"))
    st.caption("It must pick one of its classes, whatever it is shown.")
    return shares


def known(app: App) -> None:
    """What its maker wrote, and how it was judged."""
    with st.expander("What is known of it", key=key("known")):
        for name, text in app.plan.as_plain().items():
            shown = messages.plain(text) or ":gray[not written]"
            st.markdown(explain(f"**{name.capitalize()}.** {shown}"))
        counts = zip(app.classes, app.counts, strict=True)
        st.markdown(
            "**Learned from** " + ", ".join(f"{count} {messages.plain(name)}" for name, count in counts)
        )
        st.markdown(explain(f"**Judged.** {messages.plain(app.score)}"))


path.title(__file__)
messages.show_refusal(PAGE)
app_id = wanted()
app, trouble = lens.app_named(app_id)
st.session_state[key("shared")] = "" if trouble else app_id
if trouble:
    st.warning(trouble, icon=":material/link_off:")
elif app_id:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**An app of a link**", width="content")
        st.button("To the lab's own", icon=":material/undo:", key=key("leave"), on_click=leave)
st.write(
    explain(f"It tells apart {messages.plain(', '.join(app.classes))}: what does it make of anything else?")
)
shown = picture()
left, right = side_and_stage(PAGE, (2, 3))
with left:
    doors()
with right, st.container(key=key("answer")):
    shares = answer(app, shown)
known(app)
cards.show(PAGE, CARDS, ShownApp(app.classes, shown.name, shares), apply=apply_card)
path.next_link(__file__)
