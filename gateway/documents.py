"""The documents of this gateway's own seal: PDFs, public keys, status lists."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from contracts.agreement import PaperWord
from contracts.ids import Instant
from contracts.views import ClosingRecord
from workflows.outputs.document import closing_documents, closing_pdf, output_documents, output_pdf
from workflows.outputs.seal import LocalSeal
from workflows.outputs.status import Revoked


class SealDocuments:
    """Makes documents with a seal whose key is at hand."""

    def __init__(self, seal: LocalSeal) -> None:
        """Take the seal."""
        self._seal = seal

    def public_keys(self) -> dict[str, Any]:
        """Give the gateway's public keys as a JWK Set."""
        return self._seal.public_keys()

    def status_list(self, revoked: Revoked, *, number: int, now: Instant) -> str:
        """Give a status list as a compact `vc+jwt`."""
        return self._seal.status_list(revoked, number=number, now=now)

    def record(self, word: PaperWord) -> str:
        """Give the gateway's signed record of a word on paper, which anybody checks with its published keys."""
        return self._seal.record(word)

    async def pdf(
        self, *, credential: str, record: ClosingRecord | None, content: Callable[[str], Awaitable[bytes]]
    ) -> bytes:
        """Give the PDF of a sealed joint output, the credential attached, or of a closing record.

        `content` gives a document of the case by its digest: those that fit are attached.
        """
        carried = output_documents(credential) if record is None else closing_documents(record)
        contents = {document.digest: await content(document.digest) for document in carried}
        if record is not None:
            return await asyncio.to_thread(closing_pdf, record, contents)
        return await asyncio.to_thread(output_pdf, credential, self._seal.qr_link(credential), contents)
