"""From a request's headers and cookies to a `Caller`: what was proved. What it opens is for rules and calls."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, Protocol, get_args
from urllib.parse import urlsplit

from msgspec import Struct

from gateway.identity.callers import Caller, Grant, Role
from gateway.identity.secrets import CASE_PREFIX, TOKEN_PREFIX, digest_of
from gateway.limits import Guesses
from gateway.problems import NotAuthenticated

COOKIE_CASE: Final = "gapura-case-"
"""A case's secret in a browser: `gapura-case-<case>`, HttpOnly, SameSite=Strict, Secure under https."""
COOKIE_ROLE: Final = "gapura-role-"
"""A token in a browser: `gapura-role-officer`, `gapura-role-operator`, so that one browser can be both."""
COOKIE_HOST: Final = "__Host-"
"""Before every cookie's name under https: browsers then take it from this very host over https only (RFC 6265bis),
so that no neighbouring name and no plain http can plant one."""
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ADDRESSES_KEPT: Final = 4096
"""Addresses, of 64 characters at most, that are not read again with each of their requests."""


class TokenRecord(Protocol):
    """What the register knows of a token."""

    @property
    def role(self) -> str:
        """Its role."""
        ...

    @property
    def agency(self) -> str:
        """Whose it is, for officers and agencies."""
        ...

    @property
    def person(self) -> str:
        """Who holds it."""
        ...

    @property
    def expires_at(self) -> datetime:
        """When it stops."""
        ...

    @property
    def lead(self) -> bool:
        """Whether an officer leads the desk."""
        ...

    @property
    def run(self) -> str:
        """By which run of operators it was issued."""
        ...


class Presented(Struct, frozen=True, kw_only=True):
    """What of a request says who is calling."""

    method: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    address: str


def authenticate(
    presented: Presented,
    tokens: Mapping[str, TokenRecord],
    guesses: Guesses,
    *,
    now: Callable[[], datetime],
    public_url: str,
) -> Caller:
    """Give what a request proved.

    A wrong `Authorization` is refused; a wrong cookie proves nothing. Cookies count only for requests of our own
    pages: a browser sends them along with other sites' requests too.

    Raises:
        NotAuthenticated: the `Authorization` header is no token or secret, or one that is not valid.
        TooManyRequests: too many wrong ones came from this address.

    """
    grants: list[Grant] = []
    secrets: set[str] = set()
    bearer = _bearer(presented.headers.get("authorization"))
    if bearer.startswith(TOKEN_PREFIX):
        grants.append(_token(bearer, tokens, guesses, presented.address, now()))
    elif bearer:
        secrets.add(digest_of(bearer))
    if presented.method in SAFE_METHODS or is_same_origin(presented.headers, public_url):
        for name, value in presented.cookies.items():
            if name.startswith(COOKIE_CASE) and value.startswith(CASE_PREFIX):
                secrets.add(digest_of(value))
            elif name.startswith(COOKIE_ROLE):
                grant = _known(digest_of(value), tokens, now())
                grants += [grant] if grant else []
    return Caller(grants=tuple(grants), secrets=frozenset(secrets), address=presented.address)


def own_cookies(cookies: Mapping[str, str], *, secure: bool) -> dict[str, str]:
    """Give the cookies that only this gateway can have set, by their plain names; without https, all there are."""
    if not secure:
        return dict(cookies)
    return {name.removeprefix(COOKIE_HOST): value for name, value in cookies.items() if name.startswith(COOKIE_HOST)}


def is_same_origin(headers: Mapping[str, str], public_url: str) -> bool:
    """Say whether a browser says that the request is our own page's; without a word from it: no."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin", "")
    return origin != "" and origin in {public_url, f"{urlsplit(public_url).scheme}://{headers.get('host', '')}"}


def client_address(peer: str, forwarded_for: str | None, trusted: tuple[str, ...]) -> str:
    """Give the address of whoever calls: behind trusted proxies the nearest address that is none of them.

    Of an IPv6 address it is the network of 64 bits: whoever has one address there has them all.
    """
    if not forwarded_for:
        return _one_caller(peer)
    address = peer
    for hop in reversed(forwarded_for.split(",")):
        if not _is_trusted(address, trusted) or not hop.strip():
            break
        address = hop.strip()[:64]
    return _one_caller(address)


@lru_cache(_ADDRESSES_KEPT)
def _one_caller(address: str) -> str:
    try:
        here = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(here, ipaddress.IPv4Address):
        return str(here)
    return str(here.ipv4_mapped or ipaddress.ip_network((here, 64), strict=False))


@lru_cache(_ADDRESSES_KEPT)
def _is_trusted(address: str, trusted: tuple[str, ...]) -> bool:
    try:
        here = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(here in ipaddress.ip_network(network, strict=False) for network in trusted)


def _bearer(header: str | None) -> str:
    if header is None:
        return ""
    scheme, _, value = header.strip().partition(" ")
    value = value.strip()
    if scheme.lower() != "bearer" or not value.startswith((CASE_PREFIX, TOKEN_PREFIX)) or not value.isascii():
        raise NotAuthenticated(f"Authorization is: Bearer {CASE_PREFIX}... (of a case) or {TOKEN_PREFIX}... (a token).")
    return value


def _token(token: str, tokens: Mapping[str, TokenRecord], guesses: Guesses, address: str, now: datetime) -> Grant:
    digest = digest_of(token)
    guesses.check(address, digest)
    grant = _known(digest, tokens, now)
    if grant is None:
        guesses.wrong(address)
        raise NotAuthenticated("This token is not valid any more, or never was. Ask the operator for a new one.")
    guesses.right(address, digest)
    return grant


_ROLES: Final[Mapping[str, Role]] = {role: role for role in get_args(Role)}


def _known(digest: str, tokens: Mapping[str, TokenRecord], now: datetime) -> Grant | None:
    record = tokens.get(digest)
    role = None if record is None else _ROLES.get(record.role)
    if record is None or record.expires_at <= now or role is None:
        return None
    return Grant(role=role, agency=record.agency, person=record.person, run=record.run, lead=record.lead)
