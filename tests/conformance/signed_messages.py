"""Signed messages that tests of signatures share."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from workflows.agencies.signing import (
    Request,
    SigningKey,
    sign_request,
)

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
BODY = b'{"outcome":"undone","key":"c/s/undo/1"}'
URL = "https://gateway.example/v1/callbacks"
HEADERS = {"Content-Type": "application/json", "Idempotency-Key": "c/s/undo/1"}

OSS = SigningKey("oss/1", ec.derive_private_key(4711, ec.SECP256R1()))
GATEWAY = SigningKey("gateway/1", ec.derive_private_key(815, ec.SECP256R1()))
OTHER = SigningKey("oss/1", ec.derive_private_key(666, ec.SECP256R1()))


def public(key: SigningKey) -> dict[str, object]:
    return dict(ECKey.import_key(key.private.public_key()).as_dict(private=False))


KEYS = {key.key_id: public(key) for key in (OSS, GATEWAY)}


def signed(key: SigningKey = OSS, *, at: datetime = NOW, url: str = URL, body: bytes = BODY) -> Request:
    headers = HEADERS if body else {}
    plain = Request("POST", url, headers, body)
    return Request("POST", url, {**headers, **sign_request(plain, key, now=at)}, body)
