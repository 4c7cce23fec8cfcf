"""The lab as an ASGI app: `streamlit run app.py`."""

import os

# Pages answer with one digit at a time, from many threads: more threads in each only get in the way.
# Torch and NumPy read this when they are first imported; workers choose their own number.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import streamlit as st
from starlette.middleware import Middleware

from ui import forging, health, live_vote, owners, playing, signalling, tracing, worksheets
from ui.admission import admission
from ui.components.meaning.component import ExplainsWords
from ui.components.plotly3d import assets
from ui.descriptors import pages_allowed
from ui.doors import BoundedBodies, ClosedRooms, KnownHosts
from ui.history import OnePress
from ui.messages import show_error
from ui.middleware import OwnerCookie, PhoneStyle, SecurityHeaders, ShallowAddresses
from ui.reached import NotesDevices
from ui.sidebar import ClosesAfterChoice
from ui.slowest import TimesAnswers
from ui.startup import lifespan
from ui.turnstile import Turnstile
from ui.typed_numbers import TypedNumbers

app = st.App(
    "ui/router.py",
    lifespan=lifespan,
    routes=[
        *owners.ROUTES,
        *live_vote.ROUTES,
        *playing.ROUTES,
        *signalling.ROUTES,
        *forging.ROUTES,
        *tracing.ROUTES,
        *worksheets.ROUTES,
        *health.ROUTES,
        *assets.ROUTES,
    ],
    middleware=[  # the first is the outermost
        Middleware(SecurityHeaders),
        Middleware(KnownHosts),
        Middleware(NotesDevices),
        Middleware(OwnerCookie),
        Middleware(Turnstile, pages=pages_allowed(), admission=admission),
        Middleware(BoundedBodies),
        Middleware(ClosedRooms),
        Middleware(ShallowAddresses),
        Middleware(PhoneStyle),
        Middleware(OnePress),
        Middleware(TimesAnswers),
        Middleware(ClosesAfterChoice),
        Middleware(TypedNumbers),
        Middleware(ExplainsWords),
    ],
    on_script_error=show_error,
)
