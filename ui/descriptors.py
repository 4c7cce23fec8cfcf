"""File descriptors: as many as the system allows, and what that means for the number of open pages."""

from __future__ import annotations

import contextlib
import logging
import sys

from ui import limits

log = logging.getLogger(__name__)


def pages_allowed() -> int:
    """Raise this process's limit as far as it goes, and say how many pages may be open at once."""
    if sys.platform == "win32":  # which has no such limit
        return limits.PAGES
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = (
        limits.DESCRIPTORS_WANTED if hard == resource.RLIM_INFINITY else min(hard, limits.DESCRIPTORS_WANTED)
    )
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # a system may allow less than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return limits.PAGES
    pages = max(1, min(limits.PAGES, (soft - limits.DESCRIPTORS_KEPT) // limits.DESCRIPTORS_PER_PAGE))
    if pages < limits.PAGES:
        log.warning(
            "This system lets the lab open %d files, enough for %d pages at once: raise it with `ulimit -n`.",
            soft,
            pages,
        )
    return pages


def connections_allowed() -> int:
    """How many one address may have open that are no page: a quarter of what the system allows, at most."""
    if sys.platform == "win32":
        return limits.CONNECTIONS_PER_ADDRESS
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = limits.CONNECTIONS_PER_ADDRESS
    return most if soft == resource.RLIM_INFINITY else max(1, min(most, soft // 4))
