"""One's runs on another computer, and none of them on this one: the forms that ui/owners.py answers."""

from __future__ import annotations

import streamlit as st

from dlcore.runs.storage.budget import FORSAKEN_DAYS
from dlcore.runs.storage.disk import GIGABYTE
from ui import services, state
from ui.explain import explain

PAGE = "runs"

FORM = """
<form action="/owner/{action}" method="post" style="display:flex;gap:8px;flex-wrap:wrap;margin:4px 0">
{fields}<button type="submit" style="font:inherit;min-height:44px;padding:4px 14px;border-radius:8px;
border:1px solid #6B7280;background:transparent;color:inherit;cursor:pointer">{label}</button></form>
"""
FIELD = """<input name="code" aria-label="Code" placeholder="ABCD-EFGH" maxlength="12" required
autocomplete="off" style="font:inherit;min-height:44px;padding:4px 10px;border-radius:8px;
border:1px solid #6B7280;background:transparent;color:inherit;width:11em;text-transform:uppercase">"""


def show() -> None:
    st.subheader("Here and elsewhere")
    if st.query_params.get(f"{PAGE}__code"):
        st.warning("Nobody has this code: look at it again on the other computer.", icon=":material/key_off:")
        del st.query_params[f"{PAGE}__code"]
    left, middle, right = st.columns(3, border=True)
    with left:
        st.markdown("**Your code.** On another computer it opens these runs.")
        code = services.store().code_of(state.owner())
        with st.container(key=f"{PAGE}__code"):
            st.code(f"{code[:4]}-{code[4:]}", language=None)
    with middle, st.container(key=f"{PAGE}__reopen"):
        st.markdown("**A code from elsewhere** opens those runs here, in place of these.")
        st.html(FORM.format(action="reopen", fields=FIELD, label="Open"))
    with right, st.container(key=f"{PAGE}__forget"):
        st.markdown("**Forget me on this computer.** The runs stay with their code: note it first.")
        st.html(FORM.format(action="forget", fields="", label="Forget me here"))


def show_room() -> None:
    """How full the data folder is."""
    runner = services.runner()
    used, limit = runner.used_bytes / GIGABYTE, runner.limit_bytes / GIGABYTE
    words = (
        f"All runs of this server take {used:.2f} of {limit:g} GB. When that is full, the oldest of whoever "
        "holds most give up their intermediate weights."
    )
    if services.store().blobs is None:
        words += (
            f" If that is not enough, runs go whose owner has not been here for {FORSAKEN_DAYS} days, "
            "but none that is shared."
        )
    st.caption(explain(words))
