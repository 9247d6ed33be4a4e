"""From a document to a declared thing: its shape first, by the same JSON Schema that editors are given."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from jsonschema_rs import Draft202012Validator
from msgspec import Struct

from workflows.core.mistakes import Finding
from workflows.loading.explanations import explain, without_echoes
from workflows.loading.mending import Check, second_look
from workflows.loading.mistakes import LoadingError
from workflows.loading.schemas import schema_of
from workflows.loading.yaml import Document

Declared = TypeVar("Declared", bound=Struct)


def shape(document: Document, kind: type[Declared], check: Check[Declared] | None = None) -> Declared:
    """Give the declared thing that a document writes.

    Where its shape has mistakes, `check` says what else is wrong of it, as far as that is certain.

    Raises:
        LoadingError: how it is written, or its shape, has mistakes: all of them.

    """
    findings = without_echoes(
        finding for error in _validator(kind).iter_errors(document.value) for finding in explain(error, schema_of(kind))
    )
    if findings and check is not None and not document.mistakes:
        findings += second_look(document.value, kind, findings, check)
    if findings or document.mistakes:
        raise told(document, findings)
    try:
        return msgspec.convert(document.value, type=kind)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$")
        place = tuple(path.rstrip("`").strip(".").split(".")) if path else ()
        raise told(document, [Finding(place, f"this cannot be read: {what}", "what the schema asks for")]) from error


def told(document: Document, findings: list[Finding]) -> LoadingError:
    """Give the error that tells everything: what is written wrongly, and all findings with their lines."""
    places = {(mistake.line, mistake.column) for mistake in document.mistakes}
    located = [document.locate(finding) for finding in findings]
    # Where the writing is wrong, its value is a stand-in: nothing is said about that.
    return LoadingError(
        [*document.mistakes, *(mistake for mistake in located if (mistake.line, mistake.column) not in places)]
    )


def _validator(kind: type[Struct]) -> Draft202012Validator:
    if kind not in _VALIDATORS:
        _VALIDATORS[kind] = Draft202012Validator(schema_of(kind))
    return _VALIDATORS[kind]


_VALIDATORS: dict[type[Struct], Draft202012Validator] = {}
