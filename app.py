"""The lab as an ASGI app: `streamlit run app.py`."""

import streamlit as st
from starlette.middleware import Middleware

from ui.messages import show_error
from ui.middleware import OwnerCookie, SecurityHeaders
from ui.startup import lifespan

app = st.App(
    "ui/router.py",
    lifespan=lifespan,
    middleware=[Middleware(OwnerCookie), Middleware(SecurityHeaders)],
    on_script_error=show_error,
)
