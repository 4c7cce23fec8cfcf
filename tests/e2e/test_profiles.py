"""Who comes after another visitor finds nothing of theirs, though the browser is the same."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.e2e.conftest import Watch
from tests.e2e.profiles import Profile, Profiles

LEAVE = """async () => {
    for (const storage of [localStorage, sessionStorage]) storage.setItem("mine", "1");
    document.cookie = "mine=1";
    window.name = "mine";
    history.pushState({}, "", "?mine=1");
    await caches.open("mine");
    await new Promise(done => { indexedDB.open("mine").onsuccess = done; });
}"""
FOUND = """async () => ({
    storage: [localStorage.length, sessionStorage.length],
    cookies: document.cookie,
    name: window.name,
    pages: history.length,
    caches: await caches.keys(),
    databases: await indexedDB.databases(),
    camera: (await navigator.permissions.query({name: "camera"})).state,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    still: matchMedia("(prefers-reduced-motion: reduce)").matches,
    size: [innerWidth, innerHeight],
})"""


def opened(profile: Profile, home: str, **looks: Any) -> Page:
    profile.look(1280, 800, **looks)
    page = profile.new_tab()
    page.goto(f"{home}/_stcore/host-config")
    return page


def test_the_next_visitor_finds_what_the_first_found(profiles: Profiles, server: Any) -> None:
    first = profiles.take(locale="en-GB")  # a device that no other test has
    before = opened(first, server.url).evaluate(FOUND)
    profiles.give_back(first)
    assert profiles.take(locale="en-GB") is first

    page = opened(first, server.url, color_scheme="dark", reduced_motion="no-preference")
    first.context.grant_permissions(["camera"])
    page.set_viewport_size({"width": 390, "height": 844})
    opened(first, server.url)
    page.evaluate(LEAVE)
    watch = Watch()
    watch.over(page, server.url)
    left = page.evaluate(FOUND)
    assert [name for name in before if left[name] == before[name]] == [], "something of each is left"
    watch.end()
    profiles.give_back(first)

    again = profiles.take(locale="en-GB")
    assert again is first
    assert again.context.cookies() == []
    page = opened(again, server.url)
    assert again.context.pages == [page]
    assert page.evaluate(FOUND) == before
    page.evaluate("console.error('of the next')")
    assert watch.faults == []
    profiles.give_back(again)


def test_two_visitors_at_once_are_two(profiles: Profiles) -> None:
    one, other = profiles.take(locale="en-GB"), profiles.take(locale="en-GB")
    assert one is not other
    for profile in (one, other):
        profiles.give_back(profile)
