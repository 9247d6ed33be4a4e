"""A document of a case as pages list it. Pure."""

from __future__ import annotations

from msgspec import Struct

from contracts.documents import Document
from contracts.units import Text
from workflows.outputs.wording import document_about


class DocumentRow(Struct, frozen=True, kw_only=True):
    """A document that an agency gave: what it is, its file's name, type and size, its digest, where to get it."""

    label: Text
    name: str
    about: Text
    digest: str
    href: str


def document_row(label: Text, document: Document, href: str) -> DocumentRow:
    """Give a document as pages list it."""
    return DocumentRow(
        label=label,
        name=document.name,
        about=document_about(document.type, document.size),
        digest=document.digest,
        href=f"{href}/{document.digest}",
    )
