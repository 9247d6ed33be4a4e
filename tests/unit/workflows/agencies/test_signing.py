"""Signatures: our own against the general library as judge, and everything that must be refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.conformance.signed_messages import BODY, GATEWAY, HEADERS, KEYS, NOW, OSS, OTHER, URL, signed
from workflows.agencies.nonces import MemoryNonces
from workflows.agencies.signing import (
    Request,
    Response,
    SignatureInvalid,
    SigningKey,
    refuse_replay,
    sign_request,
    sign_response,
    verify_request,
    verify_response,
)


def refusal(request: Request, *, now: datetime = NOW, keys: Mapping[str, Mapping[str, object]] = KEYS) -> str:
    with pytest.raises(SignatureInvalid) as caught:
        verify_request(request, keys.get, now=now)
    assert str(caught.value)
    return caught.value.fault


def altered(request: Request, **fields: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    kept = {name: value for name, value in request.headers.items() if name.lower() not in named}
    return Request(request.method, request.url, {**kept, **named}, request.body)


# --- what must be accepted --------------------------------------------------------------------------------------


def test_a_signed_request_is_believed_and_names_its_party() -> None:
    verified = verify_request(signed(), KEYS.get, now=NOW)
    assert (verified.party, verified.key_id, verified.created) == ("oss", "oss/1", NOW)
    assert len(verified.nonce) >= 22


def test_a_request_without_body_and_key_is_signed_by_method_and_address_alone() -> None:
    assert verify_request(signed(body=b"", url="https://g.example/v1/x?cursor=7&y="), KEYS.get, now=NOW).party == "oss"


@pytest.mark.parametrize(
    ("signed_as", "received_as"),
    [
        ("https://Gateway.Example:443/v1/callbacks", URL),
        ("http://gateway.example/v1/callbacks", URL),
        ("http://gateway.example:80/v1/callbacks", URL),
        ("https://gateway.example", "https://gateway.example/"),
    ],
)
def test_an_address_means_the_same_in_either_spelling_and_behind_tls(signed_as: str, received_as: str) -> None:
    request = signed(url=signed_as)
    assert verify_request(Request("POST", received_as, request.headers, BODY), KEYS.get, now=NOW).party == "oss"


def test_other_signatures_and_other_digests_beside_ours_do_not_disturb() -> None:
    request = signed()
    headers = dict(request.headers.items())
    more = altered(
        request,
        signature_input='proxy=("@method");created=1;keyid="p", ' + headers["Signature-Input"],
        signature="proxy=:AAAA:, " + headers["Signature"],
    )
    assert verify_request(more, KEYS.get, now=NOW).party == "oss"


STRANGE: list[Callable[[str], str]] = [
    str,
    str.upper,
    lambda written: written.replace('"@method" ', '"@method" "x-more";sf '),
    lambda written: written.replace('"@path" ', '"@path" "@path" '),
    lambda written: written.replace("created=", "created=0"),
    lambda written: re.sub(r";nonce=[^;]*", "", written),
    lambda written: re.sub(r";expires=[0-9]*", ";expires=1", written),
]


@pytest.mark.parametrize("alter", STRANGE, ids=range(len(STRANGE)))
def test_a_plainly_written_signature_is_read_otherwise_than_any_other(alter: Callable[[str], str]) -> None:
    fields = dict(signed().headers.items())
    plain = alter(fields["Signature-Input"].partition(";tag=")[0]) + ';tag="gapura-request"'
    # A second member, of another tag, sends the same text through the general parser.
    told = [fault_of(written, fields) for written in (plain, f'{plain}, proxy=("@method");tag="p"')]
    assert told[0] == told[1]


def fault_of(signature_input: str, fields: Mapping[str, str]) -> str:
    try:
        verify_request(Request("POST", URL, {**fields, "Signature-Input": signature_input}, BODY), KEYS.get, now=NOW)
    except SignatureInvalid as invalid:
        return f"{invalid.fault}: {invalid}"
    return ""


@dataclass
class Lines:
    """A multi-dictionary: field lines in order."""

    lines: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def items(self) -> Iterable[tuple[str, str]]:
        return self.lines


def test_a_covered_field_that_came_twice_is_refused() -> None:
    request = signed()
    doubled = Lines([*request.headers.items(), ("idempotency-key", "c/s/undo/2")])
    assert refusal(Request("POST", URL, doubled, BODY)) == "missing"


# --- what must be refused ---------------------------------------------------------------------------------------


def test_every_altered_request_is_refused_and_the_fault_named() -> None:
    request = signed()
    headers = request.headers
    cases = {
        "digest": Request("POST", URL, headers, BODY.replace(b"undone", b"refuse")),
        "wrong": Request("PUT", URL, headers, BODY),
        "wrong ": Request("POST", URL + "/x", headers, BODY),
        "wrong  ": Request("POST", URL + "?x=1", headers, BODY),
        "wrong   ": Request("POST", "https://other.example/v1/callbacks", headers, BODY),
        "wrong    ": altered(request, idempotency_key="c/s/undo/2"),
        "wrong     ": altered(request, content_type="text/plain"),
        "missing": Request("POST", URL, {}, BODY),
        "missing ": altered(request, signature_input=""),
    }
    assert [refusal(case) for case in cases.values()] == [name.strip() for name in cases]


@pytest.mark.parametrize("name", ["Signature", "Signature-Input", "Content-Digest", "Content-Type"])
def test_a_missing_header_is_named(name: str) -> None:
    kept = {key: value for key, value in signed().headers.items() if key != name}
    with pytest.raises(SignatureInvalid, match=name):
        verify_request(Request("POST", URL, kept, BODY), KEYS.get, now=NOW)


def test_a_removed_idempotency_key_is_noticed() -> None:
    kept = {key: value for key, value in signed().headers.items() if key != "Idempotency-Key"}
    assert refusal(Request("POST", URL, kept, BODY)) == "not-covered"


@pytest.mark.parametrize(
    ("seconds", "fault"),
    [(300, ""), (301, "too-old"), (86_400, "too-old"), (-30, ""), (-31, "in-future"), (-86_400, "in-future")],
)
def test_a_signature_lives_five_minutes_and_clocks_may_differ_by_thirty_seconds(seconds: int, fault: str) -> None:
    now = NOW + timedelta(seconds=seconds)
    if fault:
        assert refusal(signed(), now=now) == fault
    else:
        assert verify_request(signed(), KEYS.get, now=now).created == NOW


def test_an_unknown_key_and_a_key_of_another_kind_are_refused() -> None:
    assert refusal(signed(), keys={}) == "unknown-key"
    assert refusal(signed(), keys={"oss/1": {"kty": "RSA"}}) == "unknown-key"
    assert refusal(signed(), keys={"oss/1": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}) == "unknown-key"


def test_another_key_under_the_same_id_is_refused() -> None:
    assert refusal(signed(OTHER)) == "wrong"


INPUT_CHANGES = [
    (r'"content-digest" ', "", "not-covered"),
    (r'"@authority" ', "", "not-covered"),
    (r'"@query"', '"@query" "date"', "not-covered"),
    (r'"@query"', '"@query" "@query"', "not-covered"),
    (r'"@path"', '"@path";req', "not-covered"),
    (r'"@path"', "7", "malformed"),
    (r"ecdsa-p256-sha256", "hmac-sha256", "malformed"),
    (r"ecdsa-p256-sha256", "none", "malformed"),
    (r"gapura-request", "gapura-response", "missing"),
    (r"gapura=", "other=", "malformed"),
    (r"expires=\d+", "expires=9999999999", "malformed"),
    (r"expires=\d+", "expires=1795489100", "expired"),
    (r";expires=\d+", "", "malformed"),
    (r"created=\d+", "created=1795489200.0", "malformed"),
    (r";created=\d+", "", "malformed"),
    (r'nonce="[^"]+"', 'nonce="short"', "malformed"),
    (r'nonce="[^"]+"', f'nonce="{"n" * 129}"', "malformed"),
    (r'nonce="[^"]+"', "nonce=7", "malformed"),
    (r';keyid="[^"]+"', "", "malformed"),
    (r'keyid="[^"]+"', 'keyid="gateway/1"', "wrong"),
    (r"^(.*)$", r"\1, \1", "malformed"),
    (r"^gapura=(.*)$", r"gapura=\1, again=\1", "missing"),
    (r"^.*$", "gapura=(", "malformed"),
    (r"^.*$", 'gapura=1;tag="gapura-request"', "malformed"),
    (r"^.*$", "gapura", "missing"),
    (r"^.*$", "\u00e9=1", "malformed"),
    (r"^.*$", "\u0416=1", "malformed"),
    (r"^.*$", "a=" + "(" * 10_000, "malformed"),
]


@pytest.mark.parametrize("number", range(len(INPUT_CHANGES)))
def test_a_signature_that_says_anything_else_about_itself_is_refused(number: int) -> None:
    found, instead, fault = INPUT_CHANGES[number]
    request = signed()
    original = dict(request.headers.items())["Signature-Input"]
    changed = re.sub(found, instead, original)
    assert changed != original
    assert refusal(altered(request, signature_input=changed)) == fault


@pytest.mark.parametrize(
    "signature",
    ["gapura=:AAAA:", 'gapura="text"', "gapura", "gapura=()", "gapura=:" + "AAAA" * 21 + "AA==:", "gapura=:!:", ""],
)
def test_a_signature_that_is_not_64_bytes_of_the_right_key_is_refused(signature: str) -> None:
    assert refusal(altered(signed(), signature=signature)) in {"malformed", "wrong"}


@pytest.mark.parametrize(
    "digest", ["sha-256=:AAAA:", "md5=:AAAA:", "sha-256=7", "x", "", "sha-256=(1 2)", "sha-512=:AA==:"]
)
def test_a_digest_that_is_none_is_refused_before_the_key_is_used(digest: str) -> None:
    assert refusal(altered(signed(), content_digest=digest)) in {"digest", "malformed"}


def test_a_value_that_is_not_ascii_cannot_be_signed_nor_verified() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        sign_request(Request("POST", URL, {**HEADERS, "Idempotency-Key": "caf\u00e9"}, BODY), OSS, now=NOW)
    assert refusal(altered(signed(), idempotency_key="caf\u00e9")) == "malformed"


def test_a_relative_address_is_no_address() -> None:
    with pytest.raises(ValueError, match="absolute"):
        sign_request(Request("POST", "/v1/callbacks", HEADERS, BODY), OSS, now=NOW)


# --- responses --------------------------------------------------------------------------------------------------


def answered(request: Request, status: int = 200, key: SigningKey = OSS) -> Response:
    headers = {"content-type": "application/json"}
    plain = Response(status, headers, BODY)
    return Response(status, {**headers, **sign_response(plain, request, key, now=NOW)}, BODY)


def test_an_answer_is_believed_only_for_the_attempt_that_it_answers() -> None:
    first, second = signed(GATEWAY), signed(GATEWAY)
    response = answered(first)
    assert verify_response(response, first, KEYS.get, now=NOW).party == "oss"
    with pytest.raises(SignatureInvalid) as caught:
        verify_response(response, second, KEYS.get, now=NOW)
    assert caught.value.fault == "wrong"


def test_an_answer_with_another_status_or_body_is_refused() -> None:
    request = signed(GATEWAY)
    response = answered(request)
    for wrong in (Response(202, response.headers, BODY), Response(200, response.headers, BODY + b" ")):
        with pytest.raises(SignatureInvalid):
            verify_response(wrong, request, KEYS.get, now=NOW)


def test_a_request_signature_is_no_answer_and_an_answer_is_no_request() -> None:
    request = signed(GATEWAY)
    with pytest.raises(SignatureInvalid):
        verify_response(Response(200, request.headers, BODY), request, KEYS.get, now=NOW)
    assert refusal(Request("POST", URL, answered(request).headers, BODY)) == "missing"


def test_a_strange_spelling_of_a_component_spoils_no_later_message() -> None:
    request = signed(GATEWAY)
    response = answered(request)
    fields = dict(response.headers.items())
    strange = {**fields, "Signature-Input": fields["Signature-Input"].replace(";req)", ";req=1)")}
    assert strange != fields
    with pytest.raises(SignatureInvalid):
        verify_response(Response(200, strange, BODY), request, KEYS.get, now=NOW)
    assert verify_response(response, request, KEYS.get, now=NOW).party == "oss"


def test_an_unsigned_request_cannot_be_answered() -> None:
    with pytest.raises(SignatureInvalid):
        answered(Request("POST", URL, HEADERS, BODY))


# --- replay -----------------------------------------------------------------------------------------------------


async def test_a_request_is_taken_once() -> None:
    memory = MemoryNonces(lambda: NOW)
    verified = verify_request(signed(), KEYS.get, now=NOW)
    await refuse_replay(verified, memory)
    with pytest.raises(SignatureInvalid) as caught:
        await refuse_replay(verified, memory)
    assert caught.value.fault == "replayed"
    await refuse_replay(verify_request(signed(), KEYS.get, now=NOW), memory)


# --- anything at all ----------------------------------------------------------------------------------------------

FIELD_TEXT = st.text(st.characters(codec="latin-1"), max_size=60) | st.sampled_from(
    ["gapura=:AAAA:", "gapura=()", 'gapura=("@method");tag="gapura-request"', "a;b;c=(", "x=1, x=2"]
)


@settings(deadline=None)  # a busy machine is no mistake
@given(st.dictionaries(st.sampled_from(["Signature", "Signature-Input", "Content-Digest", "Content-Type"]), FIELD_TEXT))
def test_no_header_makes_verification_fail_in_any_other_way(fields: dict[str, str]) -> None:
    with pytest.raises(SignatureInvalid):
        verify_request(Request("POST", URL, fields, BODY), KEYS.get, now=NOW)


SIGNED = signed()
SIGNED_FIELDS = dict(SIGNED.headers.items())
MEANINGLESS = len(SIGNED_FIELDS["Signature"]) - len("?==:")
"""The last character of 64 bytes in base64 has four bits that mean nothing."""


@settings(deadline=None)  # likewise
@given(st.sampled_from(["Signature", "Signature-Input", "Content-Digest"]), st.data())
def test_no_changed_character_goes_unnoticed(name: str, data: st.DataObject) -> None:
    value = SIGNED_FIELDS[name]
    position = data.draw(st.integers(0, len(value) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda character: character != value[position]))
    assume((name, position) != ("Signature", MEANINGLESS))
    changed = value[:position] + other + value[position + 1 :]
    with pytest.raises(SignatureInvalid):
        verify_request(altered(SIGNED, **{name: changed}), KEYS.get, now=NOW)
