"""Signatures: the gateway's own code takes what the kit signs and the other way round, and every flaw is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gapura_agency import Fields, SigningKey
from gapura_agency.keys import PublicKey
from gapura_agency.signatures import (
    SignatureInvalid,
    Signed,
    sign_request,
    sign_response,
    verify_request,
    verify_response,
)
from tests.unit.sdk.python.gapura_agency.wire_page import messages, signing_key
from workflows.agencies import signing as gateway

NOW = 1_795_489_200.0
MOMENT = datetime.fromtimestamp(NOW, UTC)
URL = "https://gateway.example/v1/callbacks"
BODY = b'{"outcome":"undone","key":"c/s/undo/1"}'
KEY = SigningKey("oss", "1", ec.derive_private_key(4711, ec.SECP256R1()))
GATEWAY = gateway.SigningKey("gateway/1", ec.derive_private_key(815, ec.SECP256R1()))
OURS = SigningKey("gateway", "1", ec.derive_private_key(815, ec.SECP256R1()))


def jwk_of(key: SigningKey) -> dict[str, object]:
    return dict(msgspec.to_builtins(key.public_jwk()))


def gateway_knows(key_id: str) -> dict[str, object] | None:
    return jwk_of(KEY) if key_id == KEY.name else None


def we_know(key_id: str) -> PublicKey | None:
    return {OURS.name: OURS, KEY.name: KEY}[key_id].verifier() if key_id in {OURS.name, KEY.name} else None


def from_the_gateway(url: str = URL, body: bytes = BODY) -> gateway.Request:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "c/s/undo/1"}
    plain = gateway.Request("POST", url, headers, body)
    return gateway.Request("POST", url, {**headers, **gateway.sign_request(plain, GATEWAY, now=MOMENT)}, body)


def as_ours(request: gateway.Request) -> Signed:
    return Signed(request.url, Fields(request.headers.items()), request.body)


@pytest.mark.parametrize("url", [URL, "http://127.0.0.1:8101/a/asks", "https://Gateway.example:443/v1/callbacks?a=b"])
def test_the_gateway_takes_a_request_that_the_kit_signed(url: str) -> None:
    headers = sign_request(KEY, url, idempotency_key="k", body=BODY, now=NOW)
    request = gateway.Request("POST", url, dict(headers.items()), BODY)
    assert gateway.verify_request(request, gateway_knows, now=MOMENT).party == "oss"


@pytest.mark.parametrize("url", [URL, "http://127.0.0.1:8101/a/asks", "https://Gateway.example:443/v1/callbacks?a=b"])
def test_the_kit_takes_a_request_that_the_gateway_signed(url: str) -> None:
    verified = verify_request(as_ours(from_the_gateway(url)), we_know, now=NOW)
    assert verified.key_id == "gateway/1"
    assert verified.forget_at == NOW + 330


def test_the_gateway_takes_an_answer_that_the_kit_signed() -> None:
    asked = from_the_gateway()
    headers = sign_response(KEY, as_ours(asked), status=202, body=BODY, now=NOW)
    answer = gateway.Response(202, dict(headers.items()), BODY)
    assert gateway.verify_response(answer, asked, gateway_knows, now=MOMENT).party == "oss"


def test_the_kit_takes_an_answer_that_the_gateway_signed() -> None:
    headers = sign_request(KEY, URL, idempotency_key="k", body=BODY, now=NOW)
    asked = gateway.Request("POST", URL, dict(headers.items()), BODY)
    plain = {"Content-Type": "application/json"}
    signed = plain | gateway.sign_response(gateway.Response(200, plain, b"{}"), asked, GATEWAY, now=MOMENT)
    verify_response(200, Fields(signed.items()), b"{}", Signed(URL, headers, BODY), we_know, now=NOW)


def test_the_kit_takes_the_messages_of_the_protocols_page() -> None:
    (request, answer), *_ = messages()
    key = signing_key("gateway")
    verify_request(request, lambda _: key.verifier(), now=NOW)
    oss = signing_key("oss")
    verify_response(answer.status, answer.headers, answer.body, request, lambda _: oss.verifier(), now=NOW)


def without(name: str) -> Callable[[Signed], Signed]:
    return lambda one: Signed(one.url, Fields(i for i in one.headers.items() if i[0] != name), one.body)


def written(name: str, old: str, new: str) -> Callable[[Signed], Signed]:
    return lambda one: Signed(
        one.url, Fields((n, v.replace(old, new) if n == name else v) for n, v in one.headers.items()), one.body
    )


def added(name: str, value: str) -> Callable[[Signed], Signed]:
    return lambda one: Signed(one.url, Fields([*one.headers.items(), (name, value)]), one.body)


FLAWS: dict[str, tuple[Callable[[Signed], Signed], str]] = {
    "no signature": (without("signature"), "Signature is missing"),
    "no input": (without("signature-input"), "Signature-Input is missing"),
    "no digest": (without("content-digest"), "Content-Digest must be there once"),
    "no type": (without("content-type"), "Content-Type must be there once"),
    "altered body": (lambda one: Signed(one.url, one.headers, one.body + b" "), "is not the sha-256 digest"),
    "another path": (lambda one: Signed(one.url + "x", one.headers, one.body), "is not that of"),
    "another host": (lambda one: Signed("https://other.example/", one.headers, one.body), "is not that of"),
    "another method": (lambda one: Signed(one.url, one.headers, one.body, "PUT"), "is not that of"),
    "another key": (written("signature-input", 'keyid="gateway/1"', 'keyid="oss/1"'), "is not that of"),
    "unknown key": (written("signature-input", 'keyid="gateway/1"', 'keyid="gateway/9"'), "is not known here"),
    "another tag": (written("signature-input", "gapura-request", "gapura-response"), 'tag="gapura-request", not 0'),
    "another algorithm": (written("signature-input", "ecdsa-p256-sha256", "rsa-v1_5-sha256"), "alg must be"),
    "method not covered": (written("signature-input", '"@method" ', ""), "must cover"),
    "covered twice": (written("signature-input", '"@method" ', '"@method" "@method" '), "must cover"),
    "more covered": (written("signature-input", '"@method"', '"@scheme" "@method"'), "must cover"),
    "key not covered": (written("signature-input", ' "idempotency-key"', ""), "must cover"),
    "doubled key": (added("idempotency-key", "other"), "must be there once"),
    "no nonce": (written("signature-input", "nonce=", "once="), "22 to 128"),
    "no expiry": (written("signature-input", "expires=", "ends="), "must carry expires"),
    "no creation": (written("signature-input", "created=", "made="), "must carry created"),
    "not structured": (written("signature-input", "gapura=(", "gapura=(("), "no dictionary"),
    "no list": (lambda one: added("signature-input", "x")(without("signature-input")(one)), "not 0"),
    "short signature": (written("signature", "gapura=:", "gapura=:AAAA"), "(is not that of|no dictionary)"),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flawed_signature_is_refused_in_words(flaw: str) -> None:
    spoil, said = FLAWS[flaw]
    with pytest.raises(SignatureInvalid, match=said):
        verify_request(spoil(as_ours(from_the_gateway())), we_know, now=NOW)


@pytest.mark.parametrize("later", [301, -31, 86_400])
def test_a_signature_counts_for_five_minutes(later: float) -> None:
    verify_request(as_ours(from_the_gateway()), we_know, now=NOW + 300)
    verify_request(as_ours(from_the_gateway()), we_know, now=NOW - 30)
    with pytest.raises(SignatureInvalid, match="compare clocks"):
        verify_request(as_ours(from_the_gateway()), we_know, now=NOW + later)


def test_an_answer_counts_for_its_own_request_alone() -> None:
    one, other = as_ours(from_the_gateway()), as_ours(from_the_gateway())
    headers = sign_response(KEY, one, status=200, body=BODY, now=NOW)
    verify_response(200, headers, BODY, one, we_know, now=NOW)
    with pytest.raises(SignatureInvalid, match="is not that of"):
        verify_response(200, headers, BODY, other, we_know, now=NOW)
    with pytest.raises(SignatureInvalid, match="is not that of"):
        verify_response(202, headers, BODY, one, we_know, now=NOW)


def test_signatures_of_proxies_are_let_be() -> None:
    request = as_ours(from_the_gateway())
    proxied = added("signature-input", 'proxy=("@method");created=1')(added("signature", "proxy=:AAAA:")(request))
    assert verify_request(proxied, we_know, now=NOW).key_id == "gateway/1"


def test_what_is_no_ascii_cannot_be_signed() -> None:
    with pytest.raises(SignatureInvalid, match="ASCII"):
        sign_request(KEY, URL, idempotency_key="kunci-é", body=BODY, now=NOW)
