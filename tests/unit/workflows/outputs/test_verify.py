from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from contracts import events as ev
from contracts.ids import CaseId
from tests.unit.workflows.outputs.judging import CODE, CREDENTIAL, LINK, PDF, TRUST, judged, reasons
from tests.unit.workflows.outputs.sample import (
    CASE,
    ISSUER,
    NOW,
    attested_part,
    seal,
    sealed,
    signed_part,
    signing_keys,
)
from workflows.outputs.credential import CREDENTIAL_TYPE
from workflows.outputs.document import output_pdf
from workflows.outputs.jws import peek_jws, sign_jws
from workflows.outputs.keys import SigningKeys
from workflows.outputs.seal import LocalSeal


def altered_claims(**changes: Any) -> str:
    """Seal other claims with the gateway's own key: what only the gateway itself could do."""
    claims = msgspec.json.decode(peek_jws(CREDENTIAL, typ=CREDENTIAL_TYPE).payload)
    return sign_jws(msgspec.json.encode({**claims, **changes}), typ=CREDENTIAL_TYPE, key=signing_keys().current)


def stranger(tmp_path: Path, issuer: str = ISSUER) -> LocalSeal:
    return LocalSeal(SigningKeys(tmp_path / "stranger.json"), issuer=issuer)


def test_a_genuine_credential_is_valid_and_says_that_revocation_was_not_checked() -> None:
    verdict = judged(CREDENTIAL)
    assert (verdict.word, reasons(verdict), verdict.status_checked) == ("valid", ["status_not_checked"], False)
    assert (verdict.case, verdict.issuer, verdict.presented, verdict.issued_at) == (CASE, ISSUER, "credential", NOW)


def test_nothing_personal_is_told_beyond_initials() -> None:
    credential = sealed(
        signed_part(),
        attested_part(values={"npwp": "3303055203900000"}, readings={}),
        holder={"name": "Sri Rahayu", "nik": "3303055203900000"},
    )
    told = msgspec.json.encode(judged(credential)).decode()
    assert "3303055203900000" not in told
    assert "Rahayu" not in told
    assert judged(credential).holder == {"name": "S••• R•••", "nik": "3303••••••••0000"}


def test_the_word_of_a_current_status_list_is_taken() -> None:
    good = seal().status_list([3], number=1, now=NOW)
    assert (judged(CREDENTIAL, status_list=good).word, judged(CREDENTIAL, status_list=good).status_checked) == (
        "valid",
        True,
    )
    revoking = seal().status_list([7], number=1, now=NOW)
    for presented in (CREDENTIAL, PDF, LINK):
        verdict = judged(presented, status_list=revoking)
        assert (verdict.word, verdict.status_checked, "revoked" in reasons(verdict)) == ("revoked", True, True)


def test_a_part_that_its_agency_revoked_is_called_valid_or_takes_the_rest_with_it() -> None:
    credential = sealed(
        structs.replace(signed_part(), status_index=8), structs.replace(attested_part(), status_index=9)
    )
    said = ev.StatusSet(at=NOW, status_index=9, case=CaseId(CASE), step="taxpayer", legal_basis="UU 30/2014")
    status_list = seal().status_list({9: said}, number=1, now=NOW)
    verdict = judged(credential, status_list=status_list)
    assert (verdict.word, verdict.status_checked, reasons(verdict)) == ("valid", True, ["part_revoked"])
    signed, attested = verdict.parts
    assert (signed.revoked, signed.revoked_at, signed.revoked_by_law) == (False, None, "")
    assert (attested.revoked, attested.revoked_at, attested.revoked_by_law) == (True, NOW, "UU 30/2014")
    assert verdict.reasons[0].detail == f"djp taxpayer {NOW:%Y-%m-%d} (UU 30/2014)"
    bits_alone = judged(credential, status_list=seal().status_list([7, 8], number=1, now=NOW))
    assert (bits_alone.word, reasons(bits_alone)) == ("revoked", ["part_revoked", "revoked"])
    assert [part.revoked for part in bits_alone.parts] == [True, False]
    unchecked = judged(credential)
    assert (unchecked.word, reasons(unchecked)) == ("valid", ["status_not_checked"])
    assert not any(part.revoked for part in unchecked.parts)


def test_a_part_whose_place_no_list_has_is_taken_for_one_that_stands() -> None:
    claims = msgspec.json.decode(peek_jws(CREDENTIAL, typ=CREDENTIAL_TYPE).payload)
    subject = claims["credentialSubject"]
    for place in ("131072", "-1", "x" * 50):
        parts = [{**subject["parts"][0], "statusListIndex": place}, *subject["parts"][1:]]
        credential = altered_claims(credentialSubject={**subject, "parts": parts})
        verdict = judged(credential, status_list=seal().status_list([3], number=1, now=NOW))
        assert (verdict.word, verdict.status_checked, reasons(verdict)) == ("valid", False, ["status_not_checked"])


def test_an_old_or_foreign_status_list_is_not_taken_for_a_good_one(tmp_path: Path) -> None:
    for status_list in (
        seal().status_list([], number=1, now=NOW - timedelta(days=3)),
        seal().status_list([], number=2, now=NOW),
        stranger(tmp_path).status_list([], number=1, now=NOW),
        "nonsense",
    ):
        verdict = judged(CREDENTIAL, status_list=status_list)
        assert (verdict.word, verdict.status_checked, reasons(verdict)) == ("valid", False, ["status_not_checked"])


ENVELOPED = {
    "@context": "https://www.w3.org/ns/credentials/v2",
    "type": "EnvelopedVerifiableCredential",
    "id": f"data:application/vc+jwt,{CREDENTIAL}",
}


@pytest.mark.parametrize(
    "presented",
    [f"  {CREDENTIAL}\n", json.dumps({"credential": CREDENTIAL, "output": {}}), json.dumps(ENVELOPED)],
    ids=["white space", "the API's JSON", "enveloped"],
)
def test_a_credential_is_found_in_what_is_around_it(presented: str) -> None:
    assert judged(presented).word == "valid"


def test_the_code_of_the_paper_is_valid_by_itself_and_names_the_credential() -> None:
    for presented in (LINK, CODE, f" {LINK}\n".encode()):
        verdict = judged(presented)
        assert (verdict.word, verdict.presented, verdict.case) == ("valid", "code", CASE)
        assert verdict.digest == judged(CREDENTIAL).digest


@settings(max_examples=150)
@given(position=st.integers(0, len(CREDENTIAL) - 1), character=st.characters())
def test_one_changed_character_of_the_credential_is_altered(position: int, character: str) -> None:
    changed = CREDENTIAL[:position] + character + CREDENTIAL[position + 1 :]
    if changed != CREDENTIAL:
        assert judged(changed).word == "altered"


@settings(max_examples=150)
@given(position=st.integers(0, len(CODE) - 1), character=st.characters())
def test_one_changed_character_of_the_code_is_altered(position: int, character: str) -> None:
    changed = CODE[:position] + character + CODE[position + 1 :]
    if changed != CODE:
        assert judged(changed).word == "altered"


@settings(max_examples=100)
@given(position=st.integers(0, len(CREDENTIAL) - 1), bit=st.integers(0, 7))
def test_one_flipped_bit_of_the_credential_is_altered(position: int, bit: int) -> None:
    changed = bytearray(CREDENTIAL.encode())
    changed[position] ^= 1 << bit
    assert judged(bytes(changed)).word == "altered"


def test_a_credential_by_a_stranger_who_claims_to_be_the_issuer_is_altered(tmp_path: Path) -> None:
    verdict = judged(sealed(by=stranger(tmp_path)))
    assert (verdict.word, reasons(verdict)) == ("altered", ["forged_key"])


def test_a_credential_of_an_unknown_issuer_is_unknown(tmp_path: Path) -> None:
    foreign = stranger(tmp_path, issuer="https://elsewhere.example")
    credential = sealed(by=foreign)
    assert reasons(judged(credential)) == ["unknown_issuer"]
    assert judged(credential).word == "unknown"
    pdf = judged(output_pdf(credential, foreign.qr_link(credential)))
    assert (pdf.word, pdf.page, pdf.parts) == ("unknown", "", [])
    trusting_key = msgspec.structs.replace(TRUST, keys=foreign.public_keys()["keys"])
    assert judged(credential, trust=trusting_key).word == "unknown"


def test_what_is_not_in_force_is_not_valid() -> None:
    early = judged(CREDENTIAL, now=NOW - timedelta(minutes=6))
    assert (early.word, reasons(early)) == ("unknown", ["not_yet_valid", "status_not_checked"])
    assert judged(CREDENTIAL, now=NOW - timedelta(minutes=4)).word == "valid"
    expired = judged(altered_claims(validUntil="2026-11-24T02:00:00Z"))
    assert (expired.word, reasons(expired)[0]) == ("unknown", "expired")


def test_what_is_past_its_time_is_valid_in_one_of_its_forms() -> None:
    end = NOW + timedelta(days=365)
    credential = sealed(valid_until=end)
    link = seal().qr_link(credential)
    for presented in (credential, output_pdf(credential, link), link):
        before, after = judged(presented, now=end - timedelta(seconds=1)), judged(presented, now=end)
        assert (before.word, before.valid_until, "expired" in reasons(before)) == ("valid", end, False)
        assert (after.word, after.valid_until, "expired" in reasons(after)) == ("unknown", end, True)
    listed = seal().status_list([7], number=1, now=end)
    assert judged(credential, now=end, status_list=listed).word == "revoked"
    never = sign_jws(b'{"c":"x","d":"AA","k":"x","s":"1#7","u":1e300}', typ="qr+jwt", key=signing_keys().current)
    assert reasons(judged(never)) == ["not_a_joint_output"]


def test_another_credential_of_the_same_key_is_no_joint_output() -> None:
    for presented in (altered_claims(type=["VerifiableCredential"]), seal().status_list([], number=1, now=NOW)):
        assert reasons(judged(presented)) == ["not_a_joint_output"]
    odd = sign_jws(b'{"c":"x","d":"!","k":"x","s":"y"}', typ="qr+jwt", key=signing_keys().current)
    assert reasons(judged(odd)) == ["not_a_joint_output"]


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "replace"))))
def test_nothing_whatever_makes_it_crash(presented: bytes) -> None:
    assert judged(presented).word == "unknown"
    assert judged(b"%PDF-1.7\n" + presented).word == "unknown"
    assert judged(b'{"credential": ' + presented).word == "unknown"


def test_a_trust_file_that_cannot_be_read_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        judged(CREDENTIAL, trust=msgspec.structs.replace(TRUST, keys=[{"kty": "EC", "crv": "P-256"}]))
