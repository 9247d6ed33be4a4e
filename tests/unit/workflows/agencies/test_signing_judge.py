"""The general library of RFC 9421 accepts what we sign, and we accept what it signs."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, cast

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from http_message_signatures.algorithms import ECDSA_P256_SHA256  # pyright: ignore[reportPrivateImportUsage]
from http_message_signatures.resolvers import MappingKeyResolver
from http_message_signatures.signatures import HTTPMessageSigner, HTTPMessageVerifier
from http_message_signatures.structures import VerifyResult

from tests.conformance.signed_messages import BODY, GATEWAY, HEADERS, KEYS, NOW, OSS, URL, signed
from workflows.agencies.signing import (
    Request,
    Response,
    SigningKey,
    sign_response,
    verify_request,
    verify_response,
)


@dataclass
class JudgedRequest:
    method: str
    url: str
    headers: dict[str, str]


@dataclass
class JudgedResponse:
    status_code: int
    headers: dict[str, str]
    request: JudgedRequest


class Signer(Protocol):
    """The judge's signer, as it is documented (its own annotations are incomplete)."""

    def sign(self, message: JudgedRequest | JudgedResponse, **settings: object) -> None: ...


class Verifier(Protocol):
    """The judge's verifier, likewise."""

    def verify(
        self, message: JudgedRequest | JudgedResponse, *, expect_tag: str, body: bytes
    ) -> list[VerifyResult]: ...


def judge(key: SigningKey) -> tuple[Signer, Verifier]:
    resolver = MappingKeyResolver(
        public_keys={key.key_id: key.private.public_key()}, private_keys={key.key_id: key.private}
    )
    algorithm = ECDSA_P256_SHA256
    signer = HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=resolver)
    return cast("Signer", signer), HTTPMessageVerifier(signature_algorithm=algorithm, key_resolver=resolver)


REQUEST_COMPONENTS = ("@method", "@authority", "@path", "@query", "content-type", "idempotency-key")
RESPONSE_COMPONENTS = ("content-type", "@status", '"content-digest";req', '"signature";key="gapura";req')


@pytest.mark.parametrize(
    "url", [URL, "http://127.0.0.1:8101/asks", "http://[::1]:8101", "https://A.example:443/b%20c?d=e%2f"]
)
def test_the_judge_accepts_what_we_sign(url: str) -> None:
    now = datetime.now(UTC)
    request = signed(GATEWAY, at=now, url=url)
    judged = JudgedRequest("POST", url, dict(request.headers.items()))
    assert judge(GATEWAY)[1].verify(judged, expect_tag="gapura-request", body=BODY)[0].body == BODY
    plain = Response(200, {"Content-Type": "application/json"}, BODY)
    headers = {**dict(plain.headers.items()), **sign_response(plain, request, OSS, now=now)}
    response = JudgedResponse(200, headers, judged)
    assert judge(OSS)[1].verify(response, expect_tag="gapura-response", body=BODY)[0].body == BODY


def test_we_accept_what_the_judge_signs_in_its_own_order_and_spelling() -> None:
    signer, _ = judge(OSS)
    judged = JudgedRequest("POST", URL, dict(HEADERS))
    signer.sign(
        judged,
        key_id="oss/1",
        created=NOW,
        expires=NOW + timedelta(seconds=60),
        nonce="n" * 22,
        label="mine",
        tag="gapura-request",
        include_alg=False,
        covered_component_ids=REQUEST_COMPONENTS,
        body=BODY,
    )
    assert verify_request(Request("POST", URL, judged.headers, BODY), KEYS.get, now=NOW).nonce == "n" * 22

    request = signed(GATEWAY)
    response = JudgedResponse(
        200, {"Content-Type": "application/json"}, JudgedRequest("POST", URL, dict(request.headers.items()))
    )
    signer.sign(
        response,
        key_id="oss/1",
        created=NOW,
        label="gapura",
        tag="gapura-response",
        covered_component_ids=RESPONSE_COMPONENTS,
        body=BODY,
    )
    assert verify_response(Response(200, response.headers, BODY), request, KEYS.get, now=NOW).party == "oss"


def test_the_proof_can_be_checked_with_the_public_key_alone() -> None:
    base, _, signature = verify_request(signed(), KEYS.get, now=NOW).proof.rpartition("\n\n")
    raw = base64.b64decode(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    OSS.private.public_key().verify(der, base.encode(), ec.ECDSA(hashes.SHA256()))
