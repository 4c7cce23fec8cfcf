"""Who a browser is: the owner in its cookie, and whether it runs on the server's own machine."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import cookie_parser

OWNER_COOKIE = "dllab_owner"
YEAR = 365 * 24 * 3600  # seconds
OWNER = re.compile(
    r"[A-Za-z0-9_-]{22}"
)  # 128 random bits; "local" and "shipped" can never be said by a cookie
# A request that carries one of these came through a proxy: its address is the proxy's, not the browser's.
FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "x-forwarded-proto")

HERE = (None, "127.0.0.1", "::1")  # Streamlit gives no address for the last two


def new_owner() -> str:
    """22 random URL-safe letters."""
    return secrets.token_urlsafe(16)


def is_owner(name: object) -> bool:
    return isinstance(name, str) and OWNER.fullmatch(name) is not None


def owner_in(cookies: str) -> str | None:
    """The owner that a Cookie header names; None if it names none, or anything that is not an owner."""
    found = cookie_parser(cookies).get(OWNER_COOKIE)
    return found if is_owner(found) else None


def owner_cookie(owner: str, *, secure: bool) -> str:
    """The header that makes a browser this owner's for a year; `secure`: it says the name by HTTPS alone.

    Raises ValueError for what is no owner.
    """
    if not is_owner(owner):
        raise ValueError("An owner must be 22 URL-safe letters.")
    return f"{OWNER_COOKIE}={owner}; Max-Age={YEAR}; Path=/; HttpOnly; SameSite=Lax{'; Secure' * secure}"


def is_loopback(host: str | None) -> bool:
    """Is this the machine's name for itself: localhost, 127.0.0.0/8 or ::1?"""
    if host is None:
        return False
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_name(authority: str) -> str | None:
    """The name in a Host header or before a path: "[::1]:8501" -> "::1". None if it is malformed."""
    try:
        parts = urlsplit(f"//{authority}")
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return None
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return parts.hostname


def at_the_machine(
    address: str | None, headers: Mapping[str, str], *, behind_proxy: bool, by_page: bool = True
) -> bool:
    """Does the browser run on the server's own machine?

    An address alone proves nothing: everybody behind a reverse proxy has the proxy's. So the browser must
    also have asked for this machine by its own name for itself, from a page of that name, and nothing may
    have passed it on. `headers` are those of its WebSocket. Of a proxy that rewrites them the lab must be
    told: `behind_proxy`.
    """
    if behind_proxy or address not in HERE:
        return False
    named = {name.lower(): value for name, value in headers.items()}
    if not named:  # no browser at all: a script of this machine runs the page
        return address is None
    host = named.get("host", "")
    return (
        not any(name in named for name in FORWARDED)
        and is_loopback(host_name(host))
        # A browser names the page that opens a WebSocket, and none for a document that it reads.
        and (urlsplit(named["origin"]).netloc == host if "origin" in named else not by_page)
    )


def address(peer: str, forwarded_for: str) -> str:
    """From where somebody comes. `peer` is who holds the connection; behind a proxy it is the proxy, which
    names the last one of X-Forwarded-For itself.
    """
    last = forwarded_for.rpartition(",")[2].strip()
    return last if behind_proxy() and last else peer


def is_https(scheme: str, forwarded_proto: str) -> bool:
    """Did the browser come by HTTPS? Behind a proxy X-Forwarded-Proto says it: the last, as in `address`."""
    last = forwarded_proto.rpartition(",")[2].strip()
    return "https" in (scheme, last.lower() if behind_proxy() else "")


def behind_proxy() -> bool:
    """Was the lab told, by DLLAB_BEHIND_PROXY, that everybody reaches it through a proxy?"""
    return os.environ.get("DLLAB_BEHIND_PROXY", "") not in ("", "0")
