"""The page that a problem is for a browser: what happened, and where to go from here."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from litestar import Response

from contracts.problems import PROBLEM_TYPES, Problem
from contracts.units import Text
from gateway.pages import replies
from gateway.pages.posting import STALE
from gateway.pages.problem_words import FORM_STALE, OTHER_PROBLEM, PROBLEM_WORDS
from gateway.pages.shell import Area
from gateway.pages.signing_in import sign_in_reply
from gateway.requests import GatewayRequest


def problem_page(request: GatewayRequest, problem: Problem) -> Response[bytes]:
    """Give the page that a problem is for a browser. Staff who are not signed in get the sign-in page."""
    area = area_of(request.url.path)
    slug = problem.type.rpartition("/")[2]
    if slug == "not-authenticated" and area != "citizen":
        return sign_in_reply(request, request.url.path, status=HTTPStatus.UNAUTHORIZED)
    kind = PROBLEM_TYPES.get(slug)
    words = PROBLEM_WORDS.get(slug) or OTHER_PROBLEM[kind.move if kind else "us"]
    title, sentence = FORM_STALE if problem.detail == STALE else words
    told = problem.detail if area != "citizen" and slug in {"not-possible-now", "form-invalid"} else ""
    context = {
        "title": title,
        "sentence": sentence,
        "detail": told,
        "trace_id": problem.trace_id if kind and kind.move == "us" else "",
        "ways": _ways(area, request.url.path, slug),
    }
    return replies.page(
        request, "problem.html", replies.shell_of(request, area), status=problem.status, context=context
    )


def area_of(path: str) -> Area:
    """Give the area that a path belongs to."""
    if path.startswith("/petugas"):
        return "officer"
    return "operations" if path.startswith("/operasi") else "citizen"


def _ways(area: Area, path: str, slug: str) -> list[tuple[str, Text]]:
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
    if slug == "gone" and path.startswith("/layanan/"):
        service = path.split("/")[2]
        ways.insert(
            0,
            (
                f"/kesepakatan?layanan={quote(service)}",
                Text("Mengapa: keadaan kesepakatan instansi", "Why: how the agencies' agreement stands"),
            ),
        )
    return ways
