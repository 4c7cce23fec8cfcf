"""Of several addresses the room's comes first, whatever the system calls its interfaces; ports are free."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from dlcore.classroom.joining import (
    Interface,
    free_port,
    interfaces,
    is_stale,
    kind_of,
    names_answered_to,
    own_hosts,
    ways_in,
)
from dlcore.errors import RunError

LAPTOP = (
    Interface("lo", ("127.0.0.1",)),
    Interface("docker0", ("172.17.0.1",)),
    Interface("br-4f2a", ("172.18.0.1",)),
    Interface("tun0", ("10.8.0.6",)),
    Interface("enp3s0", ("10.20.30.40",)),
    Interface("wlp2s0", ("192.168.1.5",)),
    Interface("eth9", ("192.168.77.1",), is_up=False),
    Interface("usb0", ("169.254.7.7",)),
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("wlan0", "Wi-Fi"),
        ("wlp2s0", "Wi-Fi"),
        ("Wi-Fi", "Wi-Fi"),
        ("WLAN", "Wi-Fi"),
        ("eth0", "cable"),
        ("enp3s0", "cable"),
        ("Ethernet 2", "cable"),
        ("en0", "network"),
        ("br0", "network"),
        ("Local Area Connection* 10", "network"),
        ("utun3", "VPN"),
        ("tailscale0", "VPN"),
        ("OpenVPN TAP-Windows6", "VPN"),
        ("docker0", "virtual"),
        ("br-4f2a", "virtual"),
        ("vEthernet (WSL)", "virtual"),
        ("VMware Network Adapter VMnet8", "virtual"),
    ],
)
def test_what_an_interface_is_by_its_name(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_the_likeliest_comes_first_and_nothing_is_left_out_but_what_is_down() -> None:
    hosts = [way.host for way in ways_in(LAPTOP, "10.20.30.40")]
    assert hosts == ["10.20.30.40", "192.168.1.5", "10.8.0.6", "172.17.0.1", "172.18.0.1", "169.254.7.7"]


def test_a_vpn_that_all_traffic_takes_is_not_where_a_class_is() -> None:
    first, second, third, *_ = ways_in(LAPTOP, "10.8.0.6")
    assert (first.host, second.host, third.host) == ("192.168.1.5", "10.20.30.40", "10.8.0.6")
    assert first.words == "Wi-Fi (wlp2s0)"
    assert "in which a class seldom is" in third.words


def test_in_a_container_no_address_is_the_rooms() -> None:
    assert {way.kind for way in ways_in(LAPTOP, contained=True)} == {"virtual", "alone"}


def test_without_a_network_there_is_no_way_in() -> None:
    assert ways_in(LAPTOP[:1]) == ()


def test_an_address_that_the_machine_has_lost_is_stale_and_a_name_never_is() -> None:
    ways = ways_in(LAPTOP)
    assert is_stale("192.168.1.99", ways)
    assert not is_stale("192.168.1.5", ways)
    assert not is_stale("lab.school.example", ways)


def test_this_machine_says_its_own() -> None:
    assert any("127.0.0.1" in one.hosts for one in interfaces())
    assert "127.0.0.1" in own_hosts()
    assert names_answered_to(["a", "b", "a"])[:5] == ("localhost", "127.0.0.1", "::1", "a", "b")


@pytest.fixture
def neighbours() -> Iterator[int]:
    """Two ports in a row that are taken, one by who serves this machine alone."""
    with ExitStack() as stack:
        for first in range(20_000, 30_000, 7):
            taken = []
            for host, port in (("0.0.0.0", first), ("127.0.0.1", first + 1)):
                listening = socket.socket()
                try:
                    listening.bind((host, port))
                except OSError:
                    listening.close()
                    break
                listening.listen()
                taken.append(stack.enter_context(listening))
            if len(taken) == 2:
                break
        yield first


def test_a_port_that_is_taken_gives_way_to_the_next_free_one(neighbours: int) -> None:
    assert free_port(neighbours) >= neighbours + 2
    assert free_port(free_port(neighbours)) == free_port(neighbours)
    with pytest.raises(RunError, match=f"The ports {neighbours} to {neighbours + 1} are all taken"):
        free_port(neighbours, tried=2)
