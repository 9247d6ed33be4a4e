"""The named queries in queries.sql, as fields: a name that is missing on either side is found when this is imported."""

from __future__ import annotations

import re
from importlib import resources

import msgspec
from msgspec import Struct

_NAMED = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


class Queries(Struct, frozen=True, forbid_unknown_fields=True):
    """Every query by its name."""

    find_stream: str
    find_whole_stream: str
    stream_version: str
    last_number: str
    add_streams: str
    move_streams: str
    erase_stream: str
    erase_step_keys: str
    erase_claims: str
    erase_documents: str
    step_keys_of_stream: str
    add_step_keys: str
    last_sequence: str
    add_events: str
    events_of_stream: str
    events_of_all: str
    find_claim: str
    add_claims: str
    purge_claims: str
    due: str
    next_wake: str
    weigh_drafts: str
    owing: str
    list_cases: str
    waited: str
    find_document: str
    add_document: str
    read_counter: str
    move_counter: str
    keep_sign: str
    last_sign: str


def parse_queries(text: str) -> Queries:
    """Take a file of named queries apart.

    Raises:
        msgspec.ValidationError: a query is missing, or has a name that is not in `Queries`.

    """
    _, *parts = _NAMED.split(text)
    named = {name: _bare(body) for name, body in zip(parts[::2], parts[1::2], strict=True)}
    return msgspec.convert(named, Queries)


def _bare(body: str) -> str:
    return "\n".join(line for line in body.splitlines() if not line.startswith("--")).strip().removesuffix(";")


QUERIES = parse_queries(resources.files("workflows.journal").joinpath("queries.sql").read_text(encoding="utf-8"))
