"""Agencies' words on agreements that came back as signed PDFs: judged, kept, and recorded with a second person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from contracts.agreement import Decision, PaperWord
from contracts.bulk import BulkView
from contracts.documents import LARGEST_BYTES
from contracts.ids import Instant
from contracts.problems import Mistake
from gateway.bodies import Sentence, written
from gateway.bulk import Bulk
from gateway.identity.callers import Caller, Grant
from gateway.parts import Parts
from gateway.problems import FormInvalid, NotAllowed, NotFound, NotPossibleNow
from workflows.outputs.signed_pdf import Certificate, NotThisAgreement, Returned, look_at, read_roots
from workflows.outputs.wording import ZONE
from workflows.ports import REGISTER

Words = Annotated[str, Meta(max_length=200)]


class PaperBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signed PDF that came back: whose word, what it says, who signed it when, and the letter that it came with.

    `file` is the PDF (base64); `signed_on` the day of the signature. `reason` is the agency's, of a no; `note` says how
    the paper came to the operator. `break_glass`: it does not wait for a second operator.
    """

    agency: Words
    decision: Decision = "accept"
    file: bytes
    name: Words
    office: Words
    mandate: Words = ""
    kind: Literal["PKS", "SK", "letter"] = "letter"
    number: Words
    date: Words
    signed_on: Words
    reason: Sentence = ""
    note: Sentence = ""
    break_glass: bool = False


class Recording:
    """Records what came back on paper."""

    def __init__(self, parts: Parts, bulk: Bulk) -> None:
        """Take the parts to call upon, and the runs in which a second person approves."""
        self._engine, self._journal, self._clock, self._bulk = parts.engine, parts.journal, parts.clock, bulk
        self._roots = parts.settings.agreement_roots

    async def record(self, operator: Grant, agreement: str, body: PaperBody) -> BulkView:
        """Keep the PDF and begin the run in which a second operator approves that its word counts.

        Raises:
            NotFound: there is no such agreement.
            FormInvalid: with every mistake; the PDF that does not contain the agreement among them.
            NotPossibleNow: this word is on record already.

        """
        known = self._engine.directory.agreements.get(agreement)
        if known is None:
            raise NotFound("There is no such agreement.")
        mistakes = list(_mistakes(body, known.agencies, self._clock.now()))
        returned: Returned | None = None
        if not any(each.pointer == "/file" for each in mistakes):
            try:
                returned = await asyncio.to_thread(look_at, body.file, agreement, self._known_roots())
            except NotThisAgreement as no:
                mistakes.append(Mistake("/file", str(no)))
        if mistakes or returned is None:
            raise FormInvalid("The paper cannot be recorded.", mistakes)
        digest = await self._journal.keep_document(REGISTER, body.file)
        return await self._bulk.paper(
            operator,
            _word(agreement, body, digest, returned, self._clock.now()),
            written(body.note),
            break_glass=body.break_glass,
        )

    async def file(self, caller: Caller, agreement: str, digest: str) -> bytes:
        """Give a PDF that came back for an agreement, to an operator. Raises NotFound."""
        if caller.operator is None:
            raise NotAllowed("This is for operators.")
        runs = self._engine.directory.bulk_runs.values()
        papers = {
            (run.started.paper.agreement, run.started.paper.file) for run in runs if run.started.paper is not None
        }
        content = await self._journal.document(REGISTER, digest) if (agreement, digest) in papers else None
        if content is None:
            raise NotFound("No such file came back for this agreement.")
        return content

    def _known_roots(self) -> list[Certificate]:
        if self._roots is None:
            return []
        try:
            return [*read_roots(self._roots)]
        except (OSError, ValueError) as error:
            message = (
                f"The certificates of agreement_roots cannot be read: {error}. The operator of the gateway mends that."
            )
            raise NotPossibleNow(message) from error


def _word(agreement: str, body: PaperBody, digest: str, returned: Returned, now: Instant) -> PaperWord:
    return PaperWord(
        agreement=agreement,
        agency=body.agency,
        decision=body.decision,
        at=_moment(body.signed_on, now),
        file=digest,
        name=written(body.name),
        office=written(body.office),
        mandate=written(body.mandate),
        kind=body.kind,
        number=written(body.number),
        date=body.date,
        reason=written(body.reason),
        found=returned.found,
        signers=list(returned.signers),
    )


def _mistakes(body: PaperBody, parties: Sequence[str], now: Instant) -> Iterator[Mistake]:
    if body.agency not in parties:
        yield Mistake("/agency", f"Is no party of this agreement: {', '.join(parties)} are.")
    for field, what in _MUST.items():
        if not written(getattr(body, field)):
            yield Mistake(f"/{field}", what)
    if body.decision != "accept" and not written(body.reason):
        yield Mistake("/reason", "Say why not, as the agency says it.")
    for field in ("date", "signed_on"):
        day = _day(getattr(body, field))
        if day is None:
            yield Mistake(f"/{field}", "Write the day as 2026-11-24.")
        elif day > now.astimezone(ZONE).date():
            yield Mistake(f"/{field}", "This day is still to come.")
    if not body.file:
        yield Mistake("/file", "Is empty: send the signed PDF.")
    elif len(body.file) > LARGEST_BYTES:
        yield Mistake("/file", f"Is larger than {LARGEST_BYTES // 1024 // 1024} MiB.")


_MUST: Final = {
    "name": "Say who signed.",
    "office": "Say in which office.",
    "number": "Give the number of the letter or instrument.",
    "note": "Say how the paper came to you.",
}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _moment(day: str, now: Instant) -> Instant:
    """Give the last moment of a day in western Indonesia, at most now: of one day the word recorded later counts."""
    return min(datetime.combine(date.fromisoformat(day), time.max, tzinfo=ZONE), now)
