"""What is written, inside one transaction of the writer: an append, a claim, a number taken, a key destroyed."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from contracts.ids import Instant
from contracts.views import CaseLine
from workflows.journal import encryption
from workflows.journal.codec import Encoded, to_microseconds
from workflows.journal.keys import KeyRing
from workflows.journal.queries import QUERIES
from workflows.journal.randomness import Randomness
from workflows.journal.reading import KeptClaim, find_claim
from workflows.journal.rows import Rows
from workflows.ports import Append, Claim, Conflict, Erased, KeyTaken, Recorded
from workflows.waiting import due_place

_STREAMS_REMEMBERED: Final = 4_096
_ERASING: Final = (
    QUERIES.erase_stream,
    QUERIES.erase_step_keys,
    QUERIES.erase_claims,
    QUERIES.erase_documents,
)
_REMEMBERED_COLUMNS: Final[tuple[str, ...]] = ("wake_at", "owes", "service", "state", "marks", "due_at")


class _Stream(Struct):
    """A stream as the writer knows it: its row, and its keys ready for use."""

    number: int
    name: str
    version: int
    key: bytes
    columns: dict[str, object]
    ciphers: dict[str, AESGCM]


class Recorder:
    """Writes appends: each becomes rows that wait, and `write` writes a batch's. Used on the writer's thread only.

    It remembers the streams that it wrote lately. That is sound because nobody else writes; whoever rolls a
    transaction back calls `forget`.
    """

    def __init__(self, ring: KeyRing) -> None:
        """Take the keys."""
        self._ring = ring
        self._streams: OrderedDict[str, _Stream] = OrderedDict()
        self._rows, self._random = Rows(), Randomness()
        self._last_sequence = self._last_number = -1

    def forget(self) -> None:
        """Read everything anew: a transaction was rolled back."""
        self._streams.clear()
        self._rows.clear()
        self._last_sequence = self._last_number = -1

    def write(self, connection: sqlite3.Connection) -> None:
        """Write what was recorded since the last time; the transaction's owner commits."""
        self._rows.write(connection)

    def known_key(self, name: str) -> bytes | None:
        """Give the key of a stream that was written lately; safe to ask from any thread."""
        stream = self._streams.get(name)
        return stream.key if stream is not None else None

    def record(
        self, connection: sqlite3.Connection, append: Append, encoded: Sequence[Encoded], claim_name: bytes
    ) -> list[Recorded]:
        """Take an append to be written: `encoded` are its events, `claim_name` its claim's keyed name (empty: none).

        Raises:
            KeyTaken: the claim was made before.
            Conflict: the stream is not at the expected version.
            Erased: the stream's key was destroyed.

        """
        if append.claim is not None:
            taken = self._rows.claimed(claim_name) or find_claim(
                connection, self._ring, append.claim.scope, append.claim.key, claim_name
            )
            if taken is not None:
                raise KeyTaken(taken)
        stream = self._find(connection, append.stream)
        actual = stream.version if stream else 0
        if actual != append.expected_version:
            raise Conflict(append.stream, append.expected_version, actual)
        if stream is None:
            stream = self._remember(
                add_stream(self._rows, self._random, self._ring, append.stream, self._next_number(connection))
            )
        recorded = self._add_events(connection, stream, append, encoded)
        _move(self._rows, self._random, stream, append)
        if append.claim is not None:
            _add_claim(self._rows, self._random, stream, append.claim, claim_name, append)
        return recorded

    def erase(self, connection: sqlite3.Connection, name: str) -> None:
        """Destroy a stream's key and what hangs on it; an unknown stream has none."""
        self.write(connection)
        self._streams.pop(name, None)
        row = connection.execute(QUERIES.find_stream, {"stream": name}).fetchone()
        if row:
            for query in _ERASING:
                connection.execute(query, {"number": row[0]})

    def keep_document(self, connection: sqlite3.Connection, name: str, digest: str, content: bytes) -> None:
        """Keep a document in a stream; one that it has already stays as it is.

        Raises:
            Erased: the stream's key was destroyed, or there never was one.

        """
        stream = self._find(connection, name)
        if stream is None:
            raise Erased(f"there is no key for {name}: nothing was ever recorded in it")
        self.write(connection)
        keyed, nonce = encryption.document_name(stream.key, digest), self._random.take(encryption.NONCE_BYTES)
        context = encryption.document_context(name, keyed)
        sealed = encryption.seal(stream.key, content, nonce=nonce, context=context)
        connection.execute(
            QUERIES.add_document, {"number": stream.number, "name": keyed, "nonce": nonce, "ciphertext": sealed}
        )

    def _find(self, connection: sqlite3.Connection, name: str) -> _Stream | None:
        known = self._streams.get(name)
        if known is not None:
            self._streams.move_to_end(name)
            return known
        row = connection.execute(QUERIES.find_whole_stream, {"stream": name}).fetchone()
        if row is None:
            return None
        number, version, wrapped, *columns = row
        key = self._ring.stream_key(name, wrapped)
        ciphers = {
            step: self._ring.step_cipher(name, step, key, wrapped_step)
            for step, wrapped_step in connection.execute(QUERIES.step_keys_of_stream, {"number": number})
        }
        remembered: dict[str, object] = dict(zip(_REMEMBERED_COLUMNS, columns, strict=True))
        return self._remember(_Stream(number, name, version, key, remembered, ciphers))

    def _next_number(self, connection: sqlite3.Connection) -> int:
        if self._last_number < 0:
            (self._last_number,) = connection.execute(QUERIES.last_number).fetchone()
        self._last_number += 1
        return self._last_number

    def _remember(self, stream: _Stream) -> _Stream:
        self._streams[stream.name] = stream
        if len(self._streams) > _STREAMS_REMEMBERED:
            self._streams.popitem(last=False)
        return stream

    def _add_events(
        self, connection: sqlite3.Connection, stream: _Stream, append: Append, encoded: Sequence[Encoded]
    ) -> list[Recorded]:
        if self._last_sequence < 0:
            (self._last_sequence,) = connection.execute(QUERIES.last_sequence).fetchone()
        rows: list[tuple[object, ...]] = []
        recorded: list[Recorded] = []
        version, sequence = stream.version, self._last_sequence
        for event, parts in zip(append.events, encoded, strict=True):
            version, sequence, nonce = version + 1, sequence + 1, self._random.take(encryption.NONCE_BYTES)
            cipher = stream.ciphers.get(parts.step) or _add_step_key(self._rows, self._random, stream, parts.step)
            context = encryption.row_context(stream.name, version, parts.header)
            sealed = encryption.seal(cipher, parts.payload, nonce=nonce, context=context)
            rows.append((sequence, stream.number, version, parts.step, parts.header, nonce, sealed))
            recorded.append(Recorded(stream.name, version, sequence, event))
        self._rows.add_events(rows)
        stream.version, self._last_sequence = version, sequence
        return recorded


def add_stream(rows: Rows, randomness: Randomness, ring: KeyRing, name: str, number: int) -> _Stream:
    """Begin a stream with a key of its own."""
    key = randomness.take(encryption.KEY_BYTES)
    rows.add_stream(number, name, ring.wrap(key))
    columns: dict[str, object] = {**dict.fromkeys(_REMEMBERED_COLUMNS), "owes": 0}
    return _Stream(number, name, 0, key, columns, {})


def _add_step_key(rows: Rows, randomness: Randomness, stream: _Stream, step: str) -> AESGCM:
    """Make a step's key, for its first event."""
    key = randomness.take(encryption.KEY_BYTES)
    context = encryption.step_key_context(stream.name, step)
    wrapped = encryption.seal_small(stream.key, key, nonce=randomness.take(encryption.NONCE_BYTES), context=context)
    rows.add_step_key(stream.number, step, wrapped, encryption.commitment(key))
    cipher = stream.ciphers[step] = AESGCM(key)
    return cipher


def _move(rows: Rows, randomness: Randomness, stream: _Stream, append: Append) -> None:
    """Change the stream's row: its version, and of the columns that have an index only those that changed."""
    wake_at = None if append.wake_at is None else to_microseconds(append.wake_at)
    columns: dict[str, object] = {"wake_at": wake_at, "owes": int(append.owes)}
    changes: dict[str, object] = {"version": stream.version}
    if append.line is not None:
        line = append.line
        marks = f" {' '.join(line.marks)} " if line.marks else ""
        columns |= {"service": line.service, "state": line.state, "marks": marks, "due_at": due_place(line)}
        changes |= _shown(randomness, stream, line)
    changes |= {name: value for name, value in columns.items() if stream.columns[name] != value}
    rows.move_stream(stream.number, changes)
    stream.columns |= columns


def _shown(randomness: Randomness, stream: _Stream, line: CaseLine) -> dict[str, object]:
    words = line.last_error.encode()
    context = encryption.line_context(stream.name)
    return {
        "line": msgspec.json.encode(msgspec.structs.replace(line, last_error="") if words else line).decode(),
        "last_error": encryption.seal_small(
            stream.key, words, nonce=randomness.take(encryption.NONCE_BYTES), context=context
        )
        if words
        else None,
    }


def _add_claim(
    rows: Rows, randomness: Randomness, stream: _Stream, claim: Claim, claim_name: bytes, append: Append
) -> None:
    kept = msgspec.json.encode(KeptClaim(claim.body_digest, claim.sealed_reply))
    context = encryption.claim_context(stream.name, claim_name)
    sealed = encryption.seal_small(stream.key, kept, nonce=randomness.take(encryption.NONCE_BYTES), context=context)
    made_at = to_microseconds(append.events[0].at)
    rows.add_claim(claim_name, claim, (claim_name, stream.number, made_at, sealed))


def purge_claims(connection: sqlite3.Connection, before: Instant) -> int:
    """Forget claims made before a moment; give how many."""
    return connection.execute(QUERIES.purge_claims, {"before": to_microseconds(before)}).rowcount


def keep_sign(connection: sqlite3.Connection, at: Instant) -> None:
    """Keep a sign of life in the place of the one before."""
    connection.execute(QUERIES.keep_sign, {"at": to_microseconds(at)})


def take_indexes(connection: sqlite3.Connection, name: str, count: int) -> int:
    """Take so many numbers of a counter; give the first of them, from 0."""
    row = connection.execute(QUERIES.read_counter, {"name": name}).fetchone()
    index: int = row[0] if row else 0
    connection.execute(QUERIES.move_counter, {"name": name, "next": index + count})
    return index
