"""What proves us to an agency's API: where it stands in a request, and how tokens are fetched, kept and replaced."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64decode
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from contracts.connection import ApiKeyAuth, Auth, BasicAuth, BearerAuth, ClientCredentials, Secret, Tls
from contracts.wire import Contributed, Unheard
from tests.certificates import Authority
from tests.conformance.agencies import CHECKS, LOOPBACK, TRACEPARENT, make_ask, serving
from tests.conformance.rest_office import KnownSecrets, bound_contract, make_bound
from workflows.agencies.addresses import AddressGuard, parse_networks
from workflows.agencies.openapi import OpenApiAgency
from workflows.ports import Told

SECRETS = {"CIVIL__KEY": "s3cret", "CIVIL__USER": "gapura", "CIVIL__PASSWORD": "p:ss"}
KEY, USER, PASSWORD = (Secret(secret=name) for name in SECRETS)
GOOD = {"data": {"number": "N-1"}}


def decoded(login: str) -> str:
    """Give `user:password` of a basic login."""
    return b64decode(login.removeprefix("Basic ")).decode()


class Door:
    """An API with a door, and a token server: they note who came."""

    def __init__(self) -> None:
        self.seen: list[web.Request] = []
        self.grants: Counter[str] = Counter()
        self.valid: set[str] = set()
        self.lasts: Any = 3600
        self.grant_status = 200
        self.worthless = False
        self.url = ""

    async def match(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        refused = bool(self.grants) and token not in self.valid
        return web.json_response({} if refused else GOOD, status=401 if refused else 200)

    async def grant(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        login = request.headers.get("Authorization")
        who = decoded(login).partition(":")[0] if login else str(form["client_id"])
        self.grants[f"{who} {form.get('scope', '')}".strip()] += 1
        token = f"t{self.grants.total()}"
        self.valid = set() if self.worthless else {token}
        body = {"access_token": token, "token_type": "bearer", "expires_in": self.lasts}
        return web.json_response(body, status=self.grant_status, headers={"Location": "/elsewhere"})


@asynccontextmanager
async def opened(tls: ssl.SSLContext | None = None) -> AsyncGenerator[Door]:
    door, app = Door(), web.Application()
    app.add_routes([web.post("/people", door.match), web.post("/token", door.grant)])
    async with serving(app, tls) as url:
        door.url = url
        yield door


async def ask_of(door: Door, bound: OpenApiAgency, *auth: Auth, key: str = "case/match/ask/1", **more: Any) -> Told:
    contract = bound_contract(door.url, auth=list(auth), **more)
    return await bound.ask(make_ask(key), contract, traceparent=TRACEPARENT)


def credentials(door: Door, **more: Any) -> ClientCredentials:
    return ClientCredentials(token_url=f"{door.url}/token", client_id=USER, client_secret=PASSWORD, **more)


PROOFS: list[tuple[str, Auth, Callable[[web.Request], object], object]] = [
    ("header", ApiKeyAuth(place="header", name="X-Key", key=KEY), lambda seen: seen.headers["X-Key"], "s3cret"),
    ("query", ApiKeyAuth(place="query", name="api key", key=KEY), lambda seen: seen.query["api key"], "s3cret"),
    ("cookie", ApiKeyAuth(place="cookie", name="sid", key=KEY), lambda seen: seen.cookies["sid"], "s3cret"),
    ("bearer", BearerAuth(token=KEY), lambda seen: seen.headers["Authorization"], "Bearer s3cret"),
    (
        "basic",
        BasicAuth(user=USER, password=PASSWORD),
        lambda seen: decoded(seen.headers["Authorization"]),
        "gapura:p:ss",
    ),
]


@pytest.mark.parametrize(("_name", "auth", "shown", "expected"), PROOFS, ids=[row[0] for row in PROOFS])
async def test_a_secret_stands_where_the_agency_looks_for_it(
    _name: str, auth: Auth, shown: Callable[[web.Request], object], expected: object
) -> None:
    async with opened() as door:
        bound = make_bound(**SECRETS)
        told = await ask_of(door, bound, auth)
        await bound.close()
    assert isinstance(told.heard, Contributed)
    assert shown(door.seen[0]) == expected


async def test_a_secret_that_is_not_set_lets_nothing_leave_and_is_named() -> None:
    async with opened() as door:
        bound = make_bound()
        told = await ask_of(door, bound, BearerAuth(token=KEY))
        await bound.close()
    assert isinstance(told.heard, Unheard)
    assert (told.heard.sent, told.heard.final) == (False, False)
    assert told.heard.reason == "not sent: the secret CIVIL__KEY is not set"
    assert not door.seen


@pytest.mark.parametrize("value", ["two\nlines", "ümlaut", "x" * 20_000])
async def test_a_secret_that_no_header_holds_is_not_sent_and_not_told(value: str) -> None:
    async with opened() as door:
        bound = make_bound(CIVIL__KEY=value)
        for auth in (ApiKeyAuth(place="header", name="X-Key", key=KEY), BearerAuth(token=KEY)):
            told = await ask_of(door, bound, auth)
            assert isinstance(told.heard, Unheard)
            assert not told.heard.sent
            assert value not in told.heard.reason
        await bound.close()
    assert not door.seen


async def test_many_who_need_a_token_fetch_one() -> None:
    async with opened() as door:
        bound, auth = make_bound(**SECRETS), credentials(door, scopes=["people"])
        await asyncio.gather(*(ask_of(door, bound, auth, key=f"case/match/ask/{n}") for n in range(1, 9)))
        await bound.close()
    assert door.grants == {"gapura people": 1}
    assert {seen.headers["Authorization"] for seen in door.seen} == {"Bearer t1"}


async def test_a_token_that_is_refused_is_fetched_again_once() -> None:
    async with opened() as door:
        bound, auth = make_bound(**SECRETS), credentials(door, client_in="body")
        await ask_of(door, bound, auth)
        door.valid = set()
        told = await ask_of(door, bound, auth)
        assert isinstance(told.heard, Contributed)
        assert [seen.headers["Authorization"] for seen in door.seen] == ["Bearer t1", "Bearer t1", "Bearer t2"]
        await bound.close()


async def test_an_agency_that_refuses_every_token_is_asked_twice_and_exhausted() -> None:
    async with opened() as door:
        bound = make_bound(**SECRETS)
        door.worthless = True
        told = await ask_of(door, bound, credentials(door))
        await bound.close()
    assert isinstance(told.heard, Unheard)
    assert told.heard.final
    assert len(door.seen) == 2


class LateClock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 2, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.mark.parametrize(("lasts", "kept_s"), [(3600, 3569), ("1800", 1769), (None, 269), (10, 4), (10**9, 86_369)])
async def test_a_token_is_kept_until_shortly_before_its_end(lasts: object, kept_s: float) -> None:
    clock = LateClock()
    bound = OpenApiAgency(checks=CHECKS, secrets=KnownSecrets(**SECRETS), clock=clock, guard=LOOPBACK)
    async with opened() as door:
        door.lasts = lasts
        for pause, fetched in ((0, 1), (kept_s, 1), (2, 2)):
            await clock.sleep(pause)
            await ask_of(door, bound, credentials(door))
            assert door.grants.total() == fetched
        await bound.close()


@pytest.mark.parametrize("status", [302, 400, 500])
async def test_without_a_token_nothing_leaves(status: int) -> None:
    async with opened() as door:
        door.grant_status = status
        bound = make_bound(**SECRETS)
        told = await ask_of(door, bound, credentials(door, audience="people"))
        await bound.close()
    assert isinstance(told.heard, Unheard)
    assert told.heard.reason == f"not sent: the token server answered {status}"
    assert not told.heard.sent
    assert not door.seen


@pytest.mark.parametrize("lasts", ["soon", -1, [1]])
async def test_a_grant_that_cannot_be_read_is_no_token(lasts: object) -> None:
    async with opened() as door:
        door.lasts = lasts
        bound = make_bound(**SECRETS)
        told = await ask_of(door, bound, credentials(door))
        await bound.close()
    assert isinstance(told.heard, Unheard)
    assert "no token that can be" in told.heard.reason


async def test_the_token_server_is_called_within_the_address_guard_too() -> None:
    bound = make_bound(**SECRETS)
    auth = ClientCredentials(token_url="http://10.0.0.1/token", client_id=USER, client_secret=PASSWORD)
    async with opened() as door:
        told = await ask_of(door, bound, auth)
        await bound.close()
    assert isinstance(told.heard, Unheard)
    assert "10.0.0.1 is not allowed" in told.heard.reason
    assert not told.heard.sent


# --- certificates and proxies -------------------------------------------------------------------------------

CA = Secret(secret="CIVIL__CA")
OURS = Tls(certificate=Secret(secret="CIVIL__CERT"), key=Secret(secret="CIVIL__CERT_KEY"), ca=CA)


async def test_a_client_shows_its_certificate_to_a_server_of_a_private_authority(tmp_path: Path) -> None:
    authority = Authority()
    certificate, key = authority.issue("gapura")
    bound = make_bound(CIVIL__CERT=certificate, CIVIL__CERT_KEY=key, CIVIL__CA=authority.pem)
    async with opened(authority.server(tmp_path, wants_client=True)) as door:
        with_it = await ask_of(door, bound, tls=OURS)
        without = await ask_of(door, bound, tls=Tls(ca=CA))
        not_trusted = await ask_of(door, bound)
    await bound.close()
    assert isinstance(with_it.heard, Contributed), with_it.heard
    assert isinstance(without.heard, Unheard)
    assert isinstance(not_trusted.heard, Unheard)
    assert not_trusted.heard.reason == "the TLS certificate does not hold for this host"
    assert not not_trusted.heard.sent
    assert len(door.seen) == 1


async def test_a_certificate_whose_key_is_another_is_told_by_name() -> None:
    authority = Authority()
    (certificate, _), (_, key) = authority.issue("gapura"), authority.issue("other")
    bound = make_bound(CIVIL__CERT=certificate, CIVIL__CERT_KEY=key, CIVIL__CA=authority.pem)
    async with opened() as door:
        told = await ask_of(door, bound, tls=OURS)
    await bound.close()
    assert isinstance(told.heard, Unheard)
    assert "CIVIL__CERT, CIVIL__CERT_KEY, CIVIL__CA" in told.heard.reason
    assert not told.heard.sent


async def test_a_proxy_is_gone_through_with_its_password() -> None:
    async with opened() as proxy:
        address = proxy.url.replace("://", "://user:pass@")
        bound = make_bound(CIVIL__PROXY=address)
        contract = bound_contract("http://civil.example", proxy=Secret(secret="CIVIL__PROXY"))
        told = await bound.ask(make_ask(), contract, traceparent=TRACEPARENT)
        await bound.close()
    assert isinstance(told.heard, Contributed), told.heard
    assert proxy.seen[0].headers["Host"] == "civil.example"
    assert decoded(proxy.seen[0].headers["Proxy-Authorization"]) == "user:pass"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://169.254.169.254", "http://localhost", "http://0x7f.1"])
async def test_a_proxy_is_not_asked_for_our_own_network(url: str) -> None:
    async with opened() as proxy:
        bound = make_bound(AddressGuard(parse_networks(["127.0.0.2/32"])), CIVIL__PROXY=proxy.url)
        told = await bound.ask(make_ask(), bound_contract(url, proxy=Secret(secret="CIVIL__PROXY")), traceparent="")
        await bound.close()
    assert isinstance(told.heard, Unheard)
    assert not told.heard.sent
    assert not proxy.seen


@pytest.mark.parametrize("address", ["socks5://127.0.0.1:1", "nonsense", "http://"])
async def test_an_address_that_is_no_proxy_is_told(address: str) -> None:
    bound = make_bound(CIVIL__PROXY=address)
    told = await bound.ask(
        make_ask(), bound_contract("http://civil.example", proxy=Secret(secret="CIVIL__PROXY")), traceparent=""
    )
    await bound.close()
    assert isinstance(told.heard, Unheard)
    assert "CIVIL__PROXY is no address of a proxy" in told.heard.reason
