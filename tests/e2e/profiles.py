"""Browser profiles that outlive their test: emptied after it, but for cached files and compiled scripts.

More than half of what a visit costs is fetching, parsing and compiling Streamlit's scripts anew.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.waiting import DEADLINE_SECONDS

LOOKS = {"color_scheme": "light", "reduced_motion": "reduce"}  # what a living profile can change
EMPTY = "/_stcore/health"  # without scripts; a tab that waits there keeps the site's process


class Profile:
    """A context, and the tab in which it opens its first page."""

    def __init__(self, browser: Browser, **device: Any) -> None:
        self.device = device
        self.context: BrowserContext = browser.new_context(**device)
        self.context.set_default_timeout(1000 * DEADLINE_SECONDS)
        self._waiting: list[Page] = []

    def look(self, width: int, height: int, **looks: Any) -> None:
        """How its pages look from now on."""
        self._size, self._looks = (width, height), LOOKS | looks

    def new_tab(self) -> Page:
        tab = self._waiting.pop() if self._waiting else self.context.new_page()
        width, height = self._size
        tab.set_viewport_size({"width": width, "height": height})
        tab.emulate_media(**self._looks)
        return tab

    def forget(self, home: str) -> None:
        """Nobody has been here: no page, cookie, storage, permission or history of whoever has it now."""
        tab, *others = self.context.pages or [self.context.new_page()]
        for page in others:
            page.close()
        tab.goto(home + EMPTY)
        tab.evaluate("sessionStorage.clear(); window.name = ''")
        chrome = self.context.new_cdp_session(tab)
        chrome.send("Storage.clearDataForOrigin", {"origin": home, "storageTypes": "all"})
        chrome.send("Page.resetNavigationHistory")
        chrome.detach()
        self.context.clear_cookies()
        self.context.clear_permissions()
        self._waiting = [tab]


class Profiles:
    """Of visitors of one server. Two at once never have the same."""

    def __init__(self, browser: Browser, home: str) -> None:
        self._browser, self._home = browser, home
        self._free: list[Profile] = []

    def take(self, **device: Any) -> Profile:
        """One of this device: touch, phone, program. None of these can change while a profile lives."""
        for profile in self._free:
            if profile.device == device:
                self._free.remove(profile)
                return profile
        return Profile(self._browser, **device)

    def give_back(self, profile: Profile) -> None:
        """One that cannot be emptied is nobody's any more."""
        profile.forget(self._home)
        self._free.append(profile)
