"""Which addresses may be connected to, judged on the very socket address that is about to be connected.

A check of the URL, or of what a name resolves to, can be walked around by redirects, by names that resolve
differently the second time, and by odd spellings. Here the connector asks when it makes the socket: whatever way the
address came, this is the one that the kernel would be given.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver

Network: TypeAlias = IPv4Network | IPv6Network
AddressInfo: TypeAlias = tuple[int, int, int, str, tuple[object, ...]]
"""What `getaddrinfo` gives: family, kind, protocol, canonical name, socket address."""

KEEP_ALIVE_S = 10
"""Shorter than servers keep idle connections: an ask on one that is just being closed is lost."""

REFUSED_V4: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared by carriers (some clouds' metadata)"),
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "cloud metadata"),
    ("169.254.0.0/16", "link-local (cloud metadata)"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments (cloud metadata)"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112"),
    ("192.52.193.0/24", "AMT"),
    ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "AS112"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved, broadcast included"),
)
"""IANA's special-purpose registry for IPv4, and what clouds put elsewhere."""

ALLOWED_V6: tuple[str, ...] = ("2000::/3",)
"""Global unicast. Everything else (loopback, link-local, unique local, IPv4-mapped, NAT64, multicast) is refused."""

REFUSED_V6: tuple[tuple[str, str], ...] = (
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::ffff:0:0/96", "IPv4-mapped"),
    ("::/96", "IPv4-compatible"),
    ("64:ff9b::/96", "NAT64"),
    ("64:ff9b:1::/48", "local NAT64"),
    ("100::/64", "discard only"),
    ("2001::/23", "protocol assignments, Teredo included"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("2620:4f:8000::/48", "AS112"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "unique local (cloud metadata)"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)
"""IANA's special-purpose registry for IPv6; names for what is outside of global unicast, and holes in it."""

_ISATAP = (0x00005EFE, 0x02005EFE)
"""The upper half of an interface id that carries an IPv4 address (RFC 5214)."""

_REFUSED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), what) for network, what in (*REFUSED_V4, *REFUSED_V6)
)
_ALLOWED_V6 = tuple(IPv6Network(network) for network in ALLOWED_V6)
_LOW_32_BITS = 0xFFFF_FFFF


class AddressRefused(OSError):
    """This address may not be connected to; nothing was sent."""

    def __init__(self, host: str, why: str) -> None:
        """Say which address, and how the operator allows it."""
        super().__init__(errno.EACCES, f"the address {host} is not allowed: {why}; an operator can allow its network")


class AddressGuard:
    """Makes sockets for addresses of the public Internet, and of networks that the operator allows by name."""

    def __init__(self, allow: Sequence[Network] = ()) -> None:
        """Take the networks that are allowed although they are special (agencies on the same machine or intranet)."""
        self._allow = tuple(allow)

    def socket_for(self, address: AddressInfo) -> socket.socket:
        """Make the socket for an address, as a connector's `socket_factory`.

        Raises:
            AddressRefused: the address is special and not allowed.

        """
        family, kind, protocol, _, name = address
        host = str(name[0])
        why = self.objection(host) if family in {socket.AF_INET, socket.AF_INET6} else "not an Internet address"
        if why:
            raise AddressRefused(host, why)
        return socket.socket(family, kind, protocol)

    def socket_for_plain(self, address: AddressInfo) -> socket.socket:
        """Make the socket for a connection without TLS: only in networks that the operator allows by name.

        Raises:
            AddressRefused: the address is in none of them.

        """
        host = str(address[4][0])
        if not self._allows(_numeric(host)):
            raise AddressRefused(host, "http without TLS would carry personal data in the clear; register https")
        return self.socket_for(address)

    def may_be_plain(self, host: str) -> bool:
        """Say whether http without TLS to this host can ever come about; a name is judged when it is connected to."""
        address = _numeric(host)
        return bool(self._allow) if address is None else self._allows(address)

    def _allows(self, address: IPv4Address | IPv6Address | None) -> bool:
        return address is not None and any(address in network for network in self._allow)

    def objection(self, host: str) -> str:
        """Say why a numeric address may not be connected to; nothing if it may."""
        address = _numeric(host)
        if address is None:
            return "not a numeric address"
        if self._allows(address):
            return ""
        named = next((what for network, what in _REFUSED if address in network), "")
        if named or isinstance(address, IPv4Address):
            return named
        return _objection_v6(address)


def parse_networks(written: Sequence[str]) -> tuple[Network, ...]:
    """Read networks as an operator writes them (`127.0.0.0/8`, `::1`, `10.20.0.0/16`).

    Raises:
        ValueError: one of them is no network; says which.

    """
    return tuple(ip_network(text.strip()) for text in written if text.strip())


def guarded_connector(
    guard: AddressGuard, *, plain: bool = False, resolver: AbstractResolver | None = None
) -> TCPConnector:
    """Give a connector that can only reach what the guard lets through; `plain` is for http without TLS.

    No limit of its own: each agency has its own (`protection`), so one slow agency holds up no other.
    """
    return TCPConnector(
        socket_factory=guard.socket_for_plain if plain else guard.socket_for,
        resolver=resolver,
        limit=0,
        keepalive_timeout=KEEP_ALIVE_S,
        ttl_dns_cache=10,
    )


def _numeric(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _objection_v6(address: IPv6Address) -> str:
    if not any(address in network for network in _ALLOWED_V6):
        return "not global unicast"
    if (int(address) >> 32) & _LOW_32_BITS in _ISATAP:
        return "carries an IPv4 address (ISATAP)"
    return ""
