"""Content hashes over RFC 8785 (canonical JSON): what was promised, planned and agreed, without what is only worded."""

from __future__ import annotations

import hashlib
from typing import TypeAlias

import msgspec
import rfc8785
from msgspec import structs

from contracts.agreement import Agreement
from contracts.contract import OPERATIONAL, Contract
from contracts.ids import Digest
from contracts.plan import NO_FEE, Plan

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_WORDING = frozenset({"title", "description", "x-ui", "$comment", "examples"})
"""Keys of a schema that word or show it and promise nothing."""


def canonical(value: object) -> bytes:
    """Give the canonical JSON (RFC 8785) of plain JSON or of any struct of `contracts`.

    Raises:
        ValueError: the value has no canonical form (whole numbers beyond 2^53, NaN, keys that are no texts).

    """
    try:
        return rfc8785.dumps(msgspec.to_builtins(value))
    except rfc8785.CanonicalizationError as error:
        raise ValueError(str(error)) from error


def digest(value: object) -> Digest:
    """Give `sha256:` and the hash of the canonical JSON."""
    return content_digest(canonical(value))


def content_digest(content: bytes) -> Digest:
    """Give `sha256:` and the hash of these bytes. Only for what stays encrypted: a NIK's hash can be guessed."""
    return Digest(f"sha256:{hashlib.sha256(content).hexdigest()}")


def contract_digest(contract: Contract) -> Digest:
    """Name what a contract promises: everything but the operational record and titles, nested ones too."""
    promised = {name: value for name, value in _plain(contract).items() if name not in OPERATIONAL}
    return digest(_untitled(promised, ("input", "output")))


def plan_digest(plan: Plan, contract_digests: dict[str, str], services: dict[str, str] | None = None) -> Digest:
    """Name a plan: everything but titles, and the digests of the contracts and plans that its steps resolve to."""
    named = {"plan": _untitled(_plain(_without_zero(plan)), ("form",)), "contracts": contract_digests}
    return digest({**named, "services": services} if services else named)


def _without_zero(plan: Plan) -> Plan:
    """Leave out a fee of nothing: no digest ever had it, and those that were signed stay what they are."""
    if plan.promise.fee != NO_FEE:
        return plan
    return structs.replace(plan, promise=structs.replace(plan.promise, fee=None))


def agreement_digest(agreement: Agreement) -> Digest:
    """Name an agreement: what the agencies sign. Its titles are part of what is signed."""
    return digest(agreement)


def _plain(declared: Contract | Plan) -> dict[str, Json]:
    plain: dict[str, Json] = msgspec.to_builtins(declared)
    return plain


def _untitled(value: dict[str, Json], schemas: tuple[str, ...]) -> dict[str, Json]:
    """Leave out the titles of a declared thing, and the wording of its schemas."""
    return {
        name: _unworded_schema(nested) if name in schemas else _without_titles(nested)
        for name, nested in value.items()
        if name != "title"
    }


def _without_titles(value: Json) -> Json:
    if isinstance(value, list):
        return [_without_titles(item) for item in value]
    if isinstance(value, dict) and not _is_text(value):
        return {
            name: _unworded_schema(nested) if name == "form" else _without_titles(nested)
            for name, nested in value.items()
            if name != "title" or not _is_text(nested)
        }
    return value


def _is_text(value: Json) -> bool:
    return isinstance(value, dict) and value.keys() == {"id", "en"}


_NAMED_SCHEMAS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_VALUES = frozenset({"const", "enum", "default", "required", "dependentRequired"})


def _unworded_schema(schema: Json) -> Json:
    """Leave out a schema's wording, but not a property that happens to be called `title`."""
    if isinstance(schema, list):
        return [_unworded_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _keyword(name, value) for name, value in schema.items() if name not in _WORDING}


def _keyword(name: str, value: Json) -> Json:
    if name in _VALUES:
        return value
    if name in _NAMED_SCHEMAS and isinstance(value, dict):
        return {key: _unworded_schema(nested) for key, nested in value.items()}
    return _unworded_schema(value)
