from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from tests.peers.node import ask_judge
from tests.unit.workflows.outputs.sample import ISSUER, NOW
from workflows.outputs.credential import CREDENTIAL_TYPE, LIST_SIZE, StatusEntry
from workflows.outputs.jws import encode_base64url, open_jws, sign_jws
from workflows.outputs.status import (
    StatusUnknown,
    build_status_list,
    is_revoked,
    status_entry,
    status_list_number,
)

KEY = ECKey.generate_key("P-256", auto_kid=True)
KEYS = {str(KEY.kid): KEY}


def listed(*revoked: int, number: int = 1) -> str:
    return build_status_list(revoked, number=number, issuer=ISSUER, now=NOW, key=KEY)


def changed(**changes: Any) -> str:
    claims = msgspec.json.decode(open_jws(listed(), KEYS, typ=CREDENTIAL_TYPE).payload)
    subject = {**claims["credentialSubject"], **changes.pop("subject", {})}
    return sign_jws(
        msgspec.json.encode({**claims, "credentialSubject": subject, **changes}), typ=CREDENTIAL_TYPE, key=KEY
    )


def check(status_list: str, index: int = 7) -> bool:
    return is_revoked(status_list, status_entry(index, issuer=ISSUER), KEYS, issuer=ISSUER, now=NOW)


@settings(max_examples=30)
@given(revoked=st.sets(st.integers(0, 3 * LIST_SIZE - 1), max_size=20), asked=st.integers(0, 3 * LIST_SIZE - 1))
def test_exactly_the_revoked_are_revoked_in_every_list(revoked: set[int], asked: int) -> None:
    for index in {asked, *revoked}:
        status_list = listed(*revoked, number=status_list_number(index))
        assert check(status_list, index) is (index in revoked)


def test_the_first_index_is_the_leftmost_bit() -> None:
    claims = msgspec.json.decode(open_jws(listed(0, 9), KEYS, typ=CREDENTIAL_TYPE).payload)
    encoded: str = claims["credentialSubject"]["encodedList"]
    bits = b"\x80\x40" + bytes(LIST_SIZE // 8 - 2)
    assert encoded == "u" + encode_base64url(gzip.compress(bits, mtime=0))
    assert claims["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert claims["@context"] == ["https://www.w3.org/ns/credentials/v2"]


def test_the_same_revocations_give_the_same_list() -> None:
    assert listed(3, 5) == listed(5, 3)


def test_an_entry_says_all_that_the_specification_asks_for() -> None:
    assert msgspec.to_builtins(status_entry(LIST_SIZE + 5, issuer=ISSUER)) == {
        "id": f"{ISSUER}/v1/status-lists/2#5",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "5",
        "statusListCredential": f"{ISSUER}/v1/status-lists/2",
    }


@pytest.mark.parametrize(
    ("status_list", "said"),
    [
        (listed(number=2), "status-lists/2"),
        (changed(issuer="https://other.example"), "this is the status list"),
        (changed(validUntil="2026-11-23T00:00:00Z"), "fetch it again"),
        (changed(validFrom="2027-11-23T00:00:00Z", validUntil="2027-11-24T00:00:00Z"), "fetch it again"),
        (changed(subject={"encodedList": "z123"}), "multibase"),
        (changed(subject={"encodedList": "u!"}), "cannot be decoded"),
        (changed(subject={"encodedList": "uQUFB"}), "cannot be decoded"),
        (changed(subject={"encodedList": "u" + encode_base64url(gzip.compress(bytes(100)))}), "has 100 bytes"),
        (changed(subject={"encodedList": "u" + encode_base64url(gzip.compress(bytes(50_000_000)))}), "or more"),
        (changed(subject={"statusPurpose": "suspension"}), "cannot be relied on"),
        (listed()[:-1] + ("A" if listed()[-1] != "A" else "Q"), "cannot be relied on"),
        ("", "cannot be relied on"),
    ],
    ids=[
        *("another list", "another issuer", "too old", "from the future", "multibase", "base64", "gzip", "short"),
        *("bomb", "another purpose", "altered", "empty"),
    ],
)
def test_a_list_that_does_not_tell_is_refused_with_the_reason(status_list: str, said: str) -> None:
    with pytest.raises(StatusUnknown, match=said):
        check(status_list)


@pytest.mark.parametrize("index", ["131072", "-1", "x", "", "٣", "9" * 5000])
def test_an_entry_outside_of_the_list_is_refused(index: str) -> None:
    url = f"{ISSUER}/v1/status-lists/1"
    entry = StatusEntry(id=f"{url}#{index}", status_list_index=index, status_list_credential=url)
    with pytest.raises(StatusUnknown, match="no entry"):
        is_revoked(listed(), entry, KEYS, issuer=ISSUER, now=NOW)


def test_a_list_serves_for_a_day() -> None:
    entry = status_entry(7, issuer=ISSUER)
    assert not is_revoked(listed(), entry, KEYS, issuer=ISSUER, now=NOW + timedelta(hours=23))
    with pytest.raises(StatusUnknown, match="valid until 2026-11-25 03:00 UTC"):
        is_revoked(listed(), entry, KEYS, issuer=ISSUER, now=NOW + timedelta(hours=25))


def test_the_peer_verifies_our_list() -> None:
    answer = ask_judge(
        "jose.mjs",
        {
            "task": "verify",
            "jwt": listed(1),
            "jwks": {"keys": [KEY.as_dict(private=False)]},
            "options": {"typ": "vc+jwt", "algorithms": ["ES256"]},
        },
    )
    assert answer["result"]["payload"]["credentialSubject"]["type"] == "BitstringStatusList"
