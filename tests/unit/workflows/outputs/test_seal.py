from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts.ids import CaseId
from tests.peers.node import ask_judge
from tests.unit.workflows.outputs.sample import (
    CASE,
    ISSUER,
    NOW,
    attested_part,
    joint_output,
    seal,
    sealed,
    signed_part,
)
from workflows.outputs.credential import CREDENTIAL_TYPE, decode_credential, encode_credential
from workflows.outputs.jws import decode_base64url, open_jws, peek_jws, read_keys
from workflows.outputs.keys import SigningKeys
from workflows.outputs.seal import QR_LIMIT, QR_TYPE, LocalSeal, QrClaims

CREDENTIAL = sealed()


def claims_of(credential: str) -> dict[str, Any]:
    claims: dict[str, Any] = msgspec.json.decode(peek_jws(credential, typ=CREDENTIAL_TYPE).payload)
    return claims


def test_the_digest_is_that_of_the_compact_credential() -> None:
    sealed_output = asyncio.run(seal().seal(joint_output(), status_index=7))
    assert sealed_output.digest == f"sha256:{hashlib.sha256(sealed_output.credential.encode()).hexdigest()}"


def test_the_credential_has_every_member_that_the_specification_asks_for() -> None:
    claims = claims_of(CREDENTIAL)
    assert claims["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert claims["type"] == ["VerifiableCredential", "JointServiceOutput"]
    assert claims["issuer"] == ISSUER
    assert claims["validFrom"] == "2026-11-24T03:00:00Z"
    assert claims["id"] == f"{ISSUER}/v1/cases/{CASE}/output"
    assert claims["credentialStatus"]["type"] == "BitstringStatusListEntry"
    assert claims["credentialStatus"]["statusListIndex"] == "7"
    assert claims["credentialSubject"]["holder"] == {"name": "Sri Rahayu", "business": "Warung Bu Sri"}
    assert [part["word"] for part in claims["credentialSubject"]["parts"]] == [
        "contributed",
        "contributed",
        "refused",
        "skipped",
    ]


def test_fields_that_the_plan_does_not_show_are_told_nowhere() -> None:
    part = claims_of(CREDENTIAL)["credentialSubject"]["parts"][0]["evidence"]["part"]
    disclosures = [decode_base64url(text).decode() for text in part.split("~")[1:-1]]
    assert len(disclosures) == 2
    assert "3303055203900000" not in "".join([msgspec.json.encode(claims_of(CREDENTIAL)).decode(), *disclosures])


def test_members_that_are_empty_are_left_out() -> None:
    skipped = claims_of(CREDENTIAL)["credentialSubject"]["parts"][3]
    assert set(skipped) == {"step", "agency", "agencyTitle", "title", "word", "at"}


def test_a_credential_reads_back_as_it_was_written() -> None:
    credential = decode_credential(peek_jws(CREDENTIAL, typ=CREDENTIAL_TYPE).payload)
    assert decode_credential(encode_credential(credential)) == credential


@pytest.mark.parametrize("payload", [b"", b"{}", b"[" * 100_000, b"null"])
def test_claims_of_something_else_are_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_credential(payload)


def test_a_credential_of_another_type_is_refused() -> None:
    other = {**claims_of(CREDENTIAL), "type": ["VerifiableCredential", "DriversLicence"]}
    with pytest.raises(ValueError, match="not those of a joint output"):
        decode_credential(msgspec.json.encode(other))


def test_the_qr_code_stays_small_and_says_which_credential_it_is_for() -> None:
    link = seal().qr_link(CREDENTIAL)
    page, _, jws = link.partition("#")
    assert page == f"{ISSUER}/verifikasi"
    assert len(jws) <= QR_LIMIT
    said = msgspec.json.decode(open_jws(jws, read_keys(seal().public_keys()), typ=QR_TYPE).payload, type=QrClaims)
    assert decode_base64url(said.sha256) == hashlib.sha256(CREDENTIAL.encode()).digest()
    assert (said.case, said.status) == (CASE, "1#7")
    assert "Sri" not in msgspec.json.encode(said).decode()


def test_a_case_reference_that_would_not_scan_is_refused() -> None:
    credential = sealed(attested_part(), case=CaseId("PBG-" + "X" * 100))
    with pytest.raises(ValueError, match="412 can be scanned"):
        seal().qr_link(credential)


def test_a_rotated_key_leaves_older_outputs_verifiable(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path / "keys.json")
    local = LocalSeal(keys, issuer=f"{ISSUER}/")
    older = sealed(by=local)
    keys.rotate()
    newer = sealed(by=local)
    trusted = read_keys(local.public_keys())
    kids = {open_jws(credential, trusted, typ=CREDENTIAL_TYPE).kid for credential in (older, newer)}
    assert len(kids) == 2
    assert local.issuer == ISSUER


def test_the_peer_verifies_our_credential_and_names_our_key_alike() -> None:
    jwks = seal().public_keys()
    request = {
        "task": "verify",
        "jwt": CREDENTIAL,
        "jwks": jwks,
        "options": {"typ": "vc+jwt", "algorithms": ["ES256"]},
    }
    answer = ask_judge("jose.mjs", request)
    assert answer["result"]["payload"] == claims_of(CREDENTIAL)
    assert answer["result"]["protectedHeader"]["kid"] == jwks["keys"][0]["kid"]
    assert ask_judge("jose.mjs", {"task": "thumbprint", "key": jwks["keys"][0]}) == {"result": jwks["keys"][0]["kid"]}
    altered = {**request, "jwt": CREDENTIAL.replace(".", ".A", 1)}
    assert ask_judge("jose.mjs", altered)["refused"] == "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"


def test_sealing_again_gives_the_same_credential() -> None:
    part = signed_part()
    assert sealed(part) == sealed(part)
    assert decode_credential(peek_jws(sealed(part), typ=CREDENTIAL_TYPE).payload).valid_from == NOW
