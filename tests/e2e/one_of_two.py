"""While Streamlit draws a page again, what is on its way out stands beside what takes its place.

A test that asks for one of them in that moment asks again, as it would if there were none yet.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from playwright.sync_api import Error, Locator, LocatorAssertions

from tests.waiting import wait_until

TWO = "strict mode violation"  # Playwright's words for it: it raises at once


def _patient(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        given: list[Any] = []

        def asked() -> bool:
            try:
                given.append(method(*args, **kwargs))
            except (Error, AssertionError) as error:
                if TWO not in str(error):
                    raise
            return bool(given)

        wait_until(asked, "of two that show for a moment one is left")
        return given[0]

    return call


def wait_for_one() -> None:
    """From now on, in all that a test asks of a locator."""
    for kind in (Locator, LocatorAssertions):
        for name, method in list(vars(kind).items()):
            if not name.startswith("_") and callable(method):
                setattr(kind, name, _patient(method))
