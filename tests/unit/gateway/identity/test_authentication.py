"""Authentication: what a request proves, and what it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import Struct

from gateway.identity.authentication import (
    COOKIE_CASE,
    COOKIE_ROLE,
    Presented,
    authenticate,
    client_address,
    is_same_origin,
)
from gateway.identity.callers import ANYONE, Caller
from gateway.identity.secrets import digest_of, new_case_id, new_case_secret, new_token
from gateway.limits import Guesses
from gateway.problems import NotAuthenticated, TooManyRequests

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TOKEN, OLD = "gpt_valid", "gpt_expired"
URL = "https://gapura.example"


class Record(Struct):
    role: str
    agency: str = ""
    person: str = "Budi"
    expires_at: datetime = NOW + timedelta(hours=1)
    run: str = ""
    lead: bool = False


TOKENS = {digest_of(TOKEN): Record("officer", "djp"), digest_of(OLD): Record("operator", expires_at=NOW)}


def proved(
    headers: dict[str, str] | None = None,
    cookies: dict[str, str] | None = None,
    method: str = "GET",
) -> Caller:
    presented = Presented(method=method, headers=headers or {}, cookies=cookies or {}, address="1.2.3.4")
    return authenticate(presented, TOKENS, Guesses(20, lambda: 0.0), now=lambda: NOW, public_url=URL)


def test_nothing_sent_proves_nothing() -> None:
    assert proved().grants == ANYONE.grants
    assert proved().secrets == frozenset()


def test_a_token_gives_its_role_agency_and_actor() -> None:
    officer = proved({"authorization": f"Bearer {TOKEN}"}).officer
    assert officer is not None
    assert officer.actor == "djp/Budi"


def test_a_token_gives_no_other_role() -> None:
    caller = proved({"authorization": f"Bearer {TOKEN}"})
    assert caller.operator is None
    assert caller.granted("officer", "oss") is None


def test_a_case_secret_is_carried_as_its_digest() -> None:
    caller = proved({"authorization": "bearer gpc_one"})
    assert caller.holds(digest_of("gpc_one"))
    assert not caller.holds(digest_of("gpc_two"))
    assert not caller.holds("")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic dXNlcjpwYXNz",
        "Bearer",
        "Bearer ",
        "Bearer abc",
        "gpt_valid",
        f"Bearer {OLD}",
        "Bearer gpt_unknown",
        "Bearer gpc_\u00e9",
    ],
)
def test_a_wrong_authorization_is_refused_and_not_passed_over(header: str) -> None:
    with pytest.raises(NotAuthenticated):
        proved({"authorization": header})


def test_tokens_cannot_be_tried_at_will() -> None:
    guesses = Guesses(2, lambda: 0.0)
    presented = Presented(method="GET", headers={"authorization": "Bearer gpt_wrong"}, cookies={}, address="1.2.3.4")
    for _ in range(2):
        with pytest.raises(NotAuthenticated):
            authenticate(presented, TOKENS, guesses, now=lambda: NOW, public_url=URL)
    with pytest.raises(TooManyRequests):
        authenticate(presented, TOKENS, guesses, now=lambda: NOW, public_url=URL)


def test_cookies_open_pages_for_reading() -> None:
    caller = proved(cookies={f"{COOKIE_CASE}k7pm": "gpc_one", f"{COOKIE_ROLE}officer": TOKEN, "other": "gpc_x"})
    assert caller.holds(digest_of("gpc_one"))
    assert caller.officer is not None
    assert len(caller.secrets) == 1


def test_an_expired_cookie_proves_nothing_and_disturbs_nobody() -> None:
    assert proved(cookies={f"{COOKIE_ROLE}operator": OLD}).grants == ()


@pytest.mark.parametrize(
    ("headers", "counts"),
    [
        ({}, False),
        ({"sec-fetch-site": "cross-site", "origin": URL}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": URL}, True),
    ],
)
def test_cookies_count_in_a_change_only_from_our_own_pages(headers: dict[str, str], counts: bool) -> None:  # noqa: FBT001
    caller = proved(headers, {f"{COOKIE_CASE}k7pm": "gpc_one"}, method="POST")
    assert caller.holds(digest_of("gpc_one")) is counts
    assert is_same_origin(headers, URL) is counts


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "address"),
    [
        ("9.9.9.9", "1.1.1.1", (), "9.9.9.9"),
        ("10.0.0.1", "1.1.1.1", ("10.0.0.0/8",), "1.1.1.1"),
        ("10.0.0.1", "6.6.6.6, 1.1.1.1", ("10.0.0.0/8",), "1.1.1.1"),
        ("10.0.0.1", "1.1.1.1, 10.0.0.2", ("10.0.0.0/8",), "1.1.1.1"),
        ("10.0.0.1", None, ("10.0.0.0/8",), "10.0.0.1"),
        ("10.0.0.1", "", ("10.0.0.0/8",), "10.0.0.1"),
        ("10.0.0.1", "x" * 500, ("10.0.0.0/8",), "x" * 64),
        ("testclient", "1.1.1.1", ("10.0.0.0/8",), "testclient"),
        ("2001:db8:1:2:3:4:5:6", None, (), "2001:db8:1:2::/64"),  # who has one of these has 2^64
        ("::ffff:9.9.9.9", None, (), "9.9.9.9"),
        ("10.0.0.1", "2001:db8:1:2::9", ("10.0.0.0/8",), "2001:db8:1:2::/64"),
    ],
)
def test_an_address_is_believed_only_through_trusted_proxies(
    peer: str, forwarded: str | None, trusted: tuple[str, ...], address: str
) -> None:
    assert client_address(peer, forwarded, trusted) == address


def test_secrets_are_long_and_never_twice_the_same() -> None:
    made = {maker() for maker in (new_case_secret, new_token, new_case_id) for _ in range(100)}
    assert len(made) == 300
    assert all(len(secret) >= 19 for secret in made)
    assert len(new_case_secret()) == len("gpc_") + 43
