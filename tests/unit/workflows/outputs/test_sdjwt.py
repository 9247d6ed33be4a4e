from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from tests.peers.node import ask_judge
from workflows.outputs.jws import encode_base64url, sign_jws
from workflows.outputs.sdjwt import PART_TYPE, Bindings, PartInvalid, input_digest, issue_part, present, verify_part

KEY = ECKey.generate_key("P-256", {"kid": "oss-2026"})
OTHER_KEY = ECKey.generate_key("P-256", {"kid": "djp-2026"})
JWKS: dict[str, Any] = {"keys": [KEY.as_dict(), OTHER_KEY.as_dict()]}
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
OUTPUT: dict[str, Any] = {"nib": "1234567890123", "risk": "low", "issued": {"by": "OSS", "codes": ["47111", "56101"]}}
BOUND = Bindings(
    agency="oss",
    ask_key="PBG-1/business/ask/1",
    contract_digest="sha256:" + "a" * 64,
    input_digest=input_digest(b"0" * 16, {"nik": "3303010101900001"}),
)
PART = issue_part(OUTPUT, BOUND, key=KEY, issued_at=NOW)


def claims_of(**changes: Any) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "iss": BOUND.agency,
        "iat": int(NOW.timestamp()),
        "ask_key": BOUND.ask_key,
        "contract_digest": BOUND.contract_digest,
        "input_digest": BOUND.input_digest,
        "output": {"_sd": []},
        "_sd_alg": "sha-256",
    }
    return {name: value for name, value in {**claims, **changes}.items() if value is not ...}


def signed(claims: dict[str, Any], *disclosures: str, typ: str = PART_TYPE) -> str:
    return "~".join([sign_jws(json.dumps(claims).encode(), typ=typ, key=KEY), *disclosures, ""])


def refusal(part: str, expected: Bindings = BOUND, jwks: dict[str, Any] = JWKS) -> str:
    with pytest.raises(PartInvalid) as caught:
        verify_part(part, jwks, expected, now=NOW)
    return str(caught.value)


def test_every_field_comes_back_as_it_was_signed() -> None:
    part = verify_part(PART, JWKS, BOUND, now=NOW)
    assert (part.disclosed, part.bindings, part.key_id, part.issued_at) == (OUTPUT, BOUND, "oss-2026", NOW)


def test_only_the_presented_fields_are_told() -> None:
    shown = present(PART, ["nib", "no_such_field"])
    assert verify_part(shown, JWKS, BOUND).disclosed == {"nib": "1234567890123"}
    assert shown.count("~") == 2
    assert verify_part(present(PART, []), JWKS, BOUND).disclosed == {}


def test_the_input_is_not_needed_to_verify() -> None:
    unknown_input = msgspec.structs.replace(BOUND, input_digest=None)
    assert verify_part(PART, JWKS, unknown_input).bindings.input_digest == BOUND.input_digest


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"agency": "djp"}, "its iss is 'oss', not 'djp'"),
        ({"ask_key": "PBG-2/business/ask/1"}, "its ask_key is 'PBG-1/business/ask/1'"),
        ({"contract_digest": "sha256:b"}, "its contract_digest is"),
        ({"input_digest": input_digest(b"1" * 16, {"nik": "3303010101900001"})}, "its input_digest is"),
    ],
)
def test_a_part_bound_to_something_else_is_refused(changed: dict[str, str], said: str) -> None:
    assert said in refusal(PART, msgspec.structs.replace(BOUND, **changed))


def test_another_agencys_key_does_not_pass_under_this_kid() -> None:
    forged = issue_part(OUTPUT, BOUND, key=ECKey.generate_key("P-256", {"kid": "oss-2026"}), issued_at=NOW)
    assert "the signature is not the one of key 'oss-2026'" in refusal(forged)


def test_a_key_that_was_never_published_is_refused() -> None:
    assert "no trusted key is called 'oss-2026'" in refusal(PART, jwks={"keys": [OTHER_KEY.as_dict()]})


def test_a_disclosure_that_the_agency_did_not_sign_is_refused() -> None:
    extra = encode_base64url(json.dumps(["salt", "nib", "9999999999999"]).encode())
    assert "the disclosure of 'nib' is not covered by the signature" in refusal(PART + extra + "~")


def test_a_disclosure_given_twice_is_refused() -> None:
    again = PART.split("~")[1]
    assert "appears twice" in refusal(PART + again + "~")


def test_two_disclosures_of_one_field_are_refused() -> None:
    texts = [encode_base64url(json.dumps([salt, "nib", salt]).encode()) for salt in ("a", "b")]
    digests = [_digest(text) for text in texts]
    assert "'nib' is disclosed twice" in refusal(signed(claims_of(output={"_sd": digests}), *texts))


def test_a_digest_given_twice_is_refused() -> None:
    assert "twice in its _sd" in refusal(signed(claims_of(output={"_sd": ["x", "x"]})))


@pytest.mark.parametrize("name", ["_sd", "..."])
@pytest.mark.parametrize("nested", [False, True])
def test_names_that_the_rfc_reserves_are_neither_signed_nor_read(name: str, *, nested: bool) -> None:
    output = {"field": [{name: 1}]} if nested else {name: 1}
    with pytest.raises(ValueError, match="RFC 9901"):
        issue_part(output, BOUND, key=KEY, issued_at=NOW)
    text = encode_base64url(json.dumps(["salt", *next(iter(output.items()))]).encode())
    assert "RFC 9901" in refusal(signed(claims_of(output={"_sd": [_digest(text)]}), text))


@pytest.mark.parametrize(
    "claims",
    [
        claims_of(iss=...),
        claims_of(ask_key=...),
        claims_of(output=...),
        claims_of(iat="yesterday"),
        claims_of(_sd_alg="md5"),
        claims_of(exp=1),
        claims_of(nib="1234567890123"),
        claims_of(output={"_sd": [], "nib": "open"}),
    ],
    ids=["no iss", "no ask_key", "no output", "iat no number", "weak hash", "exp", "a claim of its own", "open field"],
)
def test_claims_that_are_not_a_parts_are_refused(claims: dict[str, Any]) -> None:
    assert "its claims are not those of a part" in refusal(signed(claims))


def test_a_missing_hash_name_means_sha_256() -> None:
    assert verify_part(signed(claims_of(_sd_alg=...)), JWKS, BOUND).disclosed == {}


def test_a_part_of_another_type_is_refused() -> None:
    assert "its typ is 'vc+jwt', not 'part+sd-jwt'" in refusal(signed(claims_of(), typ="vc+jwt"))


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"alg": "none", "typ": PART_TYPE, "kid": "oss-2026"}, "only ES256 is accepted"),
        ({"alg": "HS256", "typ": PART_TYPE, "kid": "oss-2026"}, "only ES256 is accepted"),
        ({"alg": "ES256", "typ": PART_TYPE}, "cannot be read"),
        ({"alg": "ES256", "typ": PART_TYPE, "kid": "oss-2026", "jwk": KEY.as_dict()}, "cannot be read"),
        ({"alg": "ES256", "typ": PART_TYPE, "kid": "oss-2026", "crit": ["b64"], "b64": False}, "cannot be read"),
    ],
    ids=["unsigned", "symmetric", "no kid", "brings its own key", "critical extension"],
)
def test_headers_that_steer_the_verifier_are_refused(header: dict[str, Any], said: str) -> None:
    parts = [encode_base64url(json.dumps(value).encode()) for value in (header, claims_of())]
    assert said in refusal(f"{parts[0]}.{parts[1]}.{encode_base64url(b'0' * 64)}~")


def test_a_part_from_the_future_is_refused_beyond_five_minutes() -> None:
    ahead = issue_part(OUTPUT, BOUND, key=KEY, issued_at=NOW + timedelta(minutes=4))
    assert verify_part(ahead, JWKS, BOUND, now=NOW).disclosed == OUTPUT
    far_ahead = issue_part(OUTPUT, BOUND, key=KEY, issued_at=NOW + timedelta(minutes=6))
    assert "signed in the future" in refusal(far_ahead)
    assert verify_part(far_ahead, JWKS, BOUND).disclosed == OUTPUT


def test_a_moment_outside_of_the_calendar_is_refused() -> None:
    assert "is no moment" in refusal(signed(claims_of(iat=10**17)))


@pytest.mark.parametrize("part", ["", "~", "a~b~", "a.b.c~", PART[:-1], PART + "x", PART.replace("~", "~~", 1)])
def test_what_is_no_sd_jwt_is_refused_with_a_reason(part: str) -> None:
    assert refusal(part)


def test_a_deep_disclosure_is_refused_and_not_recursed_into() -> None:
    text = encode_base64url(b'["salt","deep",' + b"[" * 50_000 + b"]" * 50_000 + b"]")
    assert "is not base64url of" in refusal(signed(claims_of(output={"_sd": [_digest(text)]}), text))


def test_a_part_cannot_be_issued_without_its_input() -> None:
    loose = msgspec.structs.replace(BOUND, input_digest=None)
    with pytest.raises(ValueError, match="bound to the digest of its input"):
        issue_part(OUTPUT, loose, key=KEY, issued_at=NOW)


def test_the_input_digest_does_not_depend_on_the_order_of_fields_and_hides_the_input() -> None:
    assert input_digest(b"s", {"a": 1, "b": "é"}) == input_digest(b"s", {"b": "é", "a": 1.0})
    assert input_digest(b"s", {"a": 1}) != input_digest(b"t", {"a": 1})
    assert input_digest(b"salt", {}) == encode_base64url(_sha256(b"salt{}"))


@given(position=st.integers(0, len(PART) - 1), character=st.characters(codec="ascii"))
def test_no_character_of_a_part_can_be_changed(position: int, character: str) -> None:
    altered = PART[:position] + character + PART[position + 1 :]
    if altered != PART:
        refusal(altered)


# --- the peer: npm @sd-jwt/core -----------------------------------------------------------------------------


def judge(**request: Any) -> dict[str, Any]:
    return ask_judge("sdjwt.mjs", request)


def test_the_peer_reads_our_parts_whole_and_presented() -> None:
    whole = judge(task="verify", part=PART, key=KEY.as_dict())
    assert whole["result"]["payload"]["output"] == OUTPUT
    shown = judge(task="verify", part=present(PART, ["risk"]), key=KEY.as_dict())
    assert shown["result"]["payload"]["output"] == {"risk": "low"}
    assert shown["result"]["header"]["typ"] == PART_TYPE


def test_we_read_parts_that_the_peer_issued_and_presented() -> None:
    claims = {**claims_of(output=OUTPUT)}
    del claims["_sd_alg"]
    issued = judge(
        task="issue",
        claims=claims,
        frame={"output": {"_sd": list(OUTPUT)}},
        header={"typ": PART_TYPE, "kid": "oss-2026"},
        key=KEY.as_dict(private=True),
    )["result"]
    assert verify_part(issued, JWKS, BOUND, now=NOW).disclosed == OUTPUT
    assert verify_part(present(issued, ["nib"]), JWKS, BOUND).disclosed == {"nib": OUTPUT["nib"]}
    presented = judge(task="present", part=PART, frame={"output": {"risk": True}}, key=KEY.as_dict())["result"]
    assert verify_part(presented, JWKS, BOUND).disclosed == {"risk": "low"}


def test_the_peer_refuses_an_altered_signed_part_as_we_do() -> None:
    altered = PART.replace(".", ".A", 1)
    assert refusal(altered)
    assert "refused" in judge(task="verify", part=altered, key=KEY.as_dict())


def test_an_unsigned_disclosure_tells_the_peer_nothing_and_is_refused_here() -> None:
    """RFC 9901, section 7.1, step 5 rejects it; this version of the peer leaves it out instead."""
    extended = PART + encode_base64url(b'["salt","nib","9"]') + "~"
    assert refusal(extended)
    assert judge(task="verify", part=extended, key=KEY.as_dict())["result"]["payload"]["output"] == OUTPUT


def _sha256(data: bytes) -> bytes:
    return sha256(data).digest()


def _digest(text: str) -> str:
    return encode_base64url(_sha256(text.encode()))
