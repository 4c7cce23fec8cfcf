"""A real browser, for what needs a page that is drawn."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Error, Page, sync_playwright

from benchmarks.client import TIMEOUT
from benchmarks.server import Server, new_owner
from ui.identity import OWNER_COOKIE

# What the address bar of each new window prepares, pages of its own, takes a second of a core. The others
# stand in Playwright's list, whose place this one takes.
LEFT_OUT = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
FLAGS = (
    f"--disable-features={','.join(LEFT_OUT)}",
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--enable-unsafe-swiftshader",  # WebGL without a graphics card; all else is drawn without GL
    "--disable-gpu-compositing",
    "--disable-gpu-watchdog",  # it kills what draws when a busy machine makes it slow
)
Stroke = Sequence[tuple[float, float]]  # corners, as shares of the canvas' side


@contextmanager
def open_browser(server: Server, owner: str = "") -> Iterator[Page]:
    """An empty tab of a browser with empty caches; by default a new visitor's."""
    program = shutil.which(os.environ.get("CHROMIUM", "chromium"))  # else the one Playwright brings
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        except Error as error:
            sys.exit(f"No browser could be started: name a Chromium with CHROMIUM=/path/to/it.\n{error}")
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(1000 * TIMEOUT)
        context.add_cookies([{"name": OWNER_COOKIE, "value": owner or new_owner(), "url": server.url}])
        yield context.new_page()
        browser.close()


def draw(page: Page, canvas: str, stroke: Stroke) -> None:
    """Draw one stroke with the mouse on the canvas that this selector finds."""
    box = page.locator(canvas).first.bounding_box()
    assert box is not None
    corners = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=8)
    page.mouse.up()
