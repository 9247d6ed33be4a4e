"""The documents of a case: those whose descriptions its applicant sees. Pure."""

from __future__ import annotations

from contracts.documents import document_fields, document_labels, documents_among
from contracts.units import Text
from contracts.views import DocumentView
from workflows.core.compiled import CompiledStep
from workflows.core.state import CaseState, Round


def round_documents(step: CompiledStep, entry: Round) -> list[DocumentView]:
    """Give the documents of a contribution that stands; what was taken back is shown no more."""
    if entry.output is None or not (entry.granted or entry.state == "kept"):
        return []
    schema = step.contract.output
    labels = document_labels(schema)
    return [
        DocumentView(field=name, label=labels.get(name) or Text(name, name), document=document)
        for name, document in documents_among(entry.output, document_fields(schema)).items()
    ]


def case_document(state: CaseState, digest: str) -> DocumentView | None:
    """Give a case's document by its digest; None where its applicant sees none of that digest."""
    for step, _, entry in state.everything():
        for shown in round_documents(step, entry):
            if shown.document.digest == digest:
                return shown
    return None
