"""Operations: agreements, and the form by which a signed PDF that came back is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie

from contracts.contract import JsonSchema
from contracts.units import Text
from gateway.pages import filling, replies
from gateway.pages.agreement_words import DECISIONS
from gateway.pages.citizen.agreements import list_row
from gateway.pages.filling import Filling
from gateway.pages.mistakes import Wrong
from gateway.pages.posting import read_upload
from gateway.pages.steps import name_of
from gateway.pages.told import told
from gateway.pages.uploads import LARGEST_UPLOAD
from gateway.problems import FormInvalid, NotPossibleNow
from gateway.recording import PaperBody
from gateway.requests import GatewayRequest, caller_of, calls_of, operator_of, path_of

WAITING: Final = frozenset({"waits", "rejected", "revoked"})
KINDS: Final = (("letter", Text("Surat", "Letter")), ("PKS", Text("PKS", "PKS")), ("SK", Text("SK", "SK")))
_QUESTIONS: Final[Mapping[str, tuple[Text, str]]] = {
    "name": (Text("Nama penanda tangan", "Who signed"), "text"),
    "office": (Text("Jabatan", "Office"), "text"),
    "mandate": (Text("Mandat", "Mandate"), "text"),
    "number": (Text("Nomor surat atau instrumen", "Number of the letter or instrument"), "text"),
    "date": (Text("Tanggal surat", "Date of the letter"), "date"),
    "signed_on": (Text("Tanggal tanda tangan", "Day of the signature"), "date"),
    "reason": (
        Text("Alasan instansi, bila menolak atau mencabut", "The agency's reason, where it rejects or revokes"),
        "textarea",
    ),
    "note": (Text("Bagaimana berkas ini sampai kepada Anda", "How the paper came to you"), "textarea"),
}
_MUST: Final = ("agency", "decision", "file", "name", "office", "kind", "number", "date", "signed_on", "note")


def form_of(parties: Sequence[str], names: Mapping[str, str]) -> JsonSchema:
    """Give the questions by which a word on paper is recorded."""
    properties: dict[str, Any] = {
        "agency": _choice(
            Text("Instansi", "Agency"), [(party, Text(*[name_of(party, names)] * 2)) for party in parties]
        ),
        "decision": _choice(Text("Pernyataannya", "What it says"), DECISIONS),
        "file": {
            "document": "application/pdf",
            "x-ui": {"label": _both(Text("PDF yang ditandatangani", "The signed PDF"))},
        },
    }
    for name, (label, component) in _QUESTIONS.items():
        if name == "number":
            properties["kind"] = _choice(Text("Jenis", "Kind"), KINDS)
        ui = {"label": _both(label), **({"component": "textarea"} if component == "textarea" else {})}
        kind = {"type": "string", "format": "date"} if component == "date" else {"type": "string"}
        least = {"minLength": 1} if name in _MUST and component != "date" else {}
        properties[name] = {**kind, **least, "maxLength": 2000 if component == "textarea" else 200, "x-ui": ui}
    return {"type": "object", "required": list(_MUST), "properties": properties}


def _choice(label: Text, options: Sequence[tuple[str, Text]]) -> JsonSchema:
    return {
        "type": "string",
        "enum": [value for value, _ in options],
        "x-ui": {"label": _both(label), "options": {value: _both(text) for value, text in options}},
    }


def _both(text: Text) -> dict[str, str]:
    return {"id": text.id, "en": text.en}


@get("/operasi/kesepakatan", include_in_schema=False)
async def agreements(request: GatewayRequest) -> Response[bytes]:
    """List the agreements: those that wait for a word first, each with a way to record one."""
    calls, shell = calls_of(request), replies.shell_of(request, "operations")
    names = calls.agreements.titles()
    rows = [(view.state in WAITING, list_row(view, names, shell.now)) for view in calls.agreements.listed()]
    context = {"rows": sorted(rows, key=lambda row: not row[0])}
    return replies.page(request, "operations/agreements.html", shell, context=context)


@get("/operasi/kesepakatan/{agreement:str}", include_in_schema=False)
async def begin(request: GatewayRequest) -> Response[bytes]:
    """Ask for the signed PDF and what belongs to it."""
    return _page(request, filling.empty(_schema(request)))


@post(
    "/operasi/kesepakatan/{agreement:str}",
    status_code=200,
    include_in_schema=False,
    request_max_body_size=LARGEST_UPLOAD + 1,
)
async def record(request: GatewayRequest) -> Response[bytes]:
    """Record it, or show what is missing or why it cannot be recorded."""
    files, posted = await read_upload(request, largest=LARGEST_UPLOAD)
    schema = _schema(request)
    if filling.is_rearranged(posted):
        return _page(request, filling.rearranged(schema, posted), posted.get(filling.LANGUAGE, ()))
    filled = filling.judged(schema, posted, files)
    if filled.mistakes:
        return _page(request, filled)
    given = {**filled.answers, "file": filled.answers["file"]["bytes"], "break_glass": "darurat" in posted}
    try:
        body = msgspec.convert(given, PaperBody)
        view = await calls_of(request).recording.record(operator_of(request), path_of(request, "agreement"), body)
    except FormInvalid as no:
        return _page(request, filled.found([Wrong(each.pointer, told(each.detail)) for each in no.errors]))
    except NotPossibleNow as no:
        return _page(request, filled.found([Wrong("", told(no.detail))]))
    return replies.go(f"/operasi/massal/{view.run}")


@get("/operasi/kesepakatan/{agreement:str}/berkas/{digest:str}", include_in_schema=False)
async def file(request: GatewayRequest) -> Response[bytes]:
    """Give a signed PDF that came back."""
    agreement, digest = path_of(request, "agreement"), path_of(request, "digest")
    content = await calls_of(request).recording.file(caller_of(request), agreement, digest)
    headers = {**replies.HEADERS, "Content-Disposition": 'attachment; filename="agreement-signed.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


def _schema(request: GatewayRequest) -> JsonSchema:
    agreed = calls_of(request).agreements
    return form_of(agreed.shown(path_of(request, "agreement")).agreement.agencies, agreed.titles())


def _page(request: GatewayRequest, filled: Filling, language: Sequence[str] = ()) -> Response[bytes]:
    """Show the form; in another language when its switch was pressed (`language`)."""
    shell, cookies = replies.shell_of(request, "operations"), list[Cookie]()
    if language:
        shell, cookie = replies.in_language(request, shell, language[-1])
        cookies.append(cookie)
    shown = calls_of(request).agreements.shown(path_of(request, "agreement"))
    return replies.form_page(
        request,
        "operations/record.html",
        shell,
        filled,
        cookies=cookies,
        agreed=shown.agreement,
        digest=shown.view.digest,
        action=request.url.path,
    )


ROUTES: Final = (agreements, begin, record, file)
