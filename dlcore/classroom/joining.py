"""Where a room finds this machine: its addresses, the likeliest first, and a port that is free."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

import psutil

from dlcore.errors import RunError

Kind = Literal["cable", "Wi-Fi", "network", "VPN", "virtual", "alone"]

CONTAINED = (Path("/.dockerenv"), Path("/run/.containerenv"))  # Docker's mark, and Podman's
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
TRIED = 20  # ports, from the one asked for on

# By the interface's name, the first that fits. Linux, macOS and Windows name theirs differently.
NAMES: tuple[tuple[str, Kind], ...] = (
    (r"docker|br-|veth|virbr|vmnet|vmenet|vboxnet|lxc|lxd|podman|cni|flannel|cali", "virtual"),
    (r"hyper-v|vmware|virtualbox|bluetooth", "virtual"),
    (r"tun|tap|wg|ppp|utun|ipsec|zt|tailscale|nordlynx|proton|openvpn|wireguard|vpn", "VPN"),
    (r"wl|wi-?fi|wireless|drahtlos", "Wi-Fi"),
    (r"eth|en[opsx]|usb", "cable"),
)
# Where a room is likely to be. "network": nobody knows which, as en0 of a Mac.
RANKS: dict[Kind, int] = {"Wi-Fi": 0, "network": 0, "cable": 0, "VPN": 1, "virtual": 2, "alone": 3}
WORDS: dict[Kind, str] = {
    "cable": "cable",
    "Wi-Fi": "Wi-Fi",
    "network": "network",
    "VPN": "a VPN, in which a class seldom is",
    "virtual": "a virtual network, in which only this computer is",
    "alone": "an address that no network has given",
}


@dataclass(frozen=True)
class Interface:
    """What connects the machine: its name in the system, and its IPv4 addresses."""

    name: str
    hosts: tuple[str, ...]
    is_up: bool = True


@dataclass(frozen=True)
class Way:
    """An address under which the machine may be found, and what it belongs to."""

    host: str
    interface: str
    kind: Kind

    @property
    def likely(self) -> bool:
        """May a room be there?"""
        return RANKS[self.kind] == 0

    @property
    def words(self) -> str:
        """ "Wi-Fi (wlan0)"."""
        return WORDS[self.kind] if self.kind == "alone" else f"{WORDS[self.kind]} ({self.interface})"


def kind_of(name: str) -> Kind:
    """What an interface of this name is."""
    return next((kind for pattern, kind in NAMES if re.match(pattern, name, re.IGNORECASE)), "network")


def ways_in(interfaces: Iterable[Interface], routed: str = "", *, contained: bool = False) -> tuple[Way, ...]:
    """All of them, the best first: no VPN and nothing virtual; then whichever leads outside (`routed`).

    `contained`: this is a container, whose every address is its own machine's alone.
    """
    found = [
        Way(host, one.name, _kind(one.name, host, contained))
        for one in interfaces
        if one.is_up
        for host in one.hosts
        if not (ip_address(host).is_loopback or ip_address(host).is_unspecified)
    ]
    return tuple(sorted(found, key=lambda way: (RANKS[way.kind], way.host != routed, way.kind != "Wi-Fi")))


def _kind(name: str, host: str, contained: bool) -> Kind:
    if ip_address(host).is_link_local:
        return "alone"
    return "virtual" if contained else kind_of(name)


def ways_now() -> tuple[Way, ...]:
    """Those of this machine, as they are now."""
    return ways_in(interfaces(), routed_host(), contained=any(map(Path.exists, CONTAINED)))


def interfaces() -> tuple[Interface, ...]:
    """What connects this machine now. IPv4 alone: nobody types the other from a projector."""
    states = psutil.net_if_stats()
    return tuple(
        Interface(
            name,
            tuple(address.address for address in addresses if address.family == socket.AF_INET),
            name not in states or states[name].isup,
        )
        for name, addresses in psutil.net_if_addrs().items()
    )


def own_hosts() -> frozenset[str]:
    """Every address of this machine, loopback and IPv6 too: whoever comes from one is no other device."""
    found = (each.address for addresses in psutil.net_if_addrs().values() for each in addresses)
    return frozenset(host.partition("%")[0] for host in found)


def routed_host() -> str:
    """From which address this machine would reach others; "" without a network. Nothing is sent."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asked:
        try:
            asked.connect(("192.0.2.1", 9))  # RFC 5737: a place that is nowhere; only the route is chosen
        except OSError:
            return ""
        return str(asked.getsockname()[0])


def is_host(text: str) -> bool:
    """Is it the name of a computer, or its IPv4 address, and nothing more? On IPv6 no server listens."""
    return len(text) <= 253 and HOST.fullmatch(text) is not None


def free_port(wanted: int, tried: int = TRIED) -> int:
    """`wanted`, or the next port on which nobody listens. Raises RunError if so many are taken."""
    last = min(wanted + tried, 65_536)
    for port in range(wanted, last):
        if all(_is_free(host, port) for host in ("127.0.0.1", "0.0.0.0")):
            return port
    which = f"port {wanted} is" if tried == 1 else f"ports {wanted} to {last - 1} are all"
    raise RunError(f"The {which} taken: name another one with --port.")


def _is_free(host: str, port: int) -> bool:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as tried:
        if sys.platform != "win32":  # as the server does; on Windows it would share a port that is taken
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError:
            return False
        return True


def names_answered_to(hosts: Sequence[str]) -> tuple[str, ...]:
    """For `server.allowedHosts`: the machine's own names for itself, these, and its name in the network."""
    name = socket.gethostname()
    return tuple(dict.fromkeys(("localhost", "127.0.0.1", "::1", *hosts, name, f"{name}.local")))


def is_stale(host: str, ways: Collection[Way]) -> bool:
    """Is this an address, no name, that the machine has no more?"""
    try:
        ip_address(host)
    except ValueError:
        return False
    return all(way.host != host for way in ways)
