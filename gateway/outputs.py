"""What comes of a case: the joint output or the closing record, and the documents that agencies gave."""

from __future__ import annotations

from msgspec import Struct, structs

from contracts.documents import Document, document_fields, documents_among, file_name
from contracts.ids import CaseId
from contracts.task_views import TaskView
from contracts.views import ClosingRecord, JointOutput
from gateway.limits import Limits
from gateway.parts import Parts
from gateway.problems import NotFound, NotPossibleNow
from gateway.showing import HAS_OUTPUT
from workflows.core.state import CaseState
from workflows.outputs.compose import compose_closing
from workflows.outputs.credential import CREDENTIAL_TYPE, decode_credential, output_of
from workflows.outputs.jws import peek_jws
from workflows.ports import Erased, JournalDamaged
from workflows.projections.documents import case_document


class Issued(Struct, frozen=True, kw_only=True):
    """What came of a case: the joint output with its sealed `credential`, or the closing record; one is there."""

    credential: str = ""
    output: JointOutput | None = None
    record: ClosingRecord | None = None


class File(Struct, frozen=True, kw_only=True):
    """A document of a case as a file: a name that says nothing of what is in it, its media type, its content."""

    name: str
    type: str
    content: bytes


class Outputs:
    """Gives what a case has come to; whose the case is has been judged before."""

    def __init__(self, parts: Parts, limits: Limits) -> None:
        """Take the parts to call upon, and what bounds them."""
        self._engine, self._journal, self._documents = parts.engine, parts.journal, parts.documents
        self._limits = limits

    def issued(self, state: CaseState) -> Issued:
        """Give the joint output or the closing record. Raises NotPossibleNow while the case is open."""
        titles = self._engine.directory.agency_titles()
        if state.status in HAS_OUTPUT and state.sealed_at is not None:
            sealed = decode_credential(peek_jws(state.credential, typ=CREDENTIAL_TYPE).payload)
            return Issued(credential=state.credential, output=_as_it_stands(output_of(sealed), state))
        if state.closed_at is not None:
            return Issued(record=compose_closing(state, agency_titles=titles, closed_at=state.closed_at))
        raise NotPossibleNow("The case is still open: there is no output yet. Follow it, and ask again once issued.")

    async def pdf(self, state: CaseState) -> bytes:
        """Give the same as a PDF, the credential and the documents attached."""
        issued = self.issued(state)

        async def content(digest: str) -> bytes:
            return await self._content(state.case, digest)

        with self._limits.documents.one():
            return await self._documents.pdf(credential=issued.credential, record=issued.record, content=content)

    async def document(self, state: CaseState, digest: str) -> File:
        """Give a document of a case. Raises NotFound: the case shows none of this digest."""
        shown = case_document(state, digest)
        if shown is None:
            raise NotFound("The case has no such document.")
        return await self._file(state.case, shown.field, shown.document)

    async def task_document(self, case: CaseId, task: TaskView, digest: str) -> File:
        """Give a document that a task shows. Raises NotFound: it shows none of this digest."""
        for name, document in documents_among(task.input, document_fields(task.input_schema)).items():
            if document.digest == digest:
                return await self._file(case, name, document)
        raise NotFound("The task has no such document.")

    async def _file(self, case: CaseId, field: str, document: Document) -> File:
        name = file_name(case, field, document.type)
        return File(name=name, type=document.type, content=await self._content(case, document.digest))

    async def _content(self, case: CaseId, digest: str) -> bytes:
        try:
            content = await self._journal.document(case, digest)
        except Erased:
            raise NotFound from None
        if content is None:
            raise JournalDamaged(f"{case} lacks a document: restore a backup")
        return content


def _as_it_stands(output: JointOutput, state: CaseState) -> JointOutput:
    """Say of the parts of what was sealed which were revoked since, and why; by whom is for operations only."""
    revoked = {
        (place.step, place.item): structs.replace(entry.revoked, actor="")
        for _, place, entry in state.currents()
        if entry.revoked is not None
    }
    parts = [structs.replace(part, revoked=revoked.get((part.step, part.item))) for part in output.parts]
    return structs.replace(output, parts=parts)
