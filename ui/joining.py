"""How students get in: under which address, which others there are, and whether a device has got through."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st

from dlcore.classroom.joining import is_stale, ways_now
from ui import identity
from ui.identity import host_name
from ui.reached import reached


@dataclass(frozen=True)
class Door:
    """An address to be typed, what it belongs to if that is known, and how many devices came through it.

    `likely`: may a room be there?
    """

    address: str
    belongs: str
    devices: int
    likely: bool = True


def address() -> str:
    """Where students find the lab; "" while only this machine can open it."""
    here = urlsplit(st.context.url or "")
    if here.netloc and not identity.is_loopback(host_name(here.netloc)):
        return f"{here.scheme}://{here.netloc}"
    if not opened():
        return ""
    host = st.get_option("browser.serverAddress")
    return "" if identity.is_loopback(host) else f"http://{host}:{st.get_option('server.port')}"


def opened() -> bool:
    """Was the lab started for more than this machine?"""
    return not identity.is_loopback(st.get_option("server.address") or "localhost")


def doors() -> list[Door]:
    """`address` first, then the other addresses of this machine that the lab answers to; none while shut."""
    first = address()
    if not first:
        return []
    host = host_name(urlsplit(first).netloc) or ""
    ways = ways_now()
    way = next((way for way in ways if way.host == host), None)
    devices = reached.devices(host)
    found = [Door(first, way.words, devices, way.likely) if way is not None else Door(first, "", devices)]
    if not opened() or identity.behind_proxy():
        return found
    allowed = st.get_option("server.allowedHosts")
    others = [way for way in ways if way.host != host and way.host in allowed]
    port = st.get_option("server.port")
    return [
        *found,
        *(
            Door(f"http://{way.host}:{port}", way.words, reached.devices(way.host), way.likely)
            for way in others
        ),
    ]


def moved() -> str:
    """The address this machine has now, if the one it was started with is no longer its own; else ""."""
    ways = ways_now()
    host = st.get_option("browser.serverAddress")
    stale = opened() and not identity.behind_proxy() and is_stale(host, ways)
    return ways[0].host if stale and ways else ""
