"""What must hold within one contract: each mistake is found, alone, at its place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.declared import BUSINESS, CONTRACTS, IDENTITY, PERMIT, contract
from workflows.core.contract_check import check_contract


def told(declared: dict[str, Any], changes: dict[str, Any]) -> list[str]:
    findings = check_contract(contract(declared, changes))
    return [f"{'.'.join(map(str, finding.place))}: {finding.what} → {finding.instead}" for finding in findings]


@pytest.mark.parametrize("declared", CONTRACTS, ids=lambda declared: declared["agency"])
def test_a_contract_that_is_right_has_no_mistakes(declared: dict[str, Any]) -> None:
    assert told(declared, {}) == []


DEEMED = {"legal_basis": "UU 30/2014", "counts_from": "complete", "output": {"certificate": "by law"}}

WRONG: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "schemas that are no groups of fields": (
        BUSINESS,
        {"output": {"type": "array"}, "onward": [], "input.additionalProperties": ...},
        [
            "output: output is no group of fields → type: object, and properties",
            (
                "input: input does not refuse further fields: an agency receives exactly what it declares → "
                "additionalProperties: false"
            ),
        ],
    ),
    "data classes that do not cover the input": (
        IDENTITY,
        {"reads": {"nik": "identity", "nam": "identity"}},
        [
            "reads.nam: input has no field nam → name?",
            (
                "reads: the input field name has no data class → "
                "name: and its class, such as identity, contact, business or location"
            ),
        ],
    ),
    "fields that are not there": (
        IDENTITY,
        {"onward": ["match", "matsch"], "refusals.no_match.correct": ["nk"]},
        [
            "onward.1: output has no field matsch → match?",
            "refusals.no_match.correct.0: input has no field nk → nik?",
        ],
    ),
    "a time to correct nothing": (
        IDENTITY,
        {"refusals.no_match.correct": []},
        [
            (
                "refusals.no_match.within: within says until when inputs may be corrected, and none may → "
                "correct: and the inputs, or nothing here (until when to object stands under objection)"
            )
        ],
    ),
    "words in one language": (
        PERMIT,
        {
            "output.properties.certificate.x-ui": {"label": {"id": "Sertifikat"}},
            "input.properties.nib.x-ui": {"hint": "NIB"},
        },
        [
            "input.properties.nib.x-ui.hint: hint is not written in both languages → {id: Indonesian, en: English}",
            (
                "output.properties.certificate.x-ui.label: label is not written in both languages → "
                "{id: Indonesian, en: English}"
            ),
        ],
    ),
    "no way back": (
        BUSINESS,
        {"undo": ...},
        [": a reversible contribution says how it is undone → undo: {by: system, within: 30 days}"],
    ),
    "a way back from nothing": (
        IDENTITY,
        {"undo": {"by": "system"}},
        ["undo: an effect that is none has no undo → effect: reversible, or no undo"],
    ),
    "a desk that undoes by itself": (
        PERMIT,
        {"undo.by": "system"},
        ["undo.by: a desk has no system that could undo → by: officer"],
    ),
    "silence that grants nothing": (
        PERMIT,
        {"promise.on_deadline": "deemed"},
        [
            (
                "promise.on_deadline: deemed and on_deadline: deemed belong together → "
                "both: what the law grants, its legal_basis, and on_deadline: deemed; or neither"
            )
        ],
    ),
    "a grant that never comes": (
        PERMIT,
        {"deemed": DEEMED},
        [
            (
                "deemed: deemed and on_deadline: deemed belong together → "
                "both: what the law grants, its legal_basis, and on_deadline: deemed; or neither"
            )
        ],
    ),
    "a grant that no silence gives": (
        PERMIT,
        {"deemed": DEEMED, "promise.on_deadline": "deemed", "purpose": "population-data"},
        [
            (
                "deemed: silence never grants anything of the purpose population-data (population identity, tax) → "
                "on_deadline: escalate, without deemed"
            )
        ],
    ),
    "waits that a calendar measures": (
        BUSINESS,
        {"attempts": {"give_up_after": "2 working days"}},
        ["attempts.give_up_after: 2 working days depends on a calendar → elapsed time: s, min, h, days or weeks"],
    ),
    "a lease that hammers us, and one that outlasts its attempt": (
        BUSINESS,
        {"connection": {"kind": "pull", "lease": "2 h", "deadline": "1 min"}},
        [
            "connection.lease: 2 h is too short or too long to wait → from 1 s to 1 h",
            "connection.lease: a lease is longer than the whole attempt → a lease within the deadline",
        ],
    ),
    "a deadline that a calendar measures": (
        BUSINESS,
        {"connection.deadline": "1 month"},
        ["connection.deadline: 1 month depends on a calendar → elapsed time: s, min, h, days or weeks"],
    ),
    "waits that shrink": (
        BUSINESS,
        {"attempts": {"first_wait": "20 min"}},
        ["attempts.first_wait: the first wait is longer than the longest → a shorter first_wait"],
    ),
    "a wait that hammers": (
        BUSINESS,
        {"attempts": {"first_wait": "0 s", "longest_wait": "0 ms"}},
        [
            "attempts.first_wait: 0 s is too short or too long to wait → from 1 s to 1 day",
            "attempts.longest_wait: 0 ms is too short or too long to wait → from 1 s to 1 week",
        ],
    ),
    "a deadline beyond the calendar": (
        BUSINESS,
        {"connection.deadline": "999999 weeks"},
        ["connection.deadline: 999999 weeks is too short or too long to wait → from 100 ms to 10 min"],
    ),
    "an address without a host": (
        BUSINESS,
        {"connection.url": "https:///gapura"},
        [
            (
                "connection.url: this is no address that asks can be sent to → "
                "https://host/path, without user, query or fragment; secrets do not belong into a contract"
            )
        ],
    ),
    "documents within others, of no known type, or of none": (
        BUSINESS,
        {
            "output.properties.certificate": {"document": ["application/pdf", "text/html"]},
            "output.properties.empty": {"document": []},
            "output.properties.pages": {"type": "array", "items": {"document": "application/pdf"}},
            "output.properties.document": {"type": "string", "x-ui": {"document": "no mark"}},
        },
        [
            (
                "output.properties.pages.items.document: a document is a field of its own, not within another → "
                "a property of the group"
            ),
            (
                "output.properties.certificate.document: documents of type text/html are not taken → "
                "application/pdf, image/jpeg, image/png"
            ),
            "output.properties.empty.document: it says no type → application/pdf, or image/png, or image/jpeg",
        ],
    ),
    "examples that are neither, both, or of no known refusal": (
        IDENTITY,
        {
            "examples": [
                {"title": "neither", "input": {}},
                {"title": "both", "input": {}, "output": {}, "refusal": "no_match"},
                {"title": "unknown", "input": {}, "refusal": "no_mach"},
                {"title": "right", "input": {}, "refusal": "no_match"},
            ]
        },
        [
            "examples.0: an example has either an output or a refusal → one of the two",
            "examples.1: an example has either an output or a refusal → one of the two",
            "examples.2.refusal: no_mach is none of this contract's refusals → no_match?",
        ],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_every_mistake_is_told_with_what_to_write(name: str) -> None:
    declared, changes, expected = WRONG[name]
    assert told(declared, changes) == expected


def test_silence_may_grant_what_the_law_lets_it_grant() -> None:
    assert told(PERMIT, {"deemed": DEEMED, "promise.on_deadline": "deemed"}) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "oss.example",
        "ftp://oss.example",
        "https://user@oss.example",
        "https://oss.example?key=1",
        "https://o#x",
        "https",
    ],
)
def test_only_plain_addresses_are_taken(url: str) -> None:
    assert [place.split(":")[0] for place in told(BUSINESS, {"connection.url": url})] == ["connection.url"]


@pytest.mark.parametrize("window", ["Sun 22:00-24:00 Asia/Jakarta", "2026-12-24 01:00-02:00 Asia/Jayapura"])
def test_a_maintenance_window_has_a_day_times_and_a_zone(window: str) -> None:
    assert told(BUSINESS, {"limits": {"maintenance": [window]}}) == []


@pytest.mark.parametrize(
    "window",
    [
        "Sun 22:00-24:00",
        "Sunday 22:00-24:00 Asia/Jakarta",
        "Sun 22:00-24:00 Jakarta",
        "Sun 24:00-22:00 Asia/Jakarta",
        "Sun 22:00 Asia/Jakarta",
        "Sun 22:60-23:00 Asia/Jakarta",
        "Sun 22:00-25:00 Asia/Jakarta",
        "Sun 2:00-3:00 Asia/Jakarta",
        "Sun ab:cd-23:00 Asia/Jakarta",
        "Sun ²²:00-23:00 Asia/Jakarta",
    ],
)
def test_any_other_window_is_told(window: str) -> None:
    assert [place.split(":")[0] for place in told(BUSINESS, {"limits": {"maintenance": [window]}})] == [
        "limits.maintenance.0"
    ]


def test_a_rate_that_lets_nothing_through_is_told() -> None:
    assert told(BUSINESS, {"limits": {"rate": "1/h"}}) == []
    assert [place.split(":")[0] for place in told(BUSINESS, {"limits": {"rate": "0/s"}})] == ["limits.rate"]
