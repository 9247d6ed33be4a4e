"""A small joint service that is right in everything: tests change one thing and see what is said about it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import msgspec

from contracts.contract import Contract
from contracts.plan import Plan

TEXT = {"type": "string"}

IDENTITY: dict[str, Any] = {
    "agency": "dukcapil",
    "contract": "match-identity",
    "version": "1.0.0",
    "title": {"id": "Pencocokan NIK", "en": "Identity match"},
    "purpose": "identity-match",
    "legal_basis": "UU 24/2013",
    "basis": "public_task",
    "retention": "1 year",
    "reads": {"nik": "identity", "name": "identity"},
    "onward": ["match"],
    "input": {
        "type": "object",
        "required": ["nik"],
        "properties": {"nik": {"type": "string", "pattern": "^[0-9]{16}$"}, "name": TEXT},
        "additionalProperties": False,
    },
    "output": {"type": "object", "required": ["match"], "properties": {"match": {"type": "boolean"}}},
    "effect": "none",
    "refusals": {
        "no_match": {"title": {"id": "Tidak cocok", "en": "No match"}, "correct": ["nik"], "within": "14 days"}
    },
    "promise": {"within": "1 h"},
    "connection": {"kind": "wire", "url": "https://dukcapil.example/gapura"},
    "examples": [{"title": "a match", "input": {"nik": "3303055203900000"}, "output": {"match": True}}],
}

BUSINESS: dict[str, Any] = {
    "agency": "oss",
    "contract": "register-business",
    "version": "2.1.0",
    "title": {"id": "Pendaftaran NIB", "en": "Business registration"},
    "purpose": "business-registration",
    "legal_basis": "PP 28/2025",
    "basis": "public_task",
    "retention": "10 years",
    "reads": {"nik": "identity", "kbli": "business", "address": "location", "staff": "business"},
    "onward": ["nib", "risk"],
    "input": {
        "type": "object",
        "required": ["nik", "kbli"],
        "properties": {
            "nik": TEXT,
            "kbli": TEXT,
            "staff": {"type": "integer"},
            "address": {
                "type": "object",
                "required": ["street"],
                "properties": {"street": TEXT, "village": TEXT},
                "additionalProperties": False,
            },
        },
        "additionalProperties": False,
    },
    "output": {
        "type": "object",
        "required": ["nib", "risk"],
        "properties": {"nib": TEXT, "risk": {"enum": ["low", "high"]}, "certificate": TEXT},
    },
    "effect": "reversible",
    "undo": {"by": "system", "within": "30 days"},
    "refusals": {"already_registered": {"title": {"id": "Sudah terdaftar", "en": "Already registered"}}},
    "promise": {"within": "1 working day"},
    "connection": {"kind": "wire", "url": "https://oss.example/gapura"},
}

PERMIT: dict[str, Any] = {
    "agency": "dpmptsp",
    "contract": "verify-standard",
    "version": "1.0.0",
    "title": {"id": "Verifikasi standar", "en": "Verification of the standard"},
    "purpose": "standard-verification",
    "legal_basis": "PP 28/2025",
    "basis": "public_task",
    "retention": "10 years",
    "reads": {"nib": "business", "risk": "business"},
    "onward": ["certificate"],
    "input": {
        "type": "object",
        "required": ["nib"],
        "properties": {"nib": TEXT, "risk": {"enum": ["low", "medium", "high"]}},
        "additionalProperties": False,
    },
    "output": {"type": "object", "required": ["certificate"], "properties": {"certificate": TEXT}},
    "effect": "reversible",
    "undo": {"by": "officer", "within": "30 days"},
    "promise": {"within": "3 working days"},
    "connection": {"kind": "desk"},
}

TAXPAYER: dict[str, Any] = {
    "agency": "djp",
    "contract": "activate-taxpayer",
    "version": "2.0.0",
    "title": {"id": "Aktivasi NPWP", "en": "Tax number activation"},
    "purpose": "taxpayer-activation",
    "legal_basis": "PMK 81/2024",
    "basis": "legal_obligation",
    "retention": "10 years",
    "reads": {"nik": "identity", "nib": "business", "certificate": "business"},
    "confirms": ["nik"],
    "input": {
        "type": "object",
        "required": ["nik", "nib"],
        "properties": {"nik": TEXT, "nib": TEXT, "certificate": TEXT},
        "additionalProperties": False,
    },
    "output": {"type": "object", "required": ["status"], "properties": {"status": TEXT}},
    "effect": "final",
    "promise": {"within": "2 working days"},
    "connection": {"kind": "desk"},
}

CONTRACTS = (IDENTITY, BUSINESS, PERMIT, TAXPAYER)

PLAN: dict[str, Any] = {
    "service": "mulai-usaha",
    "version": "1.0.0",
    "title": {"id": "Memulai usaha", "en": "Start a business"},
    "life_event": "business/start",
    "lead": "dpmptsp",
    "promise": {"within": "3 working days"},
    "steps": {
        "identity": {"ask": "dukcapil/match-identity@1", "in": {"nik": "form.nik", "name": "form.name"}},
        "business": {
            "ask": "oss/register-business@2",
            "after": ["identity"],
            "in": {"nik": "form.nik", "kbli": "form.kbli", "staff": {"cel": "size(form.staff)"}},
        },
        "permit": {
            "ask": "dpmptsp/verify-standard@1",
            "when": "business.risk == 'high'",
            "in": {"nib": "business.nib", "risk": "business.risk"},
        },
        "taxpayer": {
            "ask": "djp/activate-taxpayer@2",
            "in": {"nik": "form.nik", "nib": "business.nib", "certificate": "permit.certificate"},
        },
    },
    "output": {
        "title": {"id": "Hasil layanan bersama", "en": "Joint service output"},
        "holder": {"name": "form.name"},
        "parts": {"business": {"nib": "business.nib"}, "taxpayer": {"status": "taxpayer.status"}},
    },
    "form": {
        "type": "object",
        "required": ["nik", "name", "kbli", "staff"],
        "properties": {
            "nik": {"type": "string", "x-ui": {"label": {"id": "NIK", "en": "NIK"}}},
            "name": TEXT,
            "kbli": TEXT,
            "staff": {"type": "array", "items": {"type": "object", "properties": {"name": TEXT}, "required": ["name"]}},
            "phone": TEXT,
            "address": {"$ref": "#/$defs/address"},
        },
        "additionalProperties": False,
        "$defs": {"address": {"type": "object", "required": ["street"], "properties": {"street": TEXT}}},
    },
}


def changed(declared: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Give a copy with values replaced at dotted paths (`steps.permit.when`); `...` takes the field away."""
    copied: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(declared))  # shares nothing, not even with itself
    for path, value in changes.items():
        *way, last = path.split(".")
        here: Any = copied
        for name in way:
            here = here[int(name)] if name.isdecimal() else here.setdefault(name, {})
        if value is ...:
            del here[last]
        elif last.isdecimal():
            here[int(last)] = value
        else:
            here[last] = copy.deepcopy(value)
    return copied


def contract(declared: Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> Contract:
    """Give a contract, with changes."""
    return msgspec.convert(changed(declared, changes or {}), type=Contract)


def contracts(changes: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Contract]:
    """Give all contracts by the name that plans ask for; `changes` by agency."""
    made = [contract(declared, (changes or {}).get(declared["agency"])) for declared in CONTRACTS]
    return {one.name: one for one in made}


def plan(changes: Mapping[str, Any] | None = None) -> Plan:
    """Give the plan, with changes."""
    return msgspec.convert(changed(PLAN, changes or {}), type=Plan)
