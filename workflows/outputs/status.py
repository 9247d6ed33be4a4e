"""Whether a joint output was revoked: a W3C Bitstring Status List, itself a credential (`vc+jwt`).

One bit per joint output, and one per part of it. Everybody fetches the same list, so nobody learns which output
somebody verifies. Since when and by which law something is revoked stands beside the bits; why is told to its holder.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Literal, TypeAlias, cast

import msgspec
from joserfc.jwk import ECKey
from msgspec import Struct, field

from contracts.events import StatusSet
from contracts.ids import Instant
from workflows.outputs.credential import CONTEXT, CREDENTIAL_TYPE, LIST_SIZE, Claims, StatusEntry
from workflows.outputs.jws import Keys, decode_base64url, encode_base64url, open_jws, sign_jws

LIST_LIFETIME = timedelta(days=1)
"""How long a fetched list may be relied on."""

_INDEX = re.compile(r"[0-9]{1,6}", re.ASCII)
_BYTES = LIST_SIZE // 8


class StatusUnknown(ValueError):
    """The status list does not tell; the message says why."""


class Revocation(Claims, frozen=True, kw_only=True):
    """What the list says beside a bit: since when, and by which law where that was said. No personal data."""

    status_list_index: str
    at: Instant
    legal_basis: str = ""


class _Subject(Claims, frozen=True, kw_only=True, omit_defaults=False):
    id: str
    encoded_list: str
    revocations: list[Revocation] = field(default_factory=list[Revocation])
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


Revoked: TypeAlias = Iterable[int] | Mapping[int, StatusSet]
"""The places that say revoked, over all lists; with what is known of each."""


def build_status_list(revoked: Revoked, *, number: int, issuer: str, now: Instant, key: ECKey) -> str:
    """Give list `number` as a compact `vc+jwt`; `revoked` are indices over all lists, of which it takes its own."""
    bits = bytearray(_BYTES)
    mine = [index for index in revoked if status_list_number(index) == number]
    for index in mine:
        position = index % LIST_SIZE
        bits[position // 8] |= 0x80 >> (position % 8)  # index 0 is the leftmost bit
    known: Mapping[int, StatusSet] = cast("Mapping[int, StatusSet]", revoked) if isinstance(revoked, Mapping) else {}
    told = [
        Revocation(
            status_list_index=str(index % LIST_SIZE),
            at=known[index].at.replace(microsecond=0),
            legal_basis=known[index].legal_basis,
        )
        for index in mine
        if index in known
    ]
    url = status_list_url(number, issuer=issuer)
    claims = _StatusList(
        context=CONTEXT[:1],
        id=url,
        type=["VerifiableCredential", "BitstringStatusListCredential"],
        issuer=issuer,
        valid_from=now.replace(microsecond=0),
        valid_until=now.replace(microsecond=0) + LIST_LIFETIME,
        credential_subject=_Subject(
            id=f"{url}#list",
            encoded_list="u" + encode_base64url(gzip.compress(bytes(bits), mtime=0)),
            revocations=told,
        ),
    )
    return sign_jws(msgspec.json.encode(claims), typ=CREDENTIAL_TYPE, key=key)


class StatusList(Struct, frozen=True):
    """A list that was opened and can be relied on."""

    bits: bytes
    told: Mapping[str, Revocation]

    def revoked(self, index: str) -> bool:
        """Say whether the place with this index says revoked. Raises StatusUnknown: there is none."""
        if _INDEX.fullmatch(index) is None or int(index) >= LIST_SIZE:
            raise StatusUnknown(f"the status list has no entry {index[:20]!r}")
        return bool(self.bits[int(index) // 8] & (0x80 >> (int(index) % 8)))


def is_revoked(status_list: str, entry: StatusEntry, keys: Keys, *, issuer: str, now: Instant) -> bool:
    """Say whether the list tells that this output was revoked; raises StatusUnknown as `open_status_list` does."""
    opened = open_status_list(status_list, entry, keys, issuer=issuer, now=now)
    return opened.revoked(entry.status_list_index)


def open_status_list(status_list: str, entry: StatusEntry, keys: Keys, *, issuer: str, now: Instant) -> StatusList:
    """Open the list that an output names.

    Raises:
        StatusUnknown: the list is altered, another one, of another issuer, or too old.

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
    subject = claims.credential_subject
    return StatusList(_decode(subject.encoded_list), {each.status_list_index: each for each in subject.revocations})


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
