"""Whether a joint output was revoked: a W3C Bitstring Status List, itself a credential (`vc+jwt`).

One bit per joint output. Everybody fetches the same list, so nobody learns which output somebody verifies.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Literal

import msgspec
from joserfc.jwk import ECKey
from msgspec import field

from contracts.ids import Instant
from workflows.outputs.credential import CONTEXT, CREDENTIAL_TYPE, Claims, StatusEntry
from workflows.outputs.jws import Keys, decode_base64url, encode_base64url, open_jws, sign_jws

LIST_SIZE = 131_072
"""Entries of one list: the smallest that the specification allows (16 KiB), so that one reader hides among many."""

LIST_LIFETIME = timedelta(days=1)
"""How long a fetched list may be relied on."""

_INDEX = re.compile(r"[0-9]{1,6}", re.ASCII)
_BYTES = LIST_SIZE // 8


class StatusUnknown(ValueError):
    """The status list does not tell; the message says why."""


class _Subject(Claims, frozen=True, kw_only=True, omit_defaults=False):
    id: str
    encoded_list: str
    type: Literal["BitstringStatusList"] = field(default="BitstringStatusList")
    status_purpose: Literal["revocation"] = field(default="revocation")


class _StatusList(Claims, frozen=True, kw_only=True, omit_defaults=False):
    context: list[str] = field(name="@context")
    id: str
    type: list[str]
    issuer: str
    valid_from: Instant
    valid_until: Instant
    credential_subject: _Subject


def status_list_number(index: int) -> int:
    """Give the number of the list (from 1) that holds this index."""
    return index // LIST_SIZE + 1


def status_entry(index: int, *, issuer: str) -> StatusEntry:
    """Give the `credentialStatus` of the output with this index, counted over all lists from 0."""
    url = status_list_url(status_list_number(index), issuer=issuer)
    position = str(index % LIST_SIZE)
    return StatusEntry(id=f"{url}#{position}", status_list_index=position, status_list_credential=url)


def status_list_url(number: int, *, issuer: str) -> str:
    """Give where a list is published; the gateway serves it there."""
    return f"{issuer}/v1/status-lists/{number}"


def build_status_list(revoked: Iterable[int], *, number: int, issuer: str, now: Instant, key: ECKey) -> str:
    """Give list `number` as a compact `vc+jwt`; `revoked` are indices over all lists, of which it takes its own."""
    bits = bytearray(_BYTES)
    for index in revoked:
        if status_list_number(index) == number:
            position = index % LIST_SIZE
            bits[position // 8] |= 0x80 >> (position % 8)  # index 0 is the leftmost bit
    url = status_list_url(number, issuer=issuer)
    claims = _StatusList(
        context=CONTEXT[:1],
        id=url,
        type=["VerifiableCredential", "BitstringStatusListCredential"],
        issuer=issuer,
        valid_from=now.replace(microsecond=0),
        valid_until=now.replace(microsecond=0) + LIST_LIFETIME,
        credential_subject=_Subject(
            id=f"{url}#list", encoded_list="u" + encode_base64url(gzip.compress(bytes(bits), mtime=0))
        ),
    )
    return sign_jws(msgspec.json.encode(claims), typ=CREDENTIAL_TYPE, key=key)


def is_revoked(status_list: str, entry: StatusEntry, keys: Keys, *, issuer: str, now: Instant) -> bool:
    """Say whether the list tells that this output was revoked.

    Raises:
        StatusUnknown: the list is altered, another one, of another issuer, too old, or does not have this entry.

    """
    try:
        opened = open_jws(status_list, keys, typ=CREDENTIAL_TYPE)
        claims = msgspec.json.decode(opened.payload, type=_StatusList)
    except (ValueError, RecursionError) as error:
        raise StatusUnknown(f"the status list cannot be relied on: {error}") from error
    if claims.issuer != issuer or claims.id != entry.status_list_credential:
        raise StatusUnknown(f"this is the status list {claims.id[:200]}, not {entry.status_list_credential[:200]}")
    if not claims.valid_from - LIST_LIFETIME <= now <= claims.valid_until:
        raise StatusUnknown(f"the status list was valid until {claims.valid_until:%Y-%m-%d %H:%M} UTC: fetch it again")
    bits = _decode(claims.credential_subject.encoded_list)
    index = entry.status_list_index
    if _INDEX.fullmatch(index) is None or int(index) >= LIST_SIZE:
        raise StatusUnknown(f"the status list has no entry {index[:20]!r}")
    return bool(bits[int(index) // 8] & (0x80 >> (int(index) % 8)))


def _decode(encoded: str) -> bytes:
    """Decode the multibase, gzipped bits; a list of any other size is refused before it fills the memory."""
    try:
        if not encoded.startswith("u"):
            raise StatusUnknown('the status list is not encoded as multibase "u" (base64url)')
        bits = zlib.decompressobj(wbits=31).decompress(decode_base64url(encoded[1:]), _BYTES + 1)
    except (ValueError, zlib.error) as error:
        raise StatusUnknown(f"the status list cannot be decoded: {error}") from error
    if len(bits) != _BYTES:
        raise StatusUnknown(f"the status list has {len(bits)} bytes or more, not {_BYTES}")
    return bits
