"""Signatures of what hooks are told, as Standard Webhooks 1.0 has them: HMAC-SHA256 over id, moment and body."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Sequence
from typing import Final

from workflows.ports import REGISTER, Journal

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


async def secret_key(journal: Journal, hook: str, generation: int) -> bytes:
    """Give the 32 bytes that sign for a hook: derived from the register's key, so none is stored anywhere."""
    halves = [await journal.salt(REGISTER, f"hook/{hook}/{generation}/{half}") for half in (1, 2)]
    return b"".join(halves)


def written_secret(key: bytes) -> str:
    """Give a key as receivers are told it."""
    return SECRET_PREFIX + b64encode(key).decode()


def signed_headers(keys: Sequence[bytes], name: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Give the headers that show who sends a body; one signature for each key that is valid now."""
    content = b".".join((name.encode(), str(timestamp).encode(), body))
    signatures = (f"v1,{b64encode(hmac.digest(key, content, 'sha256')).decode()}" for key in keys)
    return {ID: name, TIMESTAMP: str(timestamp), SIGNATURE: " ".join(signatures)}
