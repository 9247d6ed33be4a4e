"""One case, for whoever holds its secret."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import get, post
from litestar.response import Stream
from msgspec import Struct

from contracts.views import CaseView
from gateway.bodies import Sentence, take
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.problems import FormInvalid
from gateway.requests import (
    GatewayRequest,
    Reply,
    caller_of,
    calls_of,
    compact,
    number_in,
    only_waits,
    optional_struct_of,
    path_of,
    query_of,
    reply,
)
from gateway.routes.answers import LARGEST_ANSWERS, LARGEST_STEP_ANSWERS, corrections_of, step_answers_of


class Withdrawal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Taking an application back; the reason is the applicant's own business."""

    reason: Sentence = ""


class Correction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either the asked `answers`, merged over the form, or `decline` of a step: its refusal is then final."""

    answers: dict[str, Any] | None = None
    decline: str = ""
    item: str = ""


class StepAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either the `answers` to a step's form (documents as `bytes` or a `link`), or `decline`: the step is refused."""

    answers: dict[str, Any] | None = None
    decline: bool = False
    item: str = ""


class CaseForm(Struct, frozen=True, kw_only=True):
    """The applicant's own answers as they now stand, and the form that they answer, of the case's own plan."""

    answers: dict[str, Any]
    form: dict[str, Any]


_CASE: Final = {200: Answered(about="The case as it now stands.", type=CaseView)}


@get("/v1/cases/{case:str}", opt={OPERATION: Operation(id="getCase", tag="cases", answers=_CASE)})
async def get_case(request: GatewayRequest) -> Reply:
    """Show a case: its state, marks, and where each step stands.

    `version` counts the case's events; the same is the id of its event stream.
    """
    query_of(request, {})
    shown = await calls_of(request).show_case(caller_of(request), path_of(request, "case"))
    return Reply(shown.encoded, headers={"ETag": f'"{shown.view.version}"'})


@get(
    "/v1/cases/{case:str}/form",
    opt={
        OPERATION: Operation(
            id="getCaseForm",
            tag="cases",
            answers={200: Answered(about="The answers and their form.", type=CaseForm)},
        )
    },
)
async def get_case_form(request: GatewayRequest) -> Reply:
    """Show your own answers, with what was corrected since, and the form that they answer.

    `form` is of the plan that the case runs on: the service may meanwhile have another. It is what a page needs that
    asks for corrections.
    """
    calls, caller, case = calls_of(request), caller_of(request), path_of(request, "case")
    query_of(request, {})
    answers, plan = await calls.form_of(caller, case), await calls.plan_of(caller, case)
    return reply(CaseForm(answers=answers, form=plan.plan.form))


@get(
    "/v1/cases/{case:str}/events",
    opt={
        OPERATION: Operation(
            id="followCase",
            tag="cases",
            params=(
                Param(
                    name="Last-Event-ID",
                    where="header",
                    about="The version that was seen last: the stream goes on right after it.",
                    schema={"type": "integer", "minimum": 0},
                ),
            ),
            answers={200: Answered(about="Server-sent events, until the client leaves.", media=("text/event-stream",))},
            problems=("parameter-invalid",),
        )
    },
)
async def follow_case(request: GatewayRequest) -> Stream:
    """Follow a case's events as they are recorded.

    Each has the case's version as `id`, the event's name as `event`, and JSON without payloads as `data`: no event is
    missed or doubled over a reconnect. A comment comes as a heartbeat every 15 s. When the gateway restarts, the stream
    ends, and a client that reconnects goes on where it was.
    """
    calls, caller, case = calls_of(request), caller_of(request), path_of(request, "case")
    query_of(request, {})
    after = number_in(request.headers.get("last-event-id", "0").strip() or "0", "Last-Event-ID", least=0, most=10**9)
    batches = calls.events(caller, case, after=after)
    await anext(batches)
    only_waits(request)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(_stream(batches), media_type="text/event-stream", headers=headers)


async def _stream(batches: AsyncIterator[list[dict[str, Any]]]) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    async for events in batches:
        if not events:
            yield ": still here\n\n"
        for event in events:
            yield f"id: {event['version']}\nevent: {event['event']}\ndata: {compact(event)}\n\n"


@post(
    "/v1/cases/{case:str}/withdrawal",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="withdrawCase",
            tag="cases",
            body=Withdrawal,
            answers=_CASE,
            problems=("not-possible-now", "form-invalid"),
        )
    },
)
async def withdraw_case(request: GatewayRequest) -> Reply:
    """Withdraw an application.

    Possible until the first step that cannot be undone is asked. What agencies did is taken back; the case closes
    with a closing record once all of it is settled.
    """
    calls, caller, case = calls_of(request), caller_of(request), path_of(request, "case")
    withdrawal = await optional_struct_of(request, Withdrawal)
    return reply(await calls.withdraw(caller, case, withdrawal.reason))


@post(
    "/v1/cases/{case:str}/corrections",
    status_code=200,
    request_max_body_size=LARGEST_ANSWERS + 1,
    opt={
        OPERATION: Operation(
            id="correctCase",
            tag="cases",
            body=Correction,
            answers=_CASE,
            problems=("not-possible-now", "form-invalid"),
        )
    },
)
async def correct_case(request: GatewayRequest) -> Reply:
    """Answer what an agency sent back, or decline to.

    The case's `corrections` say which answers may change, why, and until when. `answers` are laid over the form
    (RFC 7396): what is not sent stays, and a list is sent whole; `GET /v1/cases/{case}/form` has what stands.
    """
    calls, caller, case = calls_of(request), caller_of(request), path_of(request, "case")
    correction = take(await corrections_of(request, case), Correction)
    if correction.answers is not None and not correction.decline:
        return reply(await calls.correct(caller, case, correction.answers))
    if correction.decline and correction.answers is None:
        return reply(await calls.decline(caller, case, correction.decline, correction.item))
    raise FormInvalid("Send either answers, or decline with a step's name.")


@post(
    "/v1/cases/{case:str}/steps/{step:str}/answer",
    status_code=200,
    request_max_body_size=LARGEST_STEP_ANSWERS + 1,
    opt={
        OPERATION: Operation(
            id="answerStep",
            tag="cases",
            body=StepAnswer,
            answers=_CASE,
            problems=("not-found", "not-possible-now", "form-invalid"),
        )
    },
)
async def answer_step(request: GatewayRequest) -> Reply:
    """Do what a step asks of the applicant, or decline to.

    The case's `actions` say what is asked, by which form, and until when.
    """
    calls, caller = calls_of(request), caller_of(request)
    case, step = path_of(request, "case"), path_of(request, "step")
    answer = take(await step_answers_of(request, case, step), StepAnswer)
    if answer.answers is not None and not answer.decline:
        return reply(await calls.answering.answer(caller, case, step, answer.answers, answer.item))
    if answer.decline and answer.answers is None:
        return reply(await calls.answering.decline(caller, case, step, answer.item))
    raise FormInvalid("Send either answers, or decline.")


ROUTES: Final = [get_case, get_case_form, follow_case, withdraw_case, correct_case, answer_step]
