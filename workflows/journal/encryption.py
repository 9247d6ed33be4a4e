"""How a journal's rows are sealed. Pure: whoever calls draws the keys and nonces and keeps them.

    master key  wraps  a key per stream (case or register)  wraps  a key per step  seals  the events of that step

Destroying a stream's key erases a case; destroying a step's key ends the retention of one contribution. What stays
is the clear header, the commitment to the key, the nonce and the ciphertext: enough to prove that nothing was
altered. A sealed row is bound to its place by its associated data, so it cannot be moved nor its header changed.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from workflows.ports import JournalDamaged

KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 16


def row_context(stream: str, version: int, header: bytes) -> bytes:
    """Give the associated data of an event's row: where it stands and what its clear header says."""
    return b"\0".join((b"gapura.row.1", stream.encode(), str(version).encode(), header))


def claim_context(stream: str, claim_id: bytes) -> bytes:
    """Give the associated data of a claim: its stream and its (keyed) name."""
    return b"\0".join((b"gapura.claim.1", stream.encode(), claim_id))


def line_context(stream: str) -> bytes:
    """Give the associated data of the words in a case's line."""
    return b"\0".join((b"gapura.line.1", stream.encode()))


def step_key_context(stream: str, step: str) -> bytes:
    """Give the associated data of a wrapped step key; the step is empty for what belongs to the whole stream."""
    return b"\0".join((b"gapura.step-key.1", stream.encode(), step.encode()))


def document_context(stream: str, name: bytes) -> bytes:
    """Give the associated data of a document: its stream and its (keyed) name."""
    return b"\0".join((b"gapura.document.1", stream.encode(), name))


def seal(key: AESGCM | bytes, payload: bytes, *, nonce: bytes, context: bytes) -> bytes:
    """Encrypt `payload` with AES-256-GCM, bound to `context`. A nonce is never used twice under one key."""
    cipher = AESGCM(key) if isinstance(key, bytes) else key
    return cipher.encrypt(nonce, payload, context)


def unseal(key: AESGCM | bytes, ciphertext: bytes, *, nonce: bytes, context: bytes, what: str) -> bytes:
    """Give a sealed payload back; `what` names it in the error.

    Raises:
        JournalDamaged: it was altered, moved, or sealed under another key.

    """
    cipher = AESGCM(key) if isinstance(key, bytes) else key
    try:
        return cipher.decrypt(nonce, ciphertext, context)
    except (InvalidTag, TypeError, ValueError) as error:
        raise JournalDamaged(
            f"{what} is not what was recorded: it was altered or moved. Stop, keep the files, restore a backup"
        ) from error


def seal_small(key: AESGCM | bytes, payload: bytes, *, nonce: bytes, context: bytes) -> bytes:
    """Seal as `seal` does and put the nonce in front, for values that have no column of their own for it."""
    return nonce + seal(key, payload, nonce=nonce, context=context)


def unseal_small(key: AESGCM | bytes, sealed: bytes, *, context: bytes, what: str) -> bytes:
    """Give back what `seal_small` sealed; raises `JournalDamaged` as `unseal` does."""
    return unseal(key, sealed[NONCE_BYTES:], nonce=sealed[:NONCE_BYTES], context=context, what=what)


def commitment(step_key: bytes) -> bytes:
    """Commit to a step key: AES-GCM alone does not say under which key a row was sealed."""
    return hashlib.sha256(b"gapura.key-commitment.1\0" + step_key).digest()


def derive_salt(stream_key: bytes, subject: str) -> bytes:
    """Derive 16 bytes for `subject` from a stream's key: always the same, and gone with the key."""
    return _derive(stream_key, b"gapura.salt.1\0" + subject.encode(), SALT_BYTES)


def claim_id(register_key: bytes, scope: str, key: str) -> bytes:
    """Name a claim without telling scope and key: a client may have put anything into its Idempotency-Key."""
    named = len(scope.encode()).to_bytes(8, "big") + scope.encode() + key.encode()
    return _derive(register_key, b"gapura.claim-id.1\0" + hashlib.sha256(named).digest(), KEY_BYTES)


def document_name(stream_key: bytes, digest: str) -> bytes:
    """Name a document within its stream without telling its digest: content that can be guessed is not given away."""
    return _derive(stream_key, b"gapura.document-name.1\0" + digest.encode(), KEY_BYTES)


def _derive(key: bytes, info: bytes, length: int) -> bytes:
    # HKDF-Expand alone (RFC 5869, 2.3 and 3.3), one block of it: the key is uniformly random already.
    return hmac.digest(key, info + b"\x01", _sha256)[:length]


def _sha256(data: bytes = b"") -> Any:  # noqa: ANN401 - the type of a hash is not public
    """Begin a SHA-256. Given by name, the whole HMAC is OpenSSL's: for so few bytes, a long way through much code."""
    return hashlib.sha256(data)
