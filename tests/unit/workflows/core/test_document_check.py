"""A document is passed on only as one: what a plan gives for it is a document that an agency gave.

Marks in contracts are judged in test_contract_check.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.declared import contracts, plan
from workflows.core.plan_check import check_plan

PDF = {"document": "application/pdf"}
PASSED: dict[str, Any] = {"steps.taxpayer.in.certificate": "permit.certificate"}


def told(
    changes: Mapping[str, Any], gives: Mapping[str, Any] | None = PDF, takes: Mapping[str, Any] | None = PDF
) -> list[str]:
    """Say what is wrong with a plan whose permit is a document, and whose tax office takes one."""
    of_contracts: dict[str, dict[str, Any]] = {"dpmptsp": {}, "djp": {}}
    if gives is not None:
        of_contracts["dpmptsp"] = {"output.properties.certificate": gives}
    if takes is not None:
        of_contracts["djp"] = {"input.properties.certificate": takes}
    findings = check_plan(plan({**PASSED, **changes}), contracts(of_contracts))
    return [f"{'.'.join(map(str, finding.place))}: {finding.what} → {finding.instead}" for finding in findings]


def test_a_document_is_passed_on_where_the_contract_lets_it() -> None:
    assert told({}) == []
    assert told({}, gives=PDF, takes={"document": ["image/png", "application/pdf"]}) == []


def test_a_document_that_is_not_onward_is_not_passed_on() -> None:
    of_contracts: dict[str, dict[str, Any]] = {
        "dpmptsp": {"output.properties.certificate": PDF, "onward": []},
        "djp": {"input.properties.certificate": PDF},
    }
    findings = check_plan(plan(PASSED), contracts(of_contracts))
    assert [finding.what for finding in findings] == ["dpmptsp does not give permit.certificate on to djp"]


def test_a_document_is_given_for_something_else() -> None:
    assert told({}, takes={"type": "object"}) == [
        (
            "steps.taxpayer.in.certificate: permit.certificate is a document, and this input is none → "
            "an input with document, or permit.certificate.name"
        )
    ]


@pytest.mark.parametrize("value", ["form.certificate", "permit.certificate.name", {"const": {"digest": "sha256:0"}}])
def test_something_else_is_given_for_a_document(value: object) -> None:
    form = {"form.properties.certificate": {"type": "object"}}
    said = told({"steps.taxpayer.in.certificate": value, **form})
    assert any("this input is a document, and" in line and "a document that a step gave" in line for line in said)


def test_a_document_of_a_type_that_is_not_taken_is_given() -> None:
    (said,) = told({}, gives={"document": ["application/pdf", "image/png"]})
    assert "type is image/png among others, and the contract takes only application/pdf" in said


def test_something_stands_in_for_a_document() -> None:
    instead = {"steps.permit.otherwise": {"certificate": {"const": {"digest": "sha256:0"}}}}
    assert "steps.permit.otherwise.certificate: nothing stands in for a document" in told(instead)[-1]


SCAN: dict[str, Any] = {"form.properties.scan": {**PDF, "x-ui": {"label": {"id": "Pindaian", "en": "Scan"}}}}


def test_a_document_that_the_form_asks_for_is_passed_on_as_one() -> None:
    said = told({**SCAN, "steps.taxpayer.in.certificate": "form.scan"})
    assert [line for line in said if "scan" in line] == []


def test_a_document_of_the_form_of_no_type_that_is_taken_or_within_a_group_is_told_of() -> None:
    said = told({"form.properties.scan": {"document": "image/gif"}})
    assert "form.properties.scan.document: documents of type image/gif are not taken" in said[0]
    said = told({"form.properties.scan": {"document": []}})
    assert "form.properties.scan.document: it says no type" in said[0]
    said = told({"form.properties.scan": {"type": "object", "properties": {"inner": PDF}}})
    assert "a document is a field of its own, not within another" in said[0]


def test_a_document_of_the_form_is_given_for_something_else() -> None:
    said = told({**SCAN, "steps.taxpayer.in.certificate": "form.scan"}, takes={"type": "object"})
    assert any("form.scan is a document, and this input is none" in line for line in said)
