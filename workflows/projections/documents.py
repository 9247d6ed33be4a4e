"""The documents of a case: those whose descriptions its applicant sees. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from contracts.contract import JsonSchema
from contracts.documents import document_fields, document_labels, documents_among
from contracts.units import Text
from contracts.views import DocumentView
from workflows.core.compiled import CompiledStep
from workflows.core.state import CaseState, Round


def round_documents(step: CompiledStep, entry: Round) -> list[DocumentView]:
    """Give the documents of a contribution that stands; what was taken back is shown no more."""
    if entry.output is None or not (entry.granted or entry.state == "kept"):
        return []
    return _shown(step.contract.output, entry.output)


def form_documents(state: CaseState) -> list[DocumentView]:
    """Give the documents that the applicant handed in with the form, as it now stands."""
    return _shown(state.plan.published.plan.form, state.form)


def _shown(schema: JsonSchema, values: Mapping[str, Any]) -> list[DocumentView]:
    labels = document_labels(schema)
    return [
        DocumentView(field=name, label=labels.get(name) or Text(name, name), document=document)
        for name, document in documents_among(values, document_fields(schema)).items()
    ]


def case_document(state: CaseState, digest: str) -> DocumentView | None:
    """Give a case's document by its digest; None where its applicant sees none of that digest."""
    contributed = (round_documents(step, entry) for step, _, entry in state.everything())
    everything = chain(form_documents(state), chain.from_iterable(contributed))
    return next((shown for shown in everything if shown.document.digest == digest), None)
