"""One wish, one case: what an Idempotency-Key means (draft-ietf-httpapi-idempotency-key-header), and its kept reply.

The key is honoured, not demanded. It is scoped to caller and route and claimed in the append that opens the case, so
of fifty requests at once one opens it. The reply holds the case's secret: it is kept encrypted under a key of its own,
which the vault wraps.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from gateway.problems import KeyReused, ParameterInvalid
from workflows.ports import Claim, Vault

_KEY = re.compile(r'(?:"[\x21\x23-\x7e]{16,200}"|[\x21\x23-\x7e]{16,200})')
_NONCE: Final = 12
_in_order = msgspec.json.Encoder(order="deterministic")
"""Two bodies of the same members are the same wish, in whatever order they came."""


class Wish(Struct, frozen=True, kw_only=True):
    """One wish of one caller on one route; `body_digest` is what it asks for."""

    scope: str
    key: str
    body_digest: str


class Reply(Struct, frozen=True, kw_only=True):
    """What the wish was answered with, and is answered with again."""

    case: str
    secret: str


def wish_of(header: str | None, *, caller: str, route: str, body: dict[str, Any]) -> Wish | None:
    """Read an `Idempotency-Key` header; None where there is none.

    The key itself is not kept, only its hash: it stands for the caller's right to the reply.

    Raises:
        ParameterInvalid: not 16 to 200 printable characters, so that two callers could hit upon the same one.

    """
    if header is None:
        return None
    if _KEY.fullmatch(header.strip()) is None:
        raise ParameterInvalid('Idempotency-Key is 16 to 200 printable characters: send a UUID, "8e03978e-40d5-...".')
    plain = header.strip().strip('"')
    return Wish(
        scope=f"{caller} {route}",
        key=hashlib.sha256(plain.encode()).hexdigest(),
        body_digest=hashlib.sha256(_in_order.encode(body)).hexdigest(),
    )


def claim_of(wish: Wish, reply: Reply, vault: Vault) -> Claim:
    """Give the claim that goes into the append which makes the wish come true."""
    key = AESGCM.generate_key(256)
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, msgspec.json.encode(reply), _bound(wish))
    return Claim(
        scope=wish.scope,
        key=wish.key,
        body_digest=wish.body_digest,
        stream=reply.case,
        sealed_reply=f"{_text(vault.wrap(key))}.{_text(sealed)}",
    )


def reply_of(claim: Claim, wish: Wish, vault: Vault) -> Reply:
    """Give the earlier reply to the same wish.

    Raises:
        KeyReused: the key came with another body.

    """
    if claim.body_digest != wish.body_digest:
        raise KeyReused("This Idempotency-Key came with another body before. Send a new key for a new request.")
    wrapped, _, sealed = claim.sealed_reply.partition(".")
    try:
        data = _bytes(sealed)
        plain = AESGCM(vault.unwrap(_bytes(wrapped))).decrypt(data[:_NONCE], data[_NONCE:], _bound(wish))
    except (InvalidTag, ValueError) as error:
        raise RuntimeError(
            "a kept reply cannot be opened: the master key is another one, or the row was altered"
        ) from error
    return msgspec.json.decode(plain, type=Reply)


def _bound(wish: Wish) -> bytes:
    return f"{wish.scope}\n{wish.key}\n{wish.body_digest}".encode()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode())
