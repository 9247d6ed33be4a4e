"""What the applicant's pages show, made from the gateway's views. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from contracts.contract import JsonSchema
from contracts.documents import Document, documents_among
from contracts.ids import Instant
from contracts.objections import RaisedObjection
from contracts.payments import ChargeView
from contracts.revocation import PartRevocation
from contracts.units import Text
from contracts.views import (
    ActionView,
    CaseView,
    ClosingRecord,
    JointOutput,
    OtherStep,
    PartView,
    ServiceView,
    StepView,
)
from gateway.pages.documents import DocumentRow, document_row
from gateway.pages.forms import Element, Field, Group, build_form, text_of
from gateway.pages.steps import SETTLED, case_word, name_of, step_sentence, step_word
from gateway.pages.sub_case_words import sub_case_word, told_in_sub_case
from gateway.pages.words import (
    BASIS_WORDS,
    CASE_WORDS,
    LIFE_WORDS,
    PART_WORDS,
    PURPOSE_UNSAID,
    SIGNED_WORDS,
    Word,
    revoked_word,
)
from workflows.outputs.wording import label_text


class ReadingRow(Struct, frozen=True, kw_only=True):
    """One agency: what it receives, for what, on which basis, for how long."""

    agency: str
    fields: list[str]
    purpose: str
    basis: Text
    legal_basis: str
    retention: str
    within: str


class ServicePage(Struct, frozen=True, kw_only=True):
    """A service before one applies."""

    name: str
    title: Text
    life_event: Text
    description: Text | None
    promise: str
    fee: str
    charges: list[ChargeView]
    lead: str
    calendar: str
    agencies: list[str]
    readings: list[ReadingRow]
    within: list[tuple[str, Text, str]]
    ready: list[str]
    counter: dict[str, int] | None
    counter_source: str
    announces: bool
    others: list[OtherStep]

    @property
    def asks_later(self) -> bool:
        """Whether the applicant is asked for more after the first form."""
        return any(step.kind == "applicant" for step in self.others)


class StepRow(Struct, frozen=True, kw_only=True):
    """One agency's part in the progress of a case."""

    title: Text
    agency: str
    word: Word
    sentence: str
    settled: bool
    optional: bool
    since: Instant | None
    promised_by: Instant | None
    deemed_at: Instant | None
    attempt: int
    refusal: Text | None
    text: str
    objection: dict[str, Any] | None
    documents: list[DocumentRow]
    objections: list[RaisedObjection]
    revoked: PartRevocation | None
    sub_case: str
    told_there: bool
    step: str
    paid: bool
    """Whether there is a page of a payment."""


class AskedRow(Struct, frozen=True, kw_only=True):
    """What an agency asks the applicant to correct."""

    step: str
    item: str
    agency: str
    refusal: Text | None
    text: str
    until: Instant | None


class Elsewhere(Struct, frozen=True, kw_only=True):
    """What a sub-case asks of the applicant: each is answered on a page of that case."""

    case: str
    title: Text
    asked: list[AskedRow]
    actions: list[ActionView]


class ProgressPage(Struct, frozen=True, kw_only=True):
    """A case as its applicant follows it."""

    case: str
    version: int
    service: str
    title: Text
    word: Word
    opened_at: Instant
    promise: str
    steps: list[StepRow]
    done: int
    counted: bool
    asked: list[AskedRow]
    actions: list[ActionView]
    documents: list[DocumentRow]
    elsewhere: list[Elsewhere]
    parent: str
    renews: str
    live: bool
    finished: bool
    output: bool
    revoked: bool
    part_revoked: bool
    can_withdraw: bool
    secret: str


class PartRow(Struct, frozen=True, kw_only=True):
    """One contribution as the output or the closing record shows it."""

    title: Text
    agency: str
    word: Word
    at: Instant | None
    signed: Text | None
    values: list[tuple[Text, object]]
    documents: list[DocumentRow]
    refusal: Text | None
    text: str
    objection: dict[str, Any] | None
    owner: str
    sub_case: str = ""
    by_law: bool = False
    """The law granted it when the agency stayed silent: `text` is the legal basis."""
    revoked: PartRevocation | None = None


class OutputPage(Struct, frozen=True, kw_only=True):
    """A joint output, or a closing record."""

    case: str
    title: Text
    issued: bool
    revoked: bool
    at: Instant
    outcome: Word
    reason: str
    holder: list[tuple[Text, object]]
    parts: list[PartRow]
    valid_until: Instant | None = None

    @property
    def has_documents(self) -> bool:
        """Whether any agency gave a document."""
        return any(part.documents for part in self.parts)


def service_page(service: ServiceView, names: Mapping[str, str], language: str) -> ServicePage:
    """Give a service as people read it."""
    counter = dict(service.counter or {})
    source = str(counter.pop("source", ""))
    numbers = {name: int(value) for name, value in counter.items() if isinstance(value, int)}
    return ServicePage(
        name=service.service,
        title=service.title,
        life_event=life_event(service.life_event),
        description=service.description,
        promise=service.promise,
        fee=service.fee,
        charges=service.charges,
        lead=name_of(service.lead, names),
        calendar=service.calendar,
        agencies=service.agencies,
        readings=[_reading(reading, names, language) for reading in service.readings],
        within=[
            (str(inner["service"]), text_of(inner["title"]) or PURPOSE_UNSAID, str(inner["within"]))
            for inner in service.services
        ],
        ready=_ready(service.form or {}, language),
        counter=numbers or None,
        counter_source=source,
        announces=service.announces,
        others=service.others,
    )


def life_event(path: str) -> Text:
    """Give the part of life that an event such as `family/birth` belongs to; an unknown one as it is written."""
    area = path.partition("/")[0]
    return LIFE_WORDS.get(area) or label_text(area, {})


def progress_page(
    case: CaseView, names: Mapping[str, str], language: str, *, secret: str, within: Sequence[CaseView] = ()
) -> ProgressPage:
    """Give a case as its applicant follows it; `within` are its live sub-cases, and theirs."""
    asked = {(item.step, item.item) for item in case.corrections}
    rows = [_step(case.case, step, asked, names, language, sub_case_word(step, within)) for step in case.steps]
    return ProgressPage(
        case=case.case,
        version=case.version,
        service=case.service,
        title=case.title,
        word=case_word(case),
        opened_at=case.opened_at,
        promise=case.promised_within,
        steps=rows,
        done=sum(row.settled for row in rows),
        counted=case.state in {"open", "issuing", "issued"},
        asked=asked_rows(case, names),
        actions=case.actions,
        documents=[
            document_row(item.label, item.document, f"/permohonan/{case.case}/dokumen") for item in case.documents
        ],
        elsewhere=[
            Elsewhere(case=child.case, title=child.title, asked=asked_rows(child, names), actions=child.actions)
            for child in within
            if child.corrections or child.actions
        ],
        parent=case.parent,
        renews=case.after_issue.renews if case.after_issue is not None else "",
        live=case.state not in FINISHED,
        finished=case.state in FINISHED or case.state == "revoking",
        output=case.state in {"issued", "revoking", "revoked"},
        revoked=case.state in {"revoking", "revoked"},
        part_revoked=any(step.revoked is not None for step in case.steps),
        can_withdraw=case.can_withdraw,
        secret=secret,
    )


FINISHED = frozenset({"issued", "revoked", "refused", "withdrawn", "expired", "ended"})
"""States in which a case has an output or a closing record, and moves no more by itself."""


def asked_rows(case: CaseView, names: Mapping[str, str]) -> list[AskedRow]:
    """Give what agencies ask the applicant to correct."""
    return [
        AskedRow(
            step=item.step,
            item=item.item,
            agency=name_of(item.agency, names),
            refusal=item.refusal,
            text=item.text,
            until=item.until,
        )
        for item in case.corrections
    ]


def output_page(shown: JointOutput | ClosingRecord, *, state: str) -> OutputPage:
    """Give a joint output or a closing record as its page shows it."""
    issued = isinstance(shown, JointOutput)
    return OutputPage(
        case=shown.case,
        title=shown.title,
        issued=issued,
        revoked=state in {"revoking", "revoked"},
        at=shown.issued_at if isinstance(shown, JointOutput) else shown.closed_at,
        outcome=CASE_WORDS["issued" if isinstance(shown, JointOutput) else shown.outcome],
        reason="" if isinstance(shown, JointOutput) else shown.reason,
        holder=[(label_text(name, shown.holder_labels), value) for name, value in shown.holder.items()]
        if isinstance(shown, JointOutput)
        else [],
        parts=[_part(shown.case, part) for part in shown.parts],
        valid_until=shown.valid_until if isinstance(shown, JointOutput) else None,
    )


def _reading(reading: Mapping[str, Any], names: Mapping[str, str], language: str) -> ReadingRow:
    labels: Mapping[str, Any] = reading.get("labels", {})
    title = text_of(reading.get("title")) or PURPOSE_UNSAID
    return ReadingRow(
        agency=name_of(str(reading["agency"]), names),
        fields=[_label(name, labels, language) for name in reading["fields"]],
        purpose=title.into(language),
        basis=BASIS_WORDS.get(str(reading["basis"]), Text(str(reading["basis"]), str(reading["basis"]))),
        legal_basis=str(reading.get("legal_basis", "")),
        retention=str(reading["retention"]),
        within=str(reading["within"]),
    )


def _label(name: str, labels: Mapping[str, Any], language: str) -> str:
    text = text_of(labels.get(name)) or label_text(name, {})
    return text.into(language)


def _ready(form: JsonSchema, language: str) -> list[str]:
    """Give the answers that are identifiers and asked of everybody: what one looks up before one begins."""
    fields = [field for field in _asked_of_all(build_form(form).elements) if field.component == "digits"]
    return [field.label.into(language) for field in fields]


def _asked_of_all(elements: Sequence[Element]) -> Iterator[Field]:
    for element in elements:
        if isinstance(element, Field) and element.required:
            yield element
        elif isinstance(element, Group) and element.required:
            yield from _asked_of_all(element.children)


def _step(
    case: str, step: StepView, asked: set[Any], names: Mapping[str, str], language: str, of_its_own: Word | None
) -> StepRow:
    word = revoked_word(step.revoked) if step.revoked is not None else of_its_own or step_word(step, asked)
    return StepRow(
        title=step.title,
        agency=name_of(step.agency, names),
        word=word,
        sentence=step_sentence(word, step, language),
        settled=step.state in SETTLED and (step.step, step.item) not in asked,
        optional=step.optional,
        since=step.since,
        promised_by=step.promised_by,
        deemed_at=step.deemed_at,
        attempt=step.attempt,
        refusal=step.refusal,
        text=step.text,
        objection=step.objection,
        documents=[_document(case, shown.label, shown.document) for shown in step.documents],
        objections=step.objections,
        revoked=step.revoked,
        sub_case=step.sub_case,
        told_there=told_in_sub_case(step),
        step=step.step,
        paid=step.payment is not None,
    )


def _document(case: str, label: Text, document: Document) -> DocumentRow:
    return document_row(label, document, f"/permohonan/{case}/dokumen")


def _part(case: str, part: PartView) -> PartRow:
    kind = str(part.evidence.get("kind", ""))
    documents = documents_among(part.values, part.documents)
    return PartRow(
        title=part.title,
        agency=part.agency_title or part.agency,
        word=revoked_word(part.revoked) if part.revoked else PART_WORDS.get(part.word, PART_WORDS["missing"]),
        at=part.at,
        signed=SIGNED_WORDS["agency" if kind == "agency" else "attested"] if kind else None,
        values=_values(part, documents),
        documents=[_document(case, label_text(name, part.labels), entry) for name, entry in documents.items()],
        refusal=part.refusal,
        text=part.text,
        objection=part.objection,
        owner=part.owner,
        sub_case=part.evidence["actor"] if part.evidence.get("received_from") == "sub_case" else "",
        by_law=part.word == "deemed",
        revoked=part.revoked,
    )


def _values(part: PartView, documents: Container[str]) -> list[tuple[Text, object]]:
    return [
        (label_text(name, part.labels), part.readings.get(name) or value)
        for name, value in part.values.items()
        if name not in documents
    ]
