"""Back and forward in the browser: one press is one page, and each page has its own query."""

from __future__ import annotations

from ui.middleware import Appended


class OnePress(Appended):
    """What Streamlit tells the browser's history is put right before it gets there.

    Streamlit makes an entry of every change of a page's query. A page that puts its set-up into the URL then
    stands there twice, and the way back from it leads to itself: within a page an entry is replaced.

    What a page says when it has been left already would change the entry of the page that is shown now. A
    name `<page>__<name>` stays out of other pages' queries. After the buttons back and forward no page takes
    the place of the one they led to, until somebody clicks or types.
    """

    CONTENT = b"""<script>(() => {
  const push = history.pushState.bind(history), replace = history.replaceState.bind(history);
  let led = false;
  addEventListener("popstate", () => { led = true; }, true);
  for (const hand of ["click", "keydown"]) addEventListener(hand, () => { led = false; }, true);
  const own = (address) => {
    const url = new URL(address ?? location.href, location.href);
    const page = url.pathname.split("/").pop() || "home";
    for (const name of [...url.searchParams.keys()])
      if (name.includes("__") && !name.startsWith(page + "__")) url.searchParams.delete(name);
    return url;
  };
  history.replaceState = (state, title, address) => replace(state, title, own(address));
  history.pushState = (state, title, address) => {
    const url = own(address);
    if (url.pathname === location.pathname) replace(state, title, url);
    else if (!led) push(state, title, url);
  };
})()</script>"""
