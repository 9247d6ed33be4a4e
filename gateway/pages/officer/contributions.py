"""What an officer's agency gave to joint outputs, and the form by which a part of it is taken back."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post

from contracts.contract import JsonSchema
from contracts.contributions import ContributionView
from contracts.units import Text, same_person
from gateway.contributions import RevocationBody
from gateway.deciding import SecondWord, officer_of
from gateway.pages import filling, replies
from gateway.pages.answers import Posted
from gateway.pages.filling import Filling
from gateway.pages.mistakes import Wrong
from gateway.pages.operations.acts import REJECTION_WORDS
from gateway.pages.posting import read_posted
from gateway.pages.rendering import render_text
from gateway.pages.told import told
from gateway.problems import FormInvalid, NotPossibleNow
from gateway.requests import GatewayRequest, caller_of, calls_of, path_of
from workflows.core.rejections import Rejection

DONE: Final = "dicabut"
"""The query parameter that says which part was just taken back."""
HEADING: Final = Text("Cabut bagian dari hasil layanan bersama", "Revoke a part of a joint output")


def _asked(label: Text, hint: Text, error: Text) -> JsonSchema:
    said = {name: {"id": text.id, "en": text.en} for name, text in (("label", label), ("hint", hint), ("error", error))}
    return {"type": "string", "minLength": 3, "maxLength": 1000, "x-ui": {"component": "textarea", **said}}


NO_REASON: Final = Text("Katakan kepada rekan Anda mengapa.", "Tell your colleague why.")
FORM: Final[JsonSchema] = {
    "type": "object",
    "required": ["reason", "legal_basis", "objection"],
    "properties": {
        "reason": _asked(
            Text("Mengapa bagian ini tidak berlaku lagi", "Why this part stands no more"),
            Text("Pemohon membacanya; yang memeriksa hasil tidak", "The applicant reads it; whoever verifies does not"),
            Text("Tulis alasannya", "Write the reason"),
        ),
        "legal_basis": _asked(
            Text("Dasar hukum pencabutan", "Legal basis of the revocation"),
            Text("Terbaca oleh siapa saja yang memeriksa hasil ini", "Anybody who verifies this output reads it"),
            Text("Sebutkan dasar hukumnya", "Name the law"),
        ),
        "objection": _asked(
            Text("Ke mana dan sampai kapan pemohon dapat berkeberatan", "Where and until when one may object"),
            Text("Misalnya: loket 2, dalam 21 hari kerja", "Such as: counter 2, within 21 working days"),
            Text("Sebutkan di mana dan sampai kapan", "Say where and until when"),
        ),
    },
}


@get("/petugas/hasil", include_in_schema=False)
async def given(request: GatewayRequest) -> Response[bytes]:
    """Show what the officer's agency gave to outputs that were issued; all of one case, or page by page."""
    calls, caller = calls_of(request), caller_of(request)
    officer_of(caller)
    case = str(request.query_params.get("case", "")).strip()
    page = await calls.contributions.listed(caller, case, str(request.query_params.get("cursor", "")))
    context = {
        "given": page.contributions,
        "next": page.next,
        "case": case,
        "done": str(request.query_params.get(DONE, "")),
    }
    shell = replies.shell_of(request, "officer")
    return replies.page(request, "officer/contributions.html", shell, context=context)


@get("/petugas/hasil/{key:path}", include_in_schema=False)
async def begin(request: GatewayRequest) -> Response[bytes]:
    """Show one contribution, and the form by which it is taken back."""
    return _form(request, await _one(request), filling.empty(FORM))


@post("/petugas/hasil/{key:path}", status_code=200, include_in_schema=False)
async def revoke(request: GatewayRequest) -> Response[bytes]:
    """Take it back, or show what is missing or why it is not possible."""
    posted, one = await read_posted(request), await _one(request)
    if "act" in posted:
        return await _second(request, one, posted)
    if filling.LANGUAGE in posted:
        return _form(request, one, filling.rearranged(FORM, posted), language=posted[filling.LANGUAGE][-1])
    filled = filling.judged(FORM, posted)
    if filled.mistakes:
        return _form(request, one, filled)
    body = RevocationBody(**{name: str(filled.answers[name]) for name in FORM["properties"]})
    try:
        await calls_of(request).contributions.revoke(caller_of(request), one.key, body)
    except Rejection as rejection:
        why = Text(REJECTION_WORDS[rejection.code], str(rejection))
        return _form(request, one, filled.found([Wrong("", why)]))
    if (await _one(request)).proposal is not None:
        return replies.go(f"/petugas/hasil/{one.key}")
    return replies.go(f"/petugas/hasil?case={one.case}&{DONE}={one.step}")


async def _second(request: GatewayRequest, one: ContributionView, posted: Posted) -> Response[bytes]:
    """Take a second officer's word."""
    said = {name: (posted.get(name) or [""])[-1].strip() for name in ("act", "digest", "text")}
    second = SecondWord(confirm=said["act"] == "confirm", digest=said["digest"], text=said["text"][:1000])
    try:
        now = await calls_of(request).contributions.confirm(caller_of(request), one.key, second)
    except Rejection as no:
        return _form(request, await _one(request), filling.empty(FORM), why=Text(REJECTION_WORDS[no.code], str(no)))
    except NotPossibleNow as no:
        return _form(request, one, filling.empty(FORM), why=told(no.detail))
    except FormInvalid:
        return _form(request, one, filling.empty(FORM), why=NO_REASON)
    done = f"&{DONE}={one.step}" if now.revoked is not None else ""
    return replies.go(f"/petugas/hasil?case={one.case}{done}")


async def _one(request: GatewayRequest) -> ContributionView:
    key = path_of(request, "key").removeprefix("/")
    return await calls_of(request).contributions.one(caller_of(request), key)


def _form(
    request: GatewayRequest, one: ContributionView, filled: Filling, *, language: str = "", why: Text | None = None
) -> Response[bytes]:
    shell, more = replies.shell_of(request, "officer"), dict[str, Any]()
    if one.proposal is not None or why is not None:
        own = one.proposal is not None and same_person(one.proposal.officer, officer_of(caller_of(request)).actor)
        context = {"heading": HEADING, "one": one, "own": own, "why": why}
        status = 200 if why is None else 422 if why is NO_REASON else 409
        return replies.page(request, "officer/second_revocation.html", shell, context=context, status=status)
    if language:
        shell, cookie = replies.in_language(request, shell, language)
        more["cookies"] = [cookie]
    return replies.form_page(
        request,
        "officer/revoke.html",
        shell,
        filled,
        **more,
        heading=HEADING,
        lead="",
        one=one,
        back_to="/petugas/hasil",
        action=f"/petugas/hasil/{one.key}",
        submit=render_text("Revoke this part", shell.language),
        note=render_text("Your name, the time and the reason are recorded for ever.", shell.language),
        hidden={},
    )


ROUTES: Final = (given, begin, revoke)
