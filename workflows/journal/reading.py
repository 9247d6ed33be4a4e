"""What is read, on a reader's thread: rows to events, lines and claims, each checked to be what was recorded."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from contracts.ids import CaseId, Instant
from contracts.views import CaseLine
from workflows.journal import encryption
from workflows.journal.codec import decode, from_microseconds, to_microseconds
from workflows.journal.keys import KeyRing
from workflows.journal.queries import QUERIES
from workflows.ports import CaseFilter, CasePage, Claim, Erased, JournalDamaged, Recorded
from workflows.waiting import DueCursor, Waited, WaitedPage

EventRow: TypeAlias = tuple[int, int, bytes | str, bytes, bytes, str]
MARKED, MARKED_INDEX = "AND marks <> '' AND instr(marks, :mark)", "INDEXED BY streams_marked"
_FIRST = -(2**63)
_line_decoder = msgspec.json.Decoder(CaseLine)


class KeptClaim(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed of a claim; its scope and key are known to whoever asks."""

    body_digest: str
    sealed_reply: str


def read_stream(connection: sqlite3.Connection, ring: KeyRing, stream: str, after: int) -> list[Recorded]:
    """Give a stream's events above a version.

    Raises:
        Erased: the stream's key was destroyed.
        JournalDamaged: an event is altered or missing.

    """
    row = connection.execute(QUERIES.find_stream, {"stream": stream}).fetchone()
    if row is None or row[1] <= after:
        return []
    number, version, wrapped = row
    key = ring.stream_key(stream, wrapped)
    # Events before keys: a key is never added later than its first event.
    rows = connection.execute(QUERIES.events_of_stream, {"number": number, "after": after}).fetchall()
    step_keys: dict[str, bytes | None] = dict(connection.execute(QUERIES.step_keys_of_stream, {"number": number}))
    events = [_recorded(ring, stream, key, step_keys.get(row[5]), row) for row in rows]
    _refuse_gaps(stream, (event.version for event in events), after, version)
    return events


def _refuse_gaps(stream: str, versions: Iterable[int], after: int, newest: int) -> None:
    expected = after
    for version in versions:
        expected += 1
        if version != expected:
            raise JournalDamaged(f"{stream} lacks version {expected}: stop, keep the files, restore a backup")
    if expected < newest:
        raise JournalDamaged(f"{stream} ends at version {expected}, but was at {newest}: restore a backup")


def _recorded(ring: KeyRing, stream: str, key: bytes, wrapped: bytes | None, row: EventRow) -> Recorded:
    version, sequence, header, nonce, ciphertext, step = row
    what = f"version {version} of {stream}"
    cipher = ring.step_cipher(stream, step, key, wrapped)
    # SQLite lets any type stand in any column: what is no bytes was put there by somebody else.
    context = encryption.row_context(stream, version, header if isinstance(header, bytes) else b"")
    payload = encryption.unseal(cipher, ciphertext, nonce=nonce, context=context, what=what)
    return Recorded(stream, version, sequence, decode(payload, what=what))


def read_all(connection: sqlite3.Connection, ring: KeyRing, after: int, limit: int) -> list[Recorded]:
    """Give events of all streams that are not erased above a sequence, in order."""
    rows = connection.execute(QUERIES.events_of_all, {"after": after, "limit": limit})
    return [
        _recorded(ring, stream, ring.stream_key(stream, key), wrapped, (version, sequence, header, nonce, sealed, step))
        for version, sequence, header, nonce, sealed, step, stream, key, wrapped in rows
    ]


def stream_version(connection: sqlite3.Connection, stream: str) -> int:
    """Give a stream's version; 0 for an unknown one."""
    row = connection.execute(QUERIES.stream_version, {"stream": stream}).fetchone()
    return row[0] if row else 0


def stream_key(connection: sqlite3.Connection, ring: KeyRing, stream: str) -> bytes:
    """Give a stream's unwrapped key.

    Raises:
        Erased: it was destroyed, or there never was one.

    """
    row = connection.execute(QUERIES.find_stream, {"stream": stream}).fetchone()
    if row is None:
        raise Erased(f"there is no key for {stream}: nothing was ever recorded in it")
    return ring.stream_key(stream, row[2])


def find_document(connection: sqlite3.Connection, ring: KeyRing, stream: str, digest: str) -> bytes | None:
    """Give a document of a stream by the digest of its content, if it has it.

    Raises:
        Erased: the stream's key was destroyed.
        JournalDamaged: it is not what was kept.

    """
    row = connection.execute(QUERIES.find_stream, {"stream": stream}).fetchone()
    if row is None:
        return None
    key = ring.stream_key(stream, row[2])
    name = encryption.document_name(key, digest)
    found = connection.execute(QUERIES.find_document, {"number": row[0], "name": name}).fetchone()
    if found is None:
        return None
    context = encryption.document_context(stream, name)
    return encryption.unseal(key, found[1], nonce=found[0], context=context, what=f"a document of {stream}")


def find_claim(connection: sqlite3.Connection, ring: KeyRing, scope: str, key: str, claim_name: bytes) -> Claim | None:
    """Give the claim of this keyed name, if any."""
    row = connection.execute(QUERIES.find_claim, {"id": claim_name}).fetchone()
    if row is None:
        return None
    stream, wrapped, sealed = row
    context = encryption.claim_context(stream, claim_name)
    kept = msgspec.json.decode(
        encryption.unseal_small(ring.stream_key(stream, wrapped), sealed, context=context, what=f"a claim of {stream}"),
        type=KeptClaim,
    )
    return Claim(scope=scope, key=key, body_digest=kept.body_digest, stream=stream, sealed_reply=kept.sealed_reply)


def due(connection: sqlite3.Connection, now: Instant, limit: int) -> list[CaseId]:
    """Give cases whose time has come, longest overdue first."""
    rows = connection.execute(QUERIES.due, {"now": to_microseconds(now), "limit": limit})
    return [CaseId(stream) for (stream,) in rows]


def next_wake(connection: sqlite3.Connection) -> Instant | None:
    """Give the earliest moment at which time moves a case."""
    row = connection.execute(QUERIES.next_wake).fetchone()
    return from_microseconds(row[0]) if row else None


def last_sign(connection: sqlite3.Connection) -> Instant | None:
    """Give the sign of life that was kept last."""
    row = connection.execute(QUERIES.last_sign).fetchone()
    return from_microseconds(row[0]) if row else None


def weigh_drafts(connection: sqlite3.Connection) -> tuple[int, int]:
    """Give how many streams wait for their time and are in no list, and the bytes of all their documents."""
    count, size = connection.execute(QUERIES.weigh_drafts).fetchone()
    return int(count), int(size)


def owing(connection: sqlite3.Connection) -> list[CaseId]:
    """Give every case that owes effects, oldest first."""
    return [CaseId(stream) for (stream,) in connection.execute(QUERIES.owing)]


def list_cases(connection: sqlite3.Connection, ring: KeyRing, wanted: CaseFilter) -> CasePage:
    """List cases, newest first."""
    conditions = [
        text
        for text, wants in (
            ("AND number < :before", wanted.before is not None),
            ("AND state = :state", wanted.state),
            ("AND service = :service", wanted.service),
            (MARKED, wanted.mark),
        )
        if wants
    ]
    values = {
        "before": wanted.before,
        "state": wanted.state,
        "service": wanted.service,
        "mark": f" {wanted.mark} ",
        "limit": wanted.limit + 1,
    }
    # Few cases have a mark and all have a number, which is what the list is ordered by: the planner cannot know.
    sql = QUERIES.list_cases.format(index=MARKED_INDEX if wanted.mark else "", conditions=" ".join(conditions))
    rows = connection.execute(sql, values).fetchall()
    page = rows[: wanted.limit]
    lines = [_line(ring, stream, key, line, words) for _, stream, key, line, words in page]
    return CasePage(lines, page[-1][0] if page and len(rows) > wanted.limit else None)


def waited(connection: sqlite3.Connection, ring: KeyRing, after: DueCursor | None, limit: int) -> WaitedPage:
    """List the cases whose line waits for somebody, the earliest due first."""
    due_at, number = after or (_FIRST, 0)
    rows = connection.execute(QUERIES.waited, {"due_at": due_at, "number": number, "limit": limit + 1}).fetchall()
    found = [
        Waited(_line(ring, stream, key, line, words), (due_at, number))
        for number, stream, key, line, words, due_at in rows[:limit]
    ]
    return WaitedPage(found, more=len(rows) > limit)


def _line(ring: KeyRing, stream: str, key: bytes | None, line: str, words: bytes | None) -> CaseLine:
    decoded = _line_decoder.decode(line)
    if words is None:
        return decoded
    context = encryption.line_context(stream)
    told = encryption.unseal_small(ring.stream_key(stream, key), words, context=context, what=f"the line of {stream}")
    return msgspec.structs.replace(decoded, last_error=told.decode())
