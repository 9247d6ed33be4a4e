"""No spelling, redirect or resolver reaches a forbidden address: judged by listeners that must see nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from contracts.wire import Unheard
from tests.conformance.agencies import CHECKS, GATEWAY_KEY, KEYS, PromptClock, make_ask, make_contract
from workflows.agencies.addresses import AddressGuard, AddressInfo, AddressRefused, parse_networks
from workflows.agencies.wire import WireAgency

# Every one of these would reach loopback, a private network, metadata or another special range, if it were let.
# `{port}` is that of a real listener; where a spelling is of another address, nobody needs to listen there.
SPELLINGS = [
    # loopback, in every notation that libc, browsers or resolvers have accepted
    "http://127.0.0.1:{port}",
    "http://127.1:{port}",
    "http://127.0.1:{port}",
    "http://127.000.000.001:{port}",
    "http://0127.0.0.1:{port}",
    "http://0177.0.0.1:{port}",
    "http://0177.1:{port}",
    "http://0x7f.0.0.1:{port}",
    "http://0x7f.1:{port}",
    "http://0x7F000001:{port}",
    "http://2130706433:{port}",
    "http://017700000001:{port}",
    "http://127.0.0.1.:{port}",
    "http://127.255.255.254:{port}",
    "http://127.0.0.2:{port}",
    "http://127.0.0.1%2f@127.0.0.1:{port}",
    "http://example.org@127.0.0.1:{port}",
    "http://\uff11\uff12\uff17.0.0.1:{port}",
    "http://①②⑦.⓪.⓪.①:{port}",
    "http://127。0。0。1:{port}",
    "http://localhost:{port}",
    "http://LOCALHOST:{port}",
    "http://localhost.:{port}",
    "http://loopback.test:{port}",
    "http://rebinding.test:{port}",
    "http://mixed.test:{port}",
    "http://[::1]:{port}",
    "http://[0:0:0:0:0:0:0:1]:{port}",
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]:{port}",
    "http://[::ffff:127.0.0.1]:{port}",
    "http://[::ffff:7f00:1]:{port}",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}",
    "http://[::127.0.0.1]:{port}",
    "http://[::7f00:1]:{port}",
    "http://[64:ff9b::127.0.0.1]:{port}",
    "http://[64:ff9b::7f00:1]:{port}",
    "http://[64:ff9b:1::7f00:1]:{port}",
    "http://[2002:7f00:1::]:{port}",
    "http://[2002:7f00:1::1]:{port}",
    "http://[2001:0:7f00:1::]:{port}",
    "http://[::ffff:0:127.0.0.1]:{port}",
    "http://[2606:4700::5efe:127.0.0.1]:{port}",
    "http://[2606:4700::200:5efe:7f00:1]:{port}",
    "http://mapped.test:{port}",
    # unspecified
    "http://0.0.0.0:{port}",
    "http://0:{port}",
    "http://0x0:{port}",
    "http://0.1.2.3:{port}",
    "http://[::]:{port}",
    "http://[::ffff:0.0.0.0]:{port}",
    # private, shared, link-local, metadata
    "http://10.0.0.1:{port}",
    "http://10.1:{port}",
    "http://012.0.0.1:{port}",
    "http://172.16.0.1:{port}",
    "http://172.31.255.255:{port}",
    "http://192.168.0.1:{port}",
    "http://192.168.1:{port}",
    "http://3232235521:{port}",
    "http://0xC0A80001:{port}",
    "http://100.64.0.1:{port}",
    "http://100.100.100.200:{port}",
    "http://168.63.129.16:{port}",
    "http://192.0.0.192:{port}",
    "http://169.254.169.254/latest/meta-data",
    "http://169.254.169.254.:80",
    "http://2852039166:{port}",
    "http://0xA9FEA9FE:{port}",
    "http://0251.0376.0251.0376:{port}",
    "http://169.16689662:{port}",
    "http://[::ffff:169.254.169.254]:{port}",
    "http://[::ffff:a9fe:a9fe]:{port}",
    "http://[fd00:ec2::254]:{port}",
    "http://[fe80::1]:{port}",
    "http://[fe80::1%25lo]:{port}",
    "http://[fec0::1]:{port}",
    "http://[fc00::1]:{port}",
    "http://metadata.test:{port}",
    # multicast, broadcast, documentation, reserved, benchmarking
    "http://224.0.0.1:{port}",
    "http://255.255.255.255:{port}",
    "http://4294967295:{port}",
    "http://240.0.0.1:{port}",
    "http://198.18.0.1:{port}",
    "http://192.0.2.1:{port}",
    "http://203.0.113.7:{port}",
    "http://192.88.99.1:{port}",
    "http://[ff02::1]:{port}",
    "http://[2001:db8::1]:{port}",
    "http://[3fff::1]:{port}",
    "http://[100::1]:{port}",
    "http://[5f00::1]:{port}",
    "http://[4000::1]:{port}",
]

NAMES = {
    "loopback.test": ["127.0.0.1"],
    "mixed.test": ["127.0.0.1", "10.0.0.1", "::1"],
    "mapped.test": ["::ffff:127.0.0.1"],
    "metadata.test": ["169.254.169.254", "fd00:ec2::254"],
    "localhost": ["127.0.0.1", "::1"],
}


def with_tls(spelling: str) -> str:
    """Without TLS nothing is connected to that is not allowed: these show that with TLS nothing is either."""
    return spelling.replace("http:", "https:", 1)


class Names(AbstractResolver):
    """A hostile name server; other spellings read as the C library reads them. `rebinding.test` is good once."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        assert family in {socket.AF_UNSPEC, socket.AF_INET, socket.AF_INET6}
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses(host)
        ]

    def _addresses(self, host: str) -> list[str]:
        name = host.lower().rstrip(".")
        if name == "rebinding.test":
            return ["127.0.0.1"] if self.asked > 1 else ["127.0.0.2"]
        return NAMES.get(name) or [socket.inet_ntoa(socket.inet_aton(name))]

    async def close(self) -> None:
        """Nothing is open."""


class Watching(AddressGuard):
    """The real guard, and a record of every socket that it made."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[object] = []

    def socket_for(self, address: AddressInfo) -> socket.socket:
        made = super().socket_for(address)
        self.made.append(address)
        made.close()
        raise AssertionError(f"a socket was made for {address}")


@asynccontextmanager
async def listeners() -> AsyncGenerator[tuple[int, list[str]]]:
    """Listen on both loopbacks under one port; give it, and what connected."""
    seen: list[str] = []

    def note(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(str(writer.get_extra_info("peername")))
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    servers = [server]
    if socket.has_ipv6:
        servers.append(await asyncio.start_server(note, "::1", port))
    try:
        yield port, seen
    finally:
        for one in servers:
            one.close()


def test_there_are_at_least_sixty_spellings() -> None:
    assert len(set(SPELLINGS)) == len(SPELLINGS) >= 60


async def test_no_spelling_of_a_forbidden_address_is_connected() -> None:
    guard = Watching()
    agency = WireAgency(
        key=GATEWAY_KEY, keys=KEYS.get, checks=CHECKS, clock=PromptClock(), guard=guard, resolver=Names()
    )
    async with listeners() as (port, seen):
        for spelling in (*SPELLINGS, *(with_tls(spelling) for spelling in SPELLINGS)):
            told = await agency.ask(make_ask(), make_contract(spelling.format(port=port)), traceparent="")
            assert isinstance(told.heard, Unheard), spelling
            assert not told.heard.sent, spelling
        await agency.close()
    assert (guard.made, seen) == ([], [])


async def test_the_same_spellings_do_connect_where_everything_is_allowed() -> None:
    """The listeners and the resolver are real: with the guard open, loopback is reached by many of the spellings."""
    agency = WireAgency(
        key=GATEWAY_KEY,
        keys=KEYS.get,
        checks=CHECKS,
        clock=PromptClock(),
        guard=AddressGuard(parse_networks(["127.0.0.0/8", "::1"])),
        resolver=Names(),
    )
    loopback = [spelling for spelling in SPELLINGS[:30] if "@" not in spelling]
    async with listeners() as (port, seen):
        reached = 0
        for spelling in loopback:
            told = await agency.ask(make_ask(), make_contract(spelling.format(port=port)), traceparent="")
            assert isinstance(told.heard, Unheard)
            reached += told.heard.sent
        await agency.close()
    assert reached == len(seen) >= 15


def info(host: str, family: socket.AddressFamily) -> AddressInfo:
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, 443))


@pytest.mark.parametrize("host", ["8.8.8.8", "36.66.1.1", "2606:4700::1111", "2404:8000::1", "192.0.1.1", "172.32.0.1"])
def test_public_addresses_are_let_through(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    AddressGuard().socket_for(info(host, family)).close()


def test_only_the_allowed_networks_are_opened() -> None:
    guard = AddressGuard(parse_networks(["127.0.0.1", "10.20.0.0/16", "", "fd12::/16"]))
    assert [guard.objection(host) for host in ("127.0.0.1", "10.20.3.4", "fd12::1")] == ["", "", ""]
    for host in ("127.0.0.2", "10.21.0.1", "::1", "::ffff:127.0.0.1", "fd13::1", "fe80::1%lo"):
        assert guard.objection(host)


def test_what_is_no_internet_address_gets_no_socket() -> None:
    for address in (info("/run/docker.sock", socket.AF_UNIX), info("example.org", socket.AF_INET)):
        for make in (AddressGuard().socket_for, AddressGuard().socket_for_plain):
            with pytest.raises(AddressRefused):
                make(address)


def test_a_network_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        parse_networks(["10.0.0.0/99"])


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    agency = WireAgency(key=GATEWAY_KEY, keys=KEYS.get, checks=CHECKS, clock=PromptClock(), resolver=Names())
    async with listeners() as (port, seen):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        told = await agency.ask(make_ask(), make_contract("http://10.0.0.1"), traceparent="")
        await agency.close()
    assert isinstance(told.heard, Unheard)
    assert not told.heard.sent
    assert seen == []


def test_without_tls_only_allowed_networks_are_connected_to() -> None:
    guard = AddressGuard(parse_networks(["127.0.0.1", "10.20.0.0/16"]))
    for host in ("127.0.0.1", "10.20.1.1"):
        guard.socket_for_plain(info(host, socket.AF_INET)).close()
    for host in ("8.8.8.8", "10.21.0.1", "127.0.0.2"):
        with pytest.raises(AddressRefused, match="without TLS"):
            guard.socket_for_plain(info(host, socket.AF_INET))


@pytest.mark.parametrize(
    ("host", "allowed", "may"),
    [
        ("oss.example", [], False),
        ("127.0.0.1", [], False),
        ("oss", ["10.0.0.0/8"], True),  # a name: judged by where it leads
        ("10.1.2.3", ["10.0.0.0/8"], True),
        ("8.8.8.8", ["10.0.0.0/8"], False),
        ("::1", ["::1"], True),
        ("::2", ["::1"], False),
    ],
)
def test_http_can_be_registered_only_where_it_could_ever_be_used(host: str, allowed: list[str], *, may: bool) -> None:
    assert AddressGuard(parse_networks(allowed)).may_be_plain(host) is may
