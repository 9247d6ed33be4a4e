"""What an officer's agency is asked after issue: "is it still X?", answered with one of three buttons."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post

from contracts.contract import JsonSchema
from contracts.facts import QuestionView
from contracts.units import Text
from gateway.deciding import officer_of
from gateway.facts import FactAnswer
from gateway.pages import replies
from gateway.pages.officer.views import fact_rows
from gateway.pages.operations.acts import REJECTION_WORDS
from gateway.pages.posting import read_posted
from gateway.requests import GatewayRequest, caller_of, calls_of
from workflows.core.rejections import Rejection

DONE: Final = "dijawab"
"""The query parameter that says that an answer was just recorded."""
ANSWERS: Final = {
    "same": Text("Masih sama", "Still the same"),
    "different": Text("Berbeda", "Different"),
    "unknown": Text("Tidak tahu", "We do not know"),
}


@get("/petugas/fakta", include_in_schema=False)
async def questions(request: GatewayRequest) -> Response[bytes]:
    """Show what the officer's agency is asked."""
    return await _page(request)


@post("/petugas/fakta", status_code=200, include_in_schema=False)
async def answer(request: GatewayRequest) -> Response[bytes]:
    """Record an answer, or say why it is not possible."""
    posted = await read_posted(request)
    given = {name: (posted.get(name) or [""])[-1] for name in ("question", "answer")}
    try:
        await calls_of(request).facts.answer(caller_of(request), given["question"], FactAnswer(answer=given["answer"]))
    except Rejection as rejection:
        return await _page(request, why=Text(REJECTION_WORDS[rejection.code], str(rejection)), status=409)
    return replies.go(f"/petugas/fakta?{DONE}=1")


async def _page(request: GatewayRequest, *, why: Text | None = None, status: int = 200) -> Response[bytes]:
    calls, caller = calls_of(request), caller_of(request)
    officer_of(caller)
    found = await calls.facts.asked(caller, str(request.query_params.get("cursor", "")))
    context: dict[str, Any] = {
        "questions": [_row(view, *await calls.facts.source(caller, view.question)) for view in found.questions],
        "next": found.next,
        "answers": ANSWERS,
        "done": DONE in request.query_params,
        "why": why,
    }
    shell = replies.shell_of(request, "officer")
    return replies.page(request, "officer/questions.html", shell, context=context, status=status)


def _row(view: QuestionView, form: JsonSchema, reference: str) -> dict[str, Any]:
    shown = {name: getattr(view, name) for name in view.__struct_fields__}
    return {**shown, "rows": fact_rows(form, reference, view.value)}


ROUTES: Final = (questions, answer)
