"""What a service publishes of cases that wait for objections, and the form by which anybody objects."""

from __future__ import annotations

from typing import Final

from litestar import Response, get, post
from litestar.datastructures import Cookie
from msgspec import Struct

from contracts.contract import JsonSchema
from contracts.ids import Instant
from contracts.units import Text
from contracts.views import AnnouncementView
from gateway.announcing import ObjectionBody
from gateway.pages import filling, replies
from gateway.pages.filling import Filling
from gateway.pages.mistakes import Wrong
from gateway.pages.posting import read_posted
from gateway.pages.rendering import render_text
from gateway.pages.shell import Shell
from gateway.pages.told import told
from gateway.problems import FormInvalid, TooManyRequests
from gateway.requests import GatewayRequest, address_of, calls_of, path_of
from workflows.core.rejections import Rejection
from workflows.outputs.wording import label_text

FORM: Final[JsonSchema] = {
    "type": "object",
    "required": ["grounds", "name", "contact"],
    "properties": {
        "grounds": {
            "type": "string",
            "minLength": 10,
            "maxLength": 2000,
            "x-ui": {
                "component": "textarea",
                "label": {"id": "Keberatan Anda dan alasannya", "en": "Your objection, and your reasons"},
                "hint": {
                    "id": "Pemohon membaca alasan ini, tanpa nama Anda",
                    "en": "The applicant reads these grounds, without your name",
                },
                "error": {"id": "Tulis keberatan Anda", "en": "Write your objection"},
            },
        },
        "name": {
            "type": "string",
            "minLength": 2,
            "maxLength": 200,
            "x-ui": {
                "autocomplete": "name",
                "label": {"id": "Nama Anda", "en": "Your name"},
                "error": {"id": "Tulis nama Anda", "en": "Write your name"},
            },
        },
        "contact": {
            "type": "string",
            "minLength": 3,
            "maxLength": 200,
            "x-ui": {
                "label": {"id": "Nomor telepon atau surel Anda", "en": "Your telephone number or e-mail address"},
                "hint": {
                    "id": "Instansi penanggung jawab menghubungi Anda dengan ini",
                    "en": "The lead agency reaches you by it",
                },
                "error": {"id": "Tulis nomor telepon atau surel", "en": "Write a telephone number or e-mail address"},
            },
        },
    },
}


class Notice(Struct, frozen=True, kw_only=True):
    """One case as it is published."""

    case: str
    title: Text
    until: Instant
    decided_within: str
    values: list[tuple[Text, object]]
    href: str


def notice_of(service: str, shown: AnnouncementView) -> Notice:
    """Give a case as its notice shows it."""
    return Notice(
        case=shown.case,
        title=shown.title,
        until=shown.until,
        decided_within=shown.decided_within,
        values=[(label_text(name, shown.labels), value) for name, value in shown.published.items()],
        href=f"/layanan/{service}/pengumuman/{shown.case}/{shown.step}",
    )


@get("/layanan/{service:str}/pengumuman", include_in_schema=False)
async def listed(request: GatewayRequest) -> Response[bytes]:
    """Show what a service publishes now."""
    service = path_of(request, "service")
    shown = await calls_of(request).announcing.listed(service, str(request.query_params.get("cursor", "")))
    offered = {each.service: each.title for each in await calls_of(request).catalogue()}
    context = {
        "service": service,
        "title": offered.get(service),
        "notices": [notice_of(service, each) for each in shown.announcements],
        "older": shown.next,
        "sent": _sent(request),
    }
    return replies.page(request, "citizen/announcements.html", replies.shell_of(request), context=context)


@get("/layanan/{service:str}/pengumuman/{case:str}/{step:str}", include_in_schema=False)
async def begin(request: GatewayRequest) -> Response[bytes]:
    """Show one case as it is published, and the form by which one objects."""
    return _form(request, replies.shell_of(request), await _notice(request), filling.empty(FORM))


@post("/layanan/{service:str}/pengumuman/{case:str}/{step:str}", status_code=200, include_in_schema=False)
async def send(request: GatewayRequest) -> Response[bytes]:
    """Take an objection, or show what is missing."""
    posted, shell = await read_posted(request), replies.shell_of(request)
    notice = await _notice(request)
    if filling.LANGUAGE in posted:
        shell, cookie = replies.in_language(request, shell, posted[filling.LANGUAGE][-1])
        return _form(request, shell, notice, filling.rearranged(FORM, posted), cookie)
    filled = filling.judged(FORM, posted)
    if filled.mistakes:
        return _form(request, shell, notice, filled)
    body = ObjectionBody(**{name: str(filled.answers[name]) for name in FORM["properties"]})
    service, case, step = (path_of(request, name) for name in ("service", "case", "step"))
    try:
        await calls_of(request).announcing.raise_objection(service, case, step, body, address=address_of(request))
    except FormInvalid as invalid:
        return _form(request, shell, notice, filled.reported(invalid.errors))
    except Rejection as no:
        return _form(request, shell, notice, filled.found([Wrong("", told(str(no), no.code))]))
    except TooManyRequests:
        return _form(request, shell, notice, filled.found([Wrong("", TOO_MANY)]))
    return replies.go(f"/layanan/{service}/pengumuman?{SENT}={case}")


SENT: Final = "terkirim"
OBJECT: Final = Text("Ajukan keberatan", "Object to an application")
TOO_MANY: Final = Text(
    "Terlalu banyak keberatan dari alamat Anda. Tulisan Anda masih ada di bawah: kirim lagi beberapa menit lagi.",
    "Too many objections come from your address. What you wrote is still below: send it again in a few minutes.",
)


def _sent(request: GatewayRequest) -> bool:
    return SENT in request.query_params


async def _notice(request: GatewayRequest) -> Notice:
    service, case, step = (path_of(request, name) for name in ("service", "case", "step"))
    return notice_of(service, await calls_of(request).announcing.announcement(service, case, step))


def _form(request: GatewayRequest, shell: Shell, notice: Notice, filled: Filling, *cookies: Cookie) -> Response[bytes]:
    return replies.form_page(
        request,
        "citizen/object.html",
        shell,
        filled,
        cookies=cookies,
        heading=OBJECT,
        lead="",
        notice=notice,
        back_to=f"/layanan/{path_of(request, 'service')}/pengumuman",
        action=notice.href,
        submit=render_text("Send the objection", shell.language),
        note=render_text("The lead agency decides about it with reasons.", shell.language),
        hidden={},
    )


ROUTES: Final = (listed, begin, send)
