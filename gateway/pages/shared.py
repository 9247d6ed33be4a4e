"""Pages that belong to nobody alone: signing in and out, help, assets, the language, problems."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from litestar import Response, get, post
from msgspec import structs

from contracts.problems import PROBLEM_TYPES, Problem
from contracts.units import Text
from gateway.identity.authentication import COOKIE_ROLE
from gateway.identity.secrets import digest_of
from gateway.pages import language, replies
from gateway.pages.mistakes import Wrong
from gateway.pages.posting import STALE, read_posted
from gateway.pages.problem_words import FORM_STALE, OTHER_PROBLEM, PROBLEM_WORDS
from gateway.pages.rendering import assets
from gateway.pages.shell import Area
from gateway.problems import NotFound
from gateway.requests import GatewayRequest, address_of, calls_of, path_of

HOMES: Final = {"officer": "/petugas", "operator": "/operasi"}
NOT_VALID: Final = Text("Token ini tidak berlaku, atau sudah lewat waktunya", "This token is not valid, or has expired")
NO_PAGES: Final = Text(
    "Token ini untuk sistem instansi, bukan untuk orang", "This token is for an agency's system, not for a person"
)


@get("/bantuan", include_in_schema=False)
async def help_page(request: GatewayRequest) -> Response[bytes]:
    """Show where help is, and what these pages keep."""
    agencies = await calls_of(request).directory()
    return replies.page(request, "citizen/help.html", replies.shell_of(request), context={"agencies": agencies})


@get("/masuk", include_in_schema=False)
async def sign_in_page(request: GatewayRequest) -> Response[bytes]:
    """Ask staff for their token."""
    return _sign_in(request, "")


@post("/masuk", status_code=200, include_in_schema=False)
async def sign_in(request: GatewayRequest) -> Response[bytes]:
    """Take a token, and go where its role works."""
    calls = calls_of(request)
    posted = await read_posted(request)
    token = (posted.get("token") or [""])[-1].strip()
    onward = (posted.get("tujuan") or [""])[-1]
    address = address_of(request)
    digest = digest_of(token)
    calls.limits.guesses.check(address, digest)
    record = calls.tokens.get(digest) if token else None
    if record is None or record.expires_at <= calls.now():
        calls.limits.guesses.wrong(address)
        return _sign_in(request, onward, NOT_VALID)
    if record.role not in HOMES:
        return _sign_in(request, onward, NO_PAGES)
    calls.limits.guesses.right(address, digest)
    home = HOMES[record.role]
    return replies.go(onward if _is_within(onward, home) else home, replies.role_cookie(request, record.role, token))


@post("/keluar", status_code=200, include_in_schema=False)
async def sign_out(request: GatewayRequest) -> Response[bytes]:
    """Forget who was signed in here."""
    await read_posted(request)
    return replies.go("/masuk", *(replies.forget(request, f"{COOKIE_ROLE}{role}") for role in HOMES))


@get("/aset/{digest:str}/{name:str}", include_in_schema=False)
async def asset(request: GatewayRequest) -> Response[bytes]:
    """Give a file that pages load."""
    found = assets().get(path_of(request, "name"))
    if found is None:
        raise NotFound
    current = path_of(request, "digest") == found.digest
    keep = "public, max-age=31536000, immutable" if current else "no-cache"
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": keep})


def switch_language(request: GatewayRequest) -> Response[bytes] | None:
    """Before any page: take a language that was asked for in the address, remember it, and load the page plain."""
    wanted = request.query_params.get(language.PARAMETER)
    if wanted is None or request.method != "GET":
        return None
    return replies.go(request.url.path, replies.language_cookie(request, language.wanted(None, str(wanted))))


def problem_page(request: GatewayRequest, problem: Problem) -> Response[bytes]:
    """Give the page that a problem is for a browser. Staff who are not signed in get the sign-in page."""
    area = area_of(request.url.path)
    slug = problem.type.rpartition("/")[2]
    if slug == "not-authenticated" and area != "citizen":
        return _sign_in(request, request.url.path, status=HTTPStatus.UNAUTHORIZED)
    kind = PROBLEM_TYPES.get(slug)
    words = PROBLEM_WORDS.get(slug) or OTHER_PROBLEM[kind.move if kind else "us"]
    title, sentence = FORM_STALE if problem.detail == STALE else words
    told = problem.detail if slug in {"not-possible-now", "form-invalid"} else ""
    context = {
        "title": title,
        "sentence": sentence,
        "detail": told,
        "trace_id": problem.trace_id if kind and kind.move == "us" else "",
        "ways": _ways(area, request.url.path),
    }
    return replies.page(
        request, "problem.html", replies.shell_of(request, area), status=problem.status, context=context
    )


def area_of(path: str) -> Area:
    """Give the area that a path belongs to."""
    if path.startswith("/petugas"):
        return "officer"
    return "operations" if path.startswith("/operasi") else "citizen"


def _ways(area: Area, path: str) -> list[tuple[str, Text]]:
    """Give where one can go from a problem."""
    if area != "citizen":
        home = "/petugas" if area == "officer" else "/operasi"
        return [
            (home, Text("Ke awal", "To the start")),
            ("/masuk", Text("Masuk sebagai orang lain", "Sign in as somebody else")),
        ]
    ways = [("/", Text("Ke beranda", "To the home page"))]
    if path.startswith("/permohonan"):
        case = "/".join(path.split("/")[:3])
        ways.insert(
            0,
            (
                "/permohonan",
                Text(
                    "Buka permohonan dengan nomor dan kode akses",
                    "Open an application with its reference and access code",
                ),
            ),
        )
        if path != case:
            ways.insert(0, (case, Text("Kembali ke permohonan", "Back to the application")))
    return ways


def _sign_in(
    request: GatewayRequest, onward: str, wrong: Text | None = None, *, status: int = HTTPStatus.OK
) -> Response[bytes]:
    shell = structs.replace(replies.shell_of(request), person="")
    context = {"onward": onward, "wrong": wrong, "mistakes": [Wrong("/token", wrong)] if wrong else []}
    shown = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else status
    return replies.page(request, "sign_in.html", shell, status=shown, context=context)


def _is_within(path: str, home: str) -> bool:
    """Say whether a path is a page of this role: nothing else is gone to after signing in."""
    return (path == home or path.startswith(f"{home}/")) and not set(path) & {"\\", "\r", "\n"}


ROUTES: Final = (help_page, sign_in_page, sign_in, sign_out, asset)
