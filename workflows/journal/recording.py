"""What is written, inside one transaction of the writer: an append, a claim, a number taken, a key destroyed."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from contracts.ids import Instant
from contracts.views import CaseLine
from workflows.journal import encryption
from workflows.journal.codec import Encoded, to_microseconds
from workflows.journal.keys import KeyRing
from workflows.journal.queries import QUERIES
from workflows.journal.reading import KeptClaim, find_claim
from workflows.ports import Append, Claim, Conflict, KeyTaken, Recorded


class Stored(Struct, frozen=True):
    """A stream as it stands in the store: its number, version, unwrapped key."""

    number: int
    version: int
    key: bytes


def record(
    connection: sqlite3.Connection,
    ring: KeyRing,
    append: Append,
    encoded: Sequence[Encoded],
    claim_name: bytes,
) -> list[Recorded]:
    """Write an append; `encoded` are its events, `claim_name` its claim's keyed name (empty: no claim).

    Raises:
        KeyTaken: the claim was made before.
        Conflict: the stream is not at the expected version.
        Erased: the stream's key was destroyed.

    """
    if append.claim is not None:
        taken = find_claim(connection, ring, append.claim.scope, append.claim.key, claim_name)
        if taken is not None:
            raise KeyTaken(taken)
    stream = _stream_at(connection, ring, append)
    recorded = _add_events(connection, ring, stream, append, encoded)
    _move(connection, stream, append)
    if append.claim is not None:
        _add_claim(connection, stream, append.claim, claim_name, append)
    return recorded


def _stream_at(connection: sqlite3.Connection, ring: KeyRing, append: Append) -> Stored:
    row = connection.execute(QUERIES.find_stream, {"stream": append.stream}).fetchone()
    actual = row[1] if row else 0
    if actual != append.expected_version:
        raise Conflict(append.stream, append.expected_version, actual)
    if row:
        return Stored(row[0], actual, ring.stream_key(append.stream, row[2]))
    return add_stream(connection, ring, append.stream)


def add_stream(connection: sqlite3.Connection, ring: KeyRing, stream: str) -> Stored:
    """Begin a stream with a key of its own."""
    key = AESGCM.generate_key(8 * encryption.KEY_BYTES)
    added = connection.execute(QUERIES.add_stream, {"stream": stream, "key": ring.wrap(key)})
    return Stored(added.lastrowid or 0, 0, key)


def _add_events(
    connection: sqlite3.Connection, ring: KeyRing, stream: Stored, append: Append, encoded: Sequence[Encoded]
) -> list[Recorded]:
    (last,) = connection.execute(QUERIES.last_sequence).fetchone()
    ciphers: dict[str, tuple[int, AESGCM]] = {}
    rows: list[tuple[object, ...]] = []
    recorded: list[Recorded] = []
    for index, (event, parts) in enumerate(zip(append.events, encoded, strict=True), 1):
        if parts.step not in ciphers:
            ciphers[parts.step] = _step_cipher(connection, ring, stream, append.stream, parts.step)
        key_number, cipher = ciphers[parts.step]
        version, nonce = stream.version + index, secrets.token_bytes(encryption.NONCE_BYTES)
        context = encryption.row_context(append.stream, version, parts.header)
        sealed = encryption.seal(cipher, parts.payload, nonce=nonce, context=context)
        rows.append((last + index, stream.number, version, key_number, parts.header, nonce, sealed))
        recorded.append(Recorded(append.stream, version, last + index, event))
    connection.executemany(QUERIES.add_event, rows)
    return recorded


def _step_cipher(
    connection: sqlite3.Connection, ring: KeyRing, stream: Stored, name: str, step: str
) -> tuple[int, AESGCM]:
    """Give the step's key for sealing, made on its first event."""
    row = connection.execute(QUERIES.find_step_key, {"stream": stream.number, "step": step}).fetchone()
    if row:
        return row[0], ring.step_cipher(name, step, stream.key, row[1])
    key = AESGCM.generate_key(8 * encryption.KEY_BYTES)
    wrapped = encryption.seal_small(stream.key, key, nonce=_nonce(), context=encryption.step_key_context(name, step))
    added = connection.execute(
        QUERIES.add_step_key,
        {"stream": stream.number, "step": step, "wrapped": wrapped, "commitment": encryption.commitment(key)},
    )
    return added.lastrowid or 0, AESGCM(key)


def _move(connection: sqlite3.Connection, stream: Stored, append: Append) -> None:
    moved: dict[str, object] = {
        "number": stream.number,
        "version": stream.version + len(append.events),
        "wake_at": None if append.wake_at is None else to_microseconds(append.wake_at),
        "owes": append.owes,
    }
    if append.line is None:
        connection.execute(QUERIES.move_stream, moved)
    else:
        connection.execute(QUERIES.move_listed_stream, moved | _listed(stream, append.stream, append.line))


def _listed(stream: Stored, name: str, line: CaseLine) -> dict[str, object]:
    words = line.last_error.encode()
    context = encryption.line_context(name)
    return {
        "service": line.service,
        "state": line.state,
        "marks": f" {' '.join(line.marks)} " if line.marks else "",
        "line": msgspec.json.encode(msgspec.structs.replace(line, last_error="")).decode(),
        "last_error": encryption.seal_small(stream.key, words, nonce=_nonce(), context=context) if words else None,
    }


def _add_claim(connection: sqlite3.Connection, stream: Stored, claim: Claim, claim_name: bytes, append: Append) -> None:
    kept = msgspec.json.encode(KeptClaim(claim.body_digest, claim.sealed_reply))
    context = encryption.claim_context(append.stream, claim_name)
    sealed = encryption.seal_small(stream.key, kept, nonce=_nonce(), context=context)
    made_at = to_microseconds(append.events[0].at)
    connection.execute(
        QUERIES.add_claim, {"id": claim_name, "stream": stream.number, "made_at": made_at, "sealed": sealed}
    )


def purge_claims(connection: sqlite3.Connection, before: Instant) -> int:
    """Forget claims made before a moment; give how many."""
    return connection.execute(QUERIES.purge_claims, {"before": to_microseconds(before)}).rowcount


def take_index(connection: sqlite3.Connection, name: str) -> int:
    """Give the counter's next number, from 0."""
    row = connection.execute(QUERIES.read_counter, {"name": name}).fetchone()
    index: int = row[0] if row else 0
    connection.execute(QUERIES.move_counter, {"name": name, "next": index + 1})
    return index


def erase(connection: sqlite3.Connection, stream: str) -> None:
    """Destroy a stream's key and what hangs on it; an unknown stream has none."""
    row = connection.execute(QUERIES.find_stream, {"stream": stream}).fetchone()
    if row:
        for query in (QUERIES.erase_stream, QUERIES.erase_step_keys, QUERIES.erase_claims):
            connection.execute(query, {"number": row[0]})


def _nonce() -> bytes:
    return secrets.token_bytes(encryption.NONCE_BYTES)
