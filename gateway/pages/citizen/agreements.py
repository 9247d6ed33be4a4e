"""Agreements for anybody: how each service's stands, and one as the head of an agency reads it before signing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from litestar import Response, get
from msgspec import Struct

from contracts.agreement import Publication
from contracts.agreement_views import AgreementShown, AgreementView, WordView
from contracts.ids import Instant
from contracts.plan import PublishedPlan
from contracts.units import Text
from gateway.calls import Calls
from gateway.catalogue import service_view
from gateway.pages import replies
from gateway.pages.agreement_words import ABOUT_WORDS, AGREEMENT_WORDS, FOUND_WORDS, SILENCE_WORDS, WORD_WORDS
from gateway.pages.forms import text_of
from gateway.pages.steps import name_of
from gateway.pages.words import Word
from gateway.requests import GatewayRequest, calls_of, path_of
from workflows.loading.agreement_standing import ENDS_SOON, soon
from workflows.outputs.wording import basis_text, same, value_text, watched_text


class ListRow(Struct, frozen=True, kw_only=True):
    """One agreement in a list. `ends_soon`: it is in force for less than 90 days more."""

    href: str
    title: Text
    service: str
    version: str
    word: Word
    waits: list[str]
    valid_from: Instant
    valid_until: Instant
    proposed_at: Instant | None
    ends_soon: bool


class PartyRow(Struct, frozen=True, kw_only=True):
    """One agency: where it stands, by whose word, and how that came."""

    agency: str
    word: Word
    said: WordView


class ReadRow(Struct, frozen=True, kw_only=True):
    """One agency reading fields, for what, on which basis, for how long; when it answers."""

    agency: str
    title: Text
    fields: list[tuple[Text, str]]
    purpose: str
    basis: Text
    legal_basis: str
    retention: str
    within: str
    silence: Text
    contract: str
    contract_digest: str


class AgreementPage(Struct, frozen=True, kw_only=True):
    """An agreement as its page shows it."""

    shown: AgreementShown
    word: Word
    parties: list[PartyRow]
    waits: list[str]
    readings: list[ReadRow]
    parts: list[tuple[Text, list[str]]]
    facts: list[Text]
    publications: list[tuple[Text, Publication]]
    services: list[tuple[Text, str]]
    lead: str
    owner: str
    instrument_date: Text
    changes: list[tuple[Text, list[Text]]]
    ends_soon: bool
    file: str


@get("/kesepakatan", include_in_schema=False)
async def agreements(request: GatewayRequest) -> Response[bytes]:
    """List the agreements, of one service or of one agency when the address says so."""
    calls, shell = calls_of(request), replies.shell_of(request)
    chosen = {name: str(request.query_params.get(name, "")) for name in ("layanan", "instansi")}
    listed = calls.agreements.listed(service=chosen["layanan"], agency=chosen["instansi"])
    names = calls.agreements.titles()
    context = {
        "rows": [list_row(view, names, shell.now) for view in listed],
        "chosen": chosen,
        "agency": name_of(chosen["instansi"], names) if chosen["instansi"] else "",
    }
    return replies.page(request, "citizen/agreements.html", shell, context=context)


@get("/kesepakatan/{agreement:str}", include_in_schema=False)
async def agreement(request: GatewayRequest) -> Response[bytes]:
    """Show an agreement: who stands where, what was changed since what was signed, and every word of it."""
    calls, shell = calls_of(request), replies.shell_of(request)
    shown = calls.agreements.shown(path_of(request, "agreement"))
    names, plan = calls.agreements.titles(), calls.agreements.plan(shown.agreement.plan_digest)
    earlier = calls.agreements.listed(service=shown.agreement.service)
    context = {
        "page": agreement_page(shown, names, plan, shell.now),
        "history": [list_row(view, names, shell.now) for view in earlier],
        "here": f"/kesepakatan/{shown.view.digest}",
        "found": FOUND_WORDS,
    }
    return replies.page(request, "citizen/agreement.html", shell, context=context)


@get("/kesepakatan/{agreement:str}/naskah.pdf", include_in_schema=False)
async def agreement_pdf(request: GatewayRequest) -> Response[bytes]:
    """Give the PDF, to be read and signed."""
    digest = path_of(request, "agreement")
    name = file_name(calls_of(request).agreements.shown(digest).view)
    return _file(await calls_of(request).agreements.pdf(digest), "application/pdf", f"{name}.pdf")


@get("/kesepakatan/{agreement:str}/naskah.json", include_in_schema=False)
async def agreement_document(request: GatewayRequest) -> Response[bytes]:
    """Give the canonical document, byte for byte what is signed."""
    digest = path_of(request, "agreement")
    name = file_name(calls_of(request).agreements.shown(digest).view)
    return _file(calls_of(request).agreements.document(digest), "application/json", f"{name}.json")


def list_row(view: AgreementView, names: Mapping[str, str], now: Instant) -> ListRow:
    """Give an agreement as lists show it."""
    return ListRow(
        href=f"/kesepakatan/{view.digest}",
        title=view.title or same(view.service),
        service=view.service,
        version=view.version,
        word=AGREEMENT_WORDS[view.state],
        waits=[name_of(agency, names) for agency in view.missing] if view.state == "waits" else [],
        valid_from=view.valid_from,
        valid_until=view.valid_until,
        proposed_at=view.proposed_at,
        ends_soon=soon(view, now) is not None,
    )


def ending_rows(calls: Calls, agency: str = "") -> list[ListRow]:
    """Give the agreements in force (of an agency) that end within 90 days and that none outlives, soonest first."""
    views = calls.agreements.listed(ending_days=ENDS_SOON[-1], agency=agency)
    return [list_row(view, calls.agreements.titles(), calls.now()) for view in views]


def to_sign(calls: Calls, agency: str) -> list[ListRow]:
    """Give the agreements that wait for this agency's word, newest first."""
    names, now = calls.agreements.titles(), calls.now()
    views = [view for view in calls.agreements.listed(agency=agency) if view.state == "waits"]
    return [list_row(view, names, now) for view in views if agency in view.missing]


def agreement_page(
    shown: AgreementShown, names: Mapping[str, str], plan: PublishedPlan | None, now: Instant
) -> AgreementPage:
    """Give an agreement as its page shows it; without its plan, steps and fields go by their own names."""
    agreed, view = shown.agreement, shown.view
    labels = _labels(plan)
    changes: dict[str, list[Text]] = {}
    for difference in shown.differences:
        changes.setdefault(difference.about, []).append(difference.says)
    return AgreementPage(
        shown=shown,
        word=AGREEMENT_WORDS[view.state],
        parties=[
            PartyRow(agency=name_of(word.agency, names), word=WORD_WORDS[word.state], said=word) for word in view.words
        ],
        waits=[name_of(agency, names) for agency in view.missing],
        readings=[
            ReadRow(
                agency=name_of(reading.agency, names),
                title=_step(plan, reading.step),
                fields=[
                    (labels.get((reading.step, name)) or same(name), kind) for name, kind in reading.fields.items()
                ],
                purpose=reading.purpose,
                basis=basis_text(reading.basis),
                legal_basis=reading.legal_basis,
                retention=reading.retention,
                within=reading.within,
                silence=SILENCE_WORDS.get(reading.on_deadline) or same(reading.on_deadline),
                contract=reading.contract,
                contract_digest=reading.contract_digest,
            )
            for reading in agreed.readings
        ],
        parts=[(_step(plan, step), fields) for step, fields in agreed.parts.items()],
        facts=[watched_text(fact, names) for fact in agreed.facts],
        publications=[(_step(plan, each.step), each) for each in agreed.publications],
        services=[(_step(plan, step), digest) for step, digest in agreed.services.items()],
        lead=name_of(agreed.lead, names),
        owner=names.get(agreed.exhausted_owner, agreed.exhausted_owner),
        instrument_date=value_text(agreed.instrument.date),
        changes=[(ABOUT_WORDS[about], sentences) for about, sentences in changes.items()],
        ends_soon=soon(view, now) is not None,
        file=f"{file_name(view)}.json",
    )


def file_name(view: AgreementView) -> str:
    """Give the name under which an agreement's files are kept."""
    return f"{view.service}-{view.version}.agreement"


def _labels(plan: PublishedPlan | None) -> dict[tuple[str, str], Text]:
    """Give what contracts call the fields that are read, by step and field."""
    if plan is None:
        return {}
    found: dict[tuple[str, str], Text] = {}
    for reading in service_view(plan).readings:
        given: dict[str, Any] = reading["labels"]
        found |= {(reading["step"], name): label for name, said in given.items() if (label := text_of(said))}
    return found


def _step(plan: PublishedPlan | None, step: str) -> Text:
    return plan.title_of(step) if plan is not None and step in plan.plan.steps else same(step)


def _file(content: bytes, kind: str, name: str) -> Response[bytes]:
    headers = {**replies.HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)


ROUTES: Final = (agreements, agreement, agreement_pdf, agreement_document)
